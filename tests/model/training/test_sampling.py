"""Batches in which every class has as many images."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.data.dataset import Dataset, Split
from model.spec import JobSpec
from model.training.metrics import BatchMetrics
from model.training.sampling import Balanced
from model.training.train import Trainer

LABELS = torch.tensor([0] * 70 + [2] * 20 + [3] * 7)  # class 1 has no image


def drawn(steps: int, batch_size: int = 8, seed: int = 1) -> torch.Tensor:
    order = Balanced(LABELS, batch_size, seed)
    return torch.cat([order(step) for step in range(steps)])


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(1, 70))
def test_classes_have_as_many_images_in_each_epoch(labels: list[int], batch_size: int) -> None:
    order = Balanced(torch.tensor(labels), batch_size, seed=3)
    seen = torch.cat([order(step) for step in range(3 * len(labels) // batch_size + 3)])
    for epoch in range(3):
        images = seen[epoch * len(labels) : (epoch + 1) * len(labels)].tolist()
        counts = Counter(dict.fromkeys(labels, 0))
        counts.update(labels[image] for image in images)
        assert max(counts.values()) - min(counts.values()) <= 1


def test_the_images_of_a_class_come_in_turn() -> None:
    for epochs in range(1, 12):
        visits = drawn(epochs, batch_size=len(LABELS)).bincount(minlength=len(LABELS))
        for label in (0, 2, 3):
            own = visits[label == LABELS]
            assert int(own.max() - own.min()) <= 1


def test_the_order_at_a_step_needs_no_steps_before_it() -> None:
    walked = drawn(60).view(60, 8)
    for step in (0, 11, 12, 13, 59):
        assert torch.equal(Balanced(LABELS, 8, seed=1)(step), walked[step])
    assert not torch.equal(Balanced(LABELS, 8, seed=2)(59), walked[59])


def test_each_pass_and_each_class_has_an_order_of_its_own() -> None:
    labels = torch.arange(20) % 2
    order = Balanced(labels, 20, seed=0)
    first, second = order(0), order(1)
    turns = [epoch[labels[epoch] == label] // 2 for epoch in (first, second) for label in (0, 1)]
    assert len({tuple(turn.tolist()) for turn in turns}) == 4


def test_a_rare_class_is_learned(stripes: Dataset) -> None:
    rare = torch.cat(
        [(stripes.train.labels != 2).nonzero().flatten(), (stripes.train.labels == 2).nonzero()[0]]
    )
    train = Split(stripes.train.images[rare], stripes.train.labels[rare])
    recalls = []
    for sampling in ("uniform", "balanced"):
        spec = JobSpec.model_validate(
            {
                "architecture": {
                    "blocks": [[1, 4], [1, 8]],
                    "classifier": [],
                    "batch_norm": True,
                    "head": "max",
                },
                "data": {"dataset": "mnist", "sampling": sampling, "augmentation": ["horizontal_flip"]},
                "training": {
                    "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
                    "batch_size": 8,
                    "max_steps": 60,
                    "precision": "fp32",
                },
            }
        )
        trainer = Trainer(spec, Dataset("rare", stripes.classes, train, stripes.test))
        assert len([fact for fact in trainer if isinstance(fact, BatchMetrics)]) == 60
        recalls.append(trainer.report().classes[2].recall or 0.0)
    assert recalls[1] > recalls[0] + 0.2


@pytest.mark.parametrize("batch_size", [1, 97, 200])
def test_batches_are_always_full(batch_size: int) -> None:
    assert len(drawn(5, batch_size)) == 5 * batch_size
