"""Curves in a terminal."""

import statistics
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from rich.console import Console

from client.records import Point, Score
from client.terminal.canvas import BLANK
from client.terminal.chart import Chart
from client.terminal.plot import MARK
from client.terminal.trace import MOST, Trace


def falling(steps: int = 200) -> Chart:
    """A loss that falls from 2 to 1 while the accuracy rises."""
    chart = Chart()
    chart.add(
        [Point(step=step, loss=2 - step / steps, accuracy=step / steps / 2) for step in range(1, steps + 1)]
    )
    return chart


def drawn(chart: Chart, width: int, height: int) -> list[str]:
    """The lines of the picture, none where there is none."""
    console = Console(file=StringIO(), width=width, height=height, force_terminal=True, no_color=True)
    picture = chart.fitted(console, taken=4)
    with console.capture() as capture:
        console.print(*([picture] if picture else ()))
    lines = capture.get().replace("\x1b[0m", "").replace("\x1b[2m", "").splitlines()
    return [line.rstrip() for line in lines if line.strip()]


def test_curves_stand_side_by_side_or_one_above_the_other_or_not_at_all() -> None:
    wide, narrow = drawn(falling(), 120, 30), drawn(falling(), 50, 30)
    assert [line.split() for line in wide if "accuracy" in line] == [
        ["loss", "1.0000", "accuracy", "50.0", "%"]
    ]
    assert [line for line in narrow if line[0].isalpha()] == ["loss 1.0000", "accuracy 50.0 %"]
    assert drawn(falling(), 20, 30) == drawn(falling(), 120, 8) == drawn(Chart(), 120, 30) == []


@pytest.mark.parametrize(("width", "height"), [(120, 9), (84, 24), (83, 18), (24, 60), (300, 100)])
def test_a_picture_leaves_the_room_that_something_else_takes(width: int, height: int) -> None:
    lines = drawn(falling(), width, height)
    assert len(lines) <= height - 4
    assert max(map(len, lines)) <= width


def test_a_loss_that_falls_is_a_line_that_falls() -> None:
    rows = [line.split("┤", 1)[1] for line in drawn(falling(), 50, 60) if "┤" in line][:10]
    columns = [[x for x, sign in enumerate(row) if ord(sign) > BLANK] for row in rows]
    first = [min(column) for column in columns if column]
    assert len(first) > 3
    assert first == sorted(first)


def test_tests_are_marks_and_the_newest_stands_in_the_title() -> None:
    chart = falling()
    for step, loss in ((100, 1.5), (200, 1.25)):
        chart.test(Score(step=step, loss=loss, accuracy=None))
    lines = drawn(chart, 120, 30)
    assert lines[0].startswith(f"loss 1.0000 · {MARK} test 1.2500")
    assert "".join(lines[1:]).count(MARK) == 2


def test_with_colours_all_batches_stand_behind_the_line() -> None:
    chart = Chart()
    chart.add([Point(step=step, loss=1 + step % 2, accuracy=0.5) for step in range(1, 2000)])
    plain = "".join(drawn(chart, 120, 30))
    console = Console(file=StringIO(), width=120, height=30, force_terminal=True, _environ={"TERM": "xterm"})
    with console.capture() as capture:
        console.print(chart.fitted(console, 4))
    assert "⣿" in capture.get()
    assert "⣿" not in plain


def test_a_terminal_without_braille_has_no_curves() -> None:
    page = TextIOWrapper(BytesIO(), encoding="ascii")
    console = Console(file=page, width=120, height=30, force_terminal=True)
    assert falling().fitted(console, 4) is None


def test_losses_that_were_nan_are_gaps() -> None:
    chart = Chart()
    chart.add([Point(step=1, loss=None, accuracy=0.1), Point(step=2, loss=None, accuracy=0.2)])
    assert drawn(chart, 120, 30) == []
    chart.add([Point(step=3, loss=1.0, accuracy=0.2)])
    assert drawn(chart, 120, 30)[0].startswith("loss 1.0000")


def test_a_trace_of_a_long_run_is_short_and_keeps_its_extremes_and_its_mean() -> None:
    trace = Trace()
    values = [float(step % 97) for step in range(50_000)]
    values[31_234], values[40_000] = 500.0, -500.0
    for step, value in enumerate(values):
        trace.add(step, value)
    bins = trace.bins()
    assert len(bins) <= MOST
    assert (max(one.high for one in bins), min(one.low for one in bins)) == (500.0, -500.0)
    assert sum(one.total for one in bins) / len(values) == pytest.approx(statistics.fmean(values))
    assert [one.step for one in bins] == sorted(one.step for one in bins)
