"""What a run does about a loss that is no number, and about memory that is not there."""

import json
import math
import resource
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch

from model.data.dataset import Dataset
from model.errors import Diverged, OutOfMemory
from model.runs import checkpoint
from model.runs.folder import CHECKPOINTS, REPORT, SERIES
from model.runs.manifest import manifests
from model.runs.recovery import recovery
from model.runs.run import Run
from model.spec import JobSpec
from model.training.metrics import unpack
from model.training.train import Trainer
from tests.model.attempts import Attempt, Row, attempt, result

# Warmed up, each step takes three times a weight from it: all double, until no number is so large. A tenth of that
# rate lets them shrink again.
DIVERGING: dict[str, Any] = {
    "architecture": {"blocks": [[2, 4], [2, 8]], "classifier": [16], "activation": "leaky_relu"},
    "data": {"dataset": "fashion-mnist", "validation_split": 0.01},
    "training": {
        "optimizer": {"name": "sgd", "learning_rate": 0.3, "weight_decay": 10.0},
        "schedule": {"name": "constant", "warmup_steps": 40},
        "batch_size": 16,
        "max_steps": 110,
        "precision": "fp32",
        "checkpoint_interval": 5,
        "evaluation_interval": 20,
        "rollback": {"times": 2, "factor": 0.1},
    },
}


def diverging(**training: Any) -> JobSpec:
    return JobSpec.model_validate({**DIVERGING, "training": {**DIVERGING["training"], **training}})


def rows_of(spec: JobSpec, out: Path, *origins: Path) -> list[Row]:
    return list(Run(spec, out, out, origins))


def of(rows: list[Row], kind: str) -> list[Row]:
    return [row for row in rows if row["kind"] == kind]


def tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from tensors(each)


@pytest.fixture(scope="module")
def recovered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Row]]:
    out = tmp_path_factory.mktemp("recovered")
    return out, rows_of(diverging(), out)


def test_a_run_that_diverges_goes_on_from_its_last_checkpoint_at_a_lower_rate(
    recovered: tuple[Path, list[Row]],
) -> None:
    _, rows = recovered
    (event,) = of(rows, "event")
    before, after = rows[: rows.index(event)], rows[rows.index(event) + 1 :]
    assert event["event"] == "rolled_back"
    assert event["step"] == of(before, "checkpoint")[-1]["step"] > 40
    assert after[0]["step"] == event["step"] + 1
    assert after[0]["learning_rate"] == pytest.approx(0.03)
    assert "times 0.1 from here on" in event["message"]
    assert of(after, "batch")[-1]["loss"] < 0.01 * of(before, "batch")[-1]["loss"]
    assert rows[-1] == {"kind": "done", "step": 110}


def test_what_it_leaves_has_no_number_that_is_none(recovered: tuple[Path, list[Row]]) -> None:
    out, rows = recovered
    json.dumps([rows, json.loads((out / REPORT).read_text())], allow_nan=False)
    records = unpack((out / SERIES).read_bytes())
    assert len(records) == 110
    assert all(math.isfinite(number) for record in records.tolist() for number in record)
    for manifest in manifests(out / CHECKPOINTS):
        state = checkpoint.load(out / CHECKPOINTS, manifest)
        assert all(bool(value.isfinite().all()) for value in tensors(state)), manifest.step


def test_its_series_is_that_of_the_way_that_it_took_in_the_end(recovered: tuple[Path, list[Row]]) -> None:
    out, rows = recovered
    taken = {row["step"]: row["learning_rate"] for row in of(rows, "batch")}
    written = unpack((out / SERIES).read_bytes())["learning_rate"].tolist()
    assert written == pytest.approx([taken[step] for step in range(1, 111)])


def test_killed_in_the_middle_and_resumed_it_ends_with_the_same_bytes(
    recovered: tuple[Path, list[Row]], tmp_path: Path
) -> None:
    whole, rows = recovered
    event = rows.index(of(rows, "event")[0])
    for number, cut in enumerate((event - 1, event + 1, event + 12)):
        first, second = tmp_path / f"{number}-1", tmp_path / f"{number}-2"
        list(islice(Run(diverging(), tmp_path, first), cut))  # and never asked for more
        rest = rows_of(diverging(), second, first)
        assert rest[-1]["kind"] == "done"
        assert result(second) == result(whole), cut


def test_it_goes_back_only_so_often_and_tells_of_each(tmp_path: Path) -> None:
    rows: list[Row] = []
    with pytest.raises(Diverged):
        rows.extend(Run(diverging(rollback={"times": 3, "factor": 0.99}), tmp_path, tmp_path))
    assert [row["event"] for row in of(rows, "event")] == ["rolled_back"] * 3


def test_without_rollback_it_fails_and_keeps_its_last_checkpoint(tmp_path: Path) -> None:
    rows: list[Row] = []
    with pytest.raises(Diverged, match="at step"):
        rows.extend(Run(diverging(rollback=None), tmp_path, tmp_path))
    assert not of(rows, "event")
    kept = manifests(tmp_path / CHECKPOINTS)
    assert kept[0].step == of(rows, "checkpoint")[-1]["step"] > 0
    assert checkpoint.load(tmp_path / CHECKPOINTS, kept[0])["step"] == kept[0].step


# A batch of which a layer's maps take 400 MB, so that it is they that do not fit.
LARGE: dict[str, Any] = {
    "architecture": {"blocks": [[1, 32], [1, 4]], "classifier": [], "head": "average"},
    "data": {"dataset": "fashion-mnist"},
    "training": {
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "batch_size": 4096,
        "max_steps": 1,
        "precision": "fp32",
    },
}
ROOM = 1300 * 2**20  # bytes; what else a trainer holds takes about 750 MB


def of_memory(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_DATA, (size, resource.RLIM_INFINITY))


def large(tmp_path: Path, **training: Any) -> Attempt:
    spec = {**LARGE, "training": {**LARGE["training"], **training}}
    return attempt(spec, tmp_path, limit=of_memory(ROOM))


def test_a_batch_that_does_not_fit_and_cannot_be_halved_is_said_with_its_numbers(tmp_path: Path) -> None:
    tried = large(tmp_path, split_on_out_of_memory=True, batch_size=4095)
    (error,) = tried.of("error")
    assert (tried.status, error["code"], tried.of("event")) == (1, "out_of_memory", [])
    assert "4095 images at a time do not fit into the 1.3 GiB of cpu" in error["message"]


def test_no_batch_goes_through_in_parts_where_that_is_not_allowed(stripes: Dataset) -> None:
    for allowed in (True, False):
        spec = diverging(split_on_out_of_memory=allowed)
        act = recovery(Trainer(spec, stripes), OutOfMemory("a batch does not fit"))
        assert (act is not None) == allowed


def test_a_batch_that_does_not_fit_goes_through_in_parts_where_that_is_allowed(tmp_path: Path) -> None:
    done = large(tmp_path, split_on_out_of_memory=True)
    assert done.status == 0, done.rows
    assert done.of("event")
    assert {row["event"] for row in done.of("event")} == {"rolled_back"}
    parts = [2 ** (number + 1) for number in range(len(done.of("event")))]
    assert [f"in {n} parts" in row["message"] for n, row in zip(parts, done.of("event"), strict=True)] == [
        True for _ in parts
    ]
    (start,) = done.of("start")
    assert (start["steps"], start["images_per_epoch"], start["batch_size"]) == (1, 60_000, 4096)
    assert [row["step"] for row in done.of("batch")] == [1]
    assert done.of("batch")[-1]["epoch"] == pytest.approx(4096 / 60_000)
