"""What a run keeps, and which of the checkpoints of earlier runs it goes on from."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.errors import CheckpointForeign
from model.runs.folder import CHECKPOINTS, SERIES, RunFolder
from model.runs.manifest import manifests
from model.spec import JobSpec
from model.training.metrics import RECORD, unpack
from tests.conftest import TINY

SEEDS = [JobSpec.model_validate({**TINY, "training": {**TINY["training"], "seed": seed}}) for seed in (0, 1)]
SPEC, FOREIGN = SEEDS


def state(step: int) -> dict[str, Any]:
    return {"step": step, "network": {"weight": torch.full((3,), float(step))}}


def record(step: int, run: int = 0) -> bytes:
    """Its loss tells the step, its accuracy the run."""
    return np.array((step, run, 0.1, 1.0, 0.0), RECORD).tobytes()


def trained(path: Path, *steps: int, begin: int = 0, run: int = 0, spec: JobSpec = SPEC) -> RunFolder:
    """A run that went from step `begin` through checkpoints at `steps`."""
    folder = RunFolder(path, [], spec)
    done = begin
    for step in steps:
        for each in range(done + 1, step + 1):
            folder.add(record(each, run))
        folder.save(state(step))
        done = step
    return folder


def steps_of(path: Path) -> list[int]:
    return [manifest.step for manifest in manifests(path / CHECKPOINTS)]


def damage(path: Path, *steps: int) -> None:
    for manifest in manifests(path / CHECKPOINTS):
        if manifest.step in steps:
            (path / CHECKPOINTS / manifest.state).write_bytes(b"x")


def found(folder: RunFolder) -> int | None:
    state, _ = folder.find()
    return state["step"] if state else None


def test_an_empty_folder_has_nothing_to_go_on_from(tmp_path: Path) -> None:
    assert RunFolder(tmp_path / "new", [], SPEC).find() == (None, ())


def test_a_run_goes_on_from_its_newest_checkpoint(tmp_path: Path) -> None:
    trained(tmp_path, 10, 20)
    folder = RunFolder(tmp_path, [], SPEC)
    assert found(folder) == 20
    assert folder.saved_at == 20


def test_damaged_ones_are_passed_over_and_told_of(tmp_path: Path) -> None:
    trained(tmp_path, 10, 20)
    damage(tmp_path, 20)
    state, told = RunFolder(tmp_path, [], SPEC).find()
    assert state
    assert state["step"] == 10
    assert len(told) == 1
    assert "step 20" in told[0]


def test_it_is_told_when_all_are_damaged(tmp_path: Path) -> None:
    trained(tmp_path, 10, 20)
    damage(tmp_path, 10, 20)
    state, told = RunFolder(tmp_path, [], SPEC).find()
    assert state is None
    assert len(told) == 2


def test_damaged_ones_do_not_crowd_out_those_that_come_after_them(tmp_path: Path) -> None:
    trained(tmp_path, 10, 20, 30)
    damage(tmp_path, 20, 30)
    folder = RunFolder(tmp_path, [], SPEC)
    assert found(folder) is None
    for step in (5, 10, 15):
        for each in range(step - 4, step + 1):
            folder.add(record(each))
        folder.save(state(step))
    assert steps_of(tmp_path) == [15, 10]
    assert found(RunFolder(tmp_path, [], SPEC)) == 15


def test_one_that_was_damaged_and_is_saved_again_counts_again(tmp_path: Path) -> None:
    trained(tmp_path, 10, 20)
    damage(tmp_path, 20)
    folder = RunFolder(tmp_path, [], SPEC)
    assert found(folder) == 10
    for each in range(11, 21):
        folder.add(record(each))
    folder.save(state(20))
    assert steps_of(tmp_path) == [20, 10]
    assert found(RunFolder(tmp_path, [], SPEC)) == 20


def test_the_newest_so_many_are_kept_and_the_best(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, [], SPEC)
    for step, loss in enumerate((0.9, 0.2, 0.5, None, 0.7, 0.8), 1):
        folder.add(record(step))
        folder.save(state(step), evaluation=loss and {"split": "test", "loss": loss, "accuracy": 0.5})
    assert steps_of(tmp_path) == [6, 5, 2]


def test_a_spec_can_keep_more(tmp_path: Path) -> None:
    more = JobSpec.model_validate({**TINY, "training": {**TINY["training"], "keep_checkpoints": 4}})
    trained(tmp_path, *range(1, 8), spec=more)
    assert steps_of(tmp_path) == [7, 6, 5, 4]


def test_earlier_runs_are_only_read(tmp_path: Path) -> None:
    trained(tmp_path / "1", 10, 20)
    folder = RunFolder(tmp_path / "2", [tmp_path / "1"], SPEC)
    assert found(folder) == 20
    for step in (21, 22, 23):
        folder.add(record(step))
        folder.save(state(step))
    assert (steps_of(tmp_path / "2"), steps_of(tmp_path / "1")) == ([23, 22], [20, 10])


def test_a_checkpoint_that_leads_nowhere_gives_way_to_the_one_before_it(tmp_path: Path) -> None:
    folder = trained(tmp_path, 10, 20)
    before = folder.give_up(20)
    assert before is not None
    assert (before["step"], steps_of(tmp_path)) == (10, [10])
    assert folder.give_up(10) is None
    assert steps_of(tmp_path) == [10]


def test_a_more_trusted_folder_wins_over_a_higher_step(tmp_path: Path) -> None:
    """A run that was thought dead and went on is older than the run that took its place."""
    stale, successor = tmp_path / "1", tmp_path / "2"
    trained(stale, 90, run=1)
    trained(successor, 10, run=2)
    folder = RunFolder(tmp_path / "3", [successor, stale], SPEC)
    assert found(folder) == 10
    assert set(unpack(folder.series())["accuracy"].tolist()) == {2.0}


def test_its_own_folder_wins_over_all_others(tmp_path: Path) -> None:
    trained(tmp_path / "1", 90)
    trained(tmp_path / "2", 10)
    assert found(RunFolder(tmp_path / "2", [tmp_path / "1"], SPEC)) == 10


def test_a_less_trusted_folder_is_looked_into_when_the_others_have_nothing_whole(tmp_path: Path) -> None:
    trained(tmp_path / "1", 30)
    trained(tmp_path / "2", 40)
    damage(tmp_path / "2", 40)
    gone = tmp_path / "gone"
    folder = RunFolder(tmp_path / "3", [gone, tmp_path / "2", tmp_path / "1"], SPEC)
    assert found(folder) == 30


def test_the_series_is_copied_up_to_the_checkpoint_and_goes_on_from_there(tmp_path: Path) -> None:
    earlier = trained(tmp_path / "1", 3, run=1)
    earlier.add(record(4, 1))
    earlier.save_series(4)  # trained further than its checkpoint
    folder = RunFolder(tmp_path / "2", [tmp_path / "1"], SPEC)
    assert found(folder) == 3
    assert folder.series() == b"".join(record(step, 1) for step in (1, 2, 3))
    folder.add(record(4, 2))
    folder.save(state(4))
    assert folder.series() == b"".join(record(step, 1) for step in (1, 2, 3)) + record(4, 2)
    assert len(earlier.series()) == 4 * RECORD.itemsize


def test_what_was_written_beyond_the_checkpoint_is_written_over_and_cut(tmp_path: Path) -> None:
    earlier = trained(tmp_path, 2, run=1)
    for step in (3, 4, 5):
        earlier.add(record(step, 1))
    earlier.save_series(5)
    folder = RunFolder(tmp_path, [], SPEC)
    assert found(folder) == 2
    folder.add(record(3, 2))
    folder.save(state(3))
    assert folder.series() == record(1, 1) + record(2, 1) + record(3, 2)


@pytest.mark.parametrize("left", [None, 0, 47])
def test_a_checkpoint_without_its_series_is_passed_over(tmp_path: Path, left: int | None) -> None:
    trained(tmp_path / "1", 2)
    trained(tmp_path / "2", 2)
    path = tmp_path / "2" / SERIES
    content = path.read_bytes()
    path.unlink()
    if left is not None:
        path.write_bytes(content[:left])
    state, told = RunFolder(tmp_path / "3", [tmp_path / "2", tmp_path / "1"], SPEC).find()
    assert state
    assert "not whole" in told[0]


def test_checkpoints_of_another_training_are_refused(tmp_path: Path) -> None:
    trained(tmp_path, 10, spec=FOREIGN)
    with pytest.raises(CheckpointForeign, match="cannot go on from"):
        RunFolder(tmp_path, [], SPEC).find()
    assert steps_of(tmp_path) == [10]


def test_checkpoints_of_another_training_are_neither_taken_nor_removed(tmp_path: Path) -> None:
    trained(tmp_path / "theirs", 90, 91, spec=FOREIGN)
    trained(tmp_path / "ours", 10)
    folder = RunFolder(tmp_path / "new", [tmp_path / "theirs", tmp_path / "ours"], SPEC)
    assert found(folder) == 10
    for step in (11, 12):
        folder.add(record(step))
        folder.save(state(step))
    assert steps_of(tmp_path / "theirs") == [91, 90]
    assert steps_of(tmp_path / "ours") == [10]


def test_what_a_killed_save_left_is_gone_before_the_next_needs_its_room(tmp_path: Path) -> None:
    trained(tmp_path / "1", 10)
    left = tmp_path / "1" / CHECKPOINTS / "step-000000020-aaaaaaaa.pt"
    left.write_bytes(b"its manifest never came")
    folder = RunFolder(tmp_path / "1", [], SPEC)
    assert found(folder) == 10
    (tmp_path / "1" / SERIES).unlink()
    (tmp_path / "1" / SERIES).mkdir()
    with pytest.raises(IsADirectoryError):  # the save fails at its first write
        folder.save(state(10))
    assert not left.exists()
    assert steps_of(tmp_path / "1") == [10]


def test_a_chosen_batch_size_is_that_of_earlier_runs(tmp_path: Path) -> None:
    RunFolder(tmp_path / "1", [], SPEC).choose_batch_size(64)
    folder = RunFolder(tmp_path / "2", [tmp_path / "1"], SPEC)
    assert folder.chosen_batch_size() == 64
    folder.choose_batch_size(32)
    assert folder.chosen_batch_size() == 32
    shutil.rmtree(tmp_path / "1")
    assert RunFolder(tmp_path / "3", [tmp_path / "2"], SPEC).chosen_batch_size() == 32
    shutil.rmtree(tmp_path / "2")
    assert RunFolder(tmp_path / "4", [tmp_path / "2"], SPEC).chosen_batch_size() is None
