"""Jobs that go on from another's checkpoint, against the whole running stack."""

import copy
from typing import Any

import pytest
from safetensors.numpy import load_file

from tests.conftest import TINY

STEPS = 40  # of the job that others go on from
EVERY = {"evaluation_interval": 20, "keep_checkpoints": 5, "deterministic": True}


def spec(changes: dict[str, Any] | None = None, **training: Any) -> dict[str, Any]:
    """TINY with other training, and other values at `changes`: {"part/field": value}."""
    whole = copy.deepcopy(TINY)
    whole["training"] |= EVERY | training
    for path, value in (changes or {}).items():
        *parts, name = path.split("/")
        at = whole
        for part in parts:
            at = at[part]
        at[name] = value
    return whole


def post(service: Any, body: dict[str, Any], parent: str, checkpoint: Any = "last", key: str = "") -> Any:
    """An answer to the body with `resume_from`."""
    whole = body | {"resume_from": {"job": parent, "checkpoint": checkpoint}}
    return service.http.post("/jobs", json=whole, headers={"Idempotency-Key": key} if key else {})


def run(service: Any, answer: Any) -> str:
    """To its end."""
    assert answer.status_code == 201, answer.text
    job_id = str(answer.json()["id"])
    job = service.wait(job_id, "succeeded", "failed")
    assert job["state"] == "succeeded", job["error"]
    return job_id


def curve(service: Any, job_id: str) -> list[tuple[Any, ...]]:
    points = service.http.get(f"/jobs/{job_id}/metrics").json()["points"]
    return [(point["step"], point["loss"], point["accuracy"], point["learning_rate"]) for point in points]


def times(service: Any, job_id: str) -> list[float]:
    """One to a batch, and no two runs have the same."""
    return [point["time"] for point in service.http.get(f"/jobs/{job_id}/metrics").json()["points"]]


def weights(service: Any, job_id: str) -> dict[str, bytes]:
    run = service.job(job_id)["attempt"]
    found = load_file(service.home / "jobs" / job_id / str(run) / "model" / "model.safetensors")
    return {name: tensor.tobytes() for name, tensor in found.items()}


def folders(service: Any) -> set[str]:
    return {path.name for path in (service.home / "jobs").iterdir()}


@pytest.fixture(scope="module")
def parent(service: Any) -> str:
    return run(service, service.http.post("/jobs", json=spec(max_steps=STEPS)))


@pytest.fixture(scope="module")
def whole(service: Any) -> str:
    """What was never interrupted."""
    return run(service, service.http.post("/jobs", json=spec(max_steps=60)))


def test_it_goes_on_as_if_it_had_never_stopped(service: Any, parent: str, whole: str) -> None:
    job_id = run(service, post(service, spec(max_steps=60), parent))
    assert curve(service, job_id) == curve(service, whole)
    assert times(service, job_id)[:STEPS] == times(service, parent)
    assert not set(times(service, job_id)[STEPS:]) & set(times(service, parent))
    assert weights(service, job_id) == weights(service, whole)
    job = service.job(job_id)
    assert job["resume_from"] == {"job": parent, "checkpoint": "last"}
    assert [(event["event"], event["step"]) for event in job["events"]] == [("resumed", STEPS)]
    assert job["evaluation"] == service.job(whole)["evaluation"]


def test_it_may_go_on_from_the_best_checkpoint_at_another_rate_and_then_only_the_old_curve_is_the_same(
    service: Any, parent: str, whole: str
) -> None:
    checkpoints = service.http.get(f"/jobs/{parent}/checkpoints").json()["data"]
    best = next(each["step"] for each in checkpoints if each["best"])
    slower = {"name": "sgd", "learning_rate": 0.001}
    job_id = run(service, post(service, spec(max_steps=60, optimizer=slower), parent, "best"))
    assert service.job(job_id)["events"][0]["step"] == best
    assert curve(service, job_id)[:best] == curve(service, parent)[:best]
    assert {round(rate, 6) for *_, rate in curve(service, job_id)[best:]} == {0.001}
    assert weights(service, job_id) != weights(service, whole)


def test_a_job_that_goes_on_from_any_checkpoint_may_be_gone_on_from(
    service: Any, parent: str, whole: str
) -> None:
    second = run(service, post(service, spec(max_steps=50), parent, 20))
    assert service.job(second)["resume_from"] == {"job": parent, "checkpoint": 20}
    assert [(event["event"], event["step"]) for event in service.job(second)["events"]] == [("resumed", 20)]
    assert times(service, second)[:20] == times(service, parent)[:20]
    third = run(service, post(service, spec(max_steps=60), second))
    assert curve(service, third) == curve(service, whole)
    assert weights(service, third) == weights(service, whole)


def test_a_cancelled_job_can_be_gone_on_from_and_be_deleted_before_the_new_one_begins(service: Any) -> None:
    old = service.submit(max_steps=1_000_000)
    service.wait_for_step(old, 5)
    service.http.post(f"/jobs/{old}/cancel")
    step = service.wait(old, "cancelled")["progress"]["step"]
    before = curve(service, old)
    with service.stopped("worker"):
        answer = post(service, spec(max_steps=step + 10, evaluation_interval=None), old)
        assert answer.json()["state"] == "queued"
        assert service.http.delete(f"/jobs/{old}").status_code == 204
    job_id = run(service, answer)
    assert curve(service, job_id)[:step] == before
    assert len(curve(service, job_id)) == step + 10


