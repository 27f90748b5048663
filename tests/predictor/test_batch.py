"""Many pictures in a process of their own: the same answers as one by one, and a file that is whole or not there."""

import asyncio
import io
import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import LayoutUnknown, NotAnArchive
from model.data.images import Fit
from model.finished.predict import Model
from model.refusal import SpecError
from predictor.answer import Answers
from predictor.batch import Batch, load
from predictor.batcher import Batcher
from predictor.errors import ModelMissing, ModelUnusable
from predictor.pictures import Source, of_archive, of_dataset
from predictor.wire import Request
from tests.packing import ROWS, write_packed
from tests.predictor.conftest import LABELS, SaveModel

DATASET = "ds_" + "0" * 32
Rows = list[dict[str, Any]]


def run(home: Path, model: Path, source: Callable[[Model], Source], top_k: int = 5) -> tuple[Rows, Rows]:
    """The last row of progress, alone, and the lines of the file."""
    out, loaded = home / "result.jsonl", Model.load(model)
    rows = list(Batch(loaded, source(loaded), top_k, out))
    return rows[-1:], [json.loads(line) for line in out.read_text().splitlines()]


def archive_of(path: Path) -> Callable[[Model], Source]:
    return lambda model: of_archive(path, model, 10**6)


def split_of(home: Path, split: str = "test", name: str = DATASET) -> Callable[[Model], Source]:
    return lambda model: of_dataset(name, split, home, model)


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    path.write_bytes(file.getvalue())
    return path


def asked(home: Path, folder: Path, pictures: list[bytes]) -> list[dict[str, Any]]:
    """What the service says of each."""

    async def ask() -> list[dict[str, Any]]:
        batcher = Batcher(lambda: len(pictures))
        batcher.start()
        answers = Answers(home, 10**6, "cpu", batcher, 2**30)
        names, sizes = tuple(map(str, range(len(pictures)))), tuple(map(len, pictures))
        request = Request(id=1, folder=folder, top_k=3, images=sizes, names=names)
        found: list[dict[str, Any]] = (await answers(request, pictures))["predictions"]
        answers.close()
        batcher.stop(1.0)
        return found

    return asyncio.run(ask())


@pytest.mark.parametrize("fit", [None, Fit(8, "crop"), Fit(20, "pad")])
def test_pictures_of_an_archive_are_answered_as_one_by_one(
    home: Path, save_model: SaveModel, picture: Callable[..., bytes], fit: Fit | None
) -> None:
    model = save_model(fit=fit)
    pictures = [picture(seed, (9 + 5 * seed, 30 - seed)) for seed in range(8)]
    archive = zipped(home / "some.zip", {f"a/b{seed}/{seed}.png": each for seed, each in enumerate(pictures)})
    [last], lines = run(home, model, archive_of(archive), top_k=3)
    assert (last["step"], last["unreadable"], "accuracy" in last) == (8, 0, False)
    for line, expected in zip(lines, asked(home, model, pictures), strict=True):
        assert (line["label"], line["predicted"]) == (None, expected["label"])
        assert [each["label"] for each in line["top_k"]] == [each["label"] for each in expected["top_k"]]
        assert line["probability"] == pytest.approx(expected["probability"], abs=1e-5)
    assert [line["path"] for line in lines] == [f"a/b{seed}/{seed}.png" for seed in range(8)]


def test_what_is_no_picture_has_a_line_with_the_reason_and_costs_no_other(
    home: Path, save_model: SaveModel, picture: Callable[..., bytes]
) -> None:
    files = {
        "1.png": picture(),
        "2.jpg": b"no picture",
        "notes.txt": b"hello",
        "3.png": picture()[:60],
        "more.zip": b"",
    }
    [last], lines = run(home, save_model(), archive_of(zipped(home / "some.zip", files)))
    assert (last["unreadable"], last["steps"]) == (3, 4)
    assert [line.get("error", {}).get("code") for line in lines] == [
        "nested_archive",
        None,
        "not_an_image",
        "image_truncated",
    ]


@pytest.mark.parametrize(("split", "rows"), [("train", range(6)), ("test", range(6, 9)), ("all", range(9))])
def test_a_split_of_a_data_set_is_answered_with_its_labels_and_an_accuracy(
    home: Path, save_model: SaveModel, split: str, rows: range
) -> None:
    write_packed(home / DATASET)
    model = save_model(labels=("cat", "dog", "owl", "bat"))
    [last], lines = run(home, model, split_of(home, split))
    assert [line["label"] for line in lines] == [ROWS[row] for row in rows]
    assert [line["path"] for line in lines] == [f"{ROWS[row]}/{row}.png" for row in rows]
    right = sum(line["label"] == line["predicted"] for line in lines)
    assert last["accuracy"] == pytest.approx(right / len(rows))


def test_gray_images_are_seen_by_a_network_that_takes_colour(home: Path, save_model: SaveModel) -> None:
    write_packed(home / DATASET, size=12, channels=1)
    _, lines = run(home, save_model(fit=Fit(8, "stretch")), split_of(home))
    assert {line["predicted"] for line in lines} <= set(LABELS)


def test_what_cannot_be_done_is_told_and_leaves_no_file(home: Path, save_model: SaveModel) -> None:
    empty, none = zipped(home / "empty.zip", {"notes.txt": b"hello"}), home / "none.zip"
    none.write_bytes(b"\x89PNG")
    for source, error in (
        (split_of(home, name="ds_" + "1" * 32), SpecError),
        (archive_of(empty), LayoutUnknown),
        (archive_of(none), NotAnArchive),
    ):
        with pytest.raises(error):
            run(home, save_model(), source)
    assert not list(home.glob("result.jsonl*"))


def test_a_folder_without_a_model_and_one_with_a_broken_one_are_told_apart(
    home: Path, save_model: SaveModel
) -> None:
    with pytest.raises(ModelMissing):
        load(home / "nothing", "cpu")
    (save_model() / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelUnusable):
        load(home / "model", "cpu")


def test_the_process_that_is_stopped_leaves_nothing_and_asks_to_be_started_again(
    home: Path, save_model: SaveModel, picture: Callable[..., bytes]
) -> None:
    archive = zipped(home / "many.zip", {f"{number}.png": picture(number % 9) for number in range(20_000)})
    out = home / "result.jsonl"
    command = [sys.executable, "-m", "predictor.batch", str(save_model()), "--pictures", str(archive)]
    with subprocess.Popen([*command, "--out", str(out)], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())["steps"] == 20_000
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 75
    assert not list(home.glob("result.jsonl*"))
