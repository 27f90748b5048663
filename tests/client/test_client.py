import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from client import (
    Client,
    Conflict,
    Denied,
    Failing,
    Invalid,
    Misunderstood,
    NotFound,
    TrainshedError,
    Unreachable,
)
from client.connection.address import default_url
from tests.client.scripted import JOB, Server, point


def test_a_job_is_read_with_its_history_and_fields_of_a_newer_server(server: Server, client: Client) -> None:
    server.says("GET /jobs/job_1", JOB | {"colour": "green"})
    job = client.job("job_1")
    assert (job.state, job.transitions[0].before, job.transitions[0].to) == ("running", None, "queued")
    assert json.loads(job.text())["colour"] == "green"


def test_a_submission_that_lost_its_answer_is_sent_again_with_the_same_key(
    server: Server, client: Client
) -> None:
    server.hangs_up("POST /jobs")
    server.says("POST /jobs", JOB, 201)
    assert client.submit({"training": {}}).id == "job_1"
    first, second = server.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.body == second.body == b'{"training": {}}'


def test_two_submissions_have_different_keys_unless_the_caller_gives_one(
    server: Server, client: Client
) -> None:
    server.says("POST /jobs", JOB, 201)
    for key in (None, None, "mine", "mine"):
        client.submit({}, idempotency_key=key)
    keys = [request.headers["idempotency-key"] for request in server.requests]
    assert len(set(keys[:2])) == 2
    assert keys[2:] == ["mine", "mine"]


def test_a_passing_503_is_tried_again(server: Server, client: Client) -> None:
    server.refuses("GET /jobs/job_1", 503, title="Redis does not answer")
    server.says("GET /jobs/job_1", JOB)
    assert client.job("job_1").id == "job_1"


def test_a_cancel_that_lost_its_answer_is_not_repeated(server: Server, client: Client) -> None:
    server.hangs_up("POST /jobs/job_1/cancel")
    with pytest.raises(Unreachable):
        client.cancel("job_1")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Invalid), (401, Denied), (404, NotFound), (409, Conflict), (422, Invalid), (500, Failing)],
)
def test_each_refusal_has_its_own_error(
    server: Server, client: Client, status: int, kind: type[TrainshedError]
) -> None:
    server.refuses("GET /jobs/job_1", status, title="No", detail="because")
    with pytest.raises(kind, match="because"):
        client.job("job_1")


def test_a_refused_spec_names_each_field_and_what_was_probably_meant(server: Server, client: Client) -> None:
    fault = {"pointer": "/training/batchsize", "code": "unknown_field", "message": "unknown field"}
    server.refuses(
        "POST /jobs", 422, detail="The spec is wrong.", errors=[fault | {"suggestion": "batch_size"}]
    )
    with pytest.raises(Invalid) as caught:
        client.submit({})
    assert caught.value.errors[0].pointer == "/training/batchsize"
    assert str(caught.value) == (
        "The spec is wrong.\n  /training/batchsize: unknown field (did you mean batch_size?)"
    )


def test_a_detail_that_only_repeats_the_list_of_errors_is_not_shown_twice(
    server: Server, client: Client
) -> None:
    faults = [{"pointer": "/a", "message": "is wrong"}, {"pointer": "/b", "message": "is missing"}]
    server.refuses("POST /jobs", 422, title="Refused", detail="/a: is wrong; /b: is missing", errors=faults)
    with pytest.raises(Invalid) as caught:
        client.submit({})
    assert str(caught.value) == "Refused:\n  /a: is wrong\n  /b: is missing"


def test_an_error_page_of_a_proxy_is_still_a_refusal(server: Server, client: Client) -> None:
    server.says("DELETE /jobs/job_1", b"<h1>Bad Gateway</h1>", 502, "text/html")
    with pytest.raises(Failing, match="HTTP 502"):
        client.delete("job_1")


def test_another_program_on_the_port_is_named_as_such(server: Server, client: Client) -> None:
    server.says("GET /jobs", b"<h1>It works!</h1>", kind="text/html")
    with pytest.raises(Misunderstood, match="does not answer /jobs as Trainshed does"):
        client.jobs()


def test_where_nothing_listens_it_gives_up_after_its_patience(server: Server) -> None:
    server.stop()
    began = time.monotonic()
    with Client(server.url, patience=0.5) as client, pytest.raises(Unreachable, match="does not answer"):
        client.models()
    assert time.monotonic() - began < 2


def test_what_is_no_url_is_said_at_once() -> None:
    with pytest.raises(TrainshedError, match="is not the URL of a server"):
        Client("http://[oops")


def test_the_server_is_found_through_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRAINSHED_URL", raising=False)
    monkeypatch.delenv("TRAINSHED_PORT", raising=False)
    assert default_url() == "http://127.0.0.1:8000"
    monkeypatch.setenv("TRAINSHED_PORT", "8123")
    assert default_url() == "http://127.0.0.1:8123"
    monkeypatch.setenv("TRAINSHED_URL", "https://train.example")
    assert default_url() == "https://train.example"


