"""`python -m ingest` as a user and as a worker run it."""

import io
import json
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.data.packed import Packed


def ingest(*arguments: str | Path, spec: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "ingest", *map(str, arguments)]
    return subprocess.run(command, input=spec, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ('{"image_sise": 64}', "/image_sise: there is no such field (did you mean image_size?)"),
        ('{"image_size": 4}', "/image_size: Input should be greater than or equal to 8"),
        ('{"fit": "crob"}', "(did you mean crop?)"),
        ("{", "Expecting property name"),
        ("[]", "valid dictionary"),
    ],
)
def test_a_wrong_spec_is_refused_with_the_field_named(spec: str, said: str, tmp_path: Path) -> None:
    done = ingest("nothing.zip", "--out", tmp_path / "out", "--spec", "-", spec=spec)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_what_is_no_upload_is_an_error_row_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "upload.zip").write_bytes(b"this is no archive")
    done = ingest(tmp_path / "upload.zip", "--out", tmp_path / "out", "--json")
    assert done.returncode == 1
    row = json.loads(done.stdout)
    assert (row["kind"], row["retryable"]) == ("error", False)
    assert row["code"] != "internal"
    assert "Traceback" not in done.stderr
    told = ingest(tmp_path / "upload.zip", "--out", tmp_path / "out")
    assert told.stdout.startswith("Error: ")


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    """A zip of two classes of pictures that are all different."""
    path = tmp_path / "upload.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(400):
            picture = io.BytesIO()
            pixels = np.random.default_rng(number).integers(0, 256, (48, 64, 3), np.uint8)
            Image.fromarray(pixels).save(picture, "PNG", compress_level=0)
            archive.writestr(f"{'ab'[number % 2]}/{number}.png", picture.getvalue())
    return path


def test_an_archive_becomes_a_data_set_and_is_told_on_the_way(upload: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = ingest(upload, "--out", out, "--spec", "-", "--json", spec='{"image_size": 16}')
    assert done.returncode == 0, done.stderr
    *progress, last = map(json.loads, done.stdout.splitlines())
    steps = [row["step"] for row in progress]
    assert steps == sorted(steps)
    assert {row["kind"] for row in progress} == {"progress"}
    assert last["kind"] == "done"
    card = Packed.read(out)
    assert (card.classes, card.image_size, card.images["train"]) == (("a", "b"), 16, 320)
    again = ingest(upload.with_name("gone.zip"), "--out", out, "--json")
    assert (again.returncode, [json.loads(line)["kind"] for line in again.stdout.splitlines()]) == (
        0,
        ["done"],
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_that_is_told_to_stop_says_so_and_leaves_no_data_set(
    upload: Path, tmp_path: Path, number: signal.Signals
) -> None:
    command = [sys.executable, "-m", "ingest", str(upload), "--out", str(tmp_path / "out"), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(number)
        process.stdout.read()
    assert process.returncode == 75
    assert not (tmp_path / "out" / "dataset.json").exists()
    assert ingest(upload, "--out", tmp_path / "out").returncode == 0
