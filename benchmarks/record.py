"""Figures, the records that keep them with the machine they come from, and the tables that show them."""

import json
import math
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

RECORDS = Path(__file__).with_name("records.jsonl")
README = Path(__file__).with_name("README.md")
CHOICES = {"train": ("PEERS",)}  # environment variables that change what a benchmark measures
HEAD = ("what", "figure", "n", "command", "machine", "versions", "date")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table. `values` are several where each run counts by itself; None is "never"."""

    what: str
    unit: str
    n: int  # measurements behind it
    values: Sequence[float | None]
    versions: str = ""  # of what was measured, where it is not what the record's machine says

    def __str__(self) -> str:
        return f"{', '.join(map(_digits, self.values))} {self.unit}".strip()


def of(what: str, unit: str, *values: float | None) -> Figure:
    """Every value as it was measured."""
    return Figure(what, unit, len(values), values)


def percentile(
    what: str, unit: str, samples: Sequence[float], percent: float = 50, versions: str = ""
) -> Figure:
    """The smallest sample that `percent` of them do not exceed."""
    rank = max(1, math.ceil(len(samples) * percent / 100))
    return Figure(what, unit, len(samples), [sorted(samples)[rank - 1]], versions)


@dataclass(frozen=True, slots=True)
class Record:
    """One run of one benchmark."""

    benchmark: str
    date: str
    machine: Mapping[str, Any]
    figures: Sequence[Figure]
    choices: Mapping[str, str] = field(default_factory=dict)  # the variables that chose what was measured

    @property
    def command(self) -> str:
        chosen = (f"{name}={value}" for name, value in self.choices.items())
        return " ".join([*chosen, f"python -m benchmarks {self.benchmark}"])

    def lines(self) -> Iterator[str]:
        """A table in Markdown; every row can stand alone."""
        yield _row(HEAD)
        yield _row(["---"] * len(HEAD))
        hardware = "{cpu}, {cores} cores, {ram_gib} GiB, {os}".format(**self.machine)
        versions = "Python {python}, torch {torch}, {redis}".format(**self.machine)
        for figure in self.figures:
            cells = (
                figure.what,
                str(figure),
                str(figure.n),
                f"`{self.command}`",
                hardware,
                figure.versions or versions,
                self.date,
            )
            yield _row(cells)


def today(benchmark: str, machine: Mapping[str, Any], figures: Sequence[Figure]) -> Record:
    choices = {name: os.environ[name] for name in CHOICES.get(benchmark, ()) if name in os.environ}
    return Record(benchmark, datetime.now().astimezone().date().isoformat(), machine, figures, choices)


def keep(record: Record) -> None:
    with RECORDS.open("a") as file:
        file.write(json.dumps(asdict(record)) + "\n")


def kept() -> list[Record]:
    """Oldest first."""
    rows = map(json.loads, RECORDS.read_text().splitlines()) if RECORDS.exists() else ()
    return [Record(**{**row, "figures": [Figure(**figure) for figure in row["figures"]]}) for row in rows]


def show(names: Collection[str]) -> None:
    """Puts the newest record of each benchmark into the README, between its marks."""
    text = README.read_text()
    for record in kept():
        if record.benchmark in names:
            before, mark, rest = text.partition(f"<!-- {record.benchmark} -->\n")
            _, end, after = rest.partition("<!-- end -->\n")
            text = "".join([before, mark, *(f"{line}\n" for line in record.lines()), end, after])
    README.write_text(text)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _digits(value: float | None) -> str:
    if value is None:
        return "never"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
