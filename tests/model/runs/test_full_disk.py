"""A disk without room: it costs checkpoints, but no training and no finished model."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from model.data.dataset import Preprocess
from model.engines.engine import Body, Kind
from model.evaluation import pictures
from model.finished import predict
from model.finished.predict import Model
from model.finished.trial import trial
from model.network.vgg import VGG
from model.runs import checkpoint, run
from model.runs.folder import CHECKPOINTS, MODEL, PICTURES, REPORT, RunFolder
from model.runs.manifest import manifests
from model.runs.run import Run
from model.spec import JobSpec
from store.pictures import Pictures

MOUNT = 'mount -t tmpfs -o size=2m trainshed "$0" && echo mounted && read line'
LABELS = tuple("abcdefghij")
SPEC = JobSpec.model_validate(
    {
        "architecture": {"blocks": [[1, 4], [1, 8]], "classifier": [16]},
        "data": {"dataset": "fashion-mnist", "validation_split": 0.01},
        "training": {
            "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
            "batch_size": 16,
            "max_steps": 40,
            "evaluation_interval": 4,
        },
    }
)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """2 MiB, mounted where only a process of this test sees it; others reach it through that process."""
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare(1) here, which mounts without being root")
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin
        assert holder.stdout
        try:
            if holder.stdout.readline() != "mounted\n":
                pytest.skip("no user may mount anything here")
            yield Path(f"/proc/{holder.pid}/root{tmp_path}")
        finally:
            holder.stdin.close()


def fill(disk: Path, leave: int = 0) -> Path:
    """Leaves so many bytes."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        room = os.statvfs(disk)
        file.truncate(0)
        left = room.f_bavail * room.f_bsize - leave
        while left > 0:
            left -= file.write(b"x" * min(left, 2**16))
    return filler


def kinds(rows: list[dict[str, Any]], *wanted: str) -> list[tuple[str, int]]:
    return [(row.get("event", row["kind"]), row["step"]) for row in rows if row["kind"] in wanted]


def all_whole(out: Path) -> bool:
    return all(
        checkpoint.load(out / CHECKPOINTS, each)["step"] == each.step for each in manifests(out / CHECKPOINTS)
    )


def test_checkpoints_fail_with_an_event_and_training_goes_on_until_there_is_room(disk: Path) -> None:
    out, rows = disk / "out", []
    filler: Path | None = None
    for row in Run(SPEC, disk, out):
        rows.append(row)
        if row["kind"] == "checkpoint" and row["step"] == 8:
            filler = fill(disk)
        if row["kind"] == "event" and row["step"] == 20:
            assert manifests(out / CHECKPOINTS)[0].step == 8
            assert all_whole(out)
            assert filler
            filler.unlink()
    assert kinds(rows, "checkpoint", "event")[:7] == [
        ("checkpoint", 4),
        ("checkpoint", 8),
        ("disk_full", 12),
        ("disk_full", 16),
        ("disk_full", 20),
        ("checkpoint", 24),
        ("checkpoint", 28),
    ]
    assert [step for _, step in kinds(rows, "batch")] == list(range(1, 41))
    assert rows[-1] == {"kind": "done", "step": 40}
    assert all_whole(out)
    assert len(RunFolder(out, [], SPEC).series()) == 40 * 24


def test_the_finished_model_waits_for_room_and_is_then_written(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "LOOK_SECONDS", 0.05)
    out, rows = disk / "out", []
    for row in Run(SPEC, disk, out):
        rows.append(row)
        if row["kind"] == "checkpoint" and row["step"] == 36:
            filler = fill(disk)
        if row["kind"] == "event" and "model" in row["message"]:
            assert not (out / MODEL / "model.json").exists()
            filler.unlink()
        if row["kind"] == "report":
            assert Pictures(out / PICTURES).facts()
    assert kinds(rows, "event", "report", "done") == [
        ("disk_full", 40),
        ("disk_full", 40),
        ("report", 40),
        ("done", 40),
    ]
    assert Model.load(out / MODEL).step == 40


def test_without_room_for_the_pictures_there_is_no_evaluation_yet(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "LOOK_SECONDS", 0.05)
    out, write = disk / "out", pictures.write

    def full(path: Path, records: Any) -> None:
        """All that is left goes to the model, as if it had been larger."""
        fill(disk, leave=2**14)
        write(path, records)

    monkeypatch.setattr(pictures, "write", full)
    for row in Run(SPEC, disk, out):
        if row["kind"] == "event":
            assert (out / MODEL / "model.json").exists()
            assert not list(out.glob("pictures.npy*"))
            assert not (out / REPORT).exists()
            monkeypatch.setattr(pictures, "write", write)
            (disk / "filler").unlink()
    assert row == {"kind": "done", "step": 40}
    assert Pictures(out / PICTURES).facts()


def test_asked_to_stop_while_its_model_waits_it_ends_as_stopped_and_finishes_later(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "LOOK_SECONDS", 0.05)
    out, rows = disk / "out", []
    stopped = Run(SPEC, disk, out)
    for row in stopped:
        rows.append(row)
        if row["kind"] == "checkpoint" and row["step"] == 40:
            filler = fill(disk)
        stopped.stopping = row["kind"] == "event"
    assert kinds(rows, "event", "stopped", "done") == [("disk_full", 40), ("stopped", 40)]
    filler.unlink()
    later = list(Run(SPEC, disk, out))
    assert kinds(later, "batch", "report", "done") == [("report", 40), ("done", 40)]
    assert Model.load(out / MODEL).step == 40


def test_what_a_save_left_that_found_no_room_takes_none_from_the_next(disk: Path) -> None:
    folder = RunFolder(disk / "out", [], SPEC)
    state = {"step": 0, "weights": torch.zeros(100_000)}  # 400 KB
    folder.save(state)
    fill(disk, leave=600_000)
    (disk / "out" / CHECKPOINTS / "step-000000001.json.part").mkdir()
    with pytest.raises(IsADirectoryError):  # after the state was written, as if that had been the last block
        folder.save({**state, "step": 1})
    (disk / "out" / CHECKPOINTS / "step-000000001.json.part").rmdir()
    folder.save({**state, "step": 2})
    assert [each.step for each in manifests(disk / "out" / CHECKPOINTS)] == [2, 0]


def test_a_disk_that_is_full_rules_no_engine_out(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_as_libraries_do(network: VGG, example: Tensor, folder: Path) -> None:
        try:
            (folder / "engine.bin").write_bytes(bytes(2**22))
        except OSError as error:
            raise RuntimeError("iostream error") from error

    folder = disk / "model"
    predict.write(
        folder, SPEC, VGG(SPEC.architecture, 1, 28, 10), Preprocess(28), "fashion-mnist", LABELS, 1, step=0
    )
    large = Kind(lambda device: True, lambda network, folder: (Body(network), 0), fail_as_libraries_do)
    monkeypatch.setattr("model.finished.trial.KINDS", {"large": large})
    with pytest.raises(OSError, match="No space left"):
        trial(folder, Path("datasets"), "cpu")
    assert list((folder / "engines").iterdir()) == []
