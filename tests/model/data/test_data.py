"""The order of batches, the pixels, the files on disk."""

import gzip
import struct
import urllib.request
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from model.data.catalog import BUILT_IN, SYSTEM_FOLDERS
from model.data.dataset import Dataset, Order, Preprocess, Split
from model.data.datasets import load, read_idx
from model.errors import DatasetDamaged, DatasetMissing
from model.spec import Data


@given(st.integers(2, 50), st.integers(1, 120))
def test_every_image_is_seen_once_an_epoch(images: int, batch_size: int) -> None:
    order = Order(images, batch_size, seed=3)
    seen = torch.cat([order(step) for step in range(4 * images // batch_size + 4)])
    for epoch in range(3):
        assert sorted(seen[epoch * images : (epoch + 1) * images].tolist()) == list(range(images))


def test_the_order_at_a_step_needs_no_steps_before_it() -> None:
    walked = Order(100, 7, seed=1)
    batches = [walked(step) for step in range(60)]
    assert torch.equal(Order(100, 7, seed=1)(59), batches[59])
    assert not torch.equal(Order(100, 7, seed=2)(59), batches[59])


def test_pixels_are_scaled_to_one_and_enlarged_bilinearly() -> None:
    images = torch.randint(0, 256, (3, 1, 28, 28), dtype=torch.uint8)
    expected = F.interpolate(images / 255, (96, 96), mode="bilinear", align_corners=False)
    assert torch.equal(Preprocess(96)(images), expected)


def test_standard_normalization_gives_mean_zero_and_deviation_one() -> None:
    images = torch.randint(0, 256, (500, 3, 8, 8), dtype=torch.uint8)
    preprocess = Preprocess.of(
        Data(dataset="cifar10", normalization="standard"), Split(images, torch.zeros(500))
    )
    pixels = preprocess(images)
    torch.testing.assert_close(pixels.mean((0, 2, 3)), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(pixels.std((0, 2, 3)), torch.ones(3), atol=1e-3, rtol=0)


def test_the_validation_split_is_drawn_from_the_training_images_alone() -> None:
    train = Split(torch.arange(100, dtype=torch.uint8).view(100, 1, 1, 1), torch.arange(100))
    dataset = Dataset("d", ("a",), train, train).with_validation(20, seed=4)
    assert dataset.validation
    assert sorted(dataset.train.labels.tolist() + dataset.validation.labels.tolist()) == list(range(100))


def test_fashion_mnist_is_the_real_one() -> None:
    dataset = load(BUILT_IN["fashion-mnist"], Path("datasets"))
    assert dataset.train.images.shape == (60_000, 1, 28, 28)
    assert dataset.test.labels.bincount().tolist() == [1000] * 10
    assert dataset.classes[int(dataset.train.labels[0])] == "Ankle boot"


def idx(path: Path, shape: tuple[int, ...], content: bytes) -> Path:
    path.write_bytes(struct.pack(f">4B{len(shape)}I", 0, 0, 8, len(shape), *shape) + content)
    return path


def test_an_idx_file_is_read_plain_and_zipped(tmp_path: Path) -> None:
    plain = idx(tmp_path / "labels", (3,), b"\x01\x02\x03")
    assert read_idx(plain, 1).tolist() == [1, 2, 3]
    (tmp_path / "zipped.gz").write_bytes(gzip.compress(plain.read_bytes()))
    assert read_idx(tmp_path / "zipped", 1).tolist() == [1, 2, 3]


@pytest.mark.parametrize("damage", ["truncated", "longer", "magic", "zip", "empty"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    path = idx(tmp_path / "images", (2, 2, 2), bytes(8))
    content = path.read_bytes()
    path.unlink()
    changed = {
        "truncated": content[:-1],
        "longer": content + b"x",
        "magic": b"\x01" + content[1:],
        "empty": b"",
    }
    path = tmp_path / ("images.gz" if damage == "zip" else "images")
    path.write_bytes(gzip.compress(content)[:-5] if damage == "zip" else changed[damage])
    with pytest.raises(DatasetDamaged, match="images"):
        read_idx(tmp_path / "images", 3)


def test_a_set_that_cannot_be_had_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SYSTEM_FOLDERS, "fashion-mnist", tmp_path / "nothing")
    nowhere = dict.fromkeys(
        ("http", "https"), "http://127.0.0.1:9"
    )  # nobody listens there: the machine is offline
    offline = urllib.request.build_opener(urllib.request.ProxyHandler(nowhere))
    monkeypatch.setattr(urllib.request, "_opener", offline)  # what install_opener sets, put back afterwards
    with pytest.raises(DatasetMissing) as missing:
        load(BUILT_IN["fashion-mnist"], tmp_path)
    assert "dataset-fashion-mnist" in missing.value.hint
