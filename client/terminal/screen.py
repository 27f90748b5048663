"""A job's events on a screen."""

from abc import ABC, abstractmethod
from types import TracebackType as Traceback
from typing import Self

from rich.console import Console

from client.connection.events import Ended, Event, Lost, Metrics, StateChanged
from client.records.job import Job, JobError, LrRange
from client.records.score import Score
from client.terminal.pulse import Pulse
from client.terminal.words import failure, found, tested


class Screen(ABC):
    """Shows events as they come; `state` and `step` say where the job stood last, `lost` that nobody knows since."""

    def __init__(self, console: Console, job: Job, after: int = 0) -> None:
        self.console, self.state, self.step = console, job.state, after
        self.pulse = Pulse(job)
        self.place = f" at position {job.queue_position}" if job.queue_position else ""
        self.lost = False

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
        self.lost = isinstance(event, Lost)

    def note(self, event: Event) -> None:
        """Prints what is worth a line of its own: a test, a failure, the first loss of the connection."""
        match event:
            case Score():
                self.console.print(tested(event), highlight=False)
            case StateChanged(error=JobError() as error):
                self.console.print(failure(error), soft_wrap=True)
            case StateChanged(lr_range=LrRange() as test):
                self.console.print(found(test), highlight=False)
            case Lost() if not self.lost:
                self.console.print(
                    f"Connection lost, trying again ({event.reason})",
                    style="yellow",
                    markup=False,
                    highlight=False,
                    soft_wrap=True,
                )

    @abstractmethod
    def draw(self, event: Event) -> None:
        """Show the event; state, step and pulse include it already."""

    @abstractmethod
    def close(self) -> None:
        """Leave the last state on the screen."""
