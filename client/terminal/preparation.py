"""Sending a data set from the command line, and waiting until it is ready."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console

from client.client import Client
from client.connection.unfinished import Unfinished, cache
from client.errors import Conflict, Unprepared
from client.records.dataset import Dataset
from client.terminal.dataset_tables import headlines, ready, summary
from client.terminal.stages import Stages
from client.terminal.watch import command


def send(server: Client, path: Path, fields: dict[str, Any]) -> Dataset:
    """Behind a bar. Interrupted, it says how to go on."""
    stages = Stages(Console(stderr=True))
    try:
        with stages:
            return server.upload_dataset(
                path, progress=stages.bytes, unfinished=Unfinished(cache()), **fields
            )
    except KeyboardInterrupt:
        if stages.stage not in ("", "packing"):
            print("Stopped sending; the same command goes on where it stopped.", file=sys.stderr)
        raise


def prepare(server: Client, dataset: Dataset) -> Dataset:
    """Behind a bar, then the result in a few lines. Interrupted, it says that the preparation goes on."""
    stages, title = Stages(Console(stderr=True)), dataset.title
    try:
        with stages:
            dataset = server.wait_for_dataset(title, stages.pictures)
    except KeyboardInterrupt:
        again = command(server, "dataset", "show", title)
        print(f"Stopped watching; the preparation goes on. To see it: {again}", file=sys.stderr)
        raise
    except Unprepared:
        _findings(server, title)
        raise
    print(f"ready: {ready(dataset)}", file=sys.stderr)
    _findings(server, title)
    print(f'To train on it, a spec has "data": {{"dataset": "{title}"}}', file=sys.stderr)
    return dataset.model_copy(update={"name": title})


def _findings(server: Client, title: str) -> None:
    """Where anybody has looked: one that could not even be opened has no report."""
    with suppress(Conflict):
        report, screen = server.dataset_report(title), Console(stderr=True)
        for line in (summary(report), *headlines(report)):
            screen.print(line, highlight=False, soft_wrap=True)
        print(f"All of it: {command(server, 'dataset', 'report', title)}", file=sys.stderr)
