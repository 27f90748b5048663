"""The loop: it learns, it repeats itself to the bit, it goes on where it stopped, it refuses garbage."""

import copy
from itertools import islice
from typing import Any

import pytest
import torch

from model.data.dataset import Dataset
from model.errors import DeviceMissing, Diverged
from model.network.vgg import VGG
from model.spec import JobSpec
from model.training.metrics import BatchMetrics, Evaluation
from model.training.train import Trainer

SGD = {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9}
OPTIMIZERS = [
    SGD,
    *({"name": name, "learning_rate": 0.01} for name in ("adam", "adamw", "adagrad")),
    {"name": "rmsprop", "learning_rate": 0.001, "momentum": 0.9, "centered": True},
    {"name": "adadelta", "learning_rate": 1.0},
]
EMA = {"name": "ema", "decay": 0.9}
WAYS: list[dict[str, Any]] = [
    {"averaging": EMA},
    {"mixing": {"name": "mixup"}},
    {"mixing": {"name": "cutmix"}, "label_smoothing": 0.1},
    {"class_weights": "balanced"},
    {"accumulation_steps": 4},
    {"activation_checkpointing": True},
]
WAYS.append({name: value for way in WAYS for name, value in way.items()})  # all at once


def a_spec(
    data: dict[str, Any] | None = None, architecture: dict[str, Any] | None = None, **training: Any
) -> JobSpec:
    network = {"blocks": [[1, 4], [1, 8]], "classifier": [16], "dropout": 0.5, "batch_norm": True}
    return JobSpec.model_validate(
        {
            "architecture": network | (architecture or {}),
            "data": {"dataset": "mnist", "augmentation": ["horizontal_flip", "pad_crop"], **(data or {})},
            "training": {"optimizer": SGD, "batch_size": 8, "max_steps": 20, "precision": "fp32", **training},
        }
    )


def losses(trainer: Trainer) -> list[float]:
    return [fact.loss for fact in trainer if isinstance(fact, BatchMetrics)]


def same(one: VGG, other: VGG) -> bool:
    """To the last bit."""
    return all(
        torch.equal(*pair)
        for pair in zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    )


def test_training_learns(stripes: Dataset) -> None:
    trainer = Trainer(a_spec({"augmentation": []}, max_steps=120), stripes)
    list(trainer)
    assert trainer.report().accuracy > 0.9


def test_facts_number_every_batch_once(stripes: Dataset) -> None:
    facts = [fact for fact in Trainer(a_spec(), stripes) if isinstance(fact, BatchMetrics)]
    assert [fact.step for fact in facts] == list(range(1, 21))
    assert facts[14].epoch == pytest.approx(1.0)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_same_seed_gives_the_same_losses_to_the_bit(stripes: Dataset, precision: str) -> None:
    first, second, other = (Trainer(a_spec(seed=seed, precision=precision), stripes) for seed in (1, 1, 2))
    assert losses(first) == losses(second)
    assert losses(other) != losses(Trainer(a_spec(seed=1, precision=precision), stripes))


@pytest.mark.parametrize("training", [*({"optimizer": each} for each in OPTIMIZERS), *WAYS], ids=str)
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_resumed_run_ends_with_the_same_losses_and_weights(
    stripes: Dataset, training: dict[str, Any], precision: str
) -> None:
    spec = a_spec(**training, precision=precision, schedule={"name": "one_cycle"})
    whole = Trainer(spec, stripes)
    expected = losses(whole)

    interrupted = Trainer(spec, stripes)
    before = [fact.loss for fact in islice(interrupted, 7) if isinstance(fact, BatchMetrics)]
    state = copy.deepcopy(interrupted.state_dict())
    torch.manual_seed(12345)  # another process, another random state
    resumed = Trainer(spec, stripes)
    resumed.load_state_dict(state)

    assert before + losses(resumed) == expected
    assert same(resumed.network, whole.network)
    assert same(resumed.evaluated, whole.evaluated)


def test_evaluations_come_at_their_interval_and_on_the_validation_split(stripes: Dataset) -> None:
    trainer = Trainer(a_spec(evaluation_interval=5), stripes.with_validation(20, 0))
    found = [fact for fact in trainer if isinstance(fact, Evaluation)]
    assert [(fact.step, fact.split, fact.images) for fact in found] == [
        (s, "validation", 20) for s in (5, 10, 15)
    ]


def test_an_evaluation_changes_nothing_in_the_training(stripes: Dataset) -> None:
    assert losses(Trainer(a_spec(evaluation_interval=3), stripes)) == losses(Trainer(a_spec(), stripes))


@pytest.mark.parametrize("averaging", [None, EMA])
def test_early_stopping_ends_with_the_best_weights(stripes: Dataset, averaging: Any) -> None:
    spec = a_spec(
        {"validation_split": 0.2},
        averaging=averaging,
        evaluation_interval=2,
        early_stopping={"patience": 3},
        max_steps=2000,
        optimizer={"name": "sgd", "learning_rate": 3.0},
    )  # a rate this high soon makes it worse
    trainer = Trainer(spec, stripes.with_validation(24, 0))
    found = [fact for fact in trainer if isinstance(fact, Evaluation)]
    best = min(found, key=lambda fact: fact.loss)
    assert trainer.step < 2000
    assert trainer.report().step == best.step
    assert trainer.evaluate().loss == best.loss


def test_a_loss_that_is_no_number_is_not_trained_on(stripes: Dataset) -> None:
    trainer = Trainer(
        a_spec(optimizer={"name": "sgd", "learning_rate": 100.0, "weight_decay": 10.0}, max_steps=500),
        stripes,
    )
    with pytest.raises(Diverged, match="at step"):
        list(trainer)
    with torch.no_grad():
        next(trainer.network.parameters()).fill_(float("nan"))
    before = copy.deepcopy(trainer.optimizer.state_dict())
    with pytest.raises(Diverged):
        next(iter(trainer))
    assert str(trainer.optimizer.state_dict()) == str(before)


