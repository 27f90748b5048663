"""Commands of jobs."""

import json
import signal
import subprocess
from typing import Any

import pytest

from tests.client.conftest import RUN, Trainshed, wait_until
from tests.client.scripted import EVALUATION, JOB, STREAM, Server, batch


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
