"""One stack holds a data folder; what a killed one left behind is ended by the next."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from stack.errors import HomeInUse, HomeUnusable
from stack.home import born, end_leftovers, held, publish, read

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_the_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    with held(home):
        assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_second_stack_is_refused_with_the_url_of_the_first(tmp_path: Path) -> None:
    with held(tmp_path) as state:
        publish(state, "http://127.0.0.1:1234", {})
        with pytest.raises(HomeInUse, match=f"http://127.0.0.1:1234.*{os.getpid()}"), held(tmp_path):
            pass
        assert read(state)["url"] == "http://127.0.0.1:1234"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HomeUnusable, match=r"file/home.*TRAINSHED_HOME"), held(tmp_path / "file" / "home"):
        pass


def test_letting_go_removes_the_state_and_frees_the_folder(tmp_path: Path) -> None:
    with held(tmp_path) as state:
        publish(state, "http://127.0.0.1:1234", {})
    assert not state.exists()
    with held(tmp_path):
        pass


def test_leftovers_are_ended_before_the_folder_is_handed_over(tmp_path: Path) -> None:
    with subprocess.Popen(SLEEP, start_new_session=True) as leftover:
        (tmp_path / "run").mkdir()
        publish(tmp_path / "run" / "stack.json", "http://127.0.0.1:1234", {"worker": leftover.pid})
        with held(tmp_path):
            assert leftover.wait(timeout=5) == -9


def test_a_process_that_took_over_the_id_is_let_alone() -> None:
    with subprocess.Popen(SLEEP, start_new_session=True) as stranger:
        end_leftovers({"children": {"worker": {"pid": stranger.pid, "born": "long ago"}}})
        assert stranger.poll() is None
        stranger.kill()


def test_a_torn_state_file_reads_as_nothing(tmp_path: Path) -> None:
    torn = tmp_path / "stack.json"
    torn.write_text(json.dumps({"pid": 1})[:-2])
    assert read(torn) == {}


def test_a_process_is_born_once_and_then_gone() -> None:
    with subprocess.Popen(SLEEP) as process:
        first = born(process.pid)
        assert first
        assert born(process.pid) == first
        process.kill()
    assert born(process.pid) == ""
