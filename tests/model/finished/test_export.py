"""Exports of networks that were trained a little on Fashion-MNIST, each read by its own runtime, asked test images."""

import hashlib
import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from safetensors import safe_open

from model.data.catalog import BUILT_IN
from model.data.dataset import Preprocess
from model.data.datasets import load
from model.errors import ExportRefused
from model.finished import exported
from model.finished.export import export
from model.finished.exported import FORMATS, Format
from model.finished.formats import KINDS
from model.finished.predict import CARD, WEIGHTS, Model, write
from model.network.vgg import VGG
from model.runs.run import Run
from model.spec import JobSpec

pytestmark = pytest.mark.filterwarnings("ignore")  # exporters warn of themselves

NETWORKS: dict[str, dict[str, Any]] = {
    "norm, average, gelu": {"batch_norm": True, "head": "average", "activation": "gelu", "classifier": [16]},
    "max, silu": {"head": "max", "activation": "silu", "batch_norm": True},
    "flatten, relu": {"head": "flatten", "activation": "relu", "classifier": [16]},
    "odd kernels, elu": {
        "blocks": [{"convolutions": 1, "channels": 4, "kernel_size": 5, "stride": 2}, [2, 8]],
        "activation": "elu",
        "batch_norm": True,
    },
    "no pooling, leaky_relu": {
        "blocks": [[1, 4], {"convolutions": 2, "channels": 8, "pool": None}],
        "activation": "leaky_relu",
        "batch_norm": True,
        "head": "average",
    },
}
NOWHERE = Path("/nonexistent")  # data sets that are on the system are found all the same


def trained(folder: Path, architecture: dict[str, Any]) -> Path:
    """The folder of its model."""
    spec = {
        "architecture": {"blocks": [[1, 4], [2, 8]], "classifier": [], **architecture},
        "data": {"dataset": "fashion-mnist", "image_size": 32, "normalization": "standard"},
        "training": {
            "optimizer": {"name": "adam", "learning_rate": 0.03 if "batch_norm" in architecture else 0.01},
            "batch_size": 64,
            "max_steps": 60,
            "precision": "fp32",
        },
    }
    list(Run(JobSpec.model_validate(spec), NOWHERE, folder))
    return folder / "model"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("run"), NETWORKS["norm, average, gelu"])


@pytest.fixture(scope="module")
def images() -> NDArray[np.uint8]:
    """The first test images (64, 1, 28, 28)."""
    test = load(BUILT_IN["fashion-mnist"], NOWHERE).test
    assert isinstance(test.images, torch.Tensor)
    return test.images[:64].numpy()


