"""A job on a terminal: a live picture that stays in place."""

import time
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from client.connection.events import Event, Metrics
from client.records.job import FINISHED, Job
from client.records.score import Score
from client.terminal.chart import Chart
from client.terminal.screen import Screen
from client.terminal.words import state, summary

DRAWN = 5  # times a second
TAKEN = (
    4  # lines of the terminal that are not for the curves: the bar's two, a note, and where the cursor rests
)


class Bar(Screen):
    """Curves where there is room for them, then the bar, then figures; notes scroll past above them."""

    def __init__(self, console: Console, job: Job, after: int = 0) -> None:
        super().__init__(console, job, after)
        self.chart = Chart()
        self.live = Live(get_renderable=self._picture, console=console, refresh_per_second=DRAWN)

    def __enter__(self) -> Self:
        self.live.start()
        return self

    def draw(self, event: Event) -> None:
        match event:
            case Metrics():
                self.chart.add(event.points)
            case Score():
                self.chart.test(event)
        self.note(event)  # the rest is read from the pulse when the picture is drawn again

    def close(self) -> None:
        self.live.stop()

    def _picture(self) -> Group:
        curves = self.chart.fitted(self.console, TAKEN)
        waiting = self.state not in FINISHED and not self.pulse.progress.step
        text = Text(summary(self.pulse.progress), "dim" if waiting else "")
        return Group(*([curves] if curves else ()), self._bar(waiting), text)

    def _bar(self, waiting: bool) -> Table:
        progress = self.pulse.progress
        total = progress.steps or 1
        bar = ProgressBar(
            total=total, completed=progress.step, pulse=waiting, animation_time=time.monotonic()
        )
        row = Table.grid(padding=(0, 1), expand=True)
        row.add_column(no_wrap=True)
        row.add_column(ratio=1)
        row.add_column(no_wrap=True, justify="right")
        row.add_row(self._state(), bar, f"{min(progress.step / total, 1):.0%}")
        return row

    def _state(self) -> Text:
        if self.lost:
            return Text("reconnecting", "yellow")
        return state(self.state).append(self.place)
