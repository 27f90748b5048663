"""`trainshed dataset`, and the verbs behind it, where what the server says matters."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from client import Client, TrainshedError, Unprepared
from tests.client.conftest import Trainshed
from tests.client.scripted import Server

DATASET: dict[str, Any] = {
    "id": "ds_1",
    "names": ["flowers:1"],
    "state": "ready",
    "created_at": "2026-11-23T20:00:00.123Z",
    "started_at": "2026-11-23T20:00:01.000Z",
    "finished_at": "2026-11-23T20:00:11.000Z",
    "upload": {"filename": "flowers.zip", "bytes": 2048, "sha256": "abc"},
    "preparation": {"fit": "stretch"},
    "progress": {"stage": "pack", "step": 30, "steps": 30, "eta_seconds": None},
    "classes": ["daisy", "rose"],
    "channels": 3,
    "image_size": 64,
    "fit": "stretch",
    "images": {"train": 8, "validation": 0, "test": 2},
    "error": None,
}
PREPARING = DATASET | {
    "state": "preparing",
    "finished_at": None,
    "progress": {"stage": "decode", "step": 1200, "steps": 3000, "eta_seconds": 61.0},
    **dict.fromkeys(("classes", "channels", "image_size", "fit", "images")),
}
FAILED = PREPARING | {
    "state": "failed",
    "error": {"code": "not_an_archive", "message": "This is a text.", "hint": "Send a .zip file."},
}
REPORT: dict[str, Any] = {
    "dataset": "ds_1",
    "counts": {"samples": 1012, "used": 1010, "left_out": 2, "ignored": 1},
    "left_out": [
        {
            "code": "image_truncated",
            "message": "Copy them again.",
            "count": 2,
            "files": [{"path": "rose/1.jpg", "message": "cut short"}],
        }
    ],
    "findings": [
        {
            "code": "cmyk",
            "severity": "warning",
            "message": "Convert them.",
            "count": 5,
            "examples": list("abcde"),
        },
        {
            "code": "leakage",
            "severity": "error",
            "message": "Take them out of one side.",
            "count": 1,
            "groups": [["train/a.png", "test/[red]b\u001b.png"]],
        },
    ],
    "classes": [
        {"name": "daisy", "train": 800, "validation": 0, "test": 10},
        {"name": "rose", "train": 200, "validation": 0, "test": 0},
    ],
    "ignored": [{"path": "readme.txt", "message": "it is about the data"}],
    "notes": ["The folder flowers/ was skipped over."],
}
ROSE = {
    "row": 7,
    "split": "train",
    "label": "../rose",
    "path": "rose/1.jpg",
    "image": "/datasets/ds_1/samples/7",
}


def test_waiting_ends_with_the_data_set_that_is_ready(server: Server, client: Client) -> None:
    server.says("GET /datasets/flowers", PREPARING)
    server.hangs_up("GET /datasets/ds_1")
    server.says("GET /datasets/ds_1", PREPARING)
    server.says("GET /datasets/ds_1", DATASET)
    heard = list[str]()
    ready = client.wait_for_dataset("flowers", lambda record: heard.append(record.state))
    assert (ready.state, ready.classes, ready.images) == ("ready", ["daisy", "rose"], DATASET["images"])
    assert set(heard) == {"preparing"}


def test_waiting_for_one_that_fails_raises_why_and_what_to_do(server: Server, client: Client) -> None:
    server.says("GET /datasets/flowers%3A1", FAILED)
    with pytest.raises(Unprepared) as caught:
        client.wait_for_dataset("flowers:1")
    assert str(caught.value) == "flowers:1 failed: This is a text.\nHint: Send a .zip file."


def test_an_upload_that_fails_ends_with_1_and_what_is_wrong(
    server: Server, trainshed: Trainshed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "flowers.zip").write_bytes(b"text")
    server.says("POST /uploads", {"id": "up_1"}, 201)
    server.says("POST /datasets", PREPARING | {"name": "flowers:1"}, 201)
    server.says("GET /datasets/flowers%3A1", FAILED)
    server.says("GET /datasets/flowers%3A1/report", REPORT)
    ended = trainshed("dataset", "upload", str(tmp_path / "flowers.zip"), "--fit", "pad")
    assert (ended.code, ended.out) == (1, "flowers:1\n")
    assert json.loads(server.requests[1].body) == {"upload": "up_1", "fit": "pad"}
    assert "Error: flowers:1 failed: This is a text.\nHint: Send a .zip file.\n" in ended.err
    assert "dataset report flowers:1" in ended.err


def test_an_upload_that_is_ready_ends_with_what_it_holds_and_what_was_found(
    server: Server, trainshed: Trainshed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "flowers.zip").write_bytes(b"zip")
    server.says("POST /uploads", {"id": "up_1"}, 201)
    server.says("POST /datasets", PREPARING | {"name": "flowers:1"}, 201)
    server.says("GET /datasets/flowers%3A1", PREPARING)
    server.says("GET /datasets/ds_1", DATASET)
    server.says("GET /datasets/flowers%3A1/report", REPORT)
    ended = trainshed("dataset", "upload", str(tmp_path / "flowers.zip"))
    assert (ended.code, ended.out) == (0, "flowers:1\n")
    assert "preparing: decode · 1,200 of 3,000 · ETA 0:01:01" in ended.err
    assert "2 classes · 10 images (train 8, test 2) · 64×64×3" in ended.err
    assert "1,012 samples · 1,010 used · 2 left out · 1 ignored · 1 error · 1 warning" in ended.err
    assert "left out: image truncated (2)\nerror: leakage (1)\nwarning: cmyk (5)\n" in ended.err
    assert '"data": {"dataset": "flowers:1"}' in ended.err


def test_an_upload_to_a_server_that_is_not_there_ends_with_3_and_a_hint(
    server: Server, trainshed: Trainshed, tmp_path: Path
) -> None:
    (tmp_path / "flowers.zip").write_bytes(b"zip")
    server.stop()
    ended = trainshed("dataset", "upload", str(tmp_path / "flowers.zip"))
    assert (ended.code, "make up" in ended.err) == (3, True)


def test_a_report_says_what_is_wrong_the_gravest_first_with_examples_and_what_to_do(
    server: Server, trainshed: Trainshed
) -> None:
    server.says("GET /datasets/flowers/report", REPORT)
    out = trainshed("dataset", "report", "flowers").out
    order = [
        "image truncated",
        "Copy them again.",
        "rose/1.jpg",
        "leakage",
        "Take them out",
        "cmyk",
        "Convert",
    ]
    assert [out.index(words) for words in order] == sorted(out.index(words) for words in order)
    assert "train/a.png = test/[red]b?.png" in out
    assert "and 2 more" in out
    assert re.search(r"daisy +800 +0 +10 +█{20}\n", out)
    assert re.search(r"rose +200 +0 +0 +█{5} *\n", out)
    assert "readme.txt (it is about the data)" in out
    assert "The folder flowers/ was skipped over." in out


def test_the_list_shows_those_that_were_sent_and_those_that_are_built_in(
    server: Server, trainshed: Trainshed
) -> None:
    mnist = {"name": "mnist", "channels": 1, "image_size": 28, "classes": 10, "train_images": 60_000}
    page = {"data": [DATASET, PREPARING], "has_more": True, "next_after": "ds_1", "built_in": [mnist]}
    server.says("GET /datasets", page)
    ended = trainshed("dataset", "list", "--limit", "2")
    assert re.search(r"flowers:1 +ready +2 +10 +64×64×3 .* flowers.zip", ended.out)
    assert re.search(r"flowers:1 +preparing +– +– +– ", ended.out)
    assert re.search(r"mnist +to be downloaded +10 +60,000 +28×28×1", ended.out)
    assert "--after ds_1" in ended.err


def test_show_tells_how_far_it_is_and_why_it_failed(server: Server, trainshed: Trainshed) -> None:
    server.says("GET /datasets/flowers", PREPARING)
    server.says("GET /datasets/flowers", FAILED)
    assert "decode: 1,200 of 3,000 · ETA 0:01:01" in trainshed("dataset", "show", "flowers").out
    out = trainshed("dataset", "show", "flowers").out
    assert "not_an_archive: This is a text.\nHint: Send a .zip file." in out


def test_samples_are_written_as_files_that_stay_in_their_folder(
    server: Server, trainshed: Trainshed, tmp_path: Path
) -> None:
    server.says("GET /datasets/flowers/samples", {"data": [ROSE], "has_more": True, "next_after": 7})
    server.says("GET /datasets/flowers/samples/7", b"png", kind="image/png")
    out = tmp_path / "new" / "out"
    ended = trainshed("dataset", "samples", "flowers", "--label", "../rose", "--out", str(out))
    assert server.requests[0].query == {"label": "../rose", "limit": "50"}
    assert (out / "000007-train--rose.png").read_bytes() == b"png"
    assert [path.name for path in out.iterdir()] == ["000007-train--rose.png"]
    assert str(out / "000007-train--rose.png") in ended.out
    assert "--after 7" in ended.err


def test_deleting_several_names_each_that_is_still_needed(server: Server, trainshed: Trainshed) -> None:
    server.refuses("DELETE /datasets/roses", 409, detail="ds_2 is needed by job_1: cancel that first")
    server.says("DELETE /datasets/flowers", b"", 204)
    ended = trainshed("dataset", "delete", "roses", "flowers")
    assert (ended.code, ended.out) == (2, "")
    assert "Error: ds_2 is needed by job_1: cancel that first" in ended.err


def test_a_name_that_names_all_data_sets_is_refused(server: Server, client: Client) -> None:
    for name in ("", ".."):
        with pytest.raises(TrainshedError, match="is not the name of a data set"):
            client.delete_dataset(name)
    assert server.requests == []


@pytest.mark.parametrize(
    ("line", "answer", "words"),
    [
        ("GET /datasets", {"data": [DATASET], "built_in": []}, ["list"]),
        ("GET /datasets/flowers", DATASET, ["show", "flowers"]),
        ("GET /datasets/flowers/report", REPORT, ["report", "flowers"]),
        ("GET /datasets/flowers/samples", {"data": [ROSE]}, ["samples", "flowers"]),
        ("POST /datasets/flowers/cancel", PREPARING, ["cancel", "flowers"]),
    ],
)
def test_json_is_all_that_the_server_said(
    server: Server, trainshed: Trainshed, line: str, answer: dict[str, Any], words: list[str]
) -> None:
    server.says(line, answer | {"colour": "green"})
    assert json.loads(trainshed("dataset", *words, "--json").out)["colour"] == "green"
