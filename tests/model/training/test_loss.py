"""Cross-entropy with weights for classes."""

from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch.nn import functional as F

from model.data.catalog import BUILT_IN
from model.data.dataset import Dataset, Preprocess, Split, generator
from model.estimate.agreement import agree
from model.refusal import SpecError, from_validation
from model.spec import Data, JobSpec, Training
from model.spec.mixing import MixUp
from model.training.loss import Loss
from model.training.metrics import BatchMetrics
from model.training.mixing import mixer
from model.training.train import Trainer

RANDOM = torch.Generator().manual_seed(0)
LOGITS = torch.randn(12, 3, generator=RANDOM)
LABELS = torch.tensor([0] * 8 + [1] * 3 + [2])
WEIGHTS = [1.0, 2.5, 6.0]


def a_training(**fields: Any) -> Training:
    common = {"optimizer": {"name": "sgd", "learning_rate": 0.05}, "batch_size": 12, "max_steps": 10}
    return Training.model_validate({**common, "precision": "fp32", **fields})


def a_spec(data: dict[str, Any] | None = None, **training: Any) -> JobSpec:
    return JobSpec.model_validate(
        {
            "architecture": {"blocks": [[1, 4], [1, 8]], "classifier": [16]},
            "data": {"dataset": "mnist", **(data or {})},
            "training": a_training(**training).model_dump(),
        }
    )


def loss_of(loss: Loss, logits: torch.Tensor, targets: torch.Tensor, parts: int = 1) -> float:
    weight = loss.weight(targets)
    share = None if weight is None else weight / parts
    chunks = zip(logits.chunk(parts), targets.chunk(parts), strict=True)
    return float(torch.stack([loss(*chunk, share) for chunk in chunks]).mean())


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=str)
def test_the_loss_is_that_of_torch(smoothing: float, weights: list[float] | None) -> None:
    loss = Loss(a_training(label_smoothing=smoothing, class_weights=weights), LABELS, 3)
    expected = F.cross_entropy(
        LOGITS, LABELS, torch.tensor(weights) if weights else None, label_smoothing=smoothing
    )
    assert loss_of(loss, LOGITS, LABELS) == pytest.approx(float(expected))


def test_a_batch_in_parts_has_the_loss_of_the_whole() -> None:
    loss = Loss(a_training(class_weights=WEIGHTS), LABELS, 3)
    assert loss_of(loss, LOGITS, LABELS, parts=4) == pytest.approx(loss_of(loss, LOGITS, LABELS))


def test_blends_that_are_whole_images_have_the_loss_of_images() -> None:
    loss = Loss(a_training(class_weights=WEIGHTS, label_smoothing=0.1), LABELS, 3)
    shares = F.one_hot(LABELS, 3).float()
    assert loss_of(loss, LOGITS, shares) == pytest.approx(loss_of(loss, LOGITS, LABELS))


def test_balanced_weights_give_every_class_the_same_say() -> None:
    weights = Loss(a_training(class_weights="balanced"), LABELS, 3).weights
    assert weights is not None
    says = LABELS.bincount() * weights
    torch.testing.assert_close(says, torch.full((3,), 4.0))


def test_equal_weights_change_nothing(stripes: Dataset) -> None:
    losses = []
    for weights in (None, [2.0, 2.0, 2.0]):
        trainer = Trainer(a_spec(class_weights=weights, label_smoothing=0.1), stripes)
        losses.append([fact.loss for fact in trainer if isinstance(fact, BatchMetrics)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


@pytest.mark.parametrize("training", [{}, {"mixing": {"name": "cutmix"}, "accumulation_steps": 3}], ids=str)
def test_evaluations_do_not_weigh(stripes: Dataset, training: dict[str, Any]) -> None:
    trainer = Trainer(a_spec(class_weights=WEIGHTS, **training), stripes)
    list(trainer)
    test = stripes.test
    logits = trainer.evaluated.eval()(Preprocess(12)(test.images[0:60]))
    assert trainer.evaluate().loss == pytest.approx(
        float(F.cross_entropy(logits.detach(), test.labels)), rel=1e-4
    )


def test_weights_of_blends_are_those_of_their_labels() -> None:
    loss = Loss(a_training(class_weights=WEIGHTS), LABELS, 3)
    images = torch.zeros(12, 1, 4, 4)
    _, shares = mixer(MixUp(name="mixup", alpha=1.0), 3)(images, LABELS, generator(0, 0))
    weight = loss.weight(shares)
    assert weight is not None
    assert float(weight) == pytest.approx(float(torch.tensor(WEIGHTS)[LABELS].sum()), rel=1e-5)


@pytest.mark.parametrize(
    ("spec", "pointer"),
    [
        (a_spec(class_weights=WEIGHTS), "/training/class_weights"),
        (a_spec({"normalization": "imagenet"}), "/data/normalization"),
    ],
    ids=["weights", "imagenet"],
)
def test_what_does_not_suit_the_data_set_is_refused_at_its_field(spec: JobSpec, pointer: str) -> None:
    with pytest.raises(SpecError) as refused:
        agree(spec, BUILT_IN["mnist"])
    assert refused.value.refusal.pointer == pointer


@pytest.mark.parametrize(
    ("weights", "pointer"),
    [("balance", ""), ([1.0, 0.0, 1.0], "/1"), ([1.0, "2", 1.0], "/1")],
    ids=str,
)
def test_weights_that_are_none_are_refused_where_they_stand(weights: object, pointer: str) -> None:
    body = {**a_training().model_dump(), "class_weights": weights}
    with pytest.raises(ValidationError) as caught:
        Training.model_validate(body)
    assert f"/class_weights{pointer}" in [each.pointer for each in from_validation(caught.value, body)]


def test_imagenet_normalization_is_by_the_figures_of_imagenet() -> None:
    split = Split(torch.zeros(2, 3, 8, 8, dtype=torch.uint8), torch.zeros(2))
    preprocess = Preprocess.of(Data(dataset="cifar10", normalization="imagenet"), split)
    gray = torch.full((1, 3, 8, 8), 128, dtype=torch.uint8)
    expected = (128 / 255 - torch.tensor([0.485, 0.456, 0.406])) / torch.tensor([0.229, 0.224, 0.225])
    torch.testing.assert_close(preprocess(gray)[0, :, 0, 0], expected)
