"""Attempts at one run, as a worker makes them: real processes, each with a folder of its own, cut off at will."""

import json
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from model import launch
from model.runs.folder import MODEL, SERIES
from model.training.metrics import unpack

Row = dict[str, Any]


class Attempt(NamedTuple):
    folder: Path
    status: int
    rows: list[Row]

    def of(self, kind: str) -> list[Row]:
        return [row for row in self.rows if row["kind"] == kind]


def to_the_end(_: Row) -> bool:
    return False


def attempt(
    spec: Mapping[str, Any],
    home: Path,
    until: Callable[[Row], bool] = to_the_end,
    by: signal.Signals = signal.SIGKILL,
    limit: Callable[[], None] | None = None,
) -> Attempt:
    """The next one below `home`, which goes on from those before it; signalled at the first row that `until` holds for.

    `limit` runs in the new process, before the trainer.
    """
    home.mkdir(parents=True, exist_ok=True)
    earlier = sorted((path for path in home.iterdir() if path.is_dir()), key=lambda path: -int(path.name))
    file, folder = home / "spec.json", home / str(len(earlier) + 1)
    file.write_text(json.dumps(spec))
    command = launch.command(file, home, folder, earlier)
    rows: list[Row] = []
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=launch.environment(1), preexec_fn=limit
    ) as process:
        assert process.stdout
        for line in process.stdout:
            try:
                rows.append(json.loads(line))
            except ValueError:
                break  # the last words of one that was killed
            if until is not to_the_end and until(rows[-1]):
                process.send_signal(by)
                until = to_the_end
        return Attempt(folder, process.wait(timeout=60), rows)


def result(folder: Path) -> tuple[list[tuple[float, ...]], bytes]:
    """What two runs have in common that end the same: losses, accuracies and rates of the series, and the model."""
    records = unpack((folder / SERIES).read_bytes())
    columns = [records[name].tolist() for name in ("loss", "accuracy", "learning_rate")]
    return list(zip(*columns, strict=True)), (folder / MODEL / "model.safetensors").read_bytes()
