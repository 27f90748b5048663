"""A whole preparation of real pictures, good and bad: what is used, what is left out, and what the report says."""

import hashlib
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import ExifTags, Image

from ingest.errors import UploadError
from ingest.prepare import MAX_PIXELS, Prepare
from ingest.spec import Preparation
from model import packed
from model.data import _statistics
from model.images import Fit, How, decode
from tests.ingest.folders import opened

SPEC = Preparation(image_size=32, channels=3)


@pytest.fixture(scope="module")
def photos(stamps: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty of each of three classes."""
    root = tmp_path_factory.mktemp("photos")
    for label in ("animals", "symbols", "town"):
        (root / label).mkdir()
        for n, file in enumerate(sorted((stamps / label).rglob("*.png"))[:60]):
            shutil.copy(file, root / label / f"{n:02}.png")
    return root


def prepared(root: Path, out: Path, spec: Preparation = SPEC, **how: Any) -> list[dict[str, Any]]:
    return list(Prepare(lambda: opened(root, **how), spec, out))


def report(out: Path) -> dict[str, Any]:
    return dict(json.loads((out / packed.REPORT).read_bytes()))


def finding(out: Path, code: str) -> dict[str, Any]:
    return next((each for each in report(out)["findings"] if each["code"] == code), {"count": 0})


def left_out(out: Path) -> dict[str, int]:
    told = report(out)
    assert told["counts"]["samples"] == told["counts"]["used"] + told["counts"]["left_out"]
    assert all(each["message"] and each["files"] for each in told["left_out"])
    return {each["code"]: each["count"] for each in told["left_out"]}


def index(out: Path) -> list[str]:
    return [json.loads(line)["path"] for line in (out / packed.INDEX).read_text().splitlines()]


def pixels_of(file: Path) -> NDArray[np.uint8]:
    return decode(file.read_bytes(), 3, MAX_PIXELS)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


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


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :]


def rotated() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return exif


ODD: dict[str, tuple[str, Callable[[Image.Image], bytes]]] = {  # suffix, and the file
    "good": (".png", lambda image: saved(image, "PNG")),
    "cut": (".png", lambda image: saved(image, "PNG")[:-200]),
    "cut_jpeg": (".jpg", lambda image: saved(image, "JPEG")[:300]),
    "damaged": (".png", lambda image: flipped(saved(image, "PNG"))),
    "empty": (".jpg", lambda image: b""),
    "text": (".jpg", lambda image: b"this is no picture"),
    "tiff": (".tif", lambda image: saved(image, "TIFF")),
    "wrong_suffix": (".jpg", lambda image: saved(image, "PNG")),
    "animated": (
        ".gif",
        lambda image: saved(image, "GIF", save_all=True, append_images=[image.rotate(90)]),
    ),
    "cmyk": (".jpg", lambda image: saved(image.convert("CMYK"), "JPEG")),
    "sixteen_bit": (
        ".png",
        lambda image: saved(Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257), "PNG"),
    ),
    "rotated": (".jpg", lambda image: saved(image, "JPEG", exif=rotated())),
}
UNREADABLE = {
    "cut": "image_truncated",
    "cut_jpeg": "image_truncated",
    "damaged": "image_truncated",
    "empty": "empty",
    "text": "not_an_image",
    "tiff": "not_an_image",
}


def test_of_a_thousand_odd_files_each_is_used_or_left_out_with_a_reason(tmp_path: Path) -> None:
    random_pixels = np.random.default_rng(0)
    for n in range(1008):
        kind = list(ODD)[n % len(ODD)]
        suffix, make = ODD[kind]
        image = Image.fromarray(random_pixels.integers(0, 256, (40, 50, 3), np.uint8))
        file = tmp_path / "upload" / "ab"[n % 2] / f"{kind}-{n}{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(make(image))
    prepared(tmp_path / "upload", tmp_path / "out")
    out = tmp_path / "out"
    assert left_out(out) == Counter(code for code in UNREADABLE.values() for _ in range(84))
    assert {path.split("/")[1].split("-")[0] for path in index(out)} == set(ODD) - set(UNREADABLE)
    assert len(index(out)) == report(out)["counts"]["used"] == 6 * 84
    for code in ("wrong_suffix", "animated", "cmyk", "sixteen_bit", "rotated"):
        told = finding(out, code)
        assert told["count"] == 84, code
        assert told["message"]
        assert all(code in path for path in told["examples"])


def test_one_bad_file_refuses_all_where_that_is_wanted(photos: Path, tmp_path: Path) -> None:
    shutil.copytree(photos, tmp_path / "photos")
    (tmp_path / "photos" / "town" / "bad.png").write_bytes(b"no picture")
    strict = SPEC.model_copy(update={"bad_files": "fail"})
    with pytest.raises(UploadError) as caught:
        prepared(tmp_path / "photos", tmp_path / "out", strict)
    assert caught.value.code == "bad_files"
    assert left_out(tmp_path / "out") == {"not_an_image": 1}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {packed.REPORT}


def test_copies_and_contradictions_are_found_and_dropped_where_that_is_wanted(
    photos: Path, tmp_path: Path
) -> None:
    root = tmp_path / "photos"
    shutil.copytree(photos, root / "train")
    for n in (1, 2):
        shutil.copy(root / "train/town/00.png", root / f"train/town/copy-{n}.png")
    shutil.copy(root / "train/town/01.png", root / "train/animals/really.png")
    (root / "test/town").mkdir(parents=True)
    shutil.copy(root / "train/town/02.png", root / "test/town/seen.png")
    shutil.copy(root / "train/town/03.png", root / "test/town/own.png")
    (root / "train/town/03.png").unlink()

    prepared(root, tmp_path / "kept")
    assert finding(tmp_path / "kept", "duplicates")["count"] == 3
    contradictions = finding(tmp_path / "kept", "duplicates_with_different_labels")
    assert contradictions["groups"] == [["train/animals/really.png", "train/town/01.png"]]
    assert finding(tmp_path / "kept", "leakage")["groups"] == [["test/town/seen.png", "train/town/02.png"]]
    assert left_out(tmp_path / "kept") == {}

    prepared(root, tmp_path / "dropped", SPEC.model_copy(update={"duplicates": "drop"}))
    assert left_out(tmp_path / "dropped") == {"duplicate": 3, "conflicting_labels": 2}
    paths = index(tmp_path / "dropped")
    assert "test/town/seen.png" in paths
    assert not {"train/town/02.png", "train/town/01.png", "train/animals/really.png"} & set(paths)
    assert finding(tmp_path / "dropped", "leakage")["count"] == 0


def test_a_split_that_is_drawn_leaks_nothing(photos: Path, tmp_path: Path) -> None:
    root = tmp_path / "photos"
    shutil.copytree(photos, root)
    for n in range(0, 60, 2):  # saved again as JPEG
        image = Image.fromarray(pixels_of(root / f"town/{n:02}.png").transpose(1, 2, 0))
        image.save(root / f"town/again-{n:02}.jpg", quality=80)
    prepared(root, tmp_path / "out")
    assert finding(tmp_path / "out", "near_duplicates")["count"] >= 28
    assert finding(tmp_path / "out", "leakage")["count"] == 0


def test_small_and_uneven_classes_are_named(photos: Path, tmp_path: Path) -> None:
    shutil.copytree(photos / "town", tmp_path / "photos/town")
    (tmp_path / "photos/rare").mkdir()
    for n in range(3):
        shutil.copy(photos / f"symbols/{n:02}.png", tmp_path / f"photos/rare/{n}.png")
    prepared(tmp_path / "photos", tmp_path / "out")
    assert finding(tmp_path / "out", "few_images")["examples"] == ["rare"]
    assert finding(tmp_path / "out", "imbalance")["count"] == 1
    assert report(tmp_path / "out")["imbalance"] == 24


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
