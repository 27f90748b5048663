"""What is said of images, against the model used directly."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Awaitable, Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image

from model.data.images import decode
from model.finished.predict import Model
from predictor.answer import Answers
from predictor.batcher import Batcher
from predictor.errors import BadRequest, ClassUnknown, ModelMissing, ModelUnusable
from predictor.wire import Request
from tests.predictor.conftest import LABELS

T = TypeVar("T")
Picture = Callable[..., bytes]
SaveModel = Callable[..., Path]


def with_answers(home: Path, story: Callable[[Answers], Awaitable[T]]) -> T:
    async def run() -> T:
        batcher = Batcher(lambda: 0)
        batcher.start()
        answers = Answers(home, 10**6, "cpu", batcher, 2**20)
        try:
            return await story(answers)
        finally:
            answers.close()
            batcher.stop(5)

    return asyncio.run(run())


def asking(folder: Path, images: Sequence[bytes], **question: Any) -> Request:
    """An image's name is its number."""
    names = tuple(map(str, range(len(images))))
    return Request(id=1, folder=folder, images=tuple(map(len, images)), names=names, **question)


def ask(home: Path, *requests: tuple[Path, Sequence[bytes]], **question: Any) -> list[dict[str, Any]]:
    """The answers to (folder, images) pairs asked at once."""

    async def story(answers: Answers) -> list[dict[str, Any]]:
        return await asyncio.gather(*(answers(asking(*each, **question), each[1]) for each in requests))

    return with_answers(home, story)


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


def decoded(png: str) -> Image.Image:
    return Image.open(BytesIO(b64decode(png)))


def test_a_prediction_that_is_not_sure_enough_names_no_class(
    home: Path, save_model: SaveModel, picture: Picture
) -> None:
    folder = save_model()
    [plain] = ask(home, (folder, [picture()]))
    sure = plain["predictions"][0]
    assert sure["abstained"] is False
    for least, abstained in ((sure["probability"], False), (sure["probability"] + 1e-3, True)):
        [answer] = ask(home, (folder, [picture()]), min_confidence=least)
        prediction = answer["predictions"][0]
        assert prediction["abstained"] is abstained
        assert (prediction["label"], prediction["index"]) == (
            (None, None) if abstained else (sure["label"], sure["index"])
        )
        assert (prediction["top_k"], prediction["probability"]) == (sure["top_k"], sure["probability"])


def test_with_flips_the_answer_is_the_mean_over_an_image_and_its_mirror_image(
    home: Path, save_model: SaveModel, picture: Picture
) -> None:
    folder = save_model()
    model = Model.load(folder)
    pixels = model.preprocess(decode(picture(), 3, 10**6))
    expected = model.probabilities(torch.stack([pixels, pixels.flip(-1)])).mean(0).tolist()
    [answer] = ask(home, (folder, [picture()]), flips=True)
    found = {each["index"]: each["probability"] for each in answer["predictions"][0]["top_k"]}
    assert [found[index] for index in range(4)] == pytest.approx(expected, abs=1e-6)


def test_an_explanation_is_a_map_and_the_picture_under_it(
    home: Path, save_model: SaveModel, picture: Picture
) -> None:
    folder = save_model()
    [answer] = ask(home, (folder, [picture(), b"no image", picture(1)]), explain="gradcam")
    first, bad, second = answer["predictions"]
    assert "explanation" not in bad
    for prediction in (first, second):
        explanation = prediction["explanation"]
        assert explanation["class"] == {"label": prediction["label"], "index": prediction["index"]}
        heatmap, overlay = decoded(explanation["heatmap"]), decoded(explanation["overlay"])
        assert (heatmap.mode, heatmap.size) == ("L", (8, 8))
        assert (overlay.mode, overlay.size) == ("RGB", (8, 8))
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_the_picture_that_is_shown_is_what_the_network_saw_and_stands_upright(
    home: Path, save_model: SaveModel
) -> None:
    """White above and black below, stored lying on its side."""
    upright = Image.new("RGB", (16, 16))
    upright.paste((255, 255, 255), (0, 0, 16, 8))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    file = BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(file, "PNG", exif=exif)
    [answer] = ask(home, (save_model(weight=0.0), [file.getvalue()]), explain="gradcam")
    overlay = np.asarray(decoded(answer["predictions"][0]["explanation"]["overlay"]))
    assert (int(overlay[:3].min()), int(overlay[5:].max())) == (
        255,
        0,
    )  # no colours: nothing speaks for any class


@pytest.mark.parametrize(("target", "index"), [("bag", 2), ("3", 3), ("0", 0)])
def test_another_class_can_be_explained_by_label_or_index(
    home: Path, save_model: SaveModel, picture: Picture, target: str, index: int
) -> None:
    [answer] = ask(home, (save_model(), [picture()]), explain="gradcam", target=target)
    assert answer["predictions"][0]["explanation"]["class"] == {"label": LABELS[index], "index": index}


@pytest.mark.parametrize(("target", "told"), [("bags", "did you mean bag"), ("4", "below 4"), ("", "label")])
def test_a_class_that_is_none_of_the_models_is_refused(
    home: Path, save_model: SaveModel, picture: Picture, target: str, told: str
) -> None:
    with pytest.raises(ClassUnknown, match=told):
        ask(home, (save_model(), [picture()]), explain="gradcam", target=target)


def test_predictions_of_others_come_in_between_explanations(
    home: Path, save_model: SaveModel, picture: Picture
) -> None:
    """Who asks for one prediction does not wait for sixteen explanations."""
    folder, ended = save_model(), []

    async def story(answers: Answers) -> None:
        await answers(asking(folder, [picture()]), [picture()])  # the model is there

        async def one(name: str, images: list[bytes], **question: Any) -> None:
            await answers(asking(folder, images, **question), images)
            ended.append(name)

        await asyncio.gather(one("explained", [picture()] * 16, explain="gradcam"), one("plain", [picture()]))

    with_answers(home, story)
    assert ended == ["plain", "explained"]
