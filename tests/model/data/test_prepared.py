"""Training on a prepared data set: its facts, its splits, its images in a file, and what a prediction sees."""

import copy
import gc
import json
import os
import resource
import shutil
import sys
import threading
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.data import packed
from model.data.catalog import facts_of
from model.data.dataset import Dataset, Preprocess, Split
from model.data.datasets import load
from model.data.images import Fit
from model.data.rows import Rows
from model.errors import DatasetDamaged
from model.estimate.cost import Bill, bill, held_out
from model.finished.predict import Model
from model.hardware.machine import Machine
from model.refusal import SpecError
from model.runs.run import Run
from model.spec import Data, JobSpec
from model.training.feed import AHEAD
from model.training.metrics import BatchMetrics, Evaluation
from model.training.train import Trainer
from tests.model.prepared import SET, pack, stripes

SGD = {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9}
AUGMENTED = {"augmentation": ["horizontal_flip", "pad_crop"]}


def a_spec(data: dict[str, Any] | None = None, **training: Any) -> JobSpec:
    return JobSpec.model_validate(
        {
            "architecture": {"blocks": [[1, 4], [1, 8]], "classifier": [16], "batch_norm": True},
            "data": {"dataset": SET, **(data or {})},
            "training": {"optimizer": SGD, "batch_size": 8, "max_steps": 40, "precision": "fp32", **training},
        }
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of data sets, with one that has 60 training images and 30 to test on."""
    pack(tmp_path / SET, stripes(60, 0), stripes(30, 1))
    return tmp_path


@pytest.fixture
def validated(tmp_path: Path) -> Path:
    """As `folder`, with 15 images to validate on."""
    pack(tmp_path / SET, stripes(60, 0), stripes(30, 1), stripes(15, 2))
    return tmp_path


def mapped(spec: JobSpec, folder: Path) -> Dataset:
    facts = facts_of(spec.data, folder)
    return load(facts, folder).with_validation(held_out(spec, facts), spec.training.seed)


def in_memory(dataset: Dataset) -> Dataset:
    """The same images as tensors."""

    def copied(split: Split) -> Split:
        return Split(split.images[torch.arange(len(split))].contiguous(), split.labels)

    validation = copied(dataset.validation) if dataset.validation else None
    return Dataset(dataset.name, dataset.classes, copied(dataset.train), copied(dataset.test), validation)


def told(fact: BatchMetrics | Evaluation) -> tuple[Any, ...]:
    return fact.step, fact.loss, fact.accuracy


def costs(spec: JobSpec, folder: Path) -> Bill:
    return bill(spec, facts_of(spec.data, folder))


def refused(spec: JobSpec, folder: Path) -> tuple[str, str]:
    with pytest.raises(SpecError) as refusal:
        costs(spec, folder)
    return refusal.value.refusal.pointer, refusal.value.refusal.code


def test_the_facts_of_a_set_are_those_of_its_card(validated: Path) -> None:
    facts = facts_of(Data(dataset=SET), validated)
    assert (facts.channels, facts.image_size, facts.classes) == (3, 12, 3)
    assert (facts.train_images, facts.validation_images, facts.test_images) == (60, 15, 30)


def test_a_set_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    assert refused(a_spec(), tmp_path) == ("/data/dataset", "unknown_dataset")


def test_images_in_a_file_are_those_of_each_split(validated: Path) -> None:
    dataset = load(facts_of(Data(dataset=SET), validated), validated)
    assert dataset.validation
    for split, source in ((dataset.train, 0), (dataset.test, 1), (dataset.validation, 2)):
        pixels, labels = stripes(len(split), source)
        which = torch.tensor([3, 0, 3, len(split) - 1])
        assert np.array_equal(split.images[which].numpy(), pixels[which.numpy()].transpose(0, 3, 1, 2))
        assert np.array_equal(split.images[2:9].numpy(), pixels[2:9].transpose(0, 3, 1, 2))
        assert split.labels.tolist() == labels.tolist()
        assert split.images[which].is_contiguous(memory_format=torch.channels_last)


def test_no_image_is_copied_to_hold_some_out(folder: Path) -> None:
    whole = load(facts_of(Data(dataset=SET), folder), folder)
    parted = whole.with_validation(12, seed=3)
    assert parted.validation
    for split in (parted.train, parted.validation):
        assert isinstance(split.images, Rows)
        assert isinstance(whole.train.images, Rows)
        assert np.shares_memory(split.images.pixels, whole.train.images.pixels)
    seen = parted.train.images.paths(range(48)) + parted.validation.images.paths(range(12))  # type: ignore[union-attr]
    assert sorted(map(str, seen)) == sorted(f"train/{n}.png" for n in range(60))


def test_of_a_set_that_is_on_disk_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    pixels, labels = np.ones((600, 128, 128, 3), np.uint8), np.arange(600) % 2  # 29 MB
    pack(tmp_path / SET, (pixels, labels), (pixels[:2], labels[:2]))
    with (tmp_path / SET / packed.IMAGES).open("rb") as file:
        os.fsync(file.fileno())
        if sys.platform == "linux":
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    images = mapped(a_spec(), tmp_path).train.images
    before = resource.getrusage(resource.RUSAGE_SELF).ru_inblock
    images[torch.tensor([500, 100, 300])]
    read = resource.getrusage(resource.RUSAGE_SELF).ru_inblock - before
    assert read * 512 < 10 * pixels[0].nbytes


@pytest.mark.parametrize("data", [{}, AUGMENTED, {"validation_split": 0.2, "image_size": 16}], ids=str)
def test_numbers_are_those_of_the_same_images_in_memory(folder: Path, data: dict[str, Any]) -> None:
    spec = a_spec(data, evaluation_interval=9)
    dataset = mapped(spec, folder)
    one, other = Trainer(spec, dataset), Trainer(spec, in_memory(dataset))
    assert [told(fact) for fact in one] == [told(fact) for fact in other]
    assert one.report().loss == other.report().loss


def test_a_training_resumed_at_any_step_reads_on_from_there(folder: Path) -> None:
    spec = a_spec(AUGMENTED, max_steps=20)
    whole = [told(fact) for fact in Trainer(spec, mapped(spec, folder))]
    for cut in range(1, 20, 4):
        before = Trainer(spec, mapped(spec, folder))
        list(islice(before, cut + AHEAD))  # and back, as after a rollback
        again = Trainer(spec, mapped(spec, folder))
        list(islice(again, cut))
        state = copy.deepcopy(again.state_dict())
        before.load_state_dict(state)
        assert [told(fact) for fact in before] == whole[cut:]


def test_the_reading_thread_ends_with_the_training(folder: Path) -> None:
    trainer = Trainer(a_spec(), mapped(a_spec(), folder))
    list(islice(trainer, 3))
    assert any(thread.name.startswith("feed") for thread in threading.enumerate())
    readers = [thread for thread in threading.enumerate() if thread.name.startswith("feed")]
    del trainer
    gc.collect()
    for reader in readers:
        reader.join(timeout=10)
        assert not reader.is_alive()


def test_standard_normalization_is_by_the_figures_of_the_card(folder: Path) -> None:
    spec = a_spec({"normalization": "standard", "validation_split": 0.2})
    dataset = mapped(spec, folder)
    card = packed.Packed.read(folder / SET)
    preprocess = Preprocess.of(spec.data, dataset.train)
    assert (preprocess.mean, preprocess.deviation) == (card.mean, card.deviation)


def test_a_split_of_its_own_is_what_is_validated_on(validated: Path) -> None:
    spec = a_spec(evaluation_interval=10, early_stopping={"patience": 3})
    rows = list(Run(spec, validated, None))
    assert {row["split"] for row in rows if row["kind"] == "evaluation"} == {"validation"}
    assert rows[0]["images_per_epoch"] == costs(spec, validated).images_per_epoch == 60


def test_images_are_held_out_of_a_set_without_such_a_split(folder: Path) -> None:
    spec = a_spec({"validation_split": 0.2}, evaluation_interval=10, early_stopping={"patience": 3})
    rows = list(Run(spec, folder, None))
    assert {row["split"] for row in rows if row["kind"] == "evaluation"} == {"validation"}
    assert rows[0]["images_per_epoch"] == costs(spec, folder).images_per_epoch == 48


def test_a_second_validation_split_is_refused(validated: Path) -> None:
    assert refused(a_spec({"validation_split": 0.2}), validated) == (
        "/data/validation_split",
        "validation_split",
    )


@pytest.mark.parametrize("training", [{"evaluation_interval": 10}, {}], ids=str)
def test_early_stopping_is_refused_without_anything_to_stop_by(
    folder: Path, training: dict[str, Any]
) -> None:
    assert refused(a_spec(early_stopping={"patience": 3}, **training), folder) == ("", "early_stopping")


@pytest.mark.parametrize(("device", "grows"), [("cpu", False), ("cuda", True)])
def test_images_in_a_file_take_memory_only_where_a_gpu_has_room(
    folder: Path, device: str, grows: bool
) -> None:
    def need(images: int) -> int:
        counts = {"train": images, "validation": 0, "test": 30}
        replace(packed.Packed.read(folder / SET), images=counts).write(folder / SET)
        facts = facts_of(Data(dataset=SET), folder)
        machine = Machine(
            device=device, torch="", threads=1, memory_bytes=2**32, process_bytes=2**29, native_bf16=True
        )
        return bill(a_spec(), facts, machine).training_memory_bytes

    room = 2**32 // 3 // (12 * 12 * 3)
    assert (need(room - 10) > need(60)) == grows
    assert need(room + 10) == need(2 * room) < need(60) + 2**20


@pytest.mark.parametrize("file", [packed.IMAGES, packed.LABELS])
@pytest.mark.parametrize("damage", ["cut short", "gone", "of another set"])
def test_a_damaged_set_is_refused_with_what_to_do(folder: Path, file: str, damage: str) -> None:
    path = folder / SET / file
    if damage == "cut short":
        path.write_bytes(path.read_bytes()[:-1])
    elif damage == "gone":
        path.unlink()
    else:
        np.save(path, np.load(path)[1:])
    with pytest.raises(DatasetDamaged) as damaged:
        load(facts_of(Data(dataset=SET), folder), folder)
    assert "upload" in damaged.value.hint


def test_mistakes_name_the_uploaded_file(folder: Path, tmp_path: Path) -> None:
    list(Run(a_spec(max_steps=1), folder, tmp_path / "out"))
    hardest = json.loads((tmp_path / "out" / "evaluation.json").read_bytes())["hardest"]
    assert hardest
    assert all(mistake["path"] == f"test/{mistake['index']}.png" for mistake in hardest)


def test_a_training_ends_well_though_its_set_is_deleted_on_the_way(folder: Path, tmp_path: Path) -> None:
    rows = []
    for row in Run(a_spec(), folder, tmp_path / "out"):
        rows.append(row)
        if row["kind"] == "start":
            shutil.rmtree(folder / SET)
    assert rows[-1]["kind"] == "done"


def test_a_model_knows_how_its_pictures_were_made_square(folder: Path, tmp_path: Path) -> None:
    list(Run(a_spec(max_steps=1), folder, tmp_path / "out"))
    card = tmp_path / "out" / "model" / "model.json"
    assert json.loads(card.read_bytes())["fit"] == {"size": 12, "how": "stretch"}
    assert Model.load(card.parent).fit == Fit(12, "stretch")


def test_a_model_of_before_there_were_such_sets_still_loads(folder: Path, tmp_path: Path) -> None:
    list(Run(a_spec(max_steps=1), folder, tmp_path / "out"))
    card = tmp_path / "out" / "model" / "model.json"
    fields = json.loads(card.read_bytes())
    del fields["fit"]
    card.write_text(json.dumps(fields))
    assert Model.load(card.parent).fit is None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"classes": 1}'])
def test_a_card_that_is_damaged_is_told_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / SET).mkdir()
    (tmp_path / SET / "dataset.json").write_text(content)
    with pytest.raises(DatasetDamaged, match=r"dataset\.json"):
        list(Run(a_spec(), tmp_path, None))
