"""Probabilities that can be trusted: fitted on some images, measured on others."""

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from model.data.dataset import Dataset
from model.evaluation.calibrated import (
    BINS,
    Told,
    calibration,
    expected_error,
    fitted_temperature,
    halves,
    reliability,
)
from model.spec import JobSpec
from model.training.train import Trainer
from tests.conftest import TINY


def told(images: int, overconfidence: float, classes: int = 10) -> Told:
    """Labels drawn from the very probabilities that the logits, divided by `overconfidence`, stand for."""
    random = torch.Generator().manual_seed(images)
    logits = 2 * torch.randn(images, classes, generator=random)
    labels = torch.multinomial(logits.softmax(1), 1, generator=random)[:, 0]
    return Told(logits * overconfidence, labels)


def a_spec(**data: Any) -> JobSpec:
    training = {**TINY["training"], "max_steps": 30}
    return JobSpec.model_validate({**TINY, "data": {**TINY["data"], **data}, "training": training})


@pytest.mark.parametrize("overconfidence", [0.3, 1.0, 2.5, 8.0])
def test_the_temperature_is_how_much_surer_a_network_is_than_right(overconfidence: float) -> None:
    assert fitted_temperature(told(20_000, overconfidence)) == pytest.approx(overconfidence, rel=0.05)


def test_no_other_temperature_makes_the_labels_likelier() -> None:
    fitting = told(5000, 3.0)
    best = fitted_temperature(fitting)

    def nll(temperature: float) -> float:
        return float(F.cross_entropy(fitting.logits.double() / temperature, fitting.labels))

    assert nll(best) <= min(nll(best * 1.05), nll(best / 1.05))


def test_a_network_surer_than_right_is_better_calibrated_afterwards_on_images_not_fitted_on() -> None:
    found = calibration(told(8000, 4.0), None, seed=0)
    assert found.images == 4000
    assert found.ece < found.ece_before / 4
    assert found.nll < found.nll_before
    assert (found.fitted_on, found.measured_on) == ("half of test", "the other half of test")


def test_the_validation_split_is_fitted_on_where_there_is_one() -> None:
    test, validation = told(500, 4.0), told(20_000, 2.0)
    found = calibration(test, validation, seed=0)
    assert (found.fitted_on, found.measured_on, found.images) == ("validation", "test", 500)
    assert found.temperature == pytest.approx(2.0, rel=0.05)


def test_the_halves_share_no_image_miss_none_and_are_the_same_each_time() -> None:
    for images in (1, 2, 7, 1000):
        fitting, measuring = halves(images, seed=3)
        assert sorted([*fitting.tolist(), *measuring.tolist()]) == list(range(images))
        assert len(measuring) >= 1
        assert torch.equal(fitting, halves(images, seed=3)[0])


def test_a_single_test_image_says_nothing_of_the_temperature() -> None:
    found = calibration(told(1, 4.0), None, seed=0)
    assert (found.temperature, found.images, found.ece) == (1.0, 1, found.ece_before)


def test_a_few_images_that_are_all_right_do_not_make_a_network_certain_of_everything() -> None:
    logits = torch.eye(4).repeat(3, 1)
    certain = logits.div(fitted_temperature(Told(logits, torch.arange(4).repeat(3)))).softmax(1).max()
    assert 0.8 < certain < 0.97


def test_bins_hold_every_image_once_and_tell_confidence_beside_accuracy() -> None:
    logits = torch.tensor([[0.9, 0.1], [0.7, 0.3], [0.68, 0.32], [0.5, 0.5]]).log()
    bins = reliability(Told(logits, torch.tensor([0, 1, 0, 0])))
    assert (len(bins), bins[0].lower, bins[-1].upper) == (BINS, 0.0, 1.0)
    full = [each for each in bins if each.images]
    assert [(each.images, each.accuracy) for each in full] == [(1, 1.0), (2, 0.5), (1, 1.0)]
    assert [each.confidence for each in full] == pytest.approx([0.5, 0.69, 0.9])
    assert expected_error(bins) == pytest.approx((0.5 + 2 * 0.19 + 0.1) / 4)
    assert {each.confidence for each in bins if not each.images} == {None}


def test_certainty_falls_into_the_last_bin() -> None:
    bins = reliability(Told(torch.tensor([[1000.0, 0.0]]), torch.tensor([0])))
    assert (bins[-1].images, bins[-1].confidence) == (1, 1.0)


def test_a_report_tells_the_calibration_and_not_another_accuracy(stripes: Dataset) -> None:
    trainer = Trainer(a_spec(), stripes)
    for _ in trainer:
        pass
    found, again = trainer.report(), trainer.report()
    assert found == again
    assert found.calibration.images == len(stripes.test) // 2
    assert sum(each.images for each in found.calibration.bins) == found.calibration.images
    assert found.accuracy == sum(found.confusion_matrix[i][i] for i in range(3)) / found.images


def test_a_report_with_a_validation_split_fits_on_it(stripes: Dataset) -> None:
    trainer = Trainer(a_spec(validation_split=0.25), stripes.with_validation(30, 0))
    for _ in trainer:
        pass
    assert trainer.report().calibration.fitted_on == "validation"
