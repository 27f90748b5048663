"""A job where there is no terminal: plain lines for people, JSON for programs."""

import json
import time

from rich.console import Console

from client.connection.events import KINDS, Event, Lost
from client.records.job import Job
from client.records.score import Score
from client.terminal.screen import Screen
from client.terminal.words import summary

SOONEST, LATEST = 1.0, 60.0  # seconds between plain lines
SPARSER = 0.02  # of the time that was watched so far: a log of a day is no longer than one can read


class Lines(Screen):
    """A line a second at first and one a minute later, one for each note, and one for each change of state."""

    def __init__(self, console: Console, job: Job, after: int = 0) -> None:
        super().__init__(console, job, after)
        self._began, self._printed_at = time.monotonic(), 0.0
        self._printed_step, self._printed_state = after, ""

    def draw(self, event: Event) -> None:
        if self.state != self._printed_state:
            self.close()
            self.console.print(f"{self.state}{self.place}", highlight=False)
            self._printed_state = self.state
        elif isinstance(event, Score) or self._is_due():
            self.close()
        self.note(event)

    def _is_due(self) -> bool:
        now = time.monotonic()
        pause = min(max(SOONEST, SPARSER * (now - self._began)), LATEST)
        return now - self._printed_at >= pause

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