def test_the_api_key_travels_as_a_bearer_token(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.says("GET /jobs/job_1", JOB)
    monkeypatch.setenv("TRAINSHED_API_KEY", "from-the-environment")
    for key in (None, "given"):
        with Client(server.url, key) as client:
            client.job("job_1")
    keys = [request.headers["authorization"] for request in server.requests]
    assert keys == ["Bearer from-the-environment", "Bearer given"]


def test_a_proxy_in_the_environment_does_not_come_between_this_machine_and_itself(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.says("GET /jobs/job_1", JOB)
    with Client(server.url, patience=0) as client:
        assert client.job("job_1").id == "job_1"


def test_an_id_cannot_leave_its_place_in_the_path(server: Server, client: Client) -> None:
    server.refuses("GET /jobs/a%2F..%2F..%2Fmodels%3Fx", 404)
    with pytest.raises(NotFound):
        client.job("a/../../models?x")


def test_points_come_over_many_pages_until_the_job_is_complete(server: Server, client: Client) -> None:
    for steps, complete in (((1, 2), False), ((), False), ((3, 4, 5), True)):
        server.says("GET /jobs/job_1/metrics", page(*steps, complete=complete))
    assert [one.step for one in client.points("job_1")] == [1, 2, 3, 4, 5]
    assert [request.query["after"] for request in server.requests] == ["0", "2", "2"]


def test_points_outlive_a_restart_of_the_server(server: Server, start: Callable[[int], Server]) -> None:
    def restart() -> None:
        start(server.server_port).says("GET /jobs/job_1/metrics", page(3, complete=True))

    server.says("GET /jobs/job_1/metrics", page(1, 2))
    with Client(server.url, reconnect=20) as client:
        points = client.points("job_1")
        assert [next(points).step, next(points).step] == [1, 2]
        server.stop()
        threading.Timer(0.5, restart).start()
        assert [one.step for one in points] == [3]


def test_points_without_following_end_where_the_series_ends_now(server: Server, client: Client) -> None:
    server.says("GET /jobs/job_1/metrics", page(1, 2))
    server.says("GET /jobs/job_1/metrics", page())
    assert [one.step for one in client.points("job_1", follow=False)] == [1, 2]


def test_csv_pages_are_joined_under_one_header(server: Server, client: Client) -> None:
    for rows in ("0.1,1\n0.2,2\n", "0.3,3\n", ""):
        server.says("GET /jobs/job_1/metrics", f"epoch,step\n{rows}".encode(), kind="text/csv")
    assert "".join(client.metrics_csv("job_1", limit=2)) == "epoch,step\n0.1,1\n0.2,2\n0.3,3\n"
    assert [request.query["after"] for request in server.requests] == ["0", "2", "3"]


def test_a_series_that_does_not_get_further_is_an_error_and_no_endless_one(
    server: Server, client: Client
) -> None:
    server.says("GET /jobs/job_1/metrics", page(1, 2))
    points = client.points("job_1")
    assert [next(points).step for _ in range(2)] == [1, 2]
    with pytest.raises(Misunderstood, match="after step 2 are said to end at step 2"):
        next(points)
    server.says("GET /jobs/job_2/metrics", b"epoch,step\n0.1,1\n0.2,2\n", kind="text/csv")
    with pytest.raises(Misunderstood, match="after step 2 are said to end at step 2"):
        list(client.metrics_csv("job_2"))


def test_images_are_sent_as_paths_bytes_or_named_bytes(
    server: Server, client: Client, tmp_path: Path
) -> None:
    (tmp_path / "boot.png").write_bytes(b"\x89PNG boot")
    answer = {"filename": "boot.png", "label": "Bag", "index": 8, "probability": 0.75, "top_k": []}
    server.says("POST /predict", {"model": {"job_id": "job_1", "step": 10}, "predictions": [answer]})
    result = client.predict([tmp_path / "boot.png", b"raw", ("named.png", b"other")], "job_1", top_k=3)
    assert (result.predictions[0].label, result.predictions[0].error) == ("Bag", None)
    body = server.requests[0].body
    assert all(part in body for part in (b'filename="boot.png"', b"raw", b'filename="named.png"', b"job_1"))


def test_an_explained_prediction_has_its_pictures_as_bytes(server: Server, client: Client) -> None:
    explanation = {"class": {"label": "Bag", "index": 8}, "heatmap": "bWFw", "overlay": "b3Zlcg=="}
    answer = {"label": None, "abstained": True, "ood": 0.97, "explanation": explanation}
    server.says("POST /predict", {"model": {"job_id": "job_1"}, "predictions": [answer]})
    result = client.predict(
        [b"raw"], "job_1", min_confidence=0.6, flips=True, explain="gradcam", explained_class=8
    )
    (prediction,) = result.predictions
    assert (prediction.abstained, prediction.ood) == (True, 0.97)
    assert prediction.explanation
    assert (prediction.explanation.of.label, prediction.explanation.overlay) == ("Bag", b"over")
    body = server.requests[0].body.decode()
    for name, value in {"min_confidence": "0.6", "flips": "True", "explain": "gradcam", "class": "8"}.items():
        assert f'name="{name}"\r\n\r\n{value}\r\n' in body


def test_readiness_is_told_also_while_something_is_missing(server: Server, client: Client) -> None:
    server.says("GET /readyz", {"status": "unavailable", "checks": {"redis": "ok", "worker": "none"}}, 503)
    server.says("GET /readyz", {"status": "ok", "checks": {"redis": "ok", "worker": "ok"}})
    waiting, ready = client.ready(), client.ready()
    assert (waiting.ok, waiting.checks["worker"]) == (False, "none")
    assert ready.ok


def page(*steps: int, complete: bool = False) -> dict[str, object]:
    return {
        "job_id": "job_1",
        "state": "succeeded" if complete else "running",
        "points": [point(step) for step in steps],
        "next_after": max(steps, default=2),
        "complete": complete,
    }
