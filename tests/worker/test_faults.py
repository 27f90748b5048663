"""Faults around the worker: Redis away, killed and full; doorbells lost and repeated; workers stopped; clocks wrong."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from celery import Celery
from redis import Redis

from store import doorbell, files, keys
from store.job_files import JobFiles
from tests.conftest import ENDLESS, LEASE_SECONDS, TINY, Service, stopped
from tests.worker.conftest import Curve


@contextmanager
def another_worker(
    service: Service, name: str, environment: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Its process id, once it is alive."""
    command = [sys.executable, "-m", "celery", "-A", "worker.main", "worker", "-n", f"{name}@%h"]
    environ = {
        **os.environ,
        "TRAINSHED_HOME": str(service.home),
        "TRAINSHED_REDIS_URL": files.redis_url(service.home).read_text(),
        "TRAINSHED_LEASE_SECONDS": str(LEASE_SECONDS),
        **(environment or {}),
    }
    with subprocess.Popen([*command, "--without-gossip", "--without-mingle"], env=environ) as process:
        try:
            deadline = time.monotonic() + 60
            with store(service) as redis:
                while not list(redis.scan_iter(keys.TRAINING.worker(f"{name}@*"))):
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
            yield process.pid
        finally:
            process.terminate()


@contextmanager
def store(service: Service) -> Iterator[Redis]:
    with Redis.from_url(files.redis_url(service.home).read_text(), socket_timeout=30) as redis:
        yield redis


def trained_on_disk(service: Service, job_id: str) -> int:
    """Batches of the job's newest checkpoint."""
    return max((each.step for _, each in JobFiles.of(service.home, job_id).checkpoints()), default=0)


def wait_on_disk(service: Service, job_id: str, step: int) -> None:
    deadline = time.monotonic() + 60
    while trained_on_disk(service, job_id) < step:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answered(service: Service, path: str) -> int:
    """The status, which has to come within seconds whatever the store does."""
    return int(service.http.get(path, timeout=10).status_code)


def events(service: Service, job_id: str) -> list[str]:
    return [event["event"] for event in service.job(job_id)["events"]]


def submit(service: Service, steps: int) -> str:
    return service.submit(max_steps=steps, checkpoint_interval=50)


def test_training_goes_on_while_redis_hangs_and_a_job_that_ends_meanwhile_hands_in_every_batch(
    service: Service, curve: Curve
) -> None:
    job_id = submit(service, 600)
    service.wait_for_step(job_id, 50)
    with service.stopped("redis"):
        longer_than_a_lease = time.monotonic() + 2 * LEASE_SECONDS
        before = trained_on_disk(service, job_id)
        assert answered(service, f"/jobs/{job_id}") == 503
        wait_on_disk(service, job_id, before + 100)
        assert answered(service, "/readyz") == 503
        assert answered(service, "/healthz") == 200
        deadline = time.monotonic() + 90
        while service.trainers(job_id) or time.monotonic() < longer_than_a_lease:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    job = service.wait(job_id, "succeeded", "failed")
    assert (job["state"], job["attempt"]) == ("succeeded", 1)
    assert service.losses(job_id) == curve(600)
    assert events(service, job_id) == ["store_away"]


def test_a_store_that_is_full_refuses_jobs_with_the_reason_and_loses_none_though_it_is_killed_afterwards(
    service: Service, curve: Curve
) -> None:
    job_id, waiting = submit(service, 800), service.submit(max_steps=2)
    service.wait_for_step(job_id, 50)
    with store(service) as redis:
        redis.config_set("maxmemory", "1mb")
        try:
            wait_on_disk(service, job_id, trained_on_disk(service, job_id) + 100)
            refused = service.http.post("/jobs", json={**TINY, "name": "x" * 100})
            assert refused.status_code == 503
            assert "maxmemory" in refused.json()["detail"]
            assert "maxmemory" in service.http.get("/readyz").json()["checks"]["redis"]
        finally:
            redis.config_set("maxmemory", "0")
    seen = service.losses(job_id)
    os.kill(service.pid_of("redis"), signal.SIGKILL)
    deadline = time.monotonic() + 60
    while answered(service, f"/jobs/{job_id}") != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    service.wait(waiting, "succeeded")
    assert service.job(job_id)["attempt"] == 1
    assert service.losses(job_id) == curve(800)
    assert seen == curve(len(seen))


