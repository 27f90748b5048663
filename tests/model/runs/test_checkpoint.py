"""Checkpoints on disk: whole or not there, and never a bad one loaded."""

from pathlib import Path
from typing import Any

import pytest
import torch

from model.errors import CheckpointDamaged
from model.runs import checkpoint
from model.runs.manifest import Manifest, best_of, manifests


def state(step: int, value: float = 1.0) -> dict[str, Any]:
    return {"step": step, "network": {"weight": torch.full((3,), value)}}


def saved(folder: Path, step: int, value: float = 1.0, loss: float | None = None) -> Manifest:
    evaluation = None if loss is None else {"split": "test", "loss": loss, "accuracy": 0.5}
    return checkpoint.save(folder, state(step, value), time=0.0, lineage="", evaluation=evaluation)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    saved(tmp_path, 5, 0.25, loss=2.0)
    (manifest,) = manifests(tmp_path)
    assert (manifest.step, manifest.evaluation) == (5, {"split": "test", "loss": 2.0, "accuracy": 0.5})
    assert manifest.bytes == (tmp_path / manifest.state).stat().st_size
    loaded = checkpoint.load(tmp_path, manifest)
    assert torch.equal(loaded["network"]["weight"], torch.full((3,), 0.25))


def test_the_newest_comes_first_whatever_the_order_of_saving(tmp_path: Path) -> None:
    for step in (5, 20, 10):
        saved(tmp_path, step)
    assert [manifest.step for manifest in manifests(tmp_path)] == [20, 10, 5]


def test_a_step_beyond_nine_digits_comes_after_those_before_it(tmp_path: Path) -> None:
    for step in (999_999_999, 1_000_000_000):
        saved(tmp_path, step)
    assert [manifest.step for manifest in manifests(tmp_path)] == [1_000_000_000, 999_999_999]


@pytest.mark.parametrize("damage", ["truncated", "longer", "flipped", "empty", "gone", "a folder"])
def test_a_damaged_state_is_never_loaded(tmp_path: Path, damage: str) -> None:
    manifest = saved(tmp_path, 20)
    path = tmp_path / manifest.state
    content = path.read_bytes()
    path.unlink()
    if damage == "a folder":
        path.mkdir()
    elif damage != "gone":
        flipped = content[:100] + bytes([content[100] ^ 1]) + content[101:]
        made = {"truncated": content[:-1], "longer": content + b"\0", "flipped": flipped, "empty": b""}
        path.write_bytes(made[damage])
    with pytest.raises(CheckpointDamaged, match="step 20"):
        checkpoint.load(tmp_path, manifest)


@pytest.mark.parametrize(
    "content", ["", '{"step": 20, ', '{"other": 1}', "[]", "null", "20", "\x00" * 200, '"step"']
)
def test_a_manifest_that_is_none_is_as_good_as_no_checkpoint(tmp_path: Path, content: str) -> None:
    saved(tmp_path, 10)
    (tmp_path / saved(tmp_path, 20).name).write_text(content)
    assert [manifest.step for manifest in manifests(tmp_path)] == [10]


def test_a_bit_that_flips_anywhere_in_a_manifest_harms_no_one_who_reads_it(tmp_path: Path) -> None:
    path = tmp_path / saved(tmp_path, 20, loss=1.5).name
    whole = path.read_bytes()
    for place in range(len(whole)):
        for bit in range(8):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
            found = manifests(tmp_path)
            best_of(found)
            checkpoint.keep_only(tmp_path / "elsewhere", found)


def test_a_save_that_never_finished_is_not_looked_at(tmp_path: Path) -> None:
    saved(tmp_path, 10)
    (tmp_path / "step-000000020-aaaaaaaa.pt").write_bytes(b"half")
    (tmp_path / "step-000000020.json.part").write_bytes(b"{")
    assert [manifest.step for manifest in manifests(tmp_path)] == [10]


def test_a_step_saved_twice_is_what_was_saved_last(tmp_path: Path) -> None:
    first, second = saved(tmp_path, 10, 1.0), saved(tmp_path, 10, 2.0, loss=1.0)
    assert first.state != second.state
    assert manifests(tmp_path) == [second]
    checkpoint.keep_only(tmp_path, [second])
    assert names(tmp_path) == {second.name, second.state}


def test_the_same_state_saved_again_only_gets_another_manifest(tmp_path: Path) -> None:
    first, second = saved(tmp_path, 10), saved(tmp_path, 10, loss=1.0)
    assert first.state == second.state
    assert manifests(tmp_path) == [second]
    assert checkpoint.load(tmp_path, second)["step"] == 10


def test_only_what_is_kept_is_left(tmp_path: Path) -> None:
    _, second, third = (saved(tmp_path, step) for step in (10, 20, 30))
    (tmp_path / "step-000000040-aaaaaaaa.pt.part").write_bytes(b"half")
    (tmp_path / "step-000000040-aaaaaaaa.pt").write_bytes(b"unfinished")
    (tmp_path / "notes.txt").write_text("not ours")
    checkpoint.keep_only(tmp_path, [second, third])
    assert names(tmp_path) == {second.name, second.state, third.name, third.state, "notes.txt"}


def test_the_best_has_the_lowest_loss_of_an_evaluation(tmp_path: Path) -> None:
    saved(tmp_path, 10, loss=0.7)
    best = saved(tmp_path, 20, loss=0.2)
    saved(tmp_path, 30, loss=0.9)
    saved(tmp_path, 40)
    assert best_of(manifests(tmp_path)) == best


def test_code_in_a_checkpoint_is_never_run(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "ran",))

    manifest = checkpoint.save(tmp_path, {"step": 1, "network": Bomb()}, time=0.0, lineage="")
    with pytest.raises(Exception, match=r"[Ww]eights"):
        checkpoint.load(tmp_path, manifest)
    assert not (tmp_path / "ran").exists()
