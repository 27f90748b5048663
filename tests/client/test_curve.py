from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from client.curve import Curve, smooth
from client.errors import TrainshedError
from client.records import Point, Score


def test_a_curve_is_a_png_even_when_some_losses_are_nan(tmp_path: Path) -> None:
    points = [Point(step=step, loss=None if step == 7 else 1 / step, accuracy=0.5) for step in range(1, 200)]
    curve = Curve(points, [Score(step=199, loss=0.4, accuracy=0.9)], "small")
    path = curve.save(tmp_path / "new" / "curve.png")
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert picture.size == (1200, 900)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainshedError, match="Is a directory"):
        Curve([]).save(tmp_path)


def test_a_job_without_a_batch_has_an_empty_picture(tmp_path: Path) -> None:
    assert Curve([]).save(tmp_path / "curve.png").is_file()


@pytest.mark.parametrize("window", [1, 2, 5, 8])
def test_smoothing_keeps_a_constant_and_the_length_and_passes_over_nan(window: int) -> None:
    values = np.full(20, 3.0)
    values[4] = np.nan
    smoothed = smooth(values, window)
    assert len(smoothed) == 20
    assert smoothed[~np.isnan(smoothed)] == pytest.approx(3.0)
    assert np.isnan(smoothed).sum() == (1 if window == 1 else 0)
