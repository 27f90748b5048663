"""Which pictures are nearly the same: copies of real ones are found, and others are not."""

import gzip
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from ingest.doctor.fingerprint import fingerprint, thumbnail
from ingest.doctor.near import DISTANCE, candidates, correlation, groups, near_pairs
from model.data.images import Fit, decode, fit_pixels

FIT = Fit(128, "stretch")
FASHION = Path("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")


def known(pictures: list[NDArray[np.uint8]]) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """Fingerprints and thumbnails of (channels, size, size)."""
    small = [thumbnail(picture) for picture in pictures]
    return np.array([fingerprint(each) for each in small], np.uint64), np.array(small)


def pairs_of(pictures: list[NDArray[np.uint8]]) -> set[tuple[int, int]]:
    found = near_pairs(*known(pictures), np.arange(len(pictures)))
    return {(int(a), int(b)) for pairs in found for a, b in pairs}


def saved(image: Image.Image, kind: str, **options: int) -> NDArray[np.uint8]:
    file = BytesIO()
    image.save(file, kind, **options)
    return decode(file.getvalue(), 3, 10**7, FIT)


CHANGES: dict[
    str, tuple[float, Callable[[Image.Image], NDArray[np.uint8]]]
] = {  # share that is found, at least
    "saved again": (0.96, lambda image: saved(image, "JPEG", quality=50)),
    "half the size": (0.85, lambda image: saved(image.resize((image.width // 2, image.height // 2)), "PNG")),
    "brighter": (0.90, lambda image: saved(ImageEnhance.Brightness(image).enhance(1.1), "JPEG", quality=85)),
    "darker": (0.98, lambda image: saved(ImageEnhance.Brightness(image).enhance(0.9), "JPEG", quality=85)),
}


@pytest.fixture(scope="module")
def photographs(stamps: Path) -> list[Image.Image]:
    files = sorted(stamps.rglob("*.png"))[::4]
    whole = [decode(file.read_bytes(), 3, 10**7) for file in files]
    return [Image.fromarray(pixels.transpose(1, 2, 0)) for pixels in whole]


@pytest.mark.parametrize("change", CHANGES)
def test_changed_copies_of_real_pictures_are_found_and_others_are_not(
    change: str, photographs: list[Image.Image]
) -> None:
    share, changed = CHANGES[change]
    n = len(photographs)
    originals = [fit_pixels(np.asarray(image), 3, FIT) for image in photographs]
    found = pairs_of(originals + [changed(image) for image in photographs])
    assert sum((k, k + n) in found for k in range(n)) >= share * n
    wrong = {(a % n, b % n) for a, b in found if a % n != b % n}
    assert len(wrong) <= 2  # of 20,000; the letters l and I are two such


def test_pictures_of_one_colour_are_not_each_others_copies() -> None:
    flat = [np.full((3, 40, 40), value, np.uint8) for value in range(0, 250, 10)]
    noise = np.random.default_rng(0).integers(0, 4, (25, 3, 40, 40)).astype(np.uint8)
    assert not pairs_of([*flat, *(flat[0] + each for each in noise)])


def test_of_many_small_drawings_that_are_alike_few_are_called_the_same() -> None:
    pixels = np.frombuffer(gzip.decompress(FASHION.read_bytes()), np.uint8, offset=16).reshape(-1, 1, 28, 28)
    found = pairs_of(list(pixels[:6000]))
    assert len(found) < 40  # of 18 million; they differ in shades that no one sees


def test_no_near_fingerprint_is_missed() -> None:
    random = np.random.default_rng(0)
    prints = random.integers(0, 2**64, (300, 2), np.uint64)
    bits = np.uint64(1) << np.array([random.choice(64, DISTANCE, replace=False) for _ in prints]).astype(
        np.uint64
    )
    moved = prints ^ np.bitwise_or.reduce(bits, axis=1)[:, None]
    found = {(int(a), int(b)) for a, b in candidates(np.concatenate([prints, moved]))}
    assert found == {(n, n + 300) for n in range(300)}


def test_a_hundred_thousand_fingerprints_are_compared_in_bounded_memory() -> None:
    prints = np.random.default_rng(0).integers(0, 2**64, (100_000, 2), np.uint64)
    prints[50_000:50_010] = prints[:10]
    assert candidates(prints).tolist() == [[n, n + 50_000] for n in range(10)]


def test_thousands_of_frames_of_one_scene_are_one_group() -> None:
    random = np.random.default_rng(0)
    prints = np.repeat(random.integers(0, 2**64, (1, 2), np.uint64), 5000, axis=0)
    prints ^= np.uint64(1) << random.integers(0, 64, prints.shape).astype(np.uint64)
    pairs = candidates(prints)
    assert len(pairs) < 1_000_000  # of 12 million
    assert groups(5000, pairs.tolist()) == [list(range(5000))]


def test_correlation_is_that_of_pearson() -> None:
    one, other = np.random.default_rng(0).integers(0, 256, (2, 5, 32, 32)).astype(np.uint8)
    expected = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(one, other, strict=True)]
    np.testing.assert_allclose(correlation(one, other), expected, atol=1e-12)
    np.testing.assert_allclose(correlation(one, one // 2 + 60), 1, atol=1e-3)


def test_pairs_connect_to_groups() -> None:
    assert groups(8, [(5, 1), (2, 3), (6, 5)]) == [[1, 5, 6], [2, 3]]
    assert groups(3, []) == []
