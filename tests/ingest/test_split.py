"""How pictures are divided into those to train and those to test on."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.row import Row
from ingest.sample import Split
from ingest.split import split


def row(number: int, label: str, side: Split | None = None) -> Row:
    return Row(f"{label}/{number}.png", label, side, str(number), 8, 8, number)


def held_out(rows: list[Row], sides: list[Split]) -> set[str]:
    return {each.path for each, side in zip(rows, sides, strict=True) if side == "test"}


ROWS = [row(n, "ab"[n % 5 == 0]) for n in range(1000)]


def test_each_class_gives_its_share() -> None:
    sides = split(ROWS, [], 0.2, 0)
    counts = Counter((each.label, side) for each, side in zip(ROWS, sides, strict=True))
    assert counts == {("a", "test"): 160, ("a", "train"): 640, ("b", "test"): 40, ("b", "train"): 160}


def test_the_order_of_entries_changes_nothing_and_the_seed_does() -> None:
    mixed = random.Random(0).sample(ROWS, len(ROWS))
    assert held_out(mixed, split(mixed, [], 0.2, 7)) == held_out(ROWS, split(ROWS, [], 0.2, 7))
    assert held_out(ROWS, split(ROWS, [], 0.2, 7)) != held_out(ROWS, split(ROWS, [], 0.2, 8))


def test_a_new_picture_moves_few_others() -> None:
    more = [*ROWS, row(5000, "a")]
    assert len(held_out(more, split(more, [], 0.2, 0)) ^ held_out(ROWS, split(ROWS, [], 0.2, 0))) <= 3


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_every_class_keeps_a_training_image_and_gives_a_test_image_if_it_has_two(size: int) -> None:
    rows = [row(n, "a") for n in range(size)] + [row(n, "b") for n in range(50)]
    sides = split(rows, [], 0.5, 0)[:size]
    assert "train" in sides
    assert ("test" in sides) == (size > 1)


def test_a_class_that_is_a_few_large_groups_gives_one_of_them() -> None:
    rows = [row(n, "a") for n in range(30)] + [row(n, "b") for n in range(30)]
    groups = [list(range(start, start + 10)) for start in (0, 10, 20)]
    assert Counter(split(rows, groups, 0.2, 0)[:30]) == {"train": 20, "test": 10}


def test_a_split_that_the_upload_gives_stays() -> None:
    given_sides: list[Split] = ["train", "validation", "test", "train"]
    rows = [row(n, "a", side) for n, side in enumerate(given_sides)]
    assert split(rows, [[0, 2]], 0.5, 0) == given_sides


def test_of_an_upload_without_test_images_none_are_taken_from_those_to_validate_on() -> None:
    rows = [row(n, "a", "validation" if n < 20 else "train") for n in range(40)]
    sides = split(rows, [[0, 30]], 0.5, 0)
    assert sides[:20] == ["validation"] * 20
    assert sides[30] == "train"  # nearly a picture that is validated on: not to be tested on as well
    assert sides.count("test") == 10


@given(
    st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), min_size=1, max_size=30),
    st.floats(0.01, 0.5),
)
def test_groups_never_fall_apart(members: list[list[str]], share: float) -> None:
    rows: list[Row] = []
    groups = []
    for labels in members:
        groups.append(list(range(len(rows), len(rows) + len(labels))))
        rows += [row(len(rows) + n, label) for n, label in enumerate(labels)]
    sides = split(rows, [group for group in groups if len(group) > 1], share, 3)
    assert all(len({sides[n] for n in group}) == 1 for group in groups)
    left = {each.label for each, side in zip(rows, sides, strict=True) if side == "train"}
    assert left == {each.label for each in rows}
