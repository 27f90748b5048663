from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from client.connection.events import Lost, Metrics, StateChanged
from client.errors import Unreachable
from client.records import Job, LrRange, Point
from client.terminal import figures
from client.terminal.bar import Bar
from client.terminal.lines import Lines
from client.terminal.pulse import Pulse
from client.terminal.watch import opened
from tests.client.scripted import JOB, point


def metrics(*steps: int) -> Metrics:
    return Metrics(points=[Point.model_validate(point(step)) for step in steps])


def job(**changes: Any) -> Job:
    return Job.model_validate(JOB | changes)


def test_the_time_to_go_follows_the_pace_of_the_newest_batches_and_not_the_pauses_between() -> None:
    pulse = Pulse(job(progress={"steps": 1000}))
    pulse.add(metrics(1, 2, 900).points)  # 64 images a batch at 640 images a second
    assert pulse.progress.eta_seconds == pytest.approx(10.0)
    assert (pulse.progress.step, pulse.progress.images_per_second) == (900, 640.0)


def test_a_job_that_does_not_tell_its_batch_size_has_no_time_to_go() -> None:
    pulse = Pulse(job(batch_size=None))
    pulse.add(metrics(1).points)
    assert pulse.progress.eta_seconds is None


def test_a_terminal_gets_a_bar_that_shows_where_a_job_waits_and_then_runs() -> None:
    console = Console(file=StringIO(), force_terminal=True, width=90, _environ={"TERM": "xterm"})
    with opened(console, job(state="queued", queue_position=3)) as screen:
        assert isinstance(screen, Bar)
        assert "queued at position 3" in drawn(screen)
        screen.show(StateChanged(state="running"))
        screen.show(metrics(1, 5))
        assert "running" in drawn(screen)
        assert "50%" in drawn(screen)
        assert "step 5/10 · loss 0.2000 · accuracy 50.0 % · 640 images/s · ETA 0:00:00" in drawn(screen)


def test_a_bar_has_curves_above_it_and_says_when_it_connects_again() -> None:
    console = Console(file=StringIO(), force_terminal=True, width=90, height=30, _environ={"TERM": "xterm"})
    with opened(console, job()) as screen:
        assert isinstance(screen, Bar)
        screen.show(metrics(1, 5))
        assert "accuracy 50.0 %" in drawn(screen).splitlines()[0]
        screen.show(Lost(Unreachable("gone"), 0.1))
        assert "reconnecting" in drawn(screen)
        screen.show(metrics(6))
        assert "reconnecting" not in drawn(screen)


def test_what_is_no_terminal_gets_a_line_a_second_and_the_last_one() -> None:
    console = Console(file=StringIO(), width=1000)
    with opened(console, job()) as screen:
        assert isinstance(screen, Lines)
        for event in (StateChanged(state="running"), metrics(1), metrics(2), metrics(3)):
            screen.show(event)
    assert [line.split(" · ")[0] for line in lines(console)] == ["running", "step 1/10", "step 3/10"]


def test_a_lost_connection_is_told_once_however_often_it_is_tried() -> None:
    console = Console(file=StringIO(), width=1000)
    with opened(console, job()) as screen:
        for _ in range(3):
            screen.show(Lost(Unreachable("gone"), 0.1))
    assert lines(console) == ["running", "Connection lost, trying again (gone)"]


def test_what_a_range_test_found_is_its_last_line() -> None:
    console = Console(file=StringIO(), width=1000)
    with opened(console, job()) as screen:
        screen.show(StateChanged(state="succeeded", lr_range=LrRange(suggestion=0.05, diverged_at=2.0)))
    assert lines(console)[-1].startswith("suggested learning rate 0.05 · ")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (figures.loss(None), "–"),
        (figures.loss(0.31416), "0.3142"),
        (figures.loss(123456.0), "1.235e+05"),
        (figures.percent(0.9123), "91.2 %"),
        (figures.duration(3661.4), "1:01:01"),
        (figures.size(1536), "1.5 KiB"),
        (figures.size(15.3e9, "FLOP"), "15.3 GFLOP"),
    ],
)
def test_numbers_are_written_for_people(written: str, number: str) -> None:
    assert written == number


def drawn(bar: Bar) -> str:
    page = Console(file=StringIO(), width=90)
    page.print(bar.live.get_renderable())
    return str(page.file.getvalue())  # type: ignore[attr-defined]


def lines(console: Console) -> list[str]:
    return str(console.file.getvalue()).splitlines()  # type: ignore[attr-defined]
