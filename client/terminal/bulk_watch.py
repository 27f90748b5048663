"""Sending many pictures from the command line, and waiting for what is said of them."""

import sys
from pathlib import Path

from client.client import Client
from client.connection.unfinished import Unfinished, cache
from client.records.bulk import BulkPrediction
from client.terminal import figures
from client.terminal.stages import Stages
from client.terminal.stopped import Stopped, command
from client.whole import write


def send(server: Client, path: Path, job: str, top_k: int, stages: Stages) -> BulkPrediction:
    """Behind a bar. Interrupted, it says how to go on."""
    with stages.sending():
        return server.predict_files(path, job, top_k, stages.bytes, Unfinished(cache()))


def fetch(server: Client, prediction_id: str, out: Path | None, form: str, stages: Stages) -> BulkPrediction:
    """Waits behind a bar, then writes the result into `out`, or to stdout. Interrupted, it says how to go on."""
    try:
        with stages:
            record = server.wait_for_prediction(prediction_id, stages.pictures)
    except KeyboardInterrupt as error:
        again = command(server, "prediction", "fetch", prediction_id, *(("--out", str(out)) if out else ()))
        raise Stopped(f"Stopped waiting; the prediction goes on. To fetch it: {again}") from error
    _write(server, prediction_id, out, form)
    return record


def told(record: BulkPrediction) -> str:
    """A line of how many pictures there were, and how many of them were right."""
    words = [f"{record.id}: {figures.count(record.progress.steps)} pictures"]
    if record.unreadable:
        words.append(f"{figures.count(record.unreadable)} cannot be read")
    if record.accuracy is not None:
        words.append(f"accuracy {figures.percent(record.accuracy)}")
    return " · ".join(words)


def _write(server: Client, prediction_id: str, out: Path | None, form: str) -> None:
    pieces = server.prediction_result(prediction_id, form)
    if out:
        write(out, pieces)
        return
    sys.stdout.flush()
    sys.stdout.buffer.writelines(pieces)
