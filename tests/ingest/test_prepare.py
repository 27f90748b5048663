"""A whole preparation of real pictures, good and bad: what is used, what is left out, and what the report says."""

import hashlib
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ingest.errors import UploadError
from ingest.prepare import MAX_PIXELS, Prepare
from ingest.spec import Preparation
from model.data import packed
from model.data.dataset import _statistics
from model.data.images import Fit, How, decode
from tests.ingest.folders import opened
from tests.ingest.prepared import SPEC, index, left_out, pixels_of, prepared, report


@pytest.mark.parametrize("how", ["stretch", "crop", "pad"])
def test_what_is_packed_is_what_a_prediction_sees_of_the_same_file(
    how: How, photos: Path, tmp_path: Path
) -> None:
    prepared(photos, tmp_path, Preparation(image_size=40, channels=3, fit=how))
    for path, row in zip(index(tmp_path), packed.images(tmp_path), strict=True):
        expected = decode((photos / path).read_bytes(), 3, MAX_PIXELS, Fit(40, how))
        np.testing.assert_array_equal(row, expected.transpose(1, 2, 0))


def test_the_card_tells_what_is_on_disk(photos: Path, tmp_path: Path) -> None:
    rows = prepared(photos, tmp_path)
    card, labels, images = packed.Packed.read(tmp_path), packed.labels(tmp_path), packed.images(tmp_path)
    assert rows[-1]["kind"] == "done"
    assert card.classes == ("animals", "symbols", "town")
    assert card.images == rows[-1]["images"] == {"train": 144, "validation": 0, "test": 36}
    assert card.class_images["test"] == (12, 12, 12)
    assert [path.split("/")[0] for path in index(tmp_path)] == [card.classes[label] for label in labels]
    files = (tmp_path / packed.IMAGES).read_bytes() + (tmp_path / packed.LABELS).read_bytes()
    assert card.sha256 == hashlib.sha256(files).hexdigest()
    train = torch.from_numpy(images[:144].transpose(0, 3, 1, 2).copy())
    mean, deviation = _statistics(train)
    assert card.mean == pytest.approx(mean, abs=1e-12)
    assert card.deviation == pytest.approx(deviation, abs=1e-12)


def test_within_a_split_rows_are_sorted_by_class_and_path(photos: Path, tmp_path: Path) -> None:
    prepared(photos, tmp_path)
    paths = index(tmp_path)
    assert paths[:144] == sorted(paths[:144])
    assert paths[144:] == sorted(paths[144:])


def test_the_order_of_entries_and_another_try_change_nothing(photos: Path, tmp_path: Path) -> None:
    prepared(photos, tmp_path / "one")
    prepared(photos, tmp_path / "other", backwards=True)
    assert (tmp_path / "one" / packed.CARD).read_bytes() == (tmp_path / "other" / packed.CARD).read_bytes()


def test_size_and_channels_are_chosen_from_the_pictures(photos: Path, tmp_path: Path) -> None:
    prepared(photos, tmp_path / "color", Preparation())
    sides = [min(pixels_of(photos / path).shape[1:]) for path in index(tmp_path / "color")]
    card = packed.Packed.read(tmp_path / "color")
    assert (card.image_size, card.channels) == (min(224, int(np.median(sides))), 3)
    for file in photos.rglob("*.png"):
        gray = tmp_path / "photos" / file.relative_to(photos)
        gray.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels_of(file)[0]).resize((500, 400)).save(gray)
    prepared(tmp_path / "photos", tmp_path / "gray", Preparation())
    card = packed.Packed.read(tmp_path / "gray")
    assert (card.image_size, card.channels) == (224, 1)


def test_progress_never_goes_back_and_ends_at_its_end(photos: Path, tmp_path: Path) -> None:
    told = [row for row in prepared(photos, tmp_path, Preparation()) if row["kind"] == "progress"]
    steps = [row["step"] for row in told]
    assert steps == sorted(steps)
    assert {row["steps"] for row in told} == {3 * 180}
    assert [*dict.fromkeys(row["stage"] for row in told)] == ["survey", "decode", "compare", "pack"]
    assert steps[-1] == 3 * 180


def test_a_data_set_that_is_whole_is_done_at_once(photos: Path, tmp_path: Path) -> None:
    first = prepared(photos, tmp_path)
    again = list(Prepare(lambda: pytest.fail("opened again"), SPEC, tmp_path))
    assert again == first[-1:]


@pytest.mark.parametrize("stage", ["survey", "decode", "compare", "pack"])
def test_stopped_at_any_stage_it_leaves_nothing_and_begins_again(
    stage: str, photos: Path, tmp_path: Path
) -> None:
    prepare = Prepare(lambda: opened(photos), Preparation(), tmp_path)
    rows = []
    for row in prepare:
        rows.append(row)
        prepare.stopping = row.get("stage") == stage
    assert rows[-1]["kind"] == "stopped"
    assert not list(tmp_path.iterdir())
    assert prepared(photos, tmp_path, Preparation())[-1]["kind"] == "done"


def test_what_a_crashed_try_has_left_is_removed(photos: Path, tmp_path: Path) -> None:
    for name in (packed.IMAGES, packed.LABELS, packed.REPORT, "images.part", "thumbnails.part"):
        (tmp_path / name).write_bytes(b"half")
    prepared(photos, tmp_path)
    names = {packed.IMAGES, packed.LABELS, packed.INDEX, packed.REPORT, packed.CARD}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_one_bad_file_refuses_all_where_that_is_wanted(photos: Path, tmp_path: Path) -> None:
    shutil.copytree(photos, tmp_path / "photos")
    (tmp_path / "photos" / "town" / "bad.png").write_bytes(b"no picture")
    strict = SPEC.model_copy(update={"bad_files": "fail"})
    with pytest.raises(UploadError) as caught:
        prepared(tmp_path / "photos", tmp_path / "out", strict)
    assert caught.value.code == "bad_files"
    assert left_out(tmp_path / "out") == {"not_an_image": 1}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {packed.REPORT}


@pytest.mark.parametrize(
    ("folders", "code"),
    [
        ({"a": 5}, "too_few_classes"),
        ({"a": 1, "b": 1}, "no_test_images"),
        ({"test/a": 2, "test/b": 2}, "no_train_images"),
        ({}, "too_few_classes"),
    ],
)
def test_what_cannot_be_trained_on_is_refused_after_its_report(
    folders: dict[str, int], code: str, photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    source = random.Random(0).sample(sorted(photos.rglob("*.png")), 6)
    for name, count in folders.items():
        (tmp_path / "photos" / name).mkdir(parents=True)
        for n in range(count):
            shutil.copy(source.pop(), tmp_path / "photos" / name / f"{n}.png")
    with pytest.raises(UploadError) as caught:
        prepared(tmp_path / "photos", tmp_path / "out")
    assert caught.value.code == code
    assert caught.value.hint
    assert report(tmp_path / "out")["counts"]["used"] == sum(folders.values())
