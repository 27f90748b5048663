"""What the report says of real pictures, good and bad."""

import shutil
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from tests.ingest.prepared import SPEC, finding, index, left_out, pixels_of, prepared, report


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


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
