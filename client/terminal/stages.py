"""How far work on many pictures has come, on stderr: a bar on a terminal, a line now and then anywhere else."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType as Traceback
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from client.records.bulk import BulkPrediction
from client.records.dataset import Dataset
from client.terminal import figures
from client.terminal.stopped import Stopped

LINE_EVERY = 5.0  # seconds between plain lines
DRAW_EVERY = 0.1  # seconds
RECENT = 10.0  # seconds over which speed is reckoned


class Pace:
    """Bytes a second, lately: what was done before the first word of it does not count."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def __call__(self, done: int, now: float) -> float | None:
        self._seen.append((now, done))
        while now - self._seen[0][0] > RECENT and len(self._seen) > 2:
            self._seen.popleft()
        began, before = self._seen[0]
        return max(done - before, 0) / (now - began) if now > began else None


class Stages:
    """`stage` is the last one that was told. Use it in a `with`, which clears the bar."""

    def __init__(self, console: Console) -> None:
        self.stage = ""
        self._console, self._pace, self._drawn_at = console, Pace(), 0.0
        text = TextColumn("{task.fields[figures]}")
        columns = (TextColumn("{task.description}"), BarColumn(None), text)
        is_bar = console.is_terminal and not console.is_dumb_terminal
        self._bar = Progress(*columns, console=console, transient=True, expand=True, disable=not is_bar)
        self._task = self._bar.add_task("", total=None, figures="", visible=False)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: Traceback | None
    ) -> None:
        self._bar.stop()

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Around an upload. Interrupted, it says that the same command goes on."""
        try:
            with self:
                yield
        except KeyboardInterrupt as error:
            if self.stage in ("", "packing"):
                raise
            raise Stopped("Stopped sending; the same command goes on where it stopped.") from error

    def bytes(self, stage: str, done: int, total: int) -> None:
        """A `client.source.Progress`."""
        now = time.monotonic()
        if not self._is_due(stage, now):
            return
        speed = self._pace(done, now)
        told = [f"{figures.size(done)} of {figures.size(total)}"]
        if speed:
            told += [f"{figures.size(speed)}/s", f"ETA {figures.duration((total - done) / speed)}"]
        self._draw(stage, done, total, " · ".join(told), now)

    def pictures(self, record: Dataset | BulkPrediction) -> None:
        """While it is prepared, several passes go over the pictures, and steps count all of them."""
        stage, progress = ": ".join(filter(None, (record.state, record.progress.stage))), record.progress
        now = time.monotonic()
        if not self._is_due(stage, now):
            return
        told = f"{figures.count(progress.step)} of {figures.count(progress.steps)} · ETA "
        told += figures.duration(progress.eta_seconds)
        self._draw(stage, progress.step, progress.steps, told if progress.steps else "", now)

    def _is_due(self, stage: str, now: float) -> bool:
        """Every stage is shown, however short."""
        if stage != self.stage:
            self.stage, self._pace = stage, Pace()
            self._bar.remove_task(self._task)
            self._task = self._bar.add_task(stage, total=None, figures="")
            return True
        return now - self._drawn_at >= (LINE_EVERY if self._bar.disable else DRAW_EVERY)

    def _draw(self, stage: str, done: int, total: int, told: str, now: float) -> None:
        self._drawn_at = now
        self._bar.update(self._task, completed=done, total=total or None, figures=told)
        if self._bar.disable:
            self._console.print(" · ".join(filter(None, (stage, told))), highlight=False, markup=False)
