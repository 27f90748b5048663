"""Sending data sets to a real API, through breaks."""

import hashlib
import json
import math
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from client import Client, Invalid, TrainshedError
from client.connection.sending import PIECE
from tests.app.conftest import Api, StartApi, api, running, start_api
from tests.client.conftest import RUN, wait_until

__all__ = ["api", "running", "start_api"]  # fixtures

Command = Callable[..., "subprocess.Popen[str]"]


class Place(NamedTuple):
    """An API, and files to send to it."""

    api: Api
    client: Client
    folder: Path

    @property
    def uploads(self) -> list[Path]:
        """On the server's disk."""
        return list((self.api.home / "uploads").glob("up_*"))

    def file(self, size: int) -> Path:
        path = self.folder / "flowers.zip"
        path.write_bytes(os.urandom(size))
        return path


@contextmanager
def place_of(api: Api, folder: Path) -> Iterator[Place]:
    with Client(str(api.http.base_url), patience=2, reconnect=20) as client:
        yield Place(api, client, folder)


@pytest.fixture
def place(api: Api, tmp_path: Path) -> Iterator[Place]:
    with place_of(api, tmp_path) as place:
        yield place


@pytest.fixture
def trainshed(place: Place) -> Iterator[Command]:
    """Starts a command line, with a cache folder of its own."""
    running: list[subprocess.Popen[str]] = []

    def start(*words: str) -> "subprocess.Popen[str]":
        environment = {**os.environ, "XDG_CACHE_HOME": str(place.folder / "cache")}
        command = [*RUN, "--url", place.client.url, *words]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        running.append(subprocess.Popen(command, env=environment, text=True, **pipes))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_an_upload_goes_on_where_it_was_after_the_server_was_killed(
    start_api: StartApi, tmp_path_factory: pytest.TempPathFactory
) -> None:
    api, told, stages = start_api(), list[int](), set[str]()

    def progress(stage: str, done: int, total: int) -> None:
        if done > PIECE and max(told, default=0) <= PIECE:
            os.kill(api.pid, signal.SIGKILL)
            start_api(TRAINSHED_PORT=str(api.http.base_url.port))
        told.append(done)
        stages.add(stage)

    with place_of(api, tmp_path_factory.mktemp("mine")) as place:
        path = place.file(PIECE + 2**21)
        dataset = place.client.upload_dataset(path, progress=progress)
    assert "connection lost, trying again" in stages
    assert dataset.upload.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert dataset.name == "flowers:1"
    assert min(told[told.index(PIECE) + 1 :]) >= PIECE


def test_a_folder_is_the_same_data_set_wherever_it_lies_and_whenever_it_was_written(place: Place) -> None:
    for name in ("flowers", "copy"):
        folder = place.folder / name
        for label in ("rose", "daisy") if name == "copy" else ("daisy", "rose"):
            (folder / label).mkdir(parents=True)
            (folder / label / "é 1.jpg").write_bytes(label.encode())
    (place.folder / "copy" / ".git").mkdir()
    (place.folder / "copy" / ".git" / "config").write_bytes(b"hidden")
    (place.folder / "copy" / "rose" / "Thumbs.db").write_bytes(b"junk")
    os.utime(place.folder / "copy" / "rose" / "é 1.jpg", (0, 0))
    first, second = (place.client.upload_dataset(place.folder / name) for name in ("flowers", "copy"))
    assert (first.id, first.name, second.name) == (second.id, "flowers:1", "copy:1")


def test_wrong_fields_are_refused_by_name_before_a_byte_is_sent(place: Place, trainshed: Command) -> None:
    process = trainshed("dataset", "upload", str(place.file(100)), "--name", "My Flowers")
    out, err = process.communicate()
    assert (process.returncode, out) == (2, "")
    assert "/name: give a name of small letters" in err
    wrong: dict[str, Any] = {"imagesize": 9, "test_split": math.nan, "image_size": 9000}
    for field in wrong:
        with pytest.raises(Invalid, match=f"/{field}: "):
            place.client.upload_dataset(place.folder / "flowers.zip", **{field: wrong[field]})
    assert {(upload / "content").stat().st_size for upload in place.uploads} == {0}


def test_an_interrupted_command_goes_on_when_it_is_given_again(place: Place, trainshed: Command) -> None:
    path = place.file(4 * PIECE)
    process = trainshed("dataset", "upload", str(path), "--no-wait")
    wait_until(lambda: any((upload / "content").stat().st_size > 2**20 for upload in place.uploads))
    os.kill(place.api.pid, signal.SIGSTOP)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    os.kill(place.api.pid, signal.SIGCONT)
    assert process.returncode == 130
    assert "the same command goes on where it stopped" in err
    again = trainshed("dataset", "upload", str(path), "--no-wait")
    out, err = again.communicate(timeout=60)
    assert (again.returncode, out) == (0, "flowers:1\n"), err
    assert len(place.uploads) == 1
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert place.client.dataset("flowers").upload.sha256 == digest


def test_an_upload_that_the_server_has_lost_is_sent_anew(place: Place, trainshed: Command) -> None:
    path = str(place.file(100))
    assert trainshed("dataset", "upload", path, "--name", "X").wait() == 2
    (place.uploads[0] / "content").unlink()
    assert trainshed("dataset", "upload", path, "--no-wait").wait() == 0
    assert len(place.uploads) == 2


def test_what_was_not_sent_whole_can_be_given_up(place: Place, trainshed: Command) -> None:
    assert trainshed("dataset", "upload", str(place.file(100)), "--name", "X").wait() == 2
    assert len(place.uploads) == 1
    for deleted in ([place.uploads[0].name], []):
        out, err = trainshed("upload", "delete", "--json").communicate()
        assert (json.loads(out), err) == ({"deleted": deleted}, "")
    assert place.uploads == []


def test_who_stops_waiting_is_told_that_the_preparation_goes_on(place: Place, trainshed: Command) -> None:
    process = trainshed("dataset", "upload", str(place.file(100)))
    assert process.stderr
    assert any(line == "queued\n" for line in process.stderr)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "flowers:1\n")
    assert "the preparation goes on" in err
    assert "dataset show flowers:1" in err


def test_a_file_that_changes_while_it_is_sent_is_refused(place: Place) -> None:
    path = place.file(PIECE)

    def progress(stage: str, done: int, total: int) -> None:
        os.utime(path, (0, 0))

    with pytest.raises(TrainshedError, match="changed while it was sent"):
        place.client.upload_dataset(path, progress=progress)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nothing", "No such file"),
        ("pipe", "neither a file nor"),
        ("empty", "is empty"),
        ("hollow", "no file in it"),
        ("loop", "leads back"),
    ],
)
def test_what_cannot_be_packed_is_refused_with_its_path(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    for folder in ("hollow", "loop"):
        (tmp_path / folder).mkdir()
    (tmp_path / "hollow" / ".hidden").touch()
    (tmp_path / "loop" / "again").symlink_to(tmp_path / "loop")
    with Client("http://127.0.0.1:9") as nobody, pytest.raises(TrainshedError, match=why) as caught:
        nobody.upload_dataset(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
