"""`python -m model` as a user and as the worker run it: a real process on real Fashion-MNIST."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from safetensors.torch import load_file

from model import launch
from model.finished.predict import Model
from model.runs import checkpoint
from model.runs.manifest import manifests
from model.runs.run import Run
from model.spec import JobSpec

TINY: dict[str, Any] = {
    "architecture": {"blocks": [[1, 4], [1, 8]], "classifier": [], "batch_norm": True, "head": "average"},
    "data": {"dataset": "fashion-mnist"},
    "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "batch_size": 32, "max_steps": 60},
}


def spec_file(folder: Path, **training: Any) -> Path:
    path = folder / "spec.json"
    path.write_text(json.dumps({**TINY, "training": {**TINY["training"], **training}}))
    return path


def train(*arguments: str | Path, **options: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "model", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, **options)


def newest(folder: Path) -> dict[str, Any]:
    return checkpoint.load(folder, manifests(folder)[0])


def rows(output: str, kind: str) -> list[dict[str, Any]]:
    return [row for row in map(json.loads, output.splitlines()) if row["kind"] == kind]


class Finished(NamedTuple):
    out: Path
    lines: list[str]  # that it printed
    imports: str  # a line for each module that it imported


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A run from start to end, as a user starts it."""
    folder = tmp_path_factory.mktemp("finished")
    spec = spec_file(folder, max_steps=20, checkpoint_interval=20, averaging={"name": "ema"})
    done = train(spec, "--out", folder / "run", env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"})
    assert done.returncode == 0, done.stderr
    return Finished(folder / "run", done.stdout.splitlines(), done.stderr)


def test_it_prints_a_line_a_batch_and_the_test_result(finished: Finished) -> None:
    assert [line.split(",")[0] for line in finished.lines if line.startswith("Batch")] == [
        f"Batch {n}" for n in range(1, 21)
    ]
    report = json.loads((finished.out / "evaluation.json").read_text())
    assert finished.lines[-1].startswith(f"Test Loss: {report['loss']:f}, Test acc {report['accuracy']:f} ")


def test_it_loads_neither_torchs_compiler_nor_torchvision_which_take_as_long_as_torch(
    finished: Finished,
) -> None:
    modules = {line.rpartition("|")[2].strip() for line in finished.imports.splitlines()}
    assert "torch" in modules
    assert not modules & {"torch._dynamo", "torch._inductor", "torchvision"}


def test_the_finished_model_has_its_classes_and_predicts(finished: Finished) -> None:
    model = Model.load(finished.out / "model")
    assert (model.channels, model.image_size, len(model.classes)) == (1, 28, 10)
    image = torch.zeros(1, 28, 28, dtype=torch.uint8).numpy()
    probabilities = model.probabilities(model.preprocess(image)[None])
    assert float(probabilities.sum()) == pytest.approx(1)


def test_the_finished_model_is_the_average_of_its_checkpoint(finished: Finished) -> None:
    state = newest(finished.out / "checkpoints")
    for name, value in load_file(finished.out / "model/model.safetensors").items():
        assert torch.equal(value, state["average"][f"module.{name}"]), name


def test_a_wrong_spec_is_refused_with_the_field_named(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_text(json.dumps({**TINY, "data": {"datset": "fashion-mnist"}}))
    done = train(path)
    assert done.returncode == 2
    assert "/data/datset: there is no such field (did you mean dataset?)" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_a_file_that_is_no_spec_is_refused_without_a_traceback(tmp_path: Path, content: str) -> None:
    path = tmp_path / "spec.json"
    path.write_text(content)
    done = train(path)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr


def test_five_poolings_on_28_pixels_fail_with_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_text(json.dumps({**TINY, "architecture": {"preset": "vgg11"}}))
    done = train(path, "--json")
    assert done.returncode == 1
    assert "image_size 32 or more would do" in rows(done.stdout, "error")[0]["message"]


def test_terminated_and_started_again_it_ends_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    spec = spec_file(tmp_path, max_steps=400)
    expected = list(Run(JobSpec.model_validate_json(spec.read_bytes()), tmp_path, tmp_path / "whole"))
    command = launch.command(spec, tmp_path, tmp_path / "parts")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        first = [process.stdout.readline() for _ in range(30)]
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        assert process.wait(timeout=60) == 75
    stopped = rows(rest, "stopped")[0]["step"]
    resumed = train(spec, "--json", "--out", tmp_path / "parts")
    assert rows(resumed.stdout, "start")[0]["step"] == stopped

    halves = rows("".join(first) + rest, "batch") + rows(resumed.stdout, "batch")
    assert [(row["step"], row["loss"]) for row in halves] == [
        (row["step"], row["loss"]) for row in expected if row["kind"] == "batch"
    ]
    assert (tmp_path / "parts/model/model.safetensors").read_bytes() == (
        tmp_path / "whole/model/model.safetensors"
    ).read_bytes()


def test_it_ends_when_its_supervisor_is_gone_and_has_a_whole_checkpoint(tmp_path: Path) -> None:
    spec = spec_file(tmp_path, max_steps=100_000, checkpoint_interval=20)
    command = launch.command(spec, tmp_path, tmp_path / "run")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdin
        while '"checkpoint"' not in process.stdout.readline():
            pass
        process.stdin.close()
        process.stdout.read()  # to its end
        assert process.wait(timeout=10) == 1
    assert newest(tmp_path / "run" / "checkpoints")["step"] % 20 == 0
