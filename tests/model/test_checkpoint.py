"""Checkpoints on disk: whole or not there, and never a bad one loaded."""

from pathlib import Path
from typing import Any

import pytest
import torch

from model import checkpoint
from model.errors import CheckpointDamaged


def state(step: int) -> dict[str, Any]:
    return {"step": step, "network": {"weight": torch.full((3,), float(step))}}


def saved(folder: Path, *steps: int) -> None:
    for step in steps:
        checkpoint.save(folder, state(step), time=0.0, lineage="", loss=1.0, accuracy=0.5)


def test_the_newest_checkpoint_is_found(tmp_path: Path) -> None:
    saved(tmp_path, 5, 20, 10)
    found = newest(tmp_path)
    assert found
    assert found["step"] == 20
    assert torch.equal(found["network"]["weight"], torch.full((3,), 20.0))


@pytest.mark.parametrize(
    "damage", ["truncated", "flipped", "empty", "gone", "manifest cut", "manifest wrong"]
)
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(tmp_path: Path, damage: str) -> None:
    saved(tmp_path, 10, 20)
    weights, manifest = tmp_path / "step-000000020.pt", tmp_path / "step-000000020.json"
    content = weights.read_bytes()
    if damage == "gone":
        weights.unlink()
    elif damage.startswith("manifest"):
        manifest.write_text('{"step": 20, ' if damage == "manifest cut" else '{"other": 1}')
    else:
        flipped = content[:100] + bytes([content[100] ^ 1]) + content[101:]
        weights.write_bytes({"truncated": content[:-1], "flipped": flipped, "empty": b""}[damage])
    found = newest(tmp_path)
    assert found
    assert found["step"] == 10


def test_a_save_that_never_finished_is_not_looked_at(tmp_path: Path) -> None:
    saved(tmp_path, 10)
    (tmp_path / "step-000000020.pt").write_bytes(b"half")
    (tmp_path / "step-000000020.json.part").write_bytes(b"{")
    assert [manifest.step for manifest in checkpoint.manifests(tmp_path)] == [10]


def test_loading_a_damaged_one_by_name_says_so(tmp_path: Path) -> None:
    saved(tmp_path, 10)
    (manifest,) = checkpoint.manifests(tmp_path)
    (tmp_path / "step-000000010.pt").write_bytes(b"x")
    with pytest.raises(CheckpointDamaged, match="step 10"):
        checkpoint.load(tmp_path, manifest)


def test_pruning_keeps_the_newest_and_clears_the_half_written(tmp_path: Path) -> None:
    saved(tmp_path, 10, 20, 30)
    (tmp_path / "step-000000040.pt.part").write_bytes(b"half")
    checkpoint.prune(tmp_path, keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"step-0000000{step}.{suffix}" for step in (20, 30) for suffix in ("json", "pt")
    ]


def test_code_in_a_checkpoint_is_never_run(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "ran",))

    checkpoint.save(tmp_path, {"step": 1, "network": Bomb()}, 0.0, None, None)
    (manifest,) = checkpoint.manifests(tmp_path)
    with pytest.raises(Exception, match=r"[Ww]eights"):
        checkpoint.load(tmp_path, manifest)
    assert not (tmp_path / "ran").exists()
