"""Whether a process that gives way does so where cores are shared out among sessions, too."""

import subprocess
import sys

import pytest

from model.priority import AUTOGROUP

TOLD = (
    "import os; from model.priority import AUTOGROUP, give_way; {}; "
    "print(os.nice(0), *AUTOGROUP.read_text().split()[-1:] if AUTOGROUP.exists() else ())"
)


def said(code: str, own_session: bool) -> list[str]:
    """The process's niceness and, where it is in a group (the first sessions of a machine are in none), the group's."""
    command = [sys.executable, "-c", TOLD.format(code)]
    done = subprocess.run(command, start_new_session=own_session, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="cores are not shared out among sessions here")
def test_a_session_gives_way_with_the_process_that_leads_it_and_with_no_other() -> None:
    assert said("give_way(7)", own_session=True) == ["7", "7"]
    _, *before = said("pass", own_session=False)
    assert said("give_way(7)", own_session=False) == ["7", *before]


def test_who_gave_way_before_takes_nothing_back() -> None:
    assert said("os.nice(9); give_way(7)", own_session=True)[0] == "9"
