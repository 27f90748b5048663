"""A job on a terminal: a live picture that stays in place."""

import time
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from client.connection.events import Event
from client.records.job import FINISHED, Job
from client.terminal.screen import Screen
from client.terminal.words import state, summary


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
