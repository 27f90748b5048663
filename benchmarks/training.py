"""`python -m model` alone, as a process, and the rows that it prints."""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.service import datasets
from model import launch

Row = dict[str, Any]


def rows(
    spec: Mapping[str, Any], last_step: int | None = None, environment: Mapping[str, str] | None = None
) -> list[Row]:
    """All batches of a run; with `last_step` it is stopped after that one, before the test that ends a run."""
    environment = environment or launch.environment()
    with tempfile.TemporaryDirectory() as folder:
        path, printed = Path(folder) / "spec.json", Path(folder) / "rows.jsonl"
        path.write_text(json.dumps(spec))
        command = [sys.executable, "-m", "model", str(path), "--json", "--datasets", str(datasets())]
        if last_step is None:
            with printed.open("w") as file:  # a file: nobody needs a core to read along
                subprocess.run(command, env=environment, stdout=file, check=True)
            return _batches(printed.read_text())
        return _first(command, last_step, environment)


def _first(command: list[str], last_step: int, environment: Mapping[str, str]) -> list[Row]:
    batches: list[Row] = []
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as trainer:
        assert trainer.stdout
        for line in trainer.stdout:
            batches += _batches(line)
            if len(batches) >= last_step:
                trainer.send_signal(signal.SIGTERM)
                break
        trainer.stdout.read()
    return batches[:last_step]


def _batches(text: str) -> list[Row]:
    return [row for row in map(json.loads, text.splitlines()) if row["kind"] == "batch"]


def speed(batches: list[Row], first_step: int) -> float:
    """Steps a second between `first_step` and the end, by the rows' own clock."""
    start = next(row for row in batches if row["step"] == first_step)
    return float((batches[-1]["step"] - first_step) / (batches[-1]["time"] - start["time"]))
