import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from client import cli
from tests.client.conftest import JOB, Server, batch, point

STREAM = "GET /jobs/job_1/stream"
RUN = [sys.executable, "-c", "from client.cli import main; main()"]


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Trainshed = Callable[..., Ended]


@pytest.fixture
def trainshed(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Trainshed:
    """Runs a command line against the test's server."""
    monkeypatch.setenv("TRAINSHED_URL", server.url)

    def run(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["trainshed", *words])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        return Ended(int(caught.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "spec.json"
    path.write_text('{"training": {"max_steps": 10}}')
    return str(path)


def test_submit_prints_the_id_alone_and_the_rest_on_stderr(
    server: Server, trainshed: Trainshed, spec: str
) -> None:
    server.says("POST /jobs", JOB | {"state": "queued"}, 201)
    ended = trainshed("submit", spec, "--name", "mine")
    assert (ended.code, ended.out) == (0, "job_1\n")
    assert "trainshed watch job_1" in ended.err
    assert json.loads(server.requests[0].body) == {"training": {"max_steps": 10}, "name": "mine"}


@pytest.mark.parametrize(("state", "code"), [("succeeded", 0), ("failed", 1), ("cancelled", 1)])
def test_watching_ends_with_the_job_and_its_exit_code(
    server: Server, trainshed: Trainshed, spec: str, state: str, code: int
) -> None:
    error = {"code": "diverged", "message": "the loss is NaN", "hint": "Lower it.", "log": ["step 3"]}
    server.says("POST /jobs", JOB, 201)
    moved = ("state", {"state": state, "error": error if state == "failed" else None})
    server.streams(STREAM, batch(*range(1, 11)), ("evaluation", EVALUATION), moved, ("end", {"state": state}))
    ended = trainshed("submit", spec, "--watch")
    assert ended.code == code
    assert "step 10/10 · loss 0.1000 · accuracy 50.0 % · 640 images/s · ETA 0:00:00" in ended.out
    assert "test after step 10: loss 0.3000 · accuracy 91.2 %" in ended.out
    assert ("diverged: the loss is NaN\n  step 3\nHint: Lower it." in ended.out) == (state == "failed")


def test_watch_goes_on_after_a_step_and_through_a_lost_connection(
    server: Server, trainshed: Trainshed
) -> None:
    server.says("GET /jobs/job_1", JOB)
    server.streams(STREAM, batch(8))
    server.streams(STREAM, batch(8, 9, 10), ("end", {"state": "succeeded"}))
    ended = trainshed("watch", "job_1", "--after", "7", "--json")
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert [row["event"] for row in rows] == ["metrics", "metrics", "end"]
    assert [one["step"] for row in rows[:2] for one in row["points"]] == [8, 9, 10]
    assert [request.query.get("after") for request in server.requests] == [None, "7", "8"]


def test_an_interrupted_watch_says_that_the_job_goes_on_and_how_to_resume(server: Server) -> None:
    server.says("GET /jobs/job_1", JOB)
    server.streams(STREAM, batch(1, 2, 3))  # and breaks off, so that the client tries again until interrupted
    command = [*RUN, "--url", server.url, "watch", "job_1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: sum(request.line == STREAM for request in server.requests) > 1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "step 3/10" in out
    assert "the job goes on" in err
    assert f"trainshed --url {server.url} watch job_1 --after 3" in err


def test_a_refused_spec_is_explained_field_by_field(server: Server, trainshed: Trainshed, spec: str) -> None:
    fault = {"pointer": "/training/batchsize", "message": "unknown field", "suggestion": "batch_size"}
    server.refuses("POST /jobs/validate", 422, detail="The spec is wrong.", errors=[fault])
    ended = trainshed("validate", spec)
    assert (ended.code, ended.out) == (2, "")
    assert "/training/batchsize: unknown field (did you mean batch_size?)" in ended.err


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[1]", "holds no JSON object"),
        (None, "No such"),
    ],
    ids=["half", "deep", "list", "missing"],
)
def test_a_spec_that_cannot_be_read_is_invalid_input(
    trainshed: Trainshed, tmp_path: Path, text: str | None, why: str
) -> None:
    path = tmp_path / "spec.json"
    if text is not None:
        path.write_text(text)
    ended = trainshed("submit", str(path))
    assert ended.code == 2
    assert why in ended.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["submit", "SPEC", "--once", "é"], "cannot be sent"),
        (["submit", "SPEC", "--once", "two\nlines"], "cannot be sent"),
        (["--key", "schlüssel", "list"], "API key"),
        (["show", "x" * 100_000], "cannot be sent"),
        (["show", ""], "is not the id of a job"),
        (["delete", ""], "is not the id of a job"),
        (["cancel", ".."], "is not the id of a job"),
        pytest.param(
            ["predict", "/proc/self/mem", "--job", "job_1"],
            "/proc/self/mem: ",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="a file that opens and cannot be read"),
        ),
    ],
)
def test_what_cannot_be_sent_is_invalid_input(
    server: Server, trainshed: Trainshed, spec: str, words: list[str], why: str
) -> None:
    ended = trainshed(*(spec if word == "SPEC" else word for word in words))
    assert (ended.code, why in ended.err, server.requests) == (2, True, [])


