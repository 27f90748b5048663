"""Records and their thinning."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.training.metrics import RECORD, BatchMetrics, means, points, thin, unpack


def records(losses: list[float]) -> np.ndarray:
    series = np.zeros(len(losses), RECORD)
    series["loss"] = losses
    return series


def test_a_record_is_24_bytes_and_comes_back_as_it_was() -> None:
    packed = BatchMetrics(7, 0.5, 2.25, 0.5, 0.125, 1000.0, 1.7e9).pack()
    assert len(packed) == 24
    (point,) = points(unpack(packed), np.array([7]), 14)
    assert point == {
        "step": 7,
        "epoch": 0.5,
        "loss": 2.25,
        "accuracy": 0.5,
        "learning_rate": 0.125,
        "images_per_second": 1000.0,
        "time": 1.7e9,
    }


def test_a_loss_that_is_no_number_is_null() -> None:
    packed = BatchMetrics(1, 0, float("nan"), 0, 0, float("inf"), 0).pack()
    (point,) = points(unpack(packed), np.array([1]), 1)
    assert (point["loss"], point["images_per_second"]) == (None, None)


@given(st.lists(st.floats(0, 100, width=32), min_size=1, max_size=3000), st.integers(10, 500))
def test_a_thinned_series_keeps_its_ends_and_extremes(losses: list[float], max_points: int) -> None:
    series = records(losses)
    kept = thin(series, max_points)
    assert len(kept) <= max_points
    assert list(kept) == sorted(set(kept))
    assert {0, len(losses) - 1} <= set(kept)
    assert series["loss"][kept].max() == series["loss"].max()
    assert series["loss"][kept].min() == series["loss"].min()


def test_the_means_of_a_thinned_series_add_up_to_that_of_the_whole() -> None:
    series = records(np.random.default_rng(0).gamma(2, 1, 1000).tolist())
    kept = thin(series, 50)
    assert np.average(means(series, kept)["mean_loss"], weights=np.diff(kept, prepend=-1)) == pytest.approx(
        series["loss"].mean(), 1e-6
    )
