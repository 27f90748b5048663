"""Whether engines see what the trained network sees, and which of them a trial chooses."""

import json
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from torch import Tensor

from model.data.dataset import Preprocess
from model.durable import writing_folder
from model.engines import openvino
from model.engines.engine import Engine, Kind, Seen
from model.engines.table import FIRST, KINDS, opened
from model.errors import CheckpointDamaged
from model.finished import tried
from model.finished.predict import Model, write
from model.finished.trial import is_certain, trial
from model.finished.tried import AGREEMENT
from model.network.vgg import VGG
from model.spec import JobSpec
from tests.conftest import TINY

DATASETS = Path("datasets")
CPU = torch.device("cpu")
# Milliseconds that an image costs alone, and by the graph of several: measured ones differ from time to time.
ALONE_WINS = (1.0, 2.0)
USABLE = [name for name, kind in KINDS.items() if kind.usable(CPU)]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The folder of an untrained network for Fashion-MNIST."""
    torch.manual_seed(0)
    spec = JobSpec.model_validate(TINY)
    network = VGG(spec.architecture, 1, 28, 10)
    write(tmp_path, spec, network, Preprocess(28), "fashion-mnist", tuple("abcdefghij"), 1, step=0)
    return tmp_path


def test_every_engine_sees_what_the_network_sees_and_no_image_in_another(model: Path) -> None:
    loaded, images = Model.load(model), torch.rand(8, 1, 28, 28)
    expected = loaded.engine.see(images)
    for name in USABLE:
        if write := KINDS[name].write:
            write(loaded.network, images[:2], model)
        with torch.inference_mode():
            engine = opened(name, loaded.network, model)
            together, alone = engine.see(images), engine.see(images[3:4])
        for ours, theirs, single in zip(together, expected, alone, strict=True):
            assert ours.dtype == torch.float32
            torch.testing.assert_close(ours, theirs.detach(), rtol=0.03, atol=0.03)
            torch.testing.assert_close(ours[3:4], single, rtol=0.01, atol=0.01)


@pytest.mark.skipif("openvino int8" not in USABLE, reason="OpenVINO is not installed")
@pytest.mark.parametrize("dead", [False, True])
def test_integers_take_a_quarter_of_the_bytes_even_of_layers_that_see_only_zeros(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dead: bool
) -> None:
    monkeypatch.setattr(openvino, "costs", lambda *_: ALONE_WINS)
    network = VGG(
        JobSpec.model_validate(TINY | {"architecture": {"preset": "vgg11"}}).architecture, 3, 32, 10
    )
    if dead:
        torch.nn.init.zeros_(
            next(each for each in network.modules() if isinstance(each, torch.nn.Conv2d)).weight
        )
    KINDS["openvino int8"].write(network, torch.randn(8, 3, 32, 32), tmp_path)  # type: ignore[misc]
    for graph, part in ((openvino.GRAPH, network), (openvino.TRUNK, network.features)):
        files = list(tmp_path.glob(f"{Path(graph).stem}.*"))
        assert files
        floats = sum(each.nbytes for each in part.parameters())
        assert sum(file.stat().st_size for file in files) < 0.27 * floats
    with torch.inference_mode():
        seen = opened("openvino int8", network.eval(), tmp_path).see(torch.randn(3, 3, 32, 32))
    assert all(values.isfinite().all() for values in seen)


@pytest.mark.skipif("openvino int8" not in USABLE, reason="OpenVINO is not installed")
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("head", ["flatten", "average", "max"])
def test_integers_see_an_image_alone_as_they_see_it_in_company(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, activation: str, head: str
) -> None:
    monkeypatch.setattr(openvino, "costs", lambda *_: ALONE_WINS)
    torch.manual_seed(0)
    shape = {"blocks": [[1, 4], [1, 8]], "classifier": [33, 13], "activation": activation, "head": head}
    network = VGG(JobSpec.model_validate(TINY | {"architecture": shape}).architecture, 3, 8, 10).eval()
    images = torch.rand(8, 3, 8, 8)
    KINDS["openvino int8"].write(network, images, tmp_path)  # type: ignore[misc]
    assert (tmp_path / openvino.TRUNK).exists()
    with torch.inference_mode():
        engine = opened("openvino int8", network, tmp_path)
        together, single = engine.see(images), [engine.see(image[None]) for image in images]
    for values, parts in zip(together, zip(*single, strict=True), strict=True):
        alone = torch.cat(parts)
        assert alone.dtype == torch.float32
        torch.testing.assert_close(alone, values, rtol=0.03, atol=0.1 * float(values.std()))


@pytest.mark.skipif("openvino int8" not in USABLE, reason="OpenVINO is not installed")
@pytest.mark.parametrize("classifier", [[], [16]])
def test_an_image_alone_has_a_graph_of_its_own_only_where_there_is_something_to_leave_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, classifier: list[int]
) -> None:
    monkeypatch.setattr(openvino, "costs", lambda *_: ALONE_WINS)
    shape = {"blocks": [[1, 4]], "classifier": classifier}
    network = VGG(JobSpec.model_validate(TINY | {"architecture": shape}).architecture, 1, 8, 10).eval()
    KINDS["openvino int8"].write(network, torch.rand(8, 1, 8, 8), tmp_path)  # type: ignore[misc]
    assert len(list(tmp_path.glob(f"{Path(openvino.TRUNK).stem}.*"))) == 2 * len(classifier)


@pytest.mark.parametrize("name", [name for name in USABLE if "openvino" in name])
def test_nobody_is_told_which_models_are_converted(model: Path, name: str) -> None:
    network = Model.load(model).network
    KINDS[name].write(network, torch.rand(2, 1, 28, 28), model)  # type: ignore[misc]
    opened(name, network, model)
    assert not [each for each, module in sys.modules.items() if "openvino_telemetry" in each and module]


def test_an_engine_is_chosen_for_its_agreement_and_its_cost(model: Path) -> None:
    made = trial(model, DATASETS, "cpu")
    first, *others = made.outcomes
    assert (first.engine, first.agreement, made.images) == (FIRST, 1.0, 2000)
    assert [outcome.engine for outcome in others] == USABLE[: len(others)]
    chosen = next(outcome for outcome in made.outcomes if outcome.engine == made.engine)
    assert chosen.agreement is not None
    assert chosen.cost_ms is not None
    assert first.cost_ms is not None
    assert chosen.agreement >= AGREEMENT
    assert chosen.cost_ms <= first.cost_ms
    assert tried.read(model, "cpu") == made
    assert Model.load(model).proven_engine(model).name == made.engine
    assert list((model / "engines").iterdir()) == [tried.folder(model, made.machine)]


def test_an_engine_that_differs_or_fails_is_not_chosen(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(images: Tensor) -> Seen:
        return Seen(torch.randn(len(images), 8), torch.zeros(len(images), 8))

    def broken(network: VGG, folder: Path) -> None:
        raise RuntimeError("no such unit")

    for name in set(KINDS) - {FIRST}:
        monkeypatch.delitem(KINDS, name)
    monkeypatch.setitem(KINDS, "blind", Kind(lambda device: True, lambda network, folder: (blind, 0)))
    monkeypatch.setitem(KINDS, "broken", Kind(lambda device: True, broken))  # type: ignore[arg-type]
    made = trial(model, DATASETS, "cpu")
    assert made.engine == FIRST
    assert [each.name for each in tried.folder(model, made.machine).iterdir()] == [tried.TRIAL]
    _, differs, fails = made.outcomes
    assert differs.agreement is not None
    assert differs.agreement < AGREEMENT
    assert fails.error == "RuntimeError: no such unit"


@pytest.mark.parametrize("wrong", [1, 8])
def test_an_engine_that_differs_only_alone_or_only_in_company_is_not_chosen(
    model: Path, monkeypatch: pytest.MonkeyPatch, wrong: int
) -> None:
    first = Model.load(model).engine

    def see(images: Tensor) -> Seen:
        seen = first.see(images)
        return seen._replace(hidden=torch.randn_like(seen.hidden)) if len(images) == wrong else seen

    for name in set(KINDS) - {FIRST}:
        monkeypatch.delitem(KINDS, name)
    monkeypatch.setitem(KINDS, "moody", Kind(lambda device: True, lambda network, folder: (see, 0)))
    made = trial(model, DATASETS, "cpu")
    assert made.engine == FIRST
    assert made.outcomes[1].agreement is not None
    assert made.outcomes[1].agreement < AGREEMENT


def test_an_engine_that_opens_and_then_fails_is_not_chosen(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(images: Tensor) -> Seen:
        raise RuntimeError("no such instruction")

    for name in set(KINDS) - {FIRST}:
        monkeypatch.delitem(KINDS, name)
    monkeypatch.setitem(KINDS, "failing", Kind(lambda device: True, lambda network, folder: (failing, 0)))
    made = trial(model, DATASETS, "cpu")
    assert made.engine == FIRST
    assert made.outcomes[1] == tried.Outcome("failing", error="RuntimeError: no such instruction")


def test_an_engine_whose_files_have_changed_does_not_serve(model: Path) -> None:
    machine = tried.machine("cpu")
    (model / "engines").mkdir()
    with writing_folder(tried.folder(model, machine)) as part:
        (part / "engine.bin").write_bytes(b"as it was tried")
        (part / tried.TRIAL).write_bytes(
            tried.content(tried.Trial("torch bf16", 2000, [], machine, tried.checksums(part)))
        )
    loaded = Model.load(model)
    assert loaded.proven_engine(model).name == "torch bf16"
    (tried.folder(model, machine) / "engine.bin").write_bytes(b"as the disk has it")
    with pytest.raises(CheckpointDamaged):
        loaded.proven_engine(model)


def test_an_engine_that_fails_in_service_is_given_up_for_the_network_itself(model: Path) -> None:
    def broken(images: Tensor) -> Seen:
        raise RuntimeError("no such unit any more")

    loaded, images = Model.load(model), torch.rand(3, 1, 28, 28)
    expected = loaded.probabilities(images)
    loaded.serve_by(Engine("broken", broken, 1000, nullcontext))
    torch.testing.assert_close(loaded.probabilities(images), expected)
    assert (loaded.engine.name, loaded.bytes) == (FIRST, Model.load(model).bytes)


def test_memory_that_runs_out_is_no_fault_of_an_engine(model: Path) -> None:
    def full(images: Tensor) -> Seen:
        raise torch.OutOfMemoryError

    loaded = Model.load(model)
    loaded.serve_by(Engine("full", full, 0, nullcontext))
    with pytest.raises(torch.OutOfMemoryError):
        loaded.probabilities(torch.rand(2, 1, 28, 28))
    assert loaded.engine.name == "full"


@pytest.mark.parametrize(
    ("differ", "images", "certain"),
    [
        (0, 1000, True),
        (0, 900, False),
        (2, 1000, False),
        (5, 1000, False),
        (13, 1000, True),
        (20, 4000, False),
    ],
)
def test_a_verdict_waits_until_chance_would_hardly_turn_it(differ: int, images: int, certain: bool) -> None:
    """At 99.5 % of 1,000 images five differ: by chance none in 0.7 % of all draws, 13 or more in 0.2 %."""
    assert is_certain(differ, images) is certain


def test_a_trial_that_was_killed_is_no_trial_and_the_next_one_clears_up(model: Path) -> None:
    place = tried.folder(model, tried.machine("cpu"))
    left = place.with_name(f"{place.name}.0123abcd")
    left.mkdir(parents=True)
    (left / tried.TRIAL).write_bytes(tried.content(tried.Trial("torch bf16", 2000, [], {})))
    assert tried.read(model, "cpu") is None
    assert tried.trials(model) == []
    card = json.loads((model / "model.json").read_bytes())
    card["spec"]["data"]["dataset"] = "stl10"  # whose images are not here
    (model / "model.json").write_text(json.dumps(card))
    assert trial(model, DATASETS, "cpu") == tried.read(model, "cpu")
    assert not left.exists()


def test_without_test_images_the_trained_network_itself_serves(model: Path) -> None:
    card = json.loads((model / "model.json").read_bytes())
    card["spec"]["data"]["dataset"] = "stl10"
    (model / "model.json").write_text(json.dumps(card))
    made = trial(model, DATASETS, "cpu")
    assert (made.engine, made.images, made.outcomes) == (FIRST, 0, [])


def test_a_trial_is_of_one_machine_and_of_the_versions_on_it(model: Path) -> None:
    here = tried.Trial("torch bf16", 2000, [tried.Outcome("torch bf16", 2000, 1.0)], tried.machine("cpu"))
    tried.folder(model, here.machine).mkdir(parents=True)
    tried.path(model, here.machine).write_bytes(tried.content(here))
    assert tried.read(model, "cpu") == here
    assert tried.read(model, "cuda") is None
    assert Model.load(model).proven_engine(model).name == "torch bf16"
    elsewhere = here.machine | {"torch": "2.10"}
    assert tried.path(model, elsewhere) != tried.path(model, here.machine)
    assert tried.trials(model) == [here]