def test_a_job_starts_although_its_doorbell_was_lost_with_a_worker_that_had_heard_it(
    service: Service,
) -> None:
    """A message popped by a process that hangs, and is then killed, is gone for Celery."""
    service.clear()
    pid = service.pid_of("worker")
    os.kill(pid, signal.SIGSTOP)
    job_id = service.submit()
    time.sleep(1)
    os.kill(pid, signal.SIGKILL)
    assert service.wait(job_id, "running", "failed")["attempt"] == 1
    service.http.post(f"/jobs/{job_id}/cancel")


def test_five_doorbells_for_one_job_make_one_attempt(service: Service) -> None:
    job_id = service.submit()
    with store(service) as redis:
        url = files.redis_url(service.home).read_text()
        app = Celery(broker=url, set_as_current=False)
        for _ in range(5):
            app.send_task(doorbell.TASK, queue=keys.TRAINING.doorbell)
        job = service.wait(job_id, "succeeded", "failed")
        assert [move["to"] for move in job["transitions"]] == ["queued", "running", "succeeded"]
        deadline = time.monotonic() + 30
        while doorbell.unheard(redis):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert service.job(job_id)["attempt"] == 1


def test_a_worker_that_hung_longer_than_its_lease_changes_nothing_when_it_wakes(
    service: Service, curve: Curve
) -> None:
    job_id = submit(service, 800)
    service.wait_for_step(job_id, 100)
    stale = service.trainers(job_id)
    with another_worker(service, "second"), store(service) as redis:
        refused = int(redis.hget(keys.TRAINING.counters, "refused") or 0)
        with service.stopped("worker"):
            service.wait_until(job_id, lambda job: job["attempt"] == 2, 60)
        deadline = time.monotonic() + 30
        while set(stale) & set(service.trainers(job_id)):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        job = service.wait(job_id, "succeeded", "failed")
        assert int(redis.hget(keys.TRAINING.counters, "refused") or 0) > refused
    assert (job["state"], job["attempt"]) == ("succeeded", 2)
    assert [move["reason"] for move in job["transitions"]][2] == "worker fell silent"
    assert service.losses(job_id) == curve(800)


def test_a_submission_is_the_same_job_when_it_is_repeated_after_the_api_was_killed(service: Service) -> None:
    headers = {"Idempotency-Key": "before-and-after"}
    first = service.http.post("/jobs", json=TINY, headers=headers).json()["id"]
    os.kill(service.pid_of("api"), signal.SIGKILL)
    deadline = time.monotonic() + 60
    while True:
        try:
            again = service.http.post("/jobs", json=TINY, headers=headers)
            break
        except httpx2.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert again.json()["id"] == first
    service.clear()


CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
#define AHEAD 3600
int clock_gettime(clockid_t clock, struct timespec *at) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int failed = real(clock, at);
  if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) at->tv_sec += AHEAD;
  return failed;
}
time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
int gettimeofday(struct timeval *at, void *zone) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec, at->tv_usec = now.tv_nsec / 1000;
  return 0;
}
"""


@pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler to make a clock that is wrong")
def test_a_worker_whose_clock_is_an_hour_ahead_keeps_its_job_and_takes_nobodys(
    service: Service, tmp_path: Path
) -> None:
    (tmp_path / "clock.c").write_text(CLOCK)
    ahead = tmp_path / "clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", ahead, tmp_path / "clock.c", "-ldl"], check=True)
    mine = service.submit(max_steps=ENDLESS)
    service.wait_for_step(mine, 1)
    with another_worker(service, "ahead", {"LD_PRELOAD": str(ahead)}):
        job_id = service.submit(max_steps=ENDLESS)
        service.wait_for_step(job_id, 1)
        with stopped(*service.trainers(job_id), *service.trainers(mine)):  # as if their steps took so long
            time.sleep(LEASE_SECONDS + 1)
        for each in (job_id, mine):
            service.http.post(f"/jobs/{each}/cancel")
            service.wait(each, "cancelled")
    points = service.http.get(f"/jobs/{job_id}/metrics", params={"limit": 1}).json()["points"]
    assert points[0]["time"] > time.time() + 3000  # the clock was wrong indeed
    job = service.job(job_id)
    assert job["worker"] is None
    assert "ahead@" in job["transitions"][1]["reason"]
    assert (job["attempt"], service.job(mine)["attempt"]) == (1, 1)
    assert job["finished_at"] > job["started_at"] > job["created_at"]