def test_checkpoints_tell_their_attempt_and_which_is_best(service: Any, parent: str) -> None:
    found = service.http.get(f"/jobs/{parent}/checkpoints").json()["data"]
    assert [(each["step"], each["attempt"]) for each in found] == [(20, 1), (40, 1)]
    assert sum(each["best"] for each in found) == 1
    scored = {each["step"]: each["evaluation"]["loss"] for each in found if each["evaluation"]}
    assert next(each["step"] for each in found if each["best"]) == min(scored, key=lambda step: scored[step])
    heir = run(service, post(service, spec(max_steps=60), parent, 20))
    found = service.http.get(f"/jobs/{heir}/checkpoints").json()["data"]
    assert [(each["step"], each["attempt"]) for each in found] == [(20, 0), (40, 1), (60, 1)]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"architecture/classifier": [16]}, "/architecture"),
        ({"architecture/batch_norm": False}, "/architecture"),
        ({"data/dataset": "mnist"}, "/data/dataset"),
        ({"data/image_size": 32}, "/data/image_size"),
        ({"data/normalization": "standard"}, "/data/normalization"),
        ({"data/validation_split": 0.2}, "/data/validation_split"),
        ({"training/batch_size": 64}, "/training/batch_size"),
        ({"training/seed": 7}, "/training/seed"),
        ({"training/optimizer": {"name": "adam", "learning_rate": 0.01}}, "/training/optimizer/name"),
        ({"training/averaging": {"name": "ema"}}, "/training/averaging"),
        ({"mode": "lr_range"}, "/mode"),
        ({"training/max_steps": STEPS}, "/training"),
    ],
)
def test_a_spec_that_cannot_go_on_from_there_is_refused_at_the_field(
    service: Any, parent: str, changes: dict[str, Any], pointer: str
) -> None:
    before = folders(service)
    answer = post(service, spec({"training/max_steps": 60} | changes), parent)
    assert answer.status_code == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json()["errors"]], answer.text
    assert folders(service) == before


@pytest.mark.parametrize(
    ("resume_from", "pointer"),
    [
        ({"job": "job_" + "0" * 28}, "/resume_from/job"),
        ({"job": "job_1"}, "/resume_from/job"),
        ({"job": "../../etc"}, "/resume_from/job"),
        ({"job": 1}, "/resume_from/job"),
        ({}, "/resume_from/job"),
        ("PARENT", "/resume_from"),
        ([], "/resume_from"),
        ({"job": "PARENT", "checkpoint": 30}, "/resume_from/checkpoint"),
        ({"job": "PARENT", "checkpoint": -1}, "/resume_from/checkpoint"),
        ({"job": "PARENT", "checkpoint": "20"}, "/resume_from/checkpoint"),
        ({"job": "PARENT", "checkpoint": 20.0}, "/resume_from/checkpoint"),
        ({"job": "PARENT", "checkpoint": True}, "/resume_from/checkpoint"),
        ({"job": "PARENT", "checkpoint": None}, "/resume_from/checkpoint"),
        ({"job": "PARENT", "checkpoint": 10**30}, "/resume_from/checkpoint"),
        ({"job": "PARENT", "step": 20}, "/resume_from/step"),
    ],
)
def test_a_checkpoint_that_is_none_is_refused_at_the_field(
    service: Any, parent: str, resume_from: Any, pointer: str
) -> None:
    named = parent if resume_from == "PARENT" else resume_from
    if isinstance(named, dict) and named.get("job") == "PARENT":
        named = {**named, "job": parent}
    answer = service.http.post("/jobs", json=spec(max_steps=60) | {"resume_from": named})
    assert answer.status_code == 422, answer.text
    assert {error["pointer"] for error in answer.json()["errors"]} == {pointer}, answer.text


def test_a_job_without_a_checkpoint_cannot_be_gone_on_from(service: Any) -> None:
    with service.stopped("worker"):
        queued = service.http.post("/jobs", json=spec(max_steps=60)).json()["id"]
        service.http.post(f"/jobs/{queued}/cancel")
    answer = post(service, spec(max_steps=60), queued)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/resume_from/job")


def test_a_range_test_cannot_be_gone_on_from_though_it_has_a_checkpoint(service: Any) -> None:
    """By another range test either: the rates follow from the number of steps."""
    sweep = service.http.post("/jobs", json=spec({"mode": "lr_range"}, max_steps=1_000_000)).json()["id"]
    service.wait_for_step(sweep, 5)
    service.http.post(f"/jobs/{sweep}/cancel")
    service.wait(sweep, "cancelled")
    assert service.http.get(f"/jobs/{sweep}/checkpoints").json()["data"]
    for mode, pointer in (("train", "/mode"), ("lr_range", "/resume_from/job")):
        answer = post(service, spec({"mode": mode}, max_steps=1_000_000), sweep)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text


def test_a_repeated_submission_goes_on_once_and_leaves_no_folder_behind(service: Any, parent: str) -> None:
    with service.stopped("worker"):
        first = post(service, spec(max_steps=50), parent, key="go-on")
        before = folders(service)
        again = post(service, spec(max_steps=50), parent, key="go-on")
        assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
        assert again.headers["idempotency-replayed"] == "true"
        conflict = post(service, spec(max_steps=50), parent, checkpoint=20, key="go-on")
        assert conflict.status_code == 422
        assert folders(service) == before
        service.http.post(f"/jobs/{again.json()['id']}/cancel")
