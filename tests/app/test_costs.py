"""What a run takes, said before it runs: by a worker that has measured its machine, or null and why."""

import copy
from typing import Any

from tests.app.conftest import Api
from tests.conftest import TINY


def a_spec(**training: Any) -> dict[str, Any]:
    spec = copy.deepcopy(TINY)
    spec["training"] |= training
    return spec


def test_time_memory_and_precision_are_known(service: Any) -> None:
    plan = service.http.post("/jobs/validate", json=a_spec()).json()
    assert plan["training_memory_bytes"] > 0
    assert plan["seconds"] > 40 * plan["seconds_per_step"] > 0
    assert plan["no_seconds_because"] is None
    assert plan["precision"] in ("fp32", "bf16")


def test_without_a_worker_that_has_measured_its_machine_time_is_not_known_and_why_is_said(api: Api) -> None:
    plan = api.http.post("/jobs/validate", json=a_spec()).json()
    assert (plan["seconds"], plan["seconds_per_step"]) == (None, None)
    assert plan["no_seconds_because"]


def test_auto_is_shown_as_the_number_that_it_would_be_and_the_steps_that_follow(service: Any) -> None:
    spec = a_spec(batch_size="auto", epochs=2)
    del spec["training"]["max_steps"]
    plan = service.http.post("/jobs/validate", json=spec).json()
    assert plan["batch_size"] == 512  # a tiny network fits anywhere
    assert plan["steps"] == -(-2 * 60_000 // 512)
    assert plan["spec"]["training"]["batch_size"] == "auto"


def test_a_waiting_job_says_what_it_will_take_until_it_runs_and_then_the_number_that_auto_became(
    service: Any,
) -> None:
    with service.stopped("worker"):
        job_id = service.submit(batch_size="auto", max_steps=3)
        estimate = service.job(job_id)["progress"]["estimate"]
        plan = service.http.post("/jobs/validate", json=a_spec(batch_size="auto", max_steps=3)).json()
    assert estimate == {name: plan[name] for name in estimate}
    job = service.wait(job_id, "succeeded", "failed")
    assert (job["state"], job["batch_size"]) == ("succeeded", 512)
    assert job["progress"]["epoch"] == round(3 * 512 / 60_000, 4)
    assert job["progress"]["estimate"] is None


def test_parts_that_no_power_of_two_can_have_are_refused_at_their_field(service: Any) -> None:
    answer = service.http.post("/jobs", json=a_spec(batch_size="auto", accumulation_steps=3))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (
        422,
        "/training/accumulation_steps",
    )
