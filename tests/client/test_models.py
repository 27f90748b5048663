"""Models and their names, in Python and from the command line."""

import hashlib
import json
from pathlib import Path

import pytest

from client import Client, Misunderstood, Problem, TrainshedError
from tests.client.conftest import Trainshed
from tests.client.scripted import Server

CONTENT = b"weights"
REPORT = {
    "job_id": "job_1",
    "format": "onnx",
    "bytes": len(CONTENT),
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
    "parity": {"split": "test", "images": 128, "largest_difference": 2.4e-7, "agreement": 1.0},
    "versions": {"onnx": "1.21.0"},
}
MODEL = {
    "job_id": "job_1",
    "aliases": ["prod"],
    "dataset": {"name": "flowers:2", "id": "ds_1", "sha256": None},
    "classes": ["rose", "[tulip]"],
    "parameters": 1234,
    "accuracy": 0.915,
    "loss": 0.3,
    "created_at": "2026-11-23T20:00:00Z",
}
FULL = MODEL | {
    "attempt": 2,
    "step": 2000,
    "bytes": 4936,
    "sha256": "ab" * 32,
    "evaluation": {"step": 2000, "split": "test", "loss": 0.3, "accuracy": 0.915},
    "preprocessing": {"channels": 3, "image_size": 64, "mean": [], "deviation": [], "fit": None},
    "calibration": {"temperature": 1.5, "fitted_on": "half of test"},
    "spec": {"architecture": {"head": "average"}},
    "exports": [REPORT],
}
MADE, FILE = "GET /models/prod/export/report", "GET /models/prod/export"


def test_models_are_listed_with_their_names(server: Server, trainshed: Trainshed) -> None:
    server.says("GET /models", {"data": [MODEL]})
    out = trainshed("models").out
    assert all(words in out for words in ("job_1", "prod", "flowers:2", "1,234", "91.5 %"))


def test_show_tells_all_about_a_model(server: Server, trainshed: Trainshed) -> None:
    server.says("GET /models/prod", FULL)
    out = trainshed("model", "show", "prod").out
    for words in (
        "job_1",
        "rose, [tulip]",
        "attempt 2, step 2,000",
        "temperature 1.5",
        "flowers:2 · ds_1",
        "onnx",
        "128 test",
    ):
        assert words in out
    assert (
        json.loads(trainshed("model", "show", "prod", "--json").out)["exports"][0]["sha256"]
        == REPORT["sha256"]
    )


def test_a_card_is_printed_as_it_came(server: Server, trainshed: Trainshed) -> None:
    server.says("GET /models/prod/card", b"# flowers\n", kind="text/markdown")
    assert trainshed("model", "card", "prod") == (0, "# flowers\n", "")


def test_an_export_is_waited_for_and_written(server: Server, trainshed: Trainshed, tmp_path: Path) -> None:
    server.says(MADE, {"state": "exporting"}, 202)
    server.says(MADE, REPORT)
    server.says(FILE, CONTENT, kind="application/onnx")
    path = tmp_path / "flowers.onnx"
    ended = trainshed("model", "export", "prod", "--format", "onnx", "--out", str(path))
    assert (ended.code, path.read_bytes(), ended.err) == (0, CONTENT, f"{path}\n")
    assert "100.0 %" in ended.out
    assert [request.query["format"] for request in server.requests] == ["onnx"] * 3


def test_without_a_name_a_file_is_called_after_the_model(
    server: Server, trainshed: Trainshed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    server.says(MADE, REPORT)
    server.says(FILE, CONTENT)
    assert trainshed("model", "export", "prod", "--format", "torch").code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["prod.pt2"]


def test_a_file_that_is_not_the_reports_is_not_kept(server: Server, client: Client, tmp_path: Path) -> None:
    server.says(MADE, REPORT)
    server.says(FILE, CONTENT[:-1])
    with pytest.raises(Misunderstood, match="SHA-256"):
        client.export_model("prod", "onnx", tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_the_path_is_named(
    server: Server, client: Client, tmp_path: Path
) -> None:
    server.says(MADE, REPORT)
    server.says(FILE, CONTENT)
    with pytest.raises(TrainshedError, match=r"none/model\.onnx: No such"):
        client.export_model("prod", "onnx", tmp_path / "none" / "model.onnx")


def test_an_alias_is_moved_from_where_it_is_thought_to_be(server: Server, trainshed: Trainshed) -> None:
    server.says("PUT /aliases/prod", {"alias": "prod", "job_id": "job_2"})
    assert trainshed("model", "alias", "prod", "job_2", "--from", "job_1") == (0, "job_2\n", "")
    (request,) = server.requests
    assert (json.loads(request.body), request.headers["if-match"]) == ({"job": "job_2"}, '"job_1"')


def test_a_move_that_came_too_late_is_refused(server: Server, client: Client) -> None:
    server.refuses("PUT /aliases/prod", 412, detail="prod means job_3")
    with pytest.raises(Problem, match="prod means job_3"):
        client.move_alias("prod", "job_2", expected="job_1")


def test_aliases_are_listed_and_taken_away(server: Server, trainshed: Trainshed) -> None:
    server.says("GET /aliases", {"data": [{"alias": "prod", "job_id": "job_2"}]})
    server.says("DELETE /aliases/prod", b"", 204)
    out = trainshed("model", "aliases").out
    assert "prod" in out
    assert "job_2" in out
    assert trainshed("model", "unalias", "prod").code == 0


def test_a_model_that_has_a_name_is_not_deleted(server: Server, trainshed: Trainshed) -> None:
    server.refuses("DELETE /models/job_1", 409, detail="the model of job_1 is what prod means")
    ended = trainshed("model", "delete", "job_1")
    assert (ended.code, "prod" in ended.err) == (2, True)


def test_a_name_cannot_leave_its_place_in_the_path(client: Client) -> None:
    for wrong in ("", ".."):
        with pytest.raises(TrainshedError, match="is not the name of a model"):
            client.delete_model(wrong)
