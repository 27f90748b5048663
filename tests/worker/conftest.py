"""The curve that jobs have to end with, whatever happens to them."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from model.data.catalog import facts_of
from model.data.datasets import load
from model.spec import JobSpec
from model.training.metrics import BatchMetrics, points, unpack
from model.training.train import Trainer
from tests.conftest import TINY

Curve = Callable[[int], list[tuple[int, float]]]


@pytest.fixture(scope="session")
def curve() -> Curve:
    """(step, loss) of so many first batches of `TINY`, trained in this process, where nothing happens to it."""
    spec, folder = JobSpec.model_validate(TINY), Path("datasets")
    spec = spec.model_copy(update={"training": spec.training.model_copy(update={"max_steps": 10_000})})
    trainer = iter(Trainer(spec, load(facts_of(spec.data, folder), folder)))
    series: list[bytes] = []

    def first(steps: int) -> list[tuple[int, float]]:
        for fact in islice(trainer, max(0, steps - len(series))):
            assert isinstance(fact, BatchMetrics)
            series.append(fact.pack())
        records = unpack(b"".join(series[:steps]))
        return [(point["step"], point["loss"]) for point in points(records, np.arange(1, steps + 1), 1.0)]

    return first
