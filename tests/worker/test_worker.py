"""The worker seen from outside: cancel, pause, crash, kill; nothing is lost and nothing is left running."""

import os
import signal
import time
from typing import Any

ENDLESS = 1_000_000  # steps


def test_cancel_ends_a_running_job_and_keeps_its_checkpoint(service: Any) -> None:
    job_id = service.submit(max_steps=ENDLESS)
    service.wait_for_step(job_id, 5)
    asked = time.monotonic()
    assert service.http.post(f"/jobs/{job_id}/cancel").json()["state"] == "cancelling"
    service.wait(job_id, "cancelled", seconds=30)
    assert time.monotonic() - asked < 10  # two seconds on a quiet machine
    assert service.trainers(job_id) == []
    (checkpoint,) = service.http.get(f"/jobs/{job_id}/checkpoints").json()["data"]
    assert checkpoint["step"] == service.job(job_id)["progress"]["step"]


def test_a_paused_job_goes_on_where_it_stopped(service: Any) -> None:
    job_id = service.submit(max_steps=300)
    service.wait_for_step(job_id, 5)
    service.http.post(f"/jobs/{job_id}/pause")
    paused = service.wait(job_id, "paused")
    assert 5 <= paused["progress"]["step"] < 300
    service.http.post(f"/jobs/{job_id}/resume")
    service.wait(job_id, "succeeded")
    uninterrupted = service.submit(max_steps=300)
    service.wait(uninterrupted, "succeeded")
    assert service.losses(job_id) == service.losses(uninterrupted)


def test_a_killed_trainer_goes_on_from_its_checkpoint_with_every_step_once(service: Any) -> None:
    job_id = service.submit(max_steps=400, checkpoint_interval=50)
    service.wait_for_step(job_id, 120)
    for pid in service.trainers(job_id):
        os.kill(pid, signal.SIGKILL)
    job = service.wait(job_id, "succeeded", "failed")
    assert (job["state"], job["attempt"]) == ("succeeded", 2)
    assert "SIGKILL" in job["transitions"][2]["reason"]
    assert [step for step, _ in service.losses(job_id)] == list(range(1, 401))


def test_a_killed_worker_loses_no_job_and_leaves_no_trainer(service: Any) -> None:
    job_id = service.submit(max_steps=400, checkpoint_interval=50)
    service.wait_for_step(job_id, 60)
    before = service.trainers(job_id)
    os.kill(service.pid_of("worker"), signal.SIGKILL)
    deadline = time.monotonic() + 5
    while set(service.trainers(job_id)) & set(before):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    job = service.wait(job_id, "succeeded", "failed")
    assert (job["state"], job["attempt"]) == ("succeeded", 2)
    assert job["transitions"][2]["reason"] == "worker fell silent"
    assert [step for step, _ in service.losses(job_id)] == list(range(1, 401))
    assert 0.0 not in [loss for _, loss in service.losses(job_id)]  # a gap would read as zeros


def test_a_worker_that_is_told_to_stop_hands_its_job_back(service: Any) -> None:
    job_id = service.submit(max_steps=2000)
    service.wait_for_step(job_id, 20)
    os.kill(service.pid_of("worker"), signal.SIGTERM)
    job = service.wait(job_id, "succeeded", "failed")
    assert [move["reason"] for move in job["transitions"]][2] == "worker is stopping"
    assert [step for step, _ in service.losses(job_id)] == list(range(1, 2001))


def test_a_trainer_that_crashes_three_times_fails_the_job_with_the_reason(service: Any) -> None:
    job_id = service.submit(max_steps=ENDLESS)
    for attempt in (1, 2, 3):
        service.wait_until(
            job_id, lambda job, n=attempt: job["attempt"] == n and job["progress"]["step"] > 0, 60
        )
        for pid in service.trainers(job_id):
            os.kill(pid, signal.SIGKILL)
        service.wait_until(job_id, lambda job, n=attempt: job["attempt"] > n or job["state"] == "failed", 60)
    job = service.wait(job_id, "failed")
    assert (job["error"]["code"], job["error"]["retryable"]) == ("crashed", True)
    assert "SIGKILL" in job["error"]["message"]


def test_a_job_that_diverges_says_so_and_what_to_do(service: Any) -> None:
    optimizer = {"name": "sgd", "learning_rate": 100.0, "momentum": 0.99, "weight_decay": 10.0}
    job_id = service.submit(max_steps=ENDLESS, optimizer=optimizer)
    job = service.wait(job_id, "failed")
    assert job["error"]["code"] == "diverged"
    assert "learning rate" in job["error"]["hint"]
    assert None not in [loss for _, loss in service.losses(job_id)]


def test_two_jobs_train_one_after_the_other(service: Any) -> None:
    first, second = service.submit(), service.submit()
    service.wait(second, "succeeded")
    assert service.job(first)["finished_at"] <= service.job(second)["started_at"]
