"""Whether a model knows what is not of its kind."""

import json
from pathlib import Path
from statistics import median

import pytest
import torch
from torch import Tensor

from model.data.catalog import BUILT_IN, idx_folder
from model.data.dataset import Dataset, Split
from model.data.datasets import load
from model.errors import CheckpointDamaged
from model.evaluation.familiar import HELD_OUT, KNOWN, Familiar, drawn
from model.finished.predict import FAMILIAR, Model, read_card
from model.runs.folder import MODEL
from model.runs.run import Run
from model.spec import JobSpec
from tests.conftest import TINY


def directions(images: int, towards: int, seed: int = 0) -> Tensor:
    """Around one axis of eight."""
    random = torch.Generator().manual_seed(seed)
    axis = torch.eye(8)[towards]
    return torch.nn.functional.normalize(axis + 0.1 * torch.randn(images, 8, generator=random))


def test_images_of_the_same_kind_are_spread_evenly_and_others_lie_at_the_end() -> None:
    familiar = Familiar.of(directions(500, 0), directions(400, 0, seed=1))
    same = familiar.unfamiliar(directions(400, 0, seed=2))
    assert same.mean() == pytest.approx(0.5, abs=0.07)
    assert float((same > 0.9).double().mean()) == pytest.approx(0.1, abs=0.06)
    assert familiar.unfamiliar(directions(50, 3)).min() == 1.0


def test_a_handful_of_images_is_enough() -> None:
    familiar = Familiar.of(directions(3, 0), directions(1, 0, seed=1))
    assert familiar.unfamiliar(directions(5, 3)).tolist() == [1.0] * 5


def test_held_out_images_are_those_of_the_temperature_and_no_more_than_needed() -> None:
    numbers = torch.arange(6000).view(-1, 1, 1, 1).expand(-1, 1, 2, 2)
    split = Split(numbers, torch.zeros(6000, dtype=torch.int64))
    dataset = Dataset("numbers", ("a",), split, split)
    known, held_out = drawn(dataset, seed=0)
    assert (len(known), len(held_out)) == (KNOWN, HELD_OUT)
    validation = split.part(torch.arange(100, 105))
    _, held_out = drawn(Dataset("numbers", ("a",), split, split, validation), seed=0)
    assert isinstance(held_out.images, Tensor)
    assert held_out.images[:, 0, 0, 0].tolist() == [100, 101, 102, 103, 104]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a model of clothes."""
    out = tmp_path_factory.mktemp("run")
    network = {**TINY["architecture"], "blocks": [[1, 16], [1, 32]]}
    spec = {**TINY, "architecture": network, "training": {**TINY["training"], "max_steps": 100}}
    for _ in Run(JobSpec.model_validate(spec), out, out):
        pass
    return out / MODEL


def unfamiliar(folder: Path, images: Tensor) -> list[float]:
    model = Model.load(folder)
    pixels = torch.stack([model.preprocess(image.numpy()) for image in images])
    return list(model.look(pixels)[1].tolist())


def test_a_finished_model_knows_clothes_from_noise(folder: Path) -> None:
    assert idx_folder(BUILT_IN["fashion-mnist"], folder)
    clothes = load(BUILT_IN["fashion-mnist"], folder).test.images[:200]
    assert isinstance(clothes, Tensor)
    noise = torch.randint(0, 256, (50, 1, 28, 28), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    assert 0.3 < median(unfamiliar(folder, clothes)) < 0.7
    assert median(unfamiliar(folder, noise)) > 0.99


def test_a_model_of_an_older_trainshed_is_not_calibrated_and_does_not_know(
    folder: Path, tmp_path: Path
) -> None:
    card = json.loads((folder / "model.json").read_bytes())
    new = {"temperature", "calibrated_on", "familiar_sha256", "familiar_quantiles"}
    (tmp_path / "model.json").write_text(json.dumps({name: card[name] for name in card.keys() - new}))
    (tmp_path / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    assert (read_card(tmp_path).temperature, read_card(tmp_path).calibrated_on) == (1.0, None)
    pixels = torch.rand(2, 1, 28, 28)
    old, unknown = Model.load(tmp_path).look(pixels)
    now, _ = Model.load(folder).look(pixels)
    assert unknown.isnan().all()
    assert old.argmax(1).equal(now.argmax(1))
    temperature = read_card(folder).temperature
    assert temperature != 1.0
    torch.testing.assert_close(old.log().div(temperature).softmax(1), now)


def test_the_card_says_what_the_report_says(folder: Path) -> None:
    report = json.loads((folder.parent / "evaluation.json").read_bytes())["calibration"]
    card = read_card(folder)
    assert (card.temperature, card.calibrated_on) == (report["temperature"], report["fitted_on"])
    assert card.calibrated_on == "half of test"


def test_a_damaged_memory_is_told(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / FAMILIAR).write_bytes((tmp_path / FAMILIAR).read_bytes()[:-1] + b"\7")
    with pytest.raises(CheckpointDamaged, match=FAMILIAR):
        Model.load(tmp_path)
