"""Figures and tables. What is measured is never asserted here: a slow machine is no fault."""

import re
from pathlib import Path

from benchmarks.record import Figure, Record, kept, of, percentile
from benchmarks.seed import below
from benchmarks.training import speed

MACHINE = {"cpu": "", "cores": 2, "ram_gib": 1, "os": "", "python": "3", "torch": "2", "redis": "1"}
README = Path(__file__).parents[2] / "benchmarks" / "README.md"


def test_every_marked_table_of_the_readme_is_a_record_that_was_kept() -> None:
    tables = re.findall(r"(?s)<!-- (?!end)\w+ -->\n(.*?)<!-- end -->", README.read_text())
    records = ["".join(f"{line}\n" for line in record.lines()) for record in kept()]
    assert tables
    assert all(table in ["", *records] for table in tables)


def test_a_percentile_is_a_sample_that_was_measured() -> None:
    samples = [float(number) for number in range(100, 0, -1)]
    assert [percentile("", "", samples, percent).values for percent in (50, 95, 100)] == [[50], [95], [100]]


def test_a_figure_shows_all_its_values_and_what_never_happened() -> None:
    assert str(of("", "ms", 0.12345, 12345, None)) == "0.1235, 12,345, never ms"
    assert str(Figure("", "", 1, [2.5])) == "2.5"


def test_a_row_tells_the_versions_of_what_it_measured_and_the_whole_command() -> None:
    figures = [of("ours", "ms", 1.0), Figure("theirs", "ms", 1, [2.0], "keras 3")]
    record = Record("train", "2026-11-24", MACHINE, figures, {"PEERS": "all"})
    *_, ours, theirs = record.lines()
    assert "`PEERS=all python -m benchmarks train`" in ours
    assert "torch 2" in ours
    assert "keras 3" in theirs
    assert "torch 2" not in theirs


def test_a_level_is_passed_when_the_mean_of_ten_losses_is_below_it() -> None:
    assert below([2.0] * 10 + [1.0] * 10, 1.5) == 16
    assert below([2.0] * 20, 1.5) is None


def test_speed_is_steps_between_the_first_one_named_and_the_last() -> None:
    assert speed([{"step": step, "time": 100 + step / 4} for step in range(1, 101)], 50) == 4.0