def test_no_micro_batch_is_trained_on_when_the_last_is_no_number(stripes: Dataset) -> None:
    trainer = Trainer(a_spec(accumulation_steps=4), stripes)
    before = copy.deepcopy(list(trainer.network.parameters()))
    outputs: list[torch.Tensor] = []

    def spoil_the_fourth(_module: Any, _inputs: Any, logits: torch.Tensor) -> torch.Tensor:
        outputs.append(logits)
        return logits * float("nan") if len(outputs) == 4 else logits

    trainer.network.register_forward_hook(spoil_the_fourth)
    with pytest.raises(Diverged, match="at step 1"):
        next(iter(trainer))
    assert len(outputs) == 4
    assert all(map(torch.equal, before, trainer.network.parameters()))


@pytest.mark.parametrize("micro_batches", [2, 4, 8])
def test_micro_batches_give_the_loss_and_the_gradients_of_their_batch(
    stripes: Dataset, micro_batches: int
) -> None:
    plain = {"batch_norm": False, "dropout": 0.0}
    whole, parts = (
        Trainer(a_spec(architecture=plain, accumulation_steps=steps), stripes) for steps in (1, micro_batches)
    )
    first, second = next(iter(whole)), next(iter(parts))
    assert (first.step, first.accuracy) == (second.step, second.accuracy)
    assert first.loss == pytest.approx(second.loss, rel=1e-6)
    for one, other in zip(whole.network.parameters(), parts.network.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_recomputing_activations_changes_no_bit_of_a_run(stripes: Dataset, precision: str) -> None:
    kept, recomputed = (
        Trainer(a_spec(activation_checkpointing=choice, precision=precision), stripes)
        for choice in (False, True)
    )
    assert losses(kept) == losses(recomputed)
    assert same(kept.network, recomputed.network)


def test_averaging_leaves_the_training_as_it_is(stripes: Dataset) -> None:
    averaged, plain = Trainer(a_spec(averaging=EMA), stripes), Trainer(a_spec(), stripes)
    assert losses(averaged) == losses(plain)
    assert same(averaged.network, plain.network)


def test_evaluations_and_the_report_are_of_the_averaged_weights(stripes: Dataset) -> None:
    averaged, plain = Trainer(a_spec(averaging=EMA), stripes), Trainer(a_spec(), stripes)
    list(averaged)
    assert not same(averaged.evaluated, averaged.network)
    plain.network.load_state_dict(averaged.evaluated.state_dict())
    assert averaged.evaluate().loss == plain.evaluate().loss
    assert averaged.report().loss == plain.report().loss


def test_a_short_run_with_a_long_average_learns_all_the_same(stripes: Dataset) -> None:
    trainer = Trainer(
        a_spec({"augmentation": []}, max_steps=120, averaging={"name": "ema", "decay": 0.9999}), stripes
    )
    list(trainer)
    assert trainer.report().accuracy > 0.9


def test_clipping_bounds_what_a_step_can_change(stripes: Dataset) -> None:
    trainer = Trainer(a_spec(clip_grad_norm=1e-3, optimizer={"name": "sgd", "learning_rate": 1.0}), stripes)
    before = torch.cat([value.detach().flatten().clone() for value in trainer.network.parameters()])
    next(iter(trainer))
    after = torch.cat([value.detach().flatten() for value in trainer.network.parameters()])
    moved = float((after - before).norm())
    assert 0 < moved <= 1.001e-3


def test_a_device_that_is_not_there_is_said(stripes: Dataset) -> None:
    with pytest.raises(DeviceMissing, match="cuda:99"):
        Trainer(a_spec(device="cuda:99"), stripes)


def test_the_report_counts_every_image_of_the_test_split(stripes: Dataset) -> None:
    report = Trainer(a_spec(), stripes).report()
    assert report.images == 60 == sum(map(sum, report.confusion_matrix))
    hits = sum(report.confusion_matrix[i][i] for i in range(3))
    assert report.accuracy == pytest.approx(hits / 60)
    assert report.top_k["1"] == pytest.approx(report.accuracy)
    assert [row.images for row in report.classes] == stripes.test.labels.bincount().tolist()
    assert [mistake.loss for mistake in report.hardest] == sorted(
        (m.loss for m in report.hardest), reverse=True
    )


def test_batches_that_are_read_late_are_the_same_batches(stripes: Dataset) -> None:
    spec = a_spec(evaluation_interval=7)
    at_once, late = Trainer(spec, stripes), Trainer(spec, stripes)
    late.stride = 4  # as on a GPU
    rows = list(late)
    assert [fact.loss for fact in rows] == [fact.loss for fact in at_once]
    assert [fact.step for fact in rows if isinstance(fact, Evaluation)] == [7, 14]
    theirs = at_once.network.state_dict()
    assert all(torch.equal(value, theirs[name]) for name, value in late.network.state_dict().items())


def test_a_loss_that_is_no_number_is_found_also_when_it_is_read_late(stripes: Dataset) -> None:
    trainer = Trainer(a_spec(), stripes)
    trainer.stride = 4
    with torch.no_grad():
        next(trainer.network.parameters()).fill_(float("nan"))
    with pytest.raises(Diverged, match="at step 1"):
        list(trainer)


def test_a_deterministic_run_needs_nothing_that_torch_cannot_repeat(stripes: Dataset) -> None:
    spec = a_spec(architecture={"head": "max"}, deterministic=True)
    assert losses(Trainer(spec, stripes)) == losses(Trainer(spec, stripes))
    torch.use_deterministic_algorithms(False)
