"""Names of data sets and their versions."""

import threading
from pathlib import Path

import pytest

from store.names import Names


@pytest.fixture
def names(tmp_path: Path) -> Names:
    return Names(tmp_path / "names")


def test_versions_of_a_name_are_numbered_from_one(names: Names) -> None:
    assert [names.give("flowers", each) for each in ("ds_a", "ds_b", "ds_c")] == [1, 2, 3]
    assert names.find("flowers", 2) == "ds_b"
    assert names.find("flowers", 4) is None
    assert names.newest_first("flowers") == ["ds_c", "ds_b", "ds_a"]


def test_a_data_set_keeps_the_version_that_it_has(names: Names) -> None:
    names.give("flowers", "ds_a")
    names.give("flowers", "ds_b")
    assert names.give("flowers", "ds_a") == 1


def test_a_data_set_can_have_several_names(names: Names) -> None:
    names.give("flowers", "ds_b")
    names.give("blumen", "ds_a")
    names.give("flowers", "ds_a")
    assert names.all() == {"ds_a": ["blumen:1", "flowers:2"], "ds_b": ["flowers:1"]}


def test_the_number_of_a_deleted_data_set_is_not_given_again(names: Names) -> None:
    names.give("flowers", "ds_a")
    names.give("flowers", "ds_b")
    names.forget("ds_b")
    assert names.find("flowers", 2) is None
    assert names.newest_first("flowers") == ["ds_a"]
    assert names.give("flowers", "ds_b") == 3


def test_many_who_ask_at_once_get_numbers_of_their_own(names: Names) -> None:
    given: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: given.append(names.give("flowers", f"ds_{n}"))) for n in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == list(range(1, 17))
