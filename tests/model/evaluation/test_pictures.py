"""The test images that a run keeps to be looked at."""

from pathlib import Path

import numpy as np
import pytest
import torch

from model.data.dataset import Split
from model.evaluation import pictures as module
from model.evaluation.evaluate import Mistake
from model.evaluation.pictures import SAMPLES, pictures_of, write
from model.runs.run import Run
from model.spec import JobSpec
from store.pictures import Pictures
from tests.conftest import TINY
from tests.model.prepared import SET, pack, stripes


def split(labels: list[int], channels: int = 1) -> Split:
    """Image n is of the colour n."""
    pixels = torch.arange(len(labels)).view(-1, 1, 1, 1).expand(-1, channels, 4, 6).to(torch.uint8)
    return Split(pixels, torch.tensor(labels))


def mistakes(*rows: int) -> list[Mistake]:
    return [Mistake(row, "a", "b", 0.9, 3.0, None) for row in rows]


def test_the_mistakes_come_first_and_no_image_twice() -> None:
    found = pictures_of(split([0, 1] * 100), mistakes(150, 7, 149))
    rows = found["row"].tolist()
    assert rows[:3] == [150, 7, 149]
    assert len(set(rows)) == len(rows) == SAMPLES + 3 - int(found["sample"][:3].sum())
    assert found["sample"].sum() == SAMPLES
    assert (found["label"] == found["row"] % 2).all()
    assert (found["pixels"] == found["row"][:, None, None, None]).all()


def test_samples_are_of_every_class_also_of_a_rare_one_and_the_same_each_time() -> None:
    rare = split([0] * 200 + [1] * 2 + [2] * 40)
    found = pictures_of(rare, [])
    assert np.bincount(found["label"]).tolist() == [31, 2, 31]
    assert (found["row"] == pictures_of(rare, mistakes(3))["row"][1:]).all()


def test_of_more_classes_than_samples_they_are_spread_over_all() -> None:
    found = pictures_of(split(list(range(250)) * 2), [])
    assert len(found) == SAMPLES
    assert np.diff(np.unique(found["label"])).max() <= 4


def test_a_small_split_is_kept_whole() -> None:
    assert sorted(pictures_of(split([0, 1, 1]), mistakes(2))["row"].tolist()) == [0, 1, 2]


def test_of_large_images_so_many_are_kept_as_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROOM", 5 * 4 * 6 * 3)
    assert pictures_of(split([0, 1] * 50, channels=3), mistakes(1, 2))["row"].tolist()[:2] == [1, 2]
    assert len(pictures_of(split([0, 1] * 50, channels=3), mistakes(1, 2))) == 5


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_read_is_what_was_written(tmp_path: Path, channels: int) -> None:
    records = pictures_of(split([0, 1, 0], channels), [])
    write(tmp_path / "pictures.npy", records)
    found = Pictures(tmp_path / "pictures.npy")
    assert [facts["row"] for facts in found.facts()] == records["row"].tolist()
    assert (2 in found, 3 in found) == (True, False)
    assert found.png(2).startswith(b"\x89PNG")
    assert list(tmp_path.iterdir()) == [tmp_path / "pictures.npy"]


def test_a_run_keeps_those_of_its_data_set_before_it_tells_of_its_evaluation(tmp_path: Path) -> None:
    train, test = stripes(60, seed=0), stripes(30, seed=1)
    pack(tmp_path / SET, train, test)
    spec = JobSpec.model_validate(
        TINY | {"data": {"dataset": SET}, "training": TINY["training"] | {"batch_size": 8, "max_steps": 2}}
    )
    for row in Run(spec, tmp_path, tmp_path / "out"):
        if row["kind"] == "report":
            records = np.load(tmp_path / "out" / "pictures.npy")
    assert sorted(records["row"].tolist()) == list(range(30))
    assert (records["pixels"] == test[0][records["row"]]).all()
    assert (records["label"] == test[1][records["row"]]).all()
