"""Names of models, and how they move."""

import threading
from pathlib import Path

import pytest

from store.aliases import KEPT, Aliases
from store.errors import AliasUnknown, Named


@pytest.fixture
def aliases(tmp_path: Path) -> Aliases:
    return Aliases(tmp_path / "aliases")


def test_an_alias_means_the_job_that_it_was_moved_to_last(aliases: Aliases, tmp_path: Path) -> None:
    aliases.move("prod", "job_a")
    aliases.move("prod", "job_b")
    assert aliases.find("prod") == Aliases(tmp_path / "aliases").find("prod") == "job_b"


def test_who_has_asked_before_sees_each_move_of_another_at_once(aliases: Aliases, tmp_path: Path) -> None:
    mover = Aliases(tmp_path / "aliases")
    for number in range(100):
        mover.move("prod", f"job_{number}")
        assert aliases.find("prod") == aliases.find("prod") == f"job_{number}"
    mover.move("prod", None)
    for _ in range(2):
        with pytest.raises(AliasUnknown):
            aliases.find("prod")


def test_every_move_is_kept_with_what_was_before(aliases: Aliases) -> None:
    for job in ("job_a", "job_b", None, "job_a"):
        aliases.move("prod", job)
    moves = aliases.moves("prod")
    assert [(move.before, move.after) for move in moves] == [
        (None, "job_a"),
        ("job_a", "job_b"),
        ("job_b", None),
        (None, "job_a"),
    ]
    assert [move.at for move in moves] == sorted(move.at for move in moves)


def test_moving_one_to_where_it_is_is_no_move(aliases: Aliases) -> None:
    assert aliases.move("prod", "job_a") == aliases.move("prod", "job_a")
    assert len(aliases.moves("prod")) == 1


def test_the_oldest_moves_are_forgotten_when_there_are_very_many(aliases: Aliases) -> None:
    aliases.move("prod", "job_a")
    for number in range(KEPT):
        aliases.move("prod", f"job_{number}")
    moves = aliases.moves("prod")
    assert (len(moves), moves[-1].after, moves[0].before) == (KEPT, f"job_{KEPT - 1}", "job_a")


def test_a_deleted_alias_means_nothing_and_is_not_listed(aliases: Aliases) -> None:
    aliases.move("prod", "job_a")
    aliases.move("prod", None)
    with pytest.raises(AliasUnknown):
        aliases.find("prod")
    assert (aliases.all(), aliases.by_job()) == ({}, {})


@pytest.mark.parametrize("name", ["", "..", "../names", "a/b", "Prod", "job_a", "a" * 101, "é"])
def test_what_is_no_alias_is_unknown_and_no_file_is_looked_for(aliases: Aliases, name: str) -> None:
    with pytest.raises(AliasUnknown):
        aliases.find(name)


def test_a_job_can_have_several_and_is_named_by_them(aliases: Aliases) -> None:
    for alias, job in {"prod": "job_a", "best": "job_a", "next": "job_b"}.items():
        aliases.move(alias, job)
    assert aliases.by_job() == {"job_a": ["best", "prod"], "job_b": ["next"]}
    with pytest.raises(Named, match="best, prod"), aliases.unnamed("job_a"):
        raise AssertionError("it is named")
    with aliases.unnamed("job_c"):
        pass


def test_of_many_who_look_and_then_move_each_sees_the_one_before(aliases: Aliases) -> None:
    def move(job: str) -> None:
        with aliases.alone():
            aliases.moves("prod")
            aliases.move("prod", job)

    threads = [threading.Thread(target=move, args=(f"job_{number}",)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    moves = aliases.moves("prod")
    assert [move.before for move in moves] == [None, *(move.after for move in moves[:-1])]
    assert len(moves) == 16