def served(folder: Path, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    model = Model.load(folder)
    answers: NDArray[np.float32] = model.probabilities(
        torch.stack([model.preprocess(each) for each in images])
    ).numpy()
    return answers


@pytest.fixture(scope="module")
def exports(folder: Path) -> dict[Format, dict[str, Any]]:
    """The report of each."""
    with warnings.catch_warnings(action="ignore"):
        return {kind: export(folder, kind, NOWHERE) for kind in FORMATS}


@pytest.mark.parametrize("architecture", NETWORKS.values(), ids=NETWORKS)
def test_every_network_says_in_every_format_what_it_says_as_served(
    tmp_path: Path, images: NDArray[np.uint8], architecture: dict[str, Any]
) -> None:
    folder = trained(tmp_path, architecture)
    expected = served(folder, images)
    assert np.ptp(expected, axis=0).max() > 0.2, "where all images look alike, agreement says nothing"
    for kind, how in KINDS.items():
        path = tmp_path / f"export.{exported.SUFFIXES[kind]}"
        how.write(Model.load(folder), path)
        found = how.read(path)(images)
        assert np.abs(found - expected).max() < 1e-5, kind
        assert (found.argmax(1) == expected.argmax(1)).all(), kind


@pytest.mark.usefixtures("exports")
@pytest.mark.parametrize("size", [(28, 28), (32, 32), (90, 61), (7, 200), (1, 1)])
def test_images_of_any_number_and_size_are_resized_as_in_service(folder: Path, size: tuple[int, int]) -> None:
    for count in (1, 3):
        images = np.random.default_rng(0).integers(0, 256, (count, 1, *size), dtype=np.uint8)
        expected = served(folder, images)
        for kind, how in KINDS.items():
            found = how.read(exported.file(folder, kind))(images)
            assert np.abs(found - expected).max() < 1e-5, kind


@pytest.mark.usefixtures("exports")
def test_onnx_needs_nothing_but_its_runtime_and_carries_its_labels(
    folder: Path, images: NDArray[np.uint8]
) -> None:
    session = onnxruntime.InferenceSession(exported.file(folder, "onnx"), providers=["CPUExecutionProvider"])
    said = session.get_modelmeta().custom_metadata_map
    (probabilities,) = session.run(None, {"images": images})
    labels = json.loads(said["labels"])
    assert [labels[i] for i in probabilities.argmax(1)[:2]] == [
        labels[i] for i in served(folder, images).argmax(1)[:2]
    ]
    assert labels[9] == "Ankle boot"
    assert session.get_inputs()[0].shape == ["images", 1, "height", "width"]
    assert json.loads(said["image_size"]) == 32


@pytest.mark.usefixtures("exports")
def test_a_torch_archive_needs_nothing_but_torch_and_carries_its_labels(
    folder: Path, images: NDArray[np.uint8], tmp_path: Path
) -> None:
    np.save(tmp_path / "images.npy", images)
    code = (
        "import json, sys, numpy, torch; extra = {'facts.json': ''}\n"
        "program = torch.export.load(sys.argv[1], extra_files=extra).module()\n"
        "rows = program(torch.from_numpy(numpy.load('images.npy'))).argmax(1).tolist()\n"
        "labels = json.loads(extra['facts.json'])['labels']\n"
        "print(json.dumps([labels[row] for row in rows]))"
    )
    command = [sys.executable, "-P", "-c", code, str(exported.file(folder, "torch"))]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    labels = Model.load(folder).classes
    assert json.loads(done.stdout) == [labels[row] for row in served(folder, images).argmax(1)]


@pytest.mark.usefixtures("exports")
def test_safetensors_hold_the_very_weights_and_all_that_they_do_not_say(folder: Path) -> None:
    with (
        safe_open(exported.file(folder, "safetensors"), "pt") as ours,
        safe_open(folder / WEIGHTS, "pt") as kept,
    ):
        said = {name: json.loads(value) for name, value in ours.metadata().items()}
        assert set(ours.keys()) == set(kept.keys())
        assert all(torch.equal(ours.get_tensor(name), kept.get_tensor(name)) for name in kept.keys())  # noqa: SIM118
    card = json.loads((folder / CARD).read_bytes())
    assert said["labels"] == card["classes"]
    assert card["temperature"] != 1, "only a calibrated model shows that exports are calibrated"
    same = ("spec", "mean", "deviation", "image_size", "fit", "temperature", "sha256")
    assert {name: said[name] for name in same} == {name: card[name] for name in same}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_report_certifies_the_file_on_test_images(
    folder: Path, exports: dict[Format, dict[str, Any]], kind: Format
) -> None:
    report, content = exports[kind], exported.file(folder, kind).read_bytes()
    assert report["sha256"] == hashlib.sha256(content).hexdigest()
    assert report["bytes"] == len(content)
    assert report["model_sha256"] == hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    assert report["parity"]["split"] == "test"
    assert report["parity"]["images"] == 128
    assert report["parity"]["largest_difference"] < 1e-5
    assert report["parity"]["agreement"] == 1
    assert report["versions"]["torch"] == torch.__version__.split("+")[0]
    assert json.loads(exported.report(folder, kind).read_bytes()) == report


@pytest.mark.usefixtures("exports")
@pytest.mark.parametrize("kind", FORMATS)
def test_no_path_of_this_machine_goes_out_with_a_file(folder: Path, kind: Format) -> None:
    content = exported.file(folder, kind).read_bytes()
    assert str(Path(__file__).parents[3]).encode() not in content
    assert b".py" not in content


def test_without_its_data_set_a_model_is_compared_on_random_images(tmp_path: Path) -> None:
    parity = export(untrained(tmp_path), "safetensors", NOWHERE)["parity"]
    assert (parity["split"], parity["images"], parity["agreement"]) == ("random", 128, 1)


def test_a_network_that_answers_with_nan_is_refused_and_leaves_no_export(tmp_path: Path) -> None:
    folder = untrained(tmp_path, weight=float("nan"))
    with pytest.raises(ExportRefused, match="nan"):
        export(folder, "safetensors", NOWHERE)
    assert list((folder / exported.EXPORTS).iterdir()) == []


def test_a_damaged_model_is_not_exported_and_the_command_says_why(tmp_path: Path) -> None:
    folder = untrained(tmp_path)
    (folder / WEIGHTS).write_bytes(b"no weights")
    command = [sys.executable, "-m", "model.finished.export", str(folder), "--format", "onnx"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (1, "model_unusable")
    assert "checksum" in error["message"]


def test_what_no_onnx_file_can_hold_is_refused_before_it_is_tried(tmp_path: Path) -> None:
    model = Model.load(untrained(tmp_path))
    model.bytes = 2**31
    with pytest.raises(ExportRefused, match="2 GiB"):
        KINDS["onnx"].write(model, tmp_path / "model.onnx")


def untrained(folder: Path, weight: float | None = None) -> Path:
    """A model of a data set that nobody has."""
    spec = JobSpec.model_validate(
        {
            "architecture": {"blocks": [[1, 4]], "classifier": []},
            "data": {"classes": 3, "channels": 3, "image_size": 8},
            "training": {"max_steps": 1, "batch_size": 1, "optimizer": {"name": "sgd", "learning_rate": 0.1}},
        }
    )
    network = VGG(spec.architecture, 3, 8, 3)
    if weight is not None:
        for parameter in network.parameters():
            torch.nn.init.constant_(parameter, weight)
    write(folder / "model", spec, network, Preprocess(8), "ds_gone", ("a", "b", "c"), 3, step=1)
    return folder / "model"