def test_a_server_that_sends_us_elsewhere_is_not_taken_for_done(server: Server, trainshed: Trainshed) -> None:
    server.sends_on("DELETE /jobs/job_1", "https://elsewhere.example/")
    ended = trainshed("delete", "job_1")
    assert (ended.code, "https://elsewhere.example/" in ended.err) == (3, True)


def test_a_server_that_is_not_there_ends_with_3_and_a_hint(server: Server, trainshed: Trainshed) -> None:
    server.stop()
    ended = trainshed("list")
    assert ended.code == 3
    assert "does not answer" in ended.err
    assert "make up" in ended.err


def test_a_server_in_trouble_ends_with_3(server: Server, trainshed: Trainshed) -> None:
    server.refuses("GET /models", 500, title="Internal Server Error")
    assert trainshed("models").code == 3


def test_wrong_usage_ends_with_2(trainshed: Trainshed) -> None:
    assert trainshed("watch").code == 2


def test_with_json_a_failure_is_json_too(server: Server, trainshed: Trainshed, spec: str) -> None:
    fault = {"pointer": "/training/batchsize", "message": "unknown field"}
    server.refuses("POST /jobs", 422, title="Refused", errors=[fault])
    ended = trainshed("submit", spec, "--json")
    told = json.loads(ended.err)
    assert (told["error"], told["status"], told["exit_code"], ended.code) == ("Invalid", 422, 2, 2)
    assert told["problem"]["errors"] == [fault]
    usage = trainshed("watch", "--json")
    assert (usage.code, usage.out, json.loads(usage.err)["error"]) == (2, "", "Usage")
    server.stop()
    away = trainshed("list", "--json")
    assert (away.code, json.loads(away.err)["error"]) == (3, "Unreachable")


def test_a_list_keeps_every_id_whole_when_it_is_piped(server: Server, trainshed: Trainshed) -> None:
    long = "job_" + "x" * 100
    server.says("GET /jobs", {"data": [JOB | {"id": long}], "has_more": True, "next_after": "c2"})
    ended = trainshed("list", "--state", "running", "--limit", "1")
    assert long in ended.out
    assert "--after c2" in ended.err
    assert server.requests[0].query == {"state": "running", "limit": "1"}


def test_show_tells_state_history_spec_and_why_it_failed(server: Server, trainshed: Trainshed) -> None:
    spec = JOB["spec"] | {"training": {"optimizer": {"name": "sgd"}, "batch_size": 64}}
    error = {"code": "diverged", "message": "[NaN]"}
    server.says("GET /jobs/job_1", JOB | {"state": "failed", "error": error, "spec": spec})
    out = trainshed("show", "job_1").out
    assert all(words in out for words in ("failed", "diverged: [NaN]", "submitted", "fashion-mnist"))
    assert "optimizer (name sgd), batch_size 64" in out


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("job_9", {"job": "job_9", "checkpoint": "last"}),
        ("job_9:best", {"job": "job_9", "checkpoint": "best"}),
        ("job_9:400", {"job": "job_9", "checkpoint": 400}),
    ],
)
def test_a_job_may_go_on_from_another_ones_checkpoint(
    server: Server, trainshed: Trainshed, spec: str, said: str, asked: dict[str, Any]
) -> None:
    server.says("POST /jobs", JOB, 201)
    assert trainshed("submit", spec, "--resume-from", said).code == 0
    assert json.loads(server.requests[0].body)["resume_from"] == asked


