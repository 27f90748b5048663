"""`trainshed predict-all` and `prediction`, and the verbs behind them, where what the server says matters."""

import json
from pathlib import Path
from typing import Any

import pytest

from client import Client, Unprepared
from tests.client.conftest import Trainshed
from tests.client.scripted import Server

QUEUED: dict[str, Any] = {
    "id": "pred_1",
    "state": "queued",
    "job_id": "job_1",
    "top_k": 5,
    "dataset": "ds_1",
    "split": "test",
    "created_at": "2026-11-23T20:00:00.123Z",
    "progress": {"step": 0, "steps": 3000, "eta_seconds": None},
}
RUNNING = QUEUED | {"state": "running", "progress": {"step": 1200, "steps": 3000, "eta_seconds": 61.0}}
DONE = QUEUED | {
    "state": "succeeded",
    "progress": {"step": 3000, "steps": 3000, "eta_seconds": None},
    "accuracy": 0.912,
    "unreadable": 2,
}
FAILED = RUNNING | {
    "state": "failed",
    "error": {"code": "not_an_archive", "message": "This is a text.", "hint": "Send a .zip file."},
}
CSV, JSONL = b"path,label\n1.png,rose\n", b'{"path": "1.png"}\n'


@pytest.fixture
def busy(server: Server) -> Server:
    """Takes a prediction, is busy with it, and has done it."""
    server.says("POST /predictions", QUEUED, 201)
    for state in (QUEUED, RUNNING, DONE):
        server.says("GET /predictions/pred_1", state)
    return server


def test_a_data_set_is_predicted_behind_words_of_progress_and_written_as_csv(
    busy: Server, trainshed: Trainshed, tmp_path: Path
) -> None:
    busy.says("GET /predictions/pred_1/result", CSV, kind="text/csv")
    out = tmp_path / "result.csv"
    ended = trainshed("predict-all", "job_1", "--dataset", "flowers", "--top-k", "3", "--out", str(out))
    assert (ended.code, ended.out, out.read_bytes()) == (0, "", CSV)
    assert "running · 1,200 of 3,000 · ETA 0:01:01" in ended.err
    assert "pred_1: 3,000 pictures · 2 cannot be read · accuracy 91.2 %" in ended.err
    asked = {"model": "job_1", "dataset": "flowers", "split": "test", "top_k": 3}
    assert json.loads(busy.requests[0].body) == asked
    assert busy.requests[-1].query == {"format": "csv"}
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_that_ends_in_jsonl_has_json_lines(busy: Server, trainshed: Trainshed, tmp_path: Path) -> None:
    busy.says("GET /predictions/pred_1/result", JSONL)
    ended = trainshed("prediction", "fetch", "pred_1", "--out", str(tmp_path / "result.jsonl"))
    assert (ended.code, (tmp_path / "result.jsonl").read_bytes()) == (0, JSONL)
    assert busy.requests[-1].query == {"format": "jsonl"}


def test_one_that_fails_says_why_and_writes_nothing(
    server: Server, trainshed: Trainshed, tmp_path: Path
) -> None:
    server.says("GET /predictions/pred_1", FAILED)
    ended = trainshed("prediction", "fetch", "pred_1", "--out", str(tmp_path / "result.csv"))
    assert (ended.code, list(tmp_path.iterdir())) == (1, [])
    assert "pred_1 failed: This is a text.\nHint: Send a .zip file." in ended.err


def test_a_result_that_breaks_off_leaves_the_old_file(
    busy: Server, trainshed: Trainshed, tmp_path: Path
) -> None:
    busy.hangs_up("GET /predictions/pred_1/result")
    out = tmp_path / "result.csv"
    out.write_text("old")
    assert trainshed("prediction", "fetch", "pred_1", "--out", str(out)).code == 3
    assert out.read_text() == "old"


def test_a_data_set_and_pictures_are_not_named_both_nor_none(server: Server, trainshed: Trainshed) -> None:
    assert trainshed("predict-all", "job_1").code == 2
    assert trainshed("predict-all", "job_1", "--dataset", "flowers", "--pictures", __file__).code == 2
    assert not server.requests


def test_predictions_are_listed_cancelled_and_deleted(server: Server, trainshed: Trainshed) -> None:
    upload = {"filename": "a\u001b.zip", "bytes": 7}
    server.says("GET /predictions", {"data": [DONE, RUNNING | {"upload": upload}], "has_more": False})
    server.says("POST /predictions/pred_1/cancel", RUNNING | {"state": "cancelling"}, 202)
    server.says("DELETE /predictions/pred_1", b"", 204)
    listed = trainshed("prediction", "list").out
    assert "91.2 %" in listed
    assert "1,200/3,000" in listed
    assert "a?.zip" in listed
    assert trainshed("prediction", "cancel", "pred_1").out == "cancelling\n"
    assert trainshed("prediction", "delete", "pred_1").code == 0


def test_a_connection_that_breaks_does_not_make_two_predictions(server: Server) -> None:
    server.hangs_up("POST /predictions")
    server.says("POST /predictions", QUEUED, 201)
    with Client(server.url, patience=5) as client:
        assert client.predict_dataset("job_1", "flowers").id == "pred_1"
    first, again = (request.headers["idempotency-key"] for request in server.requests)
    assert first == again


def test_waiting_for_one_that_was_cancelled_raises_unprepared(server: Server) -> None:
    server.says("GET /predictions/pred_1", RUNNING | {"state": "cancelled"})
    with Client(server.url) as client, pytest.raises(Unprepared, match="pred_1 was cancelled"):
        client.wait_for_prediction("pred_1")
