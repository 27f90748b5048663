"""The pictures of a data set, one by one."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from store.samples import Samples
from tests.packing import write_packed


@pytest.fixture
def samples(tmp_path: Path) -> Samples:
    write_packed(tmp_path / "set")
    return Samples(tmp_path / "set")


def test_pages_show_every_picture_once(samples: Samples) -> None:
    rows, after = [], None
    while True:
        page, after = samples.page(None, None, 4, after)
        rows += [sample["row"] for sample in page]
        if after is None:
            break
    assert rows == list(range(9))


def test_a_page_is_of_the_split_and_the_class_that_were_asked_for(samples: Samples) -> None:
    test, _ = samples.page("test", None, 10, None)
    assert [(sample["row"], sample["label"]) for sample in test] == [(6, "cat"), (7, "dog"), (8, "owl")]
    owls, _ = samples.page(None, "owl", 10, None)
    assert [(sample["split"], sample["path"]) for sample in owls] == [
        ("train", "owl/4.png"),
        ("train", "owl/5.png"),
        ("test", "owl/8.png"),
    ]
    assert samples.page("validation", None, 10, None) == ([], None)


def test_a_page_is_of_the_files_that_were_asked_for(samples: Samples) -> None:
    paths = {"owl/8.png", "cat/0.png", "nowhere.png"}
    found, _ = samples.page(None, None, 10, None, paths)
    assert [sample["row"] for sample in found] == [0, 8]
    assert [sample["row"] for sample in samples.page("test", None, 10, None, paths)[0]] == [8]


@pytest.mark.parametrize("channels", [1, 3])
def test_the_png_is_the_picture_that_trainers_see(tmp_path: Path, channels: int) -> None:
    write_packed(tmp_path / "set", channels=channels)
    image = Image.open(BytesIO(Samples(tmp_path / "set").png(5)))
    assert image.mode == {1: "L", 3: "RGB"}[channels]
    assert (np.asarray(image) == 100).all()
