"""Jobs over HTTP, against the whole running stack."""

import copy
import json
import platform
from importlib.metadata import version
from typing import Any

import pytest

from model.training.metrics import BatchMetrics
from tests.app.conftest import Api

SEED: dict[str, Any] = {
    "architecture": {"preset": "vgg11"},
    "data": {"dataset": "fashion-mnist", "image_size": 96},
    "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "batch_size": 64, "max_steps": 1000},
}


def test_a_job_trains_and_ends_with_its_evaluation(service: Any, trained: str) -> None:
    job = service.job(trained)
    assert job["progress"]["step"] == job["progress"]["steps"] == 40
    assert job["evaluation"]["split"] == "test"
    assert job["evaluation"]["images"] == 10_000
    assert [move["to"] for move in job["transitions"]] == ["queued", "running", "succeeded"]
    assert job["error"] is None


def test_the_record_tells_what_trained_it(service: Any, trained: str) -> None:
    job = service.job(trained)
    assert (job["device"], job["versions"]["python"]) == ("cpu", platform.python_version())
    assert job["versions"]["torch"].startswith(version("torch"))
    assert job["hardware"]
    assert job["best"] == job["evaluation"]


def test_the_record_shows_the_expanded_spec(service: Any) -> None:
    answer = service.http.post("/jobs", json={**SEED, "name": "seed", "labels": {"a": "b"}})
    job = answer.json()
    service.http.post(f"/jobs/{job['id']}/cancel")
    assert answer.headers["location"] == f"/jobs/{job['id']}"
    assert job["spec"]["architecture"]["blocks"] == [[1, 64], [1, 128], [2, 256], [2, 512], [2, 512]]
    assert (job["name"], job["labels"]) == ("seed", {"a": "b"})


def test_a_shown_spec_can_be_submitted_again(service: Any, trained: str) -> None:
    spec = service.job(trained)["spec"]
    assert service.http.post("/jobs/validate", json=spec).status_code == 200


def test_validation_gives_the_layer_table_and_queues_nothing(service: Any) -> None:
    before = service.http.get("/jobs").json()["data"]
    plan = service.http.post("/jobs/validate", json=SEED).json()
    assert plan["parameters"] == 44_920_074 == sum(layer["parameters"] for layer in plan["layers"])
    assert plan["layers"][-1]["output"] == [10, 1, 1]
    assert plan["steps"] == 1000
    assert [job["id"] for job in service.http.get("/jobs").json()["data"]] == [job["id"] for job in before]


def test_validation_takes_classes_and_channels_in_place_of_a_dataset(service: Any) -> None:
    body = {**SEED, "data": {"classes": 1000, "channels": 3, "image_size": 224}}
    assert service.http.post("/jobs/validate", json=body).json()["parameters"] == 132_863_336
    refused = service.http.post("/jobs", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/data/dataset")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (
            {"architecture": {"preset": "vgg11"}, "data": {"dataset": "fashion-mnist"}},
            "/architecture/blocks/4",
        ),
        ({"data": {"dataset": "fashion-minst", "image_size": 96}}, "/data/dataset"),
        ({"data": {"dataset": "fashion-mnist", "image_size": 97.5}}, "/data/image_size"),
        ({"extra": 1}, "/extra"),
    ],
)
def test_a_wrong_spec_is_a_422_that_points_at_the_field(
    service: Any, change: dict[str, Any], pointer: str
) -> None:
    answer = service.http.post("/jobs", json={**SEED, **change})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b'{"a": NaN}',
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"training": {"batch_size": ' + b"9" * 5000 + b"}}",
        json.dumps(SEED).replace("0.1", "NaN").encode(),
        json.dumps(SEED).replace("0.1", "1e999").encode(),
        json.dumps(SEED).replace("0.1", "-Infinity").encode(),
    ],
    ids=range(12),
)
@pytest.mark.parametrize("path", ["/jobs", "/jobs/validate"])
def test_no_body_makes_the_server_fail(service: Any, path: str, body: bytes) -> None:
    answer = service.http.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["status"] == answer.status_code


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"[" * 50_000, "nested too deeply"),
        (b"9" * 5000, "too many digits"),
        (b'{"name": "\xff"}', "not UTF-8"),
        (b'{"name": "x"} x', "Extra data (character 14)"),
    ],
)
def test_a_body_that_is_no_json_says_why(service: Any, body: bytes, why: str) -> None:
    answer = service.http.post("/jobs", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, why in answer.json()["detail"]) == (400, True), answer.text


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain"])
def test_a_spec_that_is_not_sent_as_json_is_told_so(service: Any, kind: str) -> None:
    answer = service.http.post("/jobs", content=json.dumps(SEED), headers={"content-type": kind})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "header:content-type")


def test_of_a_thousand_mistakes_the_first_twenty_are_named_and_the_rest_counted(service: Any) -> None:
    answer = service.http.post("/jobs", json={**SEED, **{f"field{i}": i for i in range(1000)}})
    assert len(answer.json()["errors"]) == 20
    assert answer.json()["detail"].endswith("; and 980 more")


