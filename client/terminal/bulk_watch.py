"""Sending many pictures from the command line, and waiting for what is said of them."""

import sys
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from client.client import Client
from client.connection.unfinished import Unfinished, cache
from client.records.bulk import BulkPrediction
from client.terminal import figures
from client.terminal.dataset_tables import plain
from client.terminal.screen import state
from client.terminal.stages import Stages
from client.terminal.tables import Row, moment, table
from client.terminal.watch import command


def send(server: Client, path: Path, job: str, top_k: int) -> BulkPrediction:
    """Behind a bar. Interrupted, it says how to go on."""
    stages = Stages(Console(stderr=True))
    try:
        with stages:
            return server.predict_files(path, job, top_k, stages.bytes, Unfinished(cache()))
    except KeyboardInterrupt:
        if stages.stage not in ("", "packing"):
            print("Stopped sending; the same command goes on where it stopped.", file=sys.stderr)
        raise


def fetch(server: Client, prediction_id: str, out: Path | None) -> None:
    """Behind a bar, then the result into `out`, or as CSV to stdout. Interrupted, it says how to go on."""
    stages = Stages(Console(stderr=True))
    try:
        with stages:
            record = server.wait_for_prediction(prediction_id, stages.pictures)
    except KeyboardInterrupt:
        again = command(server, "prediction", "fetch", prediction_id, *(("--out", str(out)) if out else ()))
        print(f"Stopped waiting; the prediction goes on. To fetch it: {again}", file=sys.stderr)
        raise
    _write(server, prediction_id, out)
    print(_told(record), file=sys.stderr)


def listed(records: Iterable[BulkPrediction]) -> Table:
    rows: Iterable[Row] = (
        [
            one.id,
            state(one.state),
            f"{figures.count(one.progress.step)}/{figures.count(one.progress.steps or None)}",
            figures.percent(one.accuracy),
            moment(one.created_at),
            one.job_id,
            plain(one.source),
        ]
        for one in records
    )
    return table(["prediction", "state", ">pictures", ">accuracy", "created", "job", "of"], rows)


def _write(server: Client, prediction_id: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.flush()
        for piece in server.prediction_result(prediction_id, "csv"):
            sys.stdout.buffer.write(piece)
        return
    part = out.with_name(f"{out.name}.part")
    with part.open("wb") as file:
        file.writelines(server.prediction_result(prediction_id, "jsonl" if out.suffix == ".jsonl" else "csv"))
    part.replace(out)


def _told(record: BulkPrediction) -> str:
    told = [f"{record.id}: {figures.count(record.progress.steps)} pictures"]
    if record.unreadable:
        told.append(f"{figures.count(record.unreadable)} cannot be read")
    if record.accuracy is not None:
        told.append(f"accuracy {figures.percent(record.accuracy)}")
    return " · ".join(told)
