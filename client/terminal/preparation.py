"""Sending a data set from the command line, and waiting until it is ready."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from client.client import Client
from client.connection.unfinished import Unfinished, cache
from client.errors import Conflict, Unprepared
from client.records.dataset import Dataset
from client.terminal.stages import Stages
from client.terminal.stopped import Stopped, command
from client.terminal.tables.dataset_report import headlines, summary
from client.terminal.tables.datasets import ready


def send(server: Client, path: Path, fields: dict[str, Any], stages: Stages) -> Dataset:
    """Behind a bar. Interrupted, it says how to go on."""
    with stages.sending():
        return server.upload_dataset(path, progress=stages.bytes, unfinished=Unfinished(cache()), **fields)


def prepare(server: Client, dataset: Dataset, stages: Stages, screen: Console) -> Dataset:
    """Behind a bar, then the result in a few lines. Interrupted, it says that the preparation goes on."""
    title = dataset.title
    try:
        with stages:
            dataset = server.wait_for_dataset(title, stages.pictures)
    except KeyboardInterrupt as error:
        again = command(server, "dataset", "show", title)
        raise Stopped(f"Stopped watching; the preparation goes on. To see it: {again}") from error
    except Unprepared:
        _print(screen, _findings(server, title))
        raise
    spec = f'To train on it, a spec has "data": {{"dataset": "{title}"}}'
    _print(screen, (f"ready: {ready(dataset)}", *_findings(server, title), spec))
    return dataset.model_copy(update={"name": title})


def _findings(server: Client, title: str) -> Iterator[str | Text]:
    """Where anybody has looked: one that could not even be opened has no report."""
    with suppress(Conflict):
        report = server.dataset_report(title)
        yield summary(report)
        yield from headlines(report)
        yield f"All of it: {command(server, 'dataset', 'report', title)}"


def _print(screen: Console, lines: Iterable[str | Text]) -> None:
    for line in lines:
        screen.print(line, highlight=False, markup=False, soft_wrap=True)
