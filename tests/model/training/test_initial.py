"""Networks that begin with the weights of others."""

from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from safetensors.torch import load_file, save_file

from model.data.dataset import Preprocess
from model.errors import CheckpointDamaged, WeightsForeign, WeightsMissing
from model.finished import predict
from model.network.frozen import frozen
from model.network.layers import layers
from model.network.vgg import VGG
from model.refusal import SpecError
from model.runs.run import Row, Run
from model.spec import Architecture, JobSpec
from model.training.initial import begin_with, from_imagenet, from_model
from tests.model.prepared import SET, pack, stripes

SMALL = {"blocks": [[1, 4], [2, 8]], "classifier": [16], "batch_norm": True}


def spec_of(architecture: dict[str, Any], **more: Any) -> JobSpec:
    body = {
        "architecture": architecture,
        "data": {"dataset": "cifar10"},
        "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "batch_size": 8, "max_steps": 3},
    }
    return JobSpec.model_validate({**body, **more})


def network(architecture: dict[str, Any], channels: int = 3, size: int = 16, classes: int = 3) -> VGG:
    return VGG(Architecture.model_validate(architecture), channels, size, classes)


def written(folder: Path, own: VGG, classes: tuple[str, ...]) -> Path:
    predict.write(folder, spec_of(SMALL), own, Preprocess(16), "pets", classes, 3, 3)
    return folder


def same(own: VGG, other: VGG, prefix: str) -> bool:
    theirs = other.state_dict()
    return all(
        torch.equal(value, theirs[name])
        for name, value in own.state_dict().items()
        if name.startswith(prefix)
    )


def test_a_network_with_the_same_classes_takes_all_of_another(tmp_path: Path) -> None:
    old, new = network(SMALL), network(SMALL)
    source = from_model(written(tmp_path, old, ("a", "b", "c")))
    assert begin_with(source, new, ("a", "b", "c")) == ()
    assert same(old, new, "")


@pytest.mark.parametrize("classes", [("a", "b", "d"), ("a", "b", "c", "d")])
def test_other_classes_get_a_new_last_layer(tmp_path: Path, classes: tuple[str, ...]) -> None:
    old, new = network(SMALL), network(SMALL, classes=len(classes))
    source = from_model(written(tmp_path, old, ("a", "b", "c")))
    assert begin_with(source, new, classes) == ("classifier.logits.weight", "classifier.logits.bias")
    assert same(new, old, "features")
    assert same(new, old, "classifier.linear1")
    assert not same(new, network(SMALL, classes=len(classes)), "classifier.logits.weight")


def test_another_image_size_gets_a_new_first_connected_layer(tmp_path: Path) -> None:
    source = from_model(written(tmp_path, network(SMALL), ("a", "b", "c")))
    assert begin_with(source, network(SMALL, size=32), ("a", "b", "c")) == ("classifier.linear1.weight",)


def test_gray_pictures_are_seen_as_coloured_ones_were(tmp_path: Path) -> None:
    old, gray = network(SMALL).eval(), network(SMALL, channels=1).eval()
    begin_with(from_model(written(tmp_path, old, ("a", "b", "c"))), gray, ("a", "b", "c"))
    pictures = torch.rand(2, 1, 16, 16)
    torch.testing.assert_close(gray(pictures), old(pictures.expand(-1, 3, -1, -1)))
    back = network(SMALL).eval()
    predict.write(tmp_path / "gray", spec_of(SMALL), gray, Preprocess(16), "pets", ("a", "b", "c"), 1, 3)
    begin_with(from_model(tmp_path / "gray"), back, ("a", "b", "c"))
    torch.testing.assert_close(back(pictures.expand(-1, 3, -1, -1)), gray(pictures))


def test_other_convolutions_are_refused(tmp_path: Path) -> None:
    source = from_model(written(tmp_path, network(SMALL), ("a", "b", "c")))
    with pytest.raises(WeightsForeign, match=r"features\.1\.conv1\.weight"):
        begin_with(source, network({**SMALL, "blocks": [[1, 4], [2, 16]]}), ("a", "b", "c"))


def test_a_model_that_is_not_there_or_damaged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing):
        from_model(tmp_path)
    weights = written(tmp_path, network(SMALL), ("a", "b", "c")) / predict.WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-1] + b"\1")
    with pytest.raises(CheckpointDamaged):
        from_model(tmp_path)


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_imagenet_weights_are_read_from_a_file_and_give_torchvisions_features(
    tmp_path: Path, suffix: str
) -> None:
    theirs = torchvision.models.vgg11_bn().eval()
    if suffix == "pth":
        torch.save(theirs.state_dict(), tmp_path / "vgg11_bn-6002323d.pth")
    else:
        save_file(theirs.state_dict(), tmp_path / "vgg11_bn.safetensors")
    ours = network({"preset": "vgg11_bn", "classifier": [8]}, size=64).eval()
    new = begin_with(from_imagenet(Architecture.model_validate({"preset": "vgg11_bn"}), tmp_path), ours, ())
    assert {name.split(".")[0] for name in new} == {"classifier"}
    pictures = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(ours.features(pictures), theirs.features(pictures), atol=1e-4, rtol=1e-4)


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    save_file(torchvision.models.vgg11().state_dict(), tmp_path / "vgg13.safetensors")
    with pytest.raises(WeightsForeign, match="vgg13"):
        from_imagenet(Architecture.model_validate({"preset": "vgg13"}), tmp_path)


