"""How the command line fails, and what it never does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.conftest import RUN, Trainshed
from tests.client.scripted import JOB, Server, point


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


@pytest.mark.parametrize(
    "words", [("logs", "job_1"), ("metrics", "job_1", "--csv"), ("model", "card", "job_1")]
)
def test_the_page_of_a_proxy_is_not_taken_for_an_answer(
    server: Server, trainshed: Trainshed, words: tuple[str, ...]
) -> None:
    for path in ("jobs/job_1/logs", "jobs/job_1/metrics", "models/job_1/card"):
        server.says(f"GET /{path}", b"<h1>Log in</h1>", kind="text/html; charset=utf-8")
    ended = trainshed(*words)
    assert (ended.code, ended.out, "text/html" in ended.err) == (3, "", True)


def test_a_server_that_is_not_there_ends_with_3_and_a_hint(server: Server, trainshed: Trainshed) -> None:
    server.stop()
    ended = trainshed("list")
    assert ended.code == 3
    assert "does not answer" in ended.err
    assert "make up" in ended.err


def test_a_server_in_trouble_ends_with_3(server: Server, trainshed: Trainshed) -> None:
    server.refuses("GET /models", 500, title="Internal Server Error")
    assert trainshed("models").code == 3


def test_what_strangers_have_named_cannot_steer_the_terminal(server: Server, trainshed: Trainshed) -> None:
    name = "\x1b]0;title\x07\x1b[2J\u202e[bold]"
    server.says("GET /jobs", {"data": [JOB | {"name": name, "state": name}]})
    server.says("GET /jobs/job_1", {"detail": name, "title": name}, 404)
    listed, refused = trainshed("list"), trainshed("show", "job_1")
    assert "?]0;title??[2J?[bold]" in listed.out
    assert "?]0;title??[2J?[bold]" in refused.err


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