def test_a_network_too_large_for_every_worker_is_refused_before_it_is_queued(service: Any) -> None:
    body = copy.deepcopy(SEED)
    body["training"]["batch_size"] = 65_536
    answer = service.http.post("/jobs", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "too_large")


def test_the_same_idempotency_key_makes_one_job(service: Any) -> None:
    first, again = (
        service.http.post("/jobs", json=SEED, headers={"Idempotency-Key": "k1"}) for _ in range(2)
    )
    other = service.http.post("/jobs", json={**SEED, "name": "x"}, headers={"Idempotency-Key": "k1"})
    service.http.post(f"/jobs/{first.json()['id']}/cancel")
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["idempotency-replayed"] == "true"
    assert other.status_code == 422


@pytest.mark.parametrize(
    "job_id", ["job_" + "0" * 28, "nothing", "job_*", "..%2F..%2Fetc", "%00", "x" * 5000]
)
@pytest.mark.parametrize(
    "path",
    [
        "",
        "/metrics",
        "/stream",
        "/evaluation",
        "/evaluations",
        "/pictures",
        "/pictures/0",
        "/checkpoints",
        "/logs",
        "/report",
    ],
)
def test_an_unknown_job_is_a_404_everywhere(service: Any, job_id: str, path: str) -> None:
    assert service.http.get(f"/jobs/{job_id}{path}").status_code == 404


def test_a_finished_job_cannot_be_cancelled(service: Any, trained: str) -> None:
    answer = service.http.post(f"/jobs/{trained}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (409, "succeeded")


def test_jobs_are_listed_newest_first_by_pages_state_and_label(service: Any, trained: str) -> None:
    with service.stopped("worker"):
        made = [
            service.http.post("/jobs", json={**SEED, "labels": {"series": "pages"}}).json()["id"]
            for _ in range(3)
        ]
        for job_id in made:
            service.http.post(f"/jobs/{job_id}/cancel")
            service.wait(job_id, "cancelled")
    labelled = {"label": "series:pages"}
    first = service.http.get("/jobs", params={**labelled, "limit": 2}).json()
    rest = service.http.get("/jobs", params={**labelled, "limit": 2, "after": first["next_after"]}).json()
    assert [job["id"] for job in first["data"] + rest["data"]] == made[::-1]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    succeeded = service.http.get("/jobs", params={"state": "succeeded"}).json()["data"]
    assert trained in [job["id"] for job in succeeded]
    assert {job["state"] for job in succeeded} == {"succeeded"}


def test_a_list_tells_how_far_running_jobs_are_and_the_best_of_all(api: Api) -> None:
    waiting, running = (api.submit() for _ in range(2))
    score = {"step": 30, "split": "test", "images": 10, "loss": 0.5, "accuracy": 0.75}
    scores = {20: {**score, "step": 20, "accuracy": 0.875}, 30: score}
    api.http.post(f"/jobs/{waiting}/pause")
    claim = api.jobs.claim_next("worker", 60)
    assert claim
    series = b"".join(BatchMetrics(step, 0, step / 8, 0.5, 0.1, 320, 1e9).pack() for step in range(1, 31))
    api.jobs.report(claim, 60, 0, series, {"step": 30, "evaluation": score}, scores)
    first, second = api.http.get("/jobs").json()["data"]
    assert (first["id"], first["evaluation"]["step"], first["best"]["step"]) == (running, 30, 20)
    assert (first["progress"]["loss"], first["progress"]["eta_seconds"]) == (30 / 8, 10 * 32 / 320)
    alone = api.http.get(f"/jobs/{running}").json()["progress"]
    assert alone == {**first["progress"], "estimate": None}
    assert (second["best"], second["progress"]["loss"], second["progress"]["eta_seconds"]) == (None,) * 3


@pytest.mark.parametrize("path", ["/jobs", "/models"])
def test_a_cursor_that_no_page_gave_is_a_422_that_names_it(service: Any, path: str) -> None:
    answer = service.http.get(path, params={"after": "yesterday"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query:after")


def test_a_deleted_job_leaves_no_file_behind(service: Any) -> None:
    job_id = service.submit(max_steps=2)
    assert service.http.delete(f"/jobs/{job_id}").status_code == 409
    service.wait(job_id, "succeeded")
    assert (service.home / "jobs" / job_id).exists()
    assert service.http.delete(f"/jobs/{job_id}").status_code == 204
    assert service.http.get(f"/jobs/{job_id}").status_code == 404
    assert not (service.home / "jobs" / job_id).exists()


def test_every_recipe_that_is_offered_can_be_submitted(service: Any) -> None:
    recipes = service.http.get("/presets").json()["recipes"]
    assert "vgg11-seed" in recipes
    for name, spec in recipes.items():
        answer = service.http.post("/jobs/validate", json=spec)
        assert answer.status_code == 200, (name, answer.text)


def test_presets_name_the_networks_and_the_data_sets(service: Any) -> None:
    known = service.http.get("/presets").json()
    assert len(known["architectures"]["vgg16"]["blocks"]) == 5
    assert known["datasets"]["fashion-mnist"]["classes"] == 10
