"""Labels that are likely wrong, found by training on them."""

import copy
import json
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.data.catalog import BUILT_IN, facts_of
from model.data.dataset import Dataset
from model.data.datasets import load
from model.evaluation.suspects import BLENDED
from model.runs.run import Run
from model.spec import JobSpec
from model.training.train import Trainer
from tests.model.prepared import SET, pack

IMAGES, PLANTED = 2000, 100


def a_spec(data: dict[str, Any] | None = None, **training: Any) -> JobSpec:
    return JobSpec.model_validate(
        {
            "architecture": {
                "blocks": [[1, 16], [1, 32]],
                "classifier": [],
                "batch_norm": True,
                "head": "max",
            },
            "data": {"dataset": SET, "normalization": "standard", **(data or {})},
            "training": {
                "optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9},
                "schedule": {"name": "one_cycle"},
                "batch_size": 50,
                "epochs": 8,
                "precision": "fp32",
                **training,
            },
        }
    )


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[int]]:
    """A folder with a set of Fashion-MNIST images, and those of them that were given a wrong label."""
    fashion = load(BUILT_IN["fashion-mnist"], Path("datasets"))
    random = np.random.default_rng(0)
    splits = []
    for split, count in ((fashion.train, IMAGES), (fashion.test, 500)):
        pixels = split.images[0:count].permute(0, 2, 3, 1).contiguous().numpy()
        splits.append((pixels, split.labels[0:count].numpy().copy()))
    labels = splits[0][1]
    wrong = random.choice(IMAGES, PLANTED, replace=False)
    labels[wrong] = (labels[wrong] + random.integers(1, 10, PLANTED)) % 10
    folder = tmp_path_factory.mktemp("datasets")
    pack(folder / SET, splits[0], splits[1])
    return folder, set(wrong.tolist())


def found(spec: JobSpec, datasets: Path, out: Path) -> dict[str, Any]:
    """What the run has left."""
    list(Run(spec, datasets, out))
    content: dict[str, Any] = json.loads((out / "suspects.json").read_bytes())
    return content


@pytest.mark.parametrize("data", [{}, {"validation_split": 0.1}], ids=str)
def test_most_suspects_are_labels_that_were_planted(
    planted: tuple[Path, set[int]], tmp_path: Path, data: dict[str, Any]
) -> None:
    folder, wrong = planted
    told = found(a_spec(data), folder, tmp_path)
    assert len(told["suspects"]) == PLANTED
    hits = [suspect for suspect in told["suspects"] if suspect["index"] in wrong]
    assert len(hits) >= 0.7 * PLANTED
    assert all(suspect["path"] == f"train/{suspect['index']}.png" for suspect in told["suspects"])
    assert all(suspect["predicted"] != suspect["label"] for suspect in hits[:20])
    losses = [suspect["loss"] for suspect in told["suspects"]]
    assert losses == sorted(losses, reverse=True)


def test_a_built_in_set_has_suspects_without_paths(tmp_path: Path) -> None:
    told = found(a_spec({"dataset": "fashion-mnist"}, epochs=None, max_steps=3), tmp_path, tmp_path / "out")
    assert told["judged"] == 0
    assert told["images"] == 60_000
    assert told["suspects"] == []
    assert "not judged" in told["note"]


def test_images_seen_once_are_not_judged(planted: tuple[Path, set[int]], tmp_path: Path) -> None:
    steps = IMAGES * 3 // 2 // 50
    told = found(a_spec(epochs=None, max_steps=steps), planted[0], tmp_path)
    assert told["judged"] == IMAGES // 2
    assert "not judged" in told["note"]
    assert len(told["suspects"]) == 100


def test_blends_have_no_suspects_and_the_file_says_so(planted: tuple[Path, set[int]], tmp_path: Path) -> None:
    told = found(a_spec(mixing={"name": "mixup"}, epochs=1), planted[0], tmp_path)
    assert (told["note"], told["suspects"]) == (BLENDED, [])


def dataset_of(planted: tuple[Path, set[int]], spec: JobSpec) -> Dataset:
    return load(facts_of(spec.data, planted[0]), planted[0])


def test_a_resumed_training_ends_with_the_same_suspects(planted: tuple[Path, set[int]]) -> None:
    spec = a_spec(epochs=2, accumulation_steps=2, label_smoothing=0.1)
    dataset = dataset_of(planted, spec)
    whole = Trainer(spec, dataset)
    list(whole)
    for cut in (1, 41, 79):
        before, after = Trainer(spec, dataset), Trainer(spec, dataset)
        list(islice(before, cut))
        after.load_state_dict(copy.deepcopy(before.state_dict()))
        list(after)
        assert after.visits
        assert whole.visits
        assert torch.equal(after.visits.sums, whole.visits.sums)
        assert after.suspects() == whole.suspects()


def test_every_visit_is_counted_once(planted: tuple[Path, set[int]]) -> None:
    spec = a_spec(epochs=2)
    trainer = Trainer(spec, dataset_of(planted, spec))
    list(trainer)
    assert trainer.visits
    assert trainer.visits.counts.tolist() == [2.0] * IMAGES


def test_a_checkpoint_of_before_there_were_suspects_is_gone_on_from(planted: tuple[Path, set[int]]) -> None:
    spec = a_spec(epochs=2)
    dataset = dataset_of(planted, spec)
    before, after = Trainer(spec, dataset), Trainer(spec, dataset)
    list(islice(before, 40))
    after.load_state_dict({name: value for name, value in before.state_dict().items() if name != "visits"})
    list(after)
    assert after.visits
    assert after.visits.counts.tolist() == [1.0] * IMAGES