@pytest.mark.parametrize(("command", "state"), [("pause", "pausing"), ("resume", "queued")])
def test_pause_and_resume_say_the_state_that_follows(
    server: Server, trainshed: Trainshed, command: str, state: str
) -> None:
    server.says(f"POST /jobs/job_1/{command}", JOB | {"state": state}, 202)
    server.says(f"POST /jobs/job_1/{command}", {"status": 409, "detail": "job_1 is failed"}, 409)
    assert trainshed(command, "job_1") == (0, f"{state}\n", "")
    refused = trainshed(command, "job_1")
    assert (refused.code, "job_1 is failed" in refused.err) == (2, True)


def test_checkpoints_are_listed_with_the_best_one_starred(server: Server, trainshed: Trainshed) -> None:
    evaluation = {"split": "validation", "loss": 0.25, "accuracy": 0.91}
    kept = [
        {"step": 400, "attempt": 1, "bytes": 2048, "loss": 0.3, "evaluation": evaluation, "best": True},
        {"step": 500, "attempt": 2, "bytes": 2048, "loss": 0.2, "evaluation": None, "best": False},
    ]
    server.says("GET /jobs/job_1/checkpoints", {"data": kept})
    out = trainshed("checkpoints", "job_1").out
    assert [line.split()[:2] for line in out.splitlines() if line.startswith(("4", "5", " "))][-2:] == [
        ["400", "*"],
        ["500", "2"],
    ]
    assert "91.0 %" in out
    assert [one["step"] for one in json.loads(trainshed("checkpoints", "job_1", "--json").out)["data"]] == [
        400,
        500,
    ]


def test_show_tells_events_among_the_moves_in_order_of_time(server: Server, trainshed: Trainshed) -> None:
    event = {
        "event": "rolled_back",
        "at": "2026-11-23T20:00:02Z",
        "attempt": 1,
        "step": 5,
        "message": "NaN at 7",
    }
    later = {"from": "queued", "to": "running", "at": "2026-11-23T20:00:03Z", "reason": "claimed"}
    server.says("GET /jobs/job_1", JOB | {"events": [event], "transitions": [*JOB["transitions"], later]})
    out = trainshed("show", "job_1").out
    assert out.index("submitted") < out.index("rolled back") < out.index("NaN at 7") < out.index("claimed")


def test_json_is_what_the_server_said(server: Server, trainshed: Trainshed) -> None:
    server.says("GET /jobs/job_1", JOB | {"colour": "green"})
    shown = json.loads(trainshed("show", "job_1", "--json").out)
    assert (shown["colour"], shown["transitions"][0]["from"]) == ("green", None)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
def test_a_full_disk_is_said_in_a_line_and_is_not_taken_for_a_failed_job(server: Server) -> None:
    server.says("GET /jobs", {"data": [JOB]})
    command = [*RUN, "--url", server.url, "list"]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (2, "Error: No space left on device\n")


def test_metrics_are_printed_as_a_table_as_rows_and_as_csv(server: Server, trainshed: Trainshed) -> None:
    page = {"job_id": "job_1", "state": "succeeded", "points": [point(1)], "next_after": 1, "complete": True}
    server.says("GET /jobs/job_1/metrics", page)
    assert re.search(r"1 +0\.100 +1\.0000 +50\.0 % +0\.1 +640", trainshed("metrics", "job_1").out)
    assert json.loads(trainshed("metrics", "job_1", "--json").out)["step"] == 1
    server.answers.clear()
    server.says("GET /jobs/job_1/metrics", b"step,loss\n1,0.5\n", kind="text/csv")
    server.says("GET /jobs/job_1/metrics", b"step,loss\n", kind="text/csv")
    assert trainshed("metrics", "job_1", "--csv").out == "step,loss\n1,0.5\n"


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


