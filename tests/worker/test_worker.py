"""The worker seen from outside: cancel, pause, crash, kill; nothing is lost and nothing is left running."""

import os
import signal
import time
from collections.abc import Callable

from tests.conftest import ENDLESS, Service
from tests.worker.conftest import Curve

STEPS = 1000  # five times as many as are trained between the stops


def pause(service: Service, job_id: str) -> None:
    service.http.post(f"/jobs/{job_id}/pause")
    service.wait(job_id, "paused")
    assert service.trainers(job_id) == []
    service.http.post(f"/jobs/{job_id}/resume")


def kill_the_trainer(service: Service, job_id: str) -> None:
    for pid in service.trainers(job_id):
        os.kill(pid, signal.SIGKILL)


def kill_the_worker(service: Service, job_id: str) -> None:
    left = service.trainers(job_id)
    os.kill(service.pid_of("worker"), signal.SIGKILL)
    deadline = time.monotonic() + 5
    while set(service.trainers(job_id)) & set(left):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def tell_the_worker_to_stop(service: Service, job_id: str) -> None:
    os.kill(service.pid_of("worker"), signal.SIGTERM)


STOPS: dict[str, Callable[[Service, str], None]] = {  # by the reason that the record gives
    "as asked": pause,
    "SIGKILL": kill_the_trainer,
    "worker fell silent": kill_the_worker,
    "worker is stopping": tell_the_worker_to_stop,
}


def test_whatever_stops_a_job_it_goes_on_and_ends_as_if_it_had_never_stopped(
    service: Service, curve: Curve
) -> None:
    job_id = service.submit(max_steps=STEPS, checkpoint_interval=50)
    for attempt, stop in enumerate(STOPS.values(), 1):
        job = service.wait_until(job_id, lambda job, n=attempt: job["attempt"] == n, 120)
        service.wait_for_step(job_id, job["progress"]["step"] + 60)
        stop(service, job_id)
    job = service.wait(job_id, "succeeded", "failed")
    assert (job["state"], job["attempt"]) == ("succeeded", 1 + len(STOPS))
    told = [move["reason"] for move in job["transitions"] if move["to"] in ("paused", "queued")]
    for reason in STOPS:
        assert any(reason in each for each in told), told
    assert service.losses(job_id) == curve(STEPS)


def test_cancel_ends_a_running_job_keeps_its_checkpoint_and_lets_the_next_one_train(service: Service) -> None:
    job_id, waiting = service.submit(max_steps=ENDLESS), service.submit(max_steps=2)
    service.wait_for_step(job_id, 5)
    assert service.http.post(f"/jobs/{job_id}/cancel").json()["state"] == "cancelling"
    ended = service.wait(job_id, "cancelled", seconds=30)
    assert service.trainers(job_id) == []
    (checkpoint,) = service.http.get(f"/jobs/{job_id}/checkpoints").json()["data"]
    assert checkpoint["step"] == ended["progress"]["step"]
    assert ended["finished_at"] <= service.wait(waiting, "succeeded")["started_at"]


def test_a_trainer_that_crashes_three_times_fails_the_job_with_the_reason(service: Service) -> None:
    job_id = service.submit(max_steps=ENDLESS)
    service.wait_for_step(job_id, 1)  # batches alone, without a checkpoint, are no progress
    for attempt in (1, 2, 3):
        service.wait_until(
            job_id, lambda job, n=attempt: job["attempt"] == n and service.trainers(job_id), 60
        )
        for pid in service.trainers(job_id):
            os.kill(pid, signal.SIGKILL)
        service.wait_until(job_id, lambda job, n=attempt: job["attempt"] > n or job["state"] == "failed", 60)
    job = service.wait(job_id, "failed")
    assert (job["error"]["code"], job["error"]["retryable"]) == ("crashed", True)
    assert "SIGKILL" in job["error"]["message"]


def test_a_job_that_diverges_says_so_and_what_to_do(service: Service) -> None:
    optimizer = {"name": "sgd", "learning_rate": 100.0, "momentum": 0.99, "weight_decay": 10.0}
    job_id = service.submit(max_steps=ENDLESS, optimizer=optimizer)
    job = service.wait(job_id, "failed")
    assert job["error"]["code"] == "diverged"
    assert "learning rate" in job["error"]["hint"]
    assert None not in [loss for _, loss in service.losses(job_id)]
