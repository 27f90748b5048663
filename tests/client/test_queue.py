"""`Client.queue`, `trainshed queue`, and cancelling many jobs."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from typing import Any

import pytest

from client import Client
from tests.client.conftest import RUN, Trainshed, wait_until
from tests.client.scripted import JOB, Server

WAITING: list[dict[str, Any]] = [
    {"id": "job_2", "position": 1, "name": "next", "priority": 5, "created_at": "2026-11-23T20:00:00.123Z"},
    {
        "id": "job_3",
        "position": None,
        "not_before": "2026-11-23T20:00:30.000Z",
        "created_at": "2026-11-23T20:00:00.124Z",
    },
]
QUEUE: dict[str, Any] = {
    "counts": {"queued": 10_000, "running": 1, "pausing": 0, "cancelling": 0},
    "workers": 1,
    "running": [
        {
            "id": "job_1",
            "state": "running",
            "worker": "w1",
            "started_at": "2026-11-23T20:00:01.000Z",
            "progress": {"step": 3, "steps": 10},
        }
    ],
    "waiting": WAITING,
    "has_more": True,
    "next_after": "-5",
}


def test_the_queue_is_typed_and_its_page_can_be_chosen(server: Server, client: Client) -> None:
    server.says("GET /queue", QUEUE | {"colour": "green"})
    queue = client.queue(limit=2, after="-7")
    assert server.requests[0].query == {"limit": "2", "after": "-7"}
    assert (queue.counts["queued"], queue.workers, queue.next_after) == (10_000, 1, "-5")
    assert (queue.running[0].worker, queue.running[0].progress.step) == ("w1", 3)
    assert [(job.position, job.not_before is None) for job in queue.waiting] == [(1, True), (None, False)]
    assert json.loads(queue.text())["colour"] == "green"


def test_the_queue_is_shown_with_counts_positions_and_where_it_goes_on(
    server: Server, trainshed: Trainshed
) -> None:
    server.says("GET /queue", QUEUE)
    ended = trainshed("queue", "--limit", "2")
    assert "10,000 queued · 1 running · 0 pausing · 0 cancelling · workers alive: 1" in ended.out
    assert re.search(r"job_1 +running +3/10 +0 +\S+ \S+ +w1", ended.out)
    assert re.search(r"1 +job_2 +5 .* next", ended.out)
    assert re.search(r"after \d{4}-\d\d-\d\d \d\d:\d\d:30 +job_3 +0 ", ended.out)
    assert "--after -5" in ended.err


def test_a_queue_that_is_empty_is_a_line_of_zeros(server: Server, trainshed: Trainshed) -> None:
    counts = dict.fromkeys(QUEUE["counts"], 0)
    server.says("GET /queue", {"counts": counts, "workers": 0, "running": [], "waiting": []})
    ended = trainshed("queue")
    line = "0 queued · 0 running · 0 pausing · 0 cancelling · workers alive: 0\n"
    assert (ended.code, ended.out) == (0, line)


def test_the_queue_as_json_is_what_the_server_said(server: Server, trainshed: Trainshed) -> None:
    server.says("GET /queue", QUEUE)
    ended = trainshed("queue", "--json")
    assert json.loads(ended.out)["counts"] == QUEUE["counts"]
    assert ended.err == ""


def test_where_the_queue_goes_on_can_be_typed_back(server: Server, trainshed: Trainshed) -> None:
    server.says("GET /queue", QUEUE)
    assert trainshed("queue", "--after", "-5").code == 0
    assert server.requests[0].query["after"] == "-5"


def test_several_jobs_are_cancelled_and_counted_by_the_state_that_follows(
    server: Server, trainshed: Trainshed
) -> None:
    for job_id, state in (("job_1", "cancelling"), ("job_2", "cancelled"), ("job_3", "cancelled")):
        server.says(f"POST /jobs/{job_id}/cancel", JOB | {"id": job_id, "state": state}, 202)
    ended = trainshed("cancel", "job_1", "job_2", "job_3")
    assert (ended.code, ended.out, ended.err) == (0, "1 cancelling, 2 cancelled\n", "")


def test_cancelled_jobs_as_json_are_a_line_each_in_the_order_named(
    server: Server, trainshed: Trainshed
) -> None:
    names = [f"job_{number}" for number in range(20)]
    for name in names:
        server.says(f"POST /jobs/{name}/cancel", JOB | {"id": name, "state": "cancelled"}, 202)
    ended = trainshed("cancel", *names, "--json")
    assert [json.loads(line)["id"] for line in ended.out.splitlines()] == names


def test_a_named_job_that_cannot_be_cancelled_ends_with_2_and_the_others_are_cancelled(
    server: Server, trainshed: Trainshed
) -> None:
    server.refuses("POST /jobs/job_1/cancel", 409, detail="job_1 is succeeded")
    server.refuses("POST /jobs/job_2/cancel", 404, detail="there is no job_2")
    server.says("POST /jobs/job_3/cancel", JOB | {"state": "cancelled"}, 202)
    ended = trainshed("cancel", "job_1", "job_2", "job_3")
    assert (ended.code, ended.out) == (2, "1 cancelled\n")
    assert ended.err == "Error: job_1 is succeeded\nError: there is no job_2\n"


def queued(server: Server, *ids: str) -> None:
    """The server lists these over two pages, and cancels them."""
    half = len(ids) // 2
    server.says("GET /jobs", page(*ids[:half], next_after="c2"))
    server.says("GET /jobs", page(*ids[half:]))
    for job_id in ids:
        server.says(f"POST /jobs/{job_id}/cancel", JOB | {"id": job_id, "state": "cancelled"}, 202)


def page(*ids: str, next_after: str | None = None) -> dict[str, object]:
    data = [JOB | {"id": job_id, "state": "queued"} for job_id in ids]
    return {"data": data, "has_more": next_after is not None, "next_after": next_after}


def test_all_queued_jobs_of_every_page_are_cancelled(server: Server, trainshed: Trainshed) -> None:
    queued(server, "job_1", "job_2", "job_3")
    ended = trainshed("cancel", "--all-queued", "--yes")
    assert (ended.code, ended.out) == (0, "3 cancelled\n")
    pages = [request.query for request in server.requests if request.line == "GET /jobs"]
    assert [(query["state"], query.get("after")) for query in pages] == [("queued", None), ("queued", "c2")]


@pytest.mark.parametrize("ids", [(), ("job_1",)])
def test_a_list_of_queued_jobs_without_an_end_is_said_and_nothing_is_cancelled(
    server: Server, trainshed: Trainshed, ids: tuple[str, ...]
) -> None:
    server.says("GET /jobs", page(*ids, next_after="c2"))
    ended = trainshed("cancel", "--all-queued", "--yes")
    assert (ended.code, ended.out) == (3, "")
    assert "says that more jobs are queued, and does not show them" in ended.err
    assert [request.line for request in server.requests] == ["GET /jobs"] * (len(ids) + 1)


def test_a_queued_job_that_ended_meanwhile_is_no_error(server: Server, trainshed: Trainshed) -> None:
    server.says("GET /jobs", page("job_1", "job_2"))
    server.refuses("POST /jobs/job_1/cancel", 409, detail="job_1 is cancelled")
    server.says("POST /jobs/job_2/cancel", JOB | {"state": "cancelled"}, 202)
    ended = trainshed("cancel", "--all-queued", "--yes")
    assert (ended.code, ended.out, ended.err) == (0, "1 cancelled\n", "")


def test_a_queue_without_jobs_is_not_asked_about(server: Server, trainshed: Trainshed) -> None:
    server.says("GET /jobs", page())
    ended = trainshed("cancel", "--all-queued")
    assert (ended.code, ended.out) == (0, "no job is queued\n")


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 2), ("", 2)])
def test_all_queued_asks_first_and_only_yes_cancels(
    server: Server, trainshed: Trainshed, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    queued(server, "job_1", "job_2")
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    ended = trainshed("cancel", "--all-queued")
    assert (ended.code, "Cancel 2 queued jobs?" in ended.err) == (code, True)
    assert any("cancel" in request.line for request in server.requests) == (answer == "y\n")
    assert ("--yes" in ended.err) == (code == 2)


@pytest.mark.parametrize("words", [[], ["job_1", "--all-queued"], ["job_1", "--all-queued", "--yes"]])
def test_a_cancel_of_nothing_and_one_of_two_kinds_at_once_are_wrong_usage(
    server: Server, trainshed: Trainshed, words: list[str]
) -> None:
    assert trainshed("cancel", *words).code == 2
    assert server.requests == []


def test_a_server_that_fails_in_the_middle_ends_with_3_and_says_what_was_done(
    server: Server, trainshed: Trainshed
) -> None:
    server.says("POST /jobs/job_1/cancel", JOB | {"state": "cancelled"}, 202)
    server.refuses("POST /jobs/job_2/cancel", 500, title="Internal Server Error")
    ended = trainshed("cancel", "job_1", "job_2")
    assert (ended.code, ended.out) == (3, "1 cancelled\n")


def test_an_interrupted_cancel_begins_no_more(server: Server) -> None:
    many = [f"job_{number}" for number in range(2_000)]
    for job_id in many:
        server.says(f"POST /jobs/{job_id}/cancel", JOB | {"state": "cancelled"}, 202)
    command = [*RUN, "--url", server.url, "cancel", *many]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: len(server.requests) > 20)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert re.fullmatch(r"[\d,]+ cancelled\n", out)
    assert len(server.requests) < len(many)


def test_a_terminal_shows_a_bar_and_what_is_piped_none(server: Server) -> None:
    for job_id in ("job_1", "job_2"):
        server.says(f"POST /jobs/{job_id}/cancel", JOB | {"state": "cancelled"}, 202)
    command = [*RUN, "--url", server.url, "cancel", "job_1", "job_2"]
    ours, theirs = os.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        out, _ = process.communicate(timeout=30)
    assert b"Cancelling" in os.read(ours, 100_000)
    os.close(theirs)
    os.close(ours)
    assert out == "2 cancelled\n"