def test_evaluate_tells_how_far_probabilities_can_be_trusted(server: Server, trainshed: Trainshed) -> None:
    calibration = {"temperature": 1.8, "fitted_on": "validation", "ece_before": 0.053, "ece": 0.012}
    server.says("GET /jobs/job_1/evaluation", EVALUATION | {"job_id": "job_1", "calibration": calibration})
    out = trainshed("evaluate", "job_1").out
    assert "calibration error 5.3 % before, 1.2 % after division by temperature 1.8" in out


def test_evaluate_shows_the_accuracy_of_each_class(server: Server, trainshed: Trainshed) -> None:
    classes = [{"index": 6, "label": "Shirt", "images": 1000, "precision": 0.8, "recall": 0.754, "f1": 0.77}]
    server.says("GET /jobs/job_1/evaluation", EVALUATION | {"job_id": "job_1", "classes": classes})
    out = trainshed("evaluate", "job_1").out
    assert "accuracy 91.2 %" in out
    assert re.search(r"Shirt +1,000 +75\.4 %", out)


def test_validate_shows_layers_and_totals(server: Server, trainshed: Trainshed, spec: str) -> None:
    layer = {"name": "conv1", "kind": "conv", "output": [64, 28, 28], "parameters": 640, "flops": 903168}
    totals = {"parameters": 640, "flops_per_image": 903168, "training_memory_bytes": 2**30, "steps": 10}
    server.says("POST /jobs/validate", {"spec": {}, "layers": [layer], "warnings": ["slow"], **totals})
    out = trainshed("validate", spec).out
    assert all(words in out for words in ("64×28×28", "903.2 kFLOP", "1.0 GiB to train", "Warning: slow"))


def test_validate_shows_the_time_or_why_it_is_not_known(
    server: Server, trainshed: Trainshed, spec: str
) -> None:
    plan = {"spec": {}, "training_memory_bytes": 2**30}
    server.says("POST /jobs/validate", {**plan, "seconds_per_step": 0.0125, "seconds": 125.0})
    server.says("POST /jobs/validate", {**plan, "no_seconds_because": "nobody measured"})
    assert "1.0 GiB to train · 12.5 ms a step · 0:02:05 in all" in trainshed("validate", spec).out
    assert "time unknown: nobody measured" in trainshed("validate", spec).out


def test_show_says_what_a_range_test_found_and_what_a_waiting_job_will_take(
    server: Server, trainshed: Trainshed
) -> None:
    estimate = {"training_memory_bytes": 2**30, "seconds_per_step": 2.5, "seconds": 25.0}
    server.says("GET /jobs/job_1", {**JOB, "progress": {"estimate": estimate}})
    server.says("GET /jobs/job_1", {**JOB, "lr_range": {"suggestion": 0.05, "steepest_learning_rate": 0.1}})
    assert "2.5 s a step · 0:00:25 in all" in trainshed("show", "job_1").out
    out = trainshed("show", "job_1").out
    assert "suggested learning rate 0.05 · steepest fall of the loss at 0.1 · diverged at –" in out


@pytest.mark.parametrize("command", ["logs", "metrics"])
def test_a_closed_pipe_is_quiet(server: Server, command: str) -> None:
    page = {
        "job_id": "job_1",
        "state": "succeeded",
        "points": [point(1)] * 2000,
        "next_after": 1,
        "complete": True,
    }
    server.says("GET /jobs/job_1/logs", b"line\n" * 100_000, kind="text/plain")
    server.says("GET /jobs/job_1/metrics", page)
    words = [*RUN, "--url", server.url, command, "job_1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


EVALUATION = {"step": 10, "split": "test", "loss": 0.3, "accuracy": 0.912, "images": 10000}


def wait_until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
