"""The arithmetic of the study of precisions."""

import pytest

from benchmarks.precision import chance_of_later, left_plateau


def test_the_plateau_is_left_when_ten_losses_in_a_row_average_below_two() -> None:
    assert left_plateau(iter([2.3] * 20 + [1.0] * 20)) == 23  # 7 of 2.3 and 3 of 1.0 average 1.91
    assert left_plateau(iter([1.0] * 9)) is None
    assert left_plateau(iter([2.3] * 400)) is None


def test_the_chance_is_small_for_what_is_later_and_large_for_what_is_sooner() -> None:
    soon, late = list(range(100, 110)), list(range(200, 210))
    assert chance_of_later(late, soon) < 0.001
    assert chance_of_later(soon, late) > 0.999
    assert chance_of_later(soon, soon) == pytest.approx(0.5, abs=0.05)