def test_a_pickle_with_code_is_not_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"

    class Code:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (marker,)

    torch.save({"features.0.weight": Code()}, tmp_path / "vgg11-8a719046.pth")
    with pytest.raises(Exception, match="eights"):
        from_imagenet(Architecture.model_validate({"preset": "vgg11"}), tmp_path)
    assert not marker.exists()


def test_blocks_are_known_by_the_preset_that_has_them() -> None:
    assert Architecture.model_validate({"preset": "vgg16_bn", "classifier": [8]}).published == "vgg16_bn"
    assert Architecture.model_validate(SMALL).published is None


@pytest.mark.parametrize(
    ("freeze", "names"),
    [
        (0, ()),
        (1, ("features.0.conv1", "features.0.norm1")),
        (2, ("features.0.conv1", "features.0.norm1", "features.1.conv1", "features.1.norm1")),
        (["features.0"], ("features.0.conv1", "features.0.norm1")),
        (["classifier.linear1", "features.0.norm1"], ("features.0.norm1", "classifier.linear1")),
    ],
)
def test_layers_are_frozen_by_count_or_name(freeze: Any, names: tuple[str, ...]) -> None:
    spec = spec_of(SMALL, init_from={"weights": "imagenet", "freeze": freeze})
    assert frozen(spec, list(layers(spec.architecture, 3, 16, 3))) == names


@pytest.mark.parametrize(
    ("freeze", "code", "suggestion"),
    [
        (5, "nothing_to_train", None),
        (6, "too_many", None),
        (["features", "classifier"], "nothing_to_train", None),
        (["classifier.linear"], "unknown_layer", "classifier.linear1"),
    ],
)
def test_layers_that_cannot_be_frozen_are_refused(freeze: Any, code: str, suggestion: str | None) -> None:
    spec = spec_of(SMALL, init_from={"weights": "imagenet", "freeze": freeze})
    with pytest.raises(SpecError) as refused:
        frozen(spec, list(layers(spec.architecture, 3, 16, 3)))
    refusal = refused.value.refusal
    assert (refusal.pointer, refusal.code, refusal.suggestion) == ("/init_from/freeze", code, suggestion)


STRIPES: dict[str, Any] = {
    "architecture": {"blocks": [[1, 4], [1, 8]], "classifier": [], "batch_norm": True, "head": "average"},
    "data": {"dataset": SET},
    "training": {"optimizer": {"name": "adam", "learning_rate": 0.01}, "batch_size": 8, "max_steps": 30},
}


@pytest.fixture
def datasets(tmp_path: Path) -> Path:
    pack(tmp_path / "datasets" / SET, stripes(48, 1), stripes(12, 2))
    return tmp_path / "datasets"


def run(datasets: Path, out: Path, initial: Path | None = None, **changed: Any) -> list[Row]:
    spec = JobSpec.model_validate({**STRIPES, **changed})
    return list(Run(spec, datasets, out, (), initial))


def weights(out: Path) -> dict[str, torch.Tensor]:
    return load_file(out / "model" / predict.WEIGHTS)


def test_a_run_begins_with_the_model_of_a_job_and_keeps_what_is_frozen(
    datasets: Path, tmp_path: Path
) -> None:
    run(datasets, tmp_path / "first")
    init = {"job": "job_" + "0" * 28, "freeze": ["features"]}
    training = {**STRIPES["training"], "max_steps": 5, "averaging": {"name": "ema"}}
    rows = run(datasets, tmp_path / "second", tmp_path / "first" / "model", init_from=init, training=training)
    event = next(row for row in rows if row["kind"] == "event")
    assert (event["event"], event["step"]) == ("initialized", 0)
    before, after = weights(tmp_path / "first"), weights(tmp_path / "second")
    kept = {name for name, value in after.items() if torch.equal(value, before[name])}
    assert kept == {name for name in after if name.startswith("features")}  # statistics of batch norm too
    losses = [row["loss"] for row in rows if row["kind"] == "batch"]
    assert (
        losses[0]
        < 0.8
        < next(row["loss"] for row in run(datasets, tmp_path / "random") if row["kind"] == "batch")
    )


def test_a_run_that_goes_on_does_not_begin_again(datasets: Path, tmp_path: Path) -> None:
    run(datasets, tmp_path / "first")
    init = {"init_from": {"job": "job_" + "0" * 28, "freeze": 1}}
    model = tmp_path / "first" / "model"
    run(datasets, tmp_path / "whole", model, **init)
    stopped = Run(JobSpec.model_validate({**STRIPES, **init}), datasets, tmp_path / "parts", (), model)
    for row in stopped:
        stopped.stopping |= row["kind"] == "batch" and row["step"] == 11
    rows = run(datasets, tmp_path / "parts", None, **init)  # it needs the model no more
    assert "initialized" not in [row.get("event") for row in rows]
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_a_run_without_the_model_that_it_should_begin_with_says_so(datasets: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="job_0"):
        run(datasets, tmp_path / "out", None, init_from={"job": "job_" + "0" * 28})


def test_imagenet_weights_are_for_published_networks_only(datasets: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as refused:
        run(datasets, tmp_path / "out", None, init_from={"weights": "imagenet"})
    assert refused.value.refusal.pointer == "/init_from/weights"
