"""A save that is killed at any system call leaves a whole checkpoint: the one before, or the new one."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.durable import write_whole
from model.runs.folder import CHECKPOINTS, SERIES, RunFolder
from model.spec import JobSpec
from model.training.metrics import RECORD
from tests.conftest import TINY
from tests.model import killed

pytestmark = pytest.mark.skipif(
    not killed.permitted(Path(__file__).parent / "nowhere"), reason="no process may be traced here"
)
SPEC = JobSpec.model_validate(TINY)


def record(step: int) -> bytes:
    return np.array((step, 0.5, 0.1, 1.0, 0.0), RECORD).tobytes()


def save(folder: RunFolder, step: int, batches: int = 10, loss: float | None = None) -> None:
    """The checkpoint of a step, after so many batches since the one before."""
    for batch in range(step - batches + 1, step + 1):
        folder.add(record(batch))
    evaluation = None if loss is None else {"split": "test", "loss": loss, "accuracy": 0.5}
    folder.save({"step": step, "network": {"weight": torch.full((64,), float(step))}}, evaluation=evaluation)


def found(path: Path, *origins: Path) -> int:
    """The step that a run would go on from, once its weights and its series are seen to be of that step."""
    folder = RunFolder(path, origins, SPEC)
    state, _ = folder.find()
    assert state
    step = int(state["step"])
    assert torch.equal(state["network"]["weight"], torch.full((64,), float(step)))
    assert folder.series()[: step * RECORD.itemsize] == b"".join(map(record, range(1, step + 1)))
    return step


def killed_everywhere(
    before: Path, now: Path, act: Callable[[], Any], check: Callable[[], int]
) -> tuple[int, list[int]]:
    """Deaths, and what each left, of `act` in `now`, which begins as a copy of `before` each time."""

    def prepare() -> None:
        shutil.rmtree(now, ignore_errors=True)
        shutil.copytree(before, now)

    left = [check() for _ in killed.deaths(now, prepare, act)]
    return len(left), left


def test_the_first_save_of_a_run_is_there_or_not(tmp_path: Path) -> None:
    before, now = tmp_path / "before", tmp_path / "now"
    RunFolder(before, [], SPEC)
    deaths, left = killed_everywhere(
        before,
        now,
        lambda: save(RunFolder(now, [], SPEC), 10),
        lambda: found(now) if RunFolder(now, [], SPEC).find().state else 0,
    )
    assert deaths > 10
    assert left == sorted(left)
    assert set(left) == {0, 10}


def test_a_save_that_prunes_leaves_the_one_before_or_the_new_one(tmp_path: Path) -> None:
    before, now = tmp_path / "before", tmp_path / "now"
    earlier = RunFolder(before, [], SPEC)
    for step in (10, 20, 30):
        save(earlier, step, loss=0.1 * step)
    (before / CHECKPOINTS / "step-000000040-aaaaaaaa.pt.part").write_bytes(b"half")

    def act() -> None:
        folder = RunFolder(now, [], SPEC)
        folder.find()
        save(folder, 40, loss=0.5)

    _, left = killed_everywhere(before, now, act, lambda: found(now))
    assert left == sorted(left)
    assert set(left) == {30, 40}


def test_a_save_that_prunes_predecessors_leaves_theirs_or_its_own(tmp_path: Path) -> None:
    before, now = tmp_path / "before", tmp_path / "now"
    first, second, _ = (RunFolder(before / name, [], SPEC) for name in ("1", "2", "3"))
    save(first, 50, 50, loss=0.1)  # more than the second has, but the second is trusted more
    save(second, 10)
    save(second, 20, loss=0.2)
    origins = [now / "2", now / "1"]

    def act() -> None:
        folder = RunFolder(now / "3", origins, SPEC)
        folder.find()
        save(folder, 30)

    _, left = killed_everywhere(before, now, act, lambda: found(now / "3", *origins))
    assert left == sorted(left)
    assert set(left) == {20, 30}


def test_saving_a_step_again_never_costs_the_first_save(tmp_path: Path) -> None:
    before, now = tmp_path / "before", tmp_path / "now"
    save(RunFolder(before, [], SPEC), 10)

    def act() -> None:
        folder = RunFolder(now, [], SPEC)
        folder.find()
        save(folder, 10, 0, loss=0.5)

    _, left = killed_everywhere(before, now, act, lambda: found(now))
    assert set(left) == {10}


def test_a_file_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    left = [
        path.read_bytes()
        for _ in killed.deaths(tmp_path, lambda: write_whole(path, b"old"), lambda: write_whole(path, b"new"))
    ]
    assert set(left) == {b"old", b"new"}


def test_killing_finds_a_writer_that_writes_in_place(tmp_path: Path) -> None:
    path = tmp_path / "file"
    left = {
        path.read_bytes()
        for _ in killed.deaths(
            tmp_path, lambda: write_whole(path, b"old"), lambda: none(path.write_bytes(b"new"))
        )
    }
    assert left == {b"old", b"", b"new"}


def test_killing_finds_a_series_that_is_written_after_its_checkpoint(tmp_path: Path) -> None:
    """A checkpoint that was there is gone again: what the order in `RunFolder.save` is for."""
    before, now = tmp_path / "before", tmp_path / "now"
    save(RunFolder(before, [], SPEC), 10)

    def act() -> None:
        series = (now / SERIES).read_bytes()
        save(RunFolder(now, [], SPEC), 20)
        whole = (now / SERIES).read_bytes()
        (now / SERIES).write_bytes(series)
        (now / SERIES).write_bytes(whole)

    with pytest.raises(AssertionError):
        killed_everywhere(before, now, act, lambda: found(now))


def none(_: object) -> None:
    pass
