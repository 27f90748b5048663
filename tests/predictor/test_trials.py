"""When a model's engines are tried, by a real process, and what a model is served by afterwards."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from torch import Tensor

from model.engines.engine import Kind, Seen
from model.engines.table import FIRST, KINDS
from model.finished import tried
from model.finished.predict import Model
from predictor.batcher import Batcher
from predictor.trials import Trials, equip

SaveModel = Callable[..., Path]


def with_trials(home: Path, story: Callable[[Trials], Awaitable[None]]) -> None:
    async def run() -> None:
        batcher = Batcher(lambda: 0)
        batcher.start()
        try:
            await asyncio.wait_for(story(Trials(home, "cpu", batcher, enough=10)), 60)
        finally:
            batcher.stop(5)

    asyncio.run(run())


def test_a_model_is_tried_once_it_was_asked_often_enough(home: Path, save_model: SaveModel) -> None:
    folder = save_model()
    model = Model.load(folder)

    async def story(trials: Trials) -> None:
        trials.asked(model, folder, 9)
        assert not trials.going
        trials.asked(model, folder, 1)
        trials.asked(model, folder, 1)
        (trial,) = trials.going
        await trial

    with_trials(home, story)
    made = tried.read(folder, "cpu")
    assert made is not None
    assert (made.engine, made.images) == (FIRST, 0)  # its data set is not here

    async def again(trials: Trials) -> None:
        trials.asked(model, folder, 100)
        assert not trials.going

    with_trials(home, again)


def test_the_engine_goes_to_the_model_as_it_was_last_loaded(home: Path, save_model: SaveModel) -> None:
    folder = save_model()
    dropped, reloaded = Model.load(folder), Model.load(folder)
    made = tried.Trial("torch bf16", 2000, [], tried.machine("cpu"))

    async def story(trials: Trials) -> None:
        trials.asked(dropped, folder, 10)
        (trial,) = trials.going
        trials.asked(reloaded, folder, 1)
        await trial_ended(folder)
        tried.path(folder, made.machine).write_bytes(tried.content(made))  # in place of what it found
        await trial

    async def trial_ended(folder: Path) -> None:
        while tried.read(folder, "cpu") is None:
            await asyncio.sleep(0)

    with_trials(home, story)
    assert (dropped.engine.name, reloaded.engine.name) == (FIRST, "torch bf16")


def test_a_trial_that_fails_changes_nothing(
    home: Path, save_model: SaveModel, caplog: pytest.LogCaptureFixture
) -> None:
    folder = save_model()
    model = Model.load(folder)
    (folder / "model.safetensors").write_bytes(b"no weights")

    async def story(trials: Trials) -> None:
        trials.asked(model, folder, 10)
        (trial,) = trials.going
        await trial

    with_trials(home, story)
    assert model.engine.name == FIRST
    assert tried.read(folder, "cpu") is None
    assert "could not be tried" in caplog.text


def test_a_chosen_engine_serves_and_one_that_is_gone_does_not(home: Path, save_model: SaveModel) -> None:
    folder = save_model()
    for name, served_by in (("torch bf16", "torch bf16"), ("openvino bf16", FIRST)):
        made = tried.Trial(name, 2000, [tried.Outcome(name, 2000, 1.0)], tried.machine("cpu"))
        tried.folder(folder, made.machine).mkdir(parents=True, exist_ok=True)
        tried.path(folder, made.machine).write_bytes(tried.content(made))
        model = Model.load(folder)
        equip(model, folder)  # of OpenVINO nothing was written
        assert model.engine.name == served_by


@pytest.mark.parametrize("failing", [1, 2])
def test_an_engine_that_fails_alone_or_in_company_is_given_up_before_anybody_asks(
    home: Path, save_model: SaveModel, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    folder = save_model()
    model = Model.load(folder)
    first = model.engine

    def see(images: Tensor) -> Seen:
        if len(images) == failing:
            raise RuntimeError("no such instruction any more")
        return first.see(images)

    monkeypatch.setitem(KINDS, "moody", Kind(lambda device: True, lambda network, folder: (see, 0)))
    made = tried.Trial("moody", 2000, [], tried.machine("cpu"))
    tried.folder(folder, made.machine).mkdir(parents=True)
    tried.path(folder, made.machine).write_bytes(tried.content(made))
    equip(model, folder)
    assert model.engine.name == FIRST


def test_a_trial_whose_files_are_damaged_is_forgotten(home: Path, save_model: SaveModel) -> None:
    folder = save_model()
    made = tried.Trial("torch bf16", 2000, [], tried.machine("cpu"), files={"engine.bin": "0" * 64})
    tried.folder(folder, made.machine).mkdir(parents=True)
    tried.path(folder, made.machine).write_bytes(tried.content(made))
    model = Model.load(folder)
    equip(model, folder)
    assert model.engine.name == FIRST
    assert tried.read(folder, "cpu") is None
