"""Asking a table of measurements between its points and beyond them."""

import pytest

from model.hardware.grid import Grid

POWERS = Grid(axes=((1, 10, 100), (2, 8)), values=(2, 8, 20, 80, 200, 800))  # the product of the coordinates


@pytest.mark.parametrize("place", [(1, 2), (10, 8), (3, 4), (50, 2.5)])
def test_a_product_of_powers_is_exact_between_the_points(place: tuple[float, float]) -> None:
    assert POWERS(*place) == pytest.approx(place[0] * place[1])


def test_beyond_the_points_the_edge_holds() -> None:
    assert POWERS(0.1, 1000) == pytest.approx(POWERS(1, 8))
    assert POWERS(1e6, 2) == pytest.approx(200)


def test_one_point_is_the_answer_everywhere() -> None:
    assert Grid(axes=((5,),), values=(7,))(123) == pytest.approx(7)
