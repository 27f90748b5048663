"""A job where there is no terminal: plain lines for people, JSON for programs."""

import json
import time

from rich.console import Console

from client.connection.events import KINDS, Event, Lost
from client.records.job import Job
from client.records.score import Score
from client.terminal.screen import Screen
from client.terminal.words import summary

LINE_EVERY = 1.0  # seconds between plain lines


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
