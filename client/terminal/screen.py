"""A job's events on a screen: a live bar on a terminal, plain lines anywhere else."""

import json
import sys
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from types import TracebackType as Traceback
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from client.connection.events import KINDS, Ended, Event, Lost, Metrics, StateChanged
from client.records import FINISHED, Job, JobError, LrRange, Point, Progress, Score
from client.terminal import figures

STYLES = {
    "queued": "yellow",
    "running": "cyan",
    "preparing": "cyan",
    "pausing": "yellow",
    "paused": "yellow",
    "cancelling": "magenta",
    "succeeded": "green",
    "ready": "green",
    "failed": "red",
    "cancelled": "magenta",
}
LINE_EVERY = 1.0  # seconds between plain lines


def state(name: str) -> Text:
    return Text(name, style=STYLES.get(name, ""))


def summary(progress: Progress) -> str:
    """A line of step, loss, accuracy, speed and time to go."""
    return " · ".join(
        [
            f"step {progress.step}/{progress.steps or figures.DASH}",
            f"loss {figures.loss(progress.loss)}",
            f"accuracy {figures.percent(progress.accuracy)}",
            f"{figures.count(progress.images_per_second)} images/s",
            f"ETA {figures.duration(progress.eta_seconds)}",
        ]
    )


def tested(score: Score) -> str:
    return (
        f"{score.split} after step {score.step}: "
        f"loss {figures.loss(score.loss)} · accuracy {figures.percent(score.accuracy)}"
    )


def found(test: LrRange) -> str:
    """A line of what a range test found."""
    return (
        f"suggested learning rate {figures.rate(test.suggestion)} · "
        f"steepest fall of the loss at {figures.rate(test.steepest_learning_rate)} · "
        f"diverged at {figures.rate(test.diverged_at)}"
    )


def failure(error: JobError) -> Text:
    """What went wrong, what to do, and the trainer's last words."""
    text = Text(f"{error.code}: {error.message}", style="red")
    for line in error.log:
        text.append(f"\n  {line}", style="dim")
    if error.hint:
        text.append(f"\nHint: {error.hint}", style="yellow")
    return text


class Paper(Console):
    """What is not a terminal is wide enough for any row; a closed pipe is the caller's to handle."""

    def on_broken_pipe(self) -> None:
        raise  # it is called while a BrokenPipeError is handled


def paper() -> Paper:
    return Paper(width=None if sys.stdout.isatty() else 1000)


class Pulse:
    """A job's progress, kept current from its points.

    The time to go follows the pace of the newest batches; time between them, as in a restart, does not count.
    """

    def __init__(self, job: Job) -> None:
        self.progress = job.progress
        self._batch_size: int | None = job.batch_size
        self._recent: deque[Point] = deque(maxlen=100)

    def add(self, points: Iterable[Point]) -> None:
        self._recent.extend(points)
        newest = self._recent[-1]
        known = {name: getattr(newest, name) for name in Progress.model_fields if hasattr(newest, name)}
        self.progress = Progress(**known, steps=self.progress.steps, eta_seconds=self._to_go(newest.step))

    def _to_go(self, step: int) -> float | None:
        paces = [1 / point.images_per_second for point in self._recent if point.images_per_second]
        if not paces or not self._batch_size:
            return None
        return sum(paces) / len(paces) * self._batch_size * max(self.progress.steps - step, 0)


class Screen(ABC):
    """Shows events as they come; `state` and `step` say where the job stood last."""

    def __init__(self, console: Console, job: Job, after: int = 0) -> None:
        self.console, self.state, self.step = console, job.state, after
        self.pulse = Pulse(job)
        self.place = f" at position {job.queue_position}" if job.queue_position else ""
        self._lost = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: Traceback | None
    ) -> None:
        self.close()

    def show(self, event: Event) -> None:
        match event:
            case Metrics():
                self.pulse.add(event.points)
                self.step = event.points[-1].step
            case StateChanged() | Ended() if event.state != self.state:
                self.state, self.place = event.state, ""
        self.draw(event)
        self._lost = isinstance(event, Lost)

    def note(self, event: Event) -> None:
        """Prints what is worth a line of its own: a test, a failure, the first loss of the connection."""
        match event:
            case Score():
                self.console.print(tested(event), highlight=False)
            case StateChanged(error=JobError() as error):
                self.console.print(failure(error), soft_wrap=True)
            case StateChanged(lr_range=LrRange() as test):
                self.console.print(found(test), highlight=False)
            case Lost() if not self._lost:
                self.console.print(
                    f"Connection lost, trying again ({event.reason})",
                    style="yellow",
                    highlight=False,
                    soft_wrap=True,
                )

    @abstractmethod
    def draw(self, event: Event) -> None:
        """Show the event; state, step and pulse include it already."""

    @abstractmethod
    def close(self) -> None:
        """Leave the last state on the screen."""


class Bar(Screen):
    """Two lines that stay in place, drawn ten times a second; notes scroll past above them."""

    def __init__(self, console: Console, job: Job, after: int = 0) -> None:
        super().__init__(console, job, after)
        self.live = Live(get_renderable=self._picture, console=console, refresh_per_second=10)

    def __enter__(self) -> Self:
        self.live.start()
        return self

    def draw(self, event: Event) -> None:
        self.note(event)  # the rest is read from the pulse at the next refresh

    def close(self) -> None:
        self.live.stop()

    def _picture(self) -> Group:
        progress = self.pulse.progress
        total = progress.steps or 1
        waiting = self.state not in FINISHED and not progress.step
        bar = ProgressBar(
            total=total, completed=progress.step, pulse=waiting, animation_time=time.monotonic()
        )
        row = Table.grid(padding=(0, 1), expand=True)
        row.add_column(no_wrap=True)
        row.add_column(ratio=1)
        row.add_column(no_wrap=True, justify="right")
        row.add_row(state(self.state).append(self.place), bar, f"{min(progress.step / total, 1):.0%}")
        return Group(
            row, Text(summary(progress), style="dim" if waiting else "", no_wrap=True, overflow="ellipsis")
        )


class Lines(Screen):
    """A line a second at most, one for each note, and one for each change of state."""

    def __init__(self, console: Console, job: Job, after: int = 0) -> None:
        super().__init__(console, job, after)
        self._printed_at, self._printed_step, self._printed_state = 0.0, after, ""

    def draw(self, event: Event) -> None:
        if self.state != self._printed_state:
            self.close()
            self.console.print(f"{self.state}{self.place}", highlight=False)
            self._printed_state = self.state
        elif isinstance(event, Score) or time.monotonic() - self._printed_at >= LINE_EVERY:
            self.close()
        self.note(event)

    def close(self) -> None:
        if self.step > self._printed_step:
            self.console.print(summary(self.pulse.progress), highlight=False)
            self._printed_at, self._printed_step = time.monotonic(), self.step


class Rows(Screen):
    """A JSON object an event, for programs; `event` is its kind, as in the service's stream."""

    def draw(self, event: Event) -> None:
        if not isinstance(event, Lost):
            kind = next(name for name, kind in KINDS.items() if kind is type(event))
            print(json.dumps({"event": kind, **event.model_dump(mode="json", by_alias=True)}), flush=True)

    def close(self) -> None:
        """Nothing is held back."""


def opened(console: Console, job: Job, after: int = 0, as_json: bool = False) -> Screen:
    """The screen that fits; use it in a `with`, which leaves the last state standing."""
    kind = Bar if console.is_terminal and not console.is_dumb_terminal else Lines
    return (Rows if as_json else kind)(console, job, after)
