"""What is said of images, against the model used directly."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from model.images import decode
from model.predict import Model
from predictor.answer import Answers
from predictor.batcher import Batcher
from predictor.errors import BadRequest, ModelMissing, ModelUnusable
from predictor.wire import Request

Picture = Callable[..., bytes]
SaveModel = Callable[..., Path]


def ask(home: Path, *requests: tuple[Path, Sequence[bytes]], top_k: int = 5) -> list[dict[str, Any]]:
    """The answers to (folder, images) pairs asked at once; an image's name is its number."""

    async def run() -> list[dict[str, Any]]:
        batcher = Batcher(lambda: 0)
        batcher.start()
        answers = Answers(home, 10**6, "cpu", batcher, 2**20)
        try:
            return await asyncio.gather(*(answers(request(*each), each[1]) for each in requests))
        finally:
            answers.close()
            batcher.stop(5)

    def request(folder: Path, images: Sequence[bytes]) -> Request:
        names = tuple(map(str, range(len(images))))
        return Request(id=1, folder=folder, top_k=top_k, images=tuple(map(len, images)), names=names)

    return asyncio.run(run())


def test_the_answer_is_the_models_own(home: Path, save_model: SaveModel, picture: Picture) -> None:
    folder = save_model()
    [answer] = ask(home, (folder, [picture(1), picture(2, (40, 9))]))
    model = Model.load(folder)
    images = [model.preprocess(decode(data, 3, 10**6)) for data in (picture(1), picture(2, (40, 9)))]
    rows = model.probabilities(torch.stack(images)).tolist()
    for number, (entry, row) in enumerate(zip(answer["predictions"], rows, strict=True)):
        assert entry["filename"] == str(number)
        assert entry["index"] == row.index(max(row))
        assert entry["label"] == model.classes[entry["index"]]
        assert entry["probability"] == pytest.approx(max(row), abs=1e-6)
        by_index = sorted(entry["top_k"], key=lambda each: int(each["index"]))
        assert [each["probability"] for each in by_index] == pytest.approx(row, abs=1e-6)


def test_the_ranking_is_in_order_and_no_longer_than_the_classes(
    home: Path, save_model: SaveModel, picture: Picture
) -> None:
    folder = save_model()
    for top_k, expected in ((1, 1), (3, 3), (4, 4), (1000, 4)):
        [answer] = ask(home, (folder, [picture()]), top_k=top_k)
        ranking = answer["predictions"][0]["top_k"]
        probabilities = [each["probability"] for each in ranking]
        assert len(ranking) == expected
        assert probabilities == sorted(probabilities, reverse=True)


def test_a_bad_image_is_reported_in_its_place(home: Path, save_model: SaveModel, picture: Picture) -> None:
    images = [picture(), b"no image", picture()[:-40], picture(0, (2000, 501)), picture()]
    [answer] = ask(home, (save_model(), images))
    first, *bad, last = answer["predictions"]
    assert [each["error"]["code"] for each in bad] == ["not_an_image", "image_truncated", "image_too_large"]
    assert [each["filename"] for each in bad] == ["1", "2", "3"]
    assert first["top_k"] == last["top_k"]


def test_nothing_but_bad_images_is_an_answer_too(home: Path, save_model: SaveModel) -> None:
    [answer] = ask(home, (save_model(), [b"", b"BM"]))
    assert [each["error"]["code"] for each in answer["predictions"]] == ["not_an_image"] * 2
    assert answer["timing"]["forward_ms"] == 0


def test_the_times_add_up_and_the_answer_is_json(home: Path, save_model: SaveModel, picture: Picture) -> None:
    [answer] = ask(home, (save_model(), [picture()]))
    timing = answer["timing"]
    assert timing["decode_ms"] > 0
    assert timing["forward_ms"] > 0
    assert timing["decode_ms"] + timing["forward_ms"] <= timing["total_ms"]
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_two_models_answer_side_by_side(home: Path, save_model: SaveModel, picture: Picture) -> None:
    one, two = save_model("one", seed=1), save_model("two", seed=2)
    together = ask(home, *[(one, [picture()]), (two, [picture()])] * 4)
    alone = [ask(home, (folder, [picture()]))[0] for folder in (one, two)]
    for number, answer in enumerate(together):
        probability = alone[number % 2]["predictions"][0]["probability"]
        assert answer["predictions"][0]["probability"] == pytest.approx(probability, abs=1e-6)


OUTSIDE = ["/", "/etc", ".", "{home}/..", "{home}/../elsewhere", "{home}/link", "{home}/\0", "\ud800"]


@pytest.mark.parametrize("folder", OUTSIDE)
def test_only_folders_below_home_are_opened(
    home: Path, tmp_path_factory: pytest.TempPathFactory, folder: str
) -> None:
    (home / "link").symlink_to(tmp_path_factory.mktemp("outside"))
    with pytest.raises(BadRequest, match=r"outside|no path"):
        ask(home, (Path(folder.format(home=home)), []))


def test_a_model_that_is_not_there_is_missing(home: Path, save_model: SaveModel) -> None:
    with pytest.raises(ModelMissing):
        ask(home, (home / "nothing", []))
    (save_model() / "model.safetensors").unlink()
    with pytest.raises(ModelMissing):
        ask(home, (home / "model", []))


@pytest.mark.parametrize("file", ["model.safetensors", "model.json"])
def test_a_damaged_model_is_unusable(home: Path, save_model: SaveModel, file: str) -> None:
    path = save_model() / file
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ModelUnusable, match="cannot be loaded"):
        ask(home, (home / "model", []))


def test_a_diverged_network_is_unusable(home: Path, save_model: SaveModel, picture: Picture) -> None:
    with pytest.raises(ModelUnusable, match="NaN"):
        ask(home, (save_model(weight=float("nan")), [picture()]))
