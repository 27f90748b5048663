"""Predictions as tables."""

from collections.abc import Iterable

from rich.table import Table

from client.records.bulk import BulkPrediction
from client.records.prediction import Prediction
from client.terminal import figures
from client.terminal.tables.table import Row, moment, table
from client.terminal.words import state


def predictions(records: Iterable[Prediction]) -> Table:
    """`unfamiliar` is the share of held-out images that are more like the training images."""
    return table(["image", "label", ">probability", ">unfamiliar", "next"], map(_prediction, records))


def bulk(records: Iterable[BulkPrediction]) -> Table:
    rows: Iterable[Row] = (
        [
            one.id,
            state(one.state),
            f"{figures.count(one.progress.step)}/{figures.count(one.progress.steps or None)}",
            figures.percent(one.accuracy),
            moment(one.created_at),
            one.job_id,
            one.source,
        ]
        for one in records
    )
    return table(["prediction", "state", ">pictures", ">accuracy", "created", "job", "of"], rows)


def _prediction(one: Prediction) -> list[str]:
    if one.error:
        return [one.filename or "", figures.DASH, "", "", f"error: {one.error.message or one.error.code}"]
    rest = one.top_k if one.abstained else one.top_k[1:]
    others = ", ".join(f"{guess.label} {figures.percent(guess.probability)}" for guess in rest)
    label = "not sure" if one.abstained else one.label or ""
    return [one.filename or "", label, figures.percent(one.probability), figures.percent(one.ood), others]
