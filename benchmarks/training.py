"""`python -m model` alone, as a process, and the rows that it prints."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

from benchmarks.service import datasets
from model import launch

Row = dict[str, Any]


def rows(
    spec: Mapping[str, Any], last_step: int | None = None, environment: Mapping[str, str] | None = None
) -> list[Row]:
    """All batches of a run; with `last_step` it is stopped after that one, before the test that ends a run."""
    if last_step is not None:
        with closing(stream(spec, environment)) as happened:
            return list(islice(happened, last_step))
    with tempfile.TemporaryDirectory() as folder:
        printed = Path(folder) / "rows.jsonl"
        with printed.open("w") as file:  # a file: nobody needs a core to read along
            subprocess.run(
                command_for(spec, Path(folder)), env=_environment(environment), stdout=file, check=True
            )
        return _batches(printed.read_text())


def stream(
    spec: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> Generator[Row, None, None]:
    """Batch by batch as they are trained; the trainer ends when nobody asks for more."""
    with tempfile.TemporaryDirectory() as folder:
        command = command_for(spec, Path(folder))
        with started(command, _environment(environment)) as trainer:
            yield from batches(trainer)


@contextmanager
def started(
    command: Sequence[str], environment: Mapping[str, str], log: IO[str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A process that prints rows and ends with the block. What it says besides goes to `log`."""
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.communicate()


def batches(process: subprocess.Popen[str]) -> Iterator[Row]:
    assert process.stdout
    for line in process.stdout:
        yield from _batches(line)


def command_for(spec: Mapping[str, Any], folder: Path, sets: Path | None = None) -> list[str]:
    """The spec is written to `folder`; its data set is one of those that all share where `sets` names no others."""
    path = folder / "spec.json"
    path.write_text(json.dumps(spec))
    return [sys.executable, "-m", "model", str(path), "--json", "--datasets", str(sets or datasets())]


def _environment(chosen: Mapping[str, str] | None) -> Mapping[str, str]:
    return launch.environment() if chosen is None else chosen


def _batches(text: str) -> list[Row]:
    return [row for row in map(json.loads, text.splitlines()) if row["kind"] == "batch"]


def speed(batches: list[Row], first_step: int) -> float:
    """Steps a second between `first_step` and the end, by the rows' own clock."""
    start = next(row for row in batches if row["step"] == first_step)
    return float((batches[-1]["step"] - first_step) / (batches[-1]["time"] - start["time"]))
