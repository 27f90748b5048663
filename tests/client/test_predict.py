"""The command that predicts."""

import re
from pathlib import Path

from tests.client.conftest import Trainshed
from tests.client.scripted import Server


def test_predictions_name_each_image_and_a_bad_one_ends_with_2(
    server: Server, trainshed: Trainshed, tmp_path: Path
) -> None:
    (tmp_path / "boot.png").write_bytes(b"boot")
    good = {"filename": "boot.png", "label": "Ankle boot", "index": 9, "probability": 0.987}
    bad = {"filename": "boot.png", "error": {"code": "not_an_image", "message": "not an image"}}
    server.says("POST /predict", {"model": {"job_id": "job_1"}, "predictions": [good]})
    server.says("POST /predict", {"model": {"job_id": "job_1"}, "predictions": [good, bad]})
    fine, mixed = (trainshed("predict", str(tmp_path / "boot.png"), "--job", "job_1") for _ in range(2))
    assert (fine.code, mixed.code) == (0, 2)
    assert "Ankle boot" in fine.out
    assert "98.7 %" in fine.out
    assert "error: not an image" in mixed.out


def test_predictions_that_are_explained_are_written_as_pictures(
    server: Server, trainshed: Trainshed, tmp_path: Path
) -> None:
    (tmp_path / "boot.png").write_bytes(b"boot")
    explanation = {"class": {"label": "../Bag", "index": 8}, "heatmap": "bWFw", "overlay": "b3Zlcg=="}
    guesses = [{"label": "Bag", "index": 8, "probability": 0.4}]
    answer = {
        "filename": "../boot.png",
        "label": None,
        "abstained": True,
        "probability": 0.4,
        "top_k": guesses,
    }
    server.says(
        "POST /predict",
        {"model": {"job_id": "job_1"}, "predictions": [answer | {"explanation": explanation}]},
    )
    folder = tmp_path / "why"
    options = ["--explain", str(folder), "--min-confidence", "0.6", "--flips", "--class", "8"]
    ended = trainshed("predict", str(tmp_path / "boot.png"), "--job", "job_1", *options)
    assert ended.code == 0, ended.err
    assert re.search(r"not sure +40\.0 % .* Bag 40\.0 %", ended.out)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "001-boot--Bag-overlay.png": b"over",
        "001-boot--Bag-heatmap.png": b"map",
    }
    body = server.requests[0].body
    assert all(part in body for part in (b"gradcam", b"0.6", b"flips"))
