"""Disks that are really full: small ones of a mount namespace, under Redis and under the jobs."""

import copy
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.conftest import ENDLESS, TINY, Service, know_machine

DISKS = {"redis": "8m", "jobs": "64m"}  # folders of the data folder, and how large they are
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]
MOUNT = " && ".join(
    f'mount -t tmpfs -o size={size} none "$TRAINSHED_HOME/{name}"' for name, size in DISKS.items()
)


def may_mount() -> bool:
    try:
        tried = subprocess.run(
            [*NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
        )
    except FileNotFoundError:
        return False
    return tried.returncode == 0


pytestmark = pytest.mark.skipif(not may_mount(), reason="needs a mount namespace to make small disks in")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A stack with small disks, seen through the root folder of its processes."""
    home = tmp_path_factory.mktemp("small")
    for name in DISKS:
        (home / name).mkdir()
    know_machine(home)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("TRAINSHED_")}
    chosen = {
        "TRAINSHED_HOME": str(home),
        "TRAINSHED_PORT": "0",
        "TRAINSHED_LEASE_SECONDS": "3",
    }
    command = [*NAMESPACE, "sh", "-c", f'{MOUNT} && exec "$0" -m stack', sys.executable]
    with subprocess.Popen(command, env=plain | chosen, stdout=subprocess.PIPE, text=True) as stack:
        assert stack.stdout
        ready = next((found for line in stack.stdout if (found := re.search(r"is ready: (\S+)", line))), None)
        assert ready, "the stack did not become ready"
        with httpx2.Client(base_url=ready[1], timeout=90) as http:
            inside = Path(f"/proc/{stack.pid}/root{home}")
            yield Service(ready[1], inside, http, stack.pid)
        stack.terminate()
        stack.stdout.read()


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (2**16, 2**10, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    try:
        yield
    finally:
        filler.unlink()


def test_a_full_disk_costs_no_training_and_holds_up_the_next_job_until_there_is_room(small: Service) -> None:
    job_id = small.submit(max_steps=ENDLESS, checkpoint_interval=50)
    small.wait_for_step(job_id, 60)
    with filled(small.home / "jobs"):
        job = small.wait_until(
            job_id, lambda job: "disk_full" in [each["event"] for each in job["events"]], 60
        )
        small.wait_for_step(job_id, job["progress"]["step"] + 100)
        waiting = small.submit()
        small.http.post(f"/jobs/{job_id}/cancel")
        held_up = small.wait_until(waiting, lambda job: job["not_before"] is not None, 60)
        assert "No space left" in held_up["transitions"][-1]["reason"]
    job = small.wait(job_id, "cancelled", "failed")
    assert (job["state"], job["attempt"]) == ("cancelled", 1)
    assert [step for step, _ in small.losses(job_id)] == list(range(1, job["progress"]["step"] + 1))
    assert small.wait(waiting, "succeeded", "failed")["state"] == "succeeded"


def test_redis_without_room_for_its_file_takes_no_job_says_why_and_goes_on_by_itself(small: Service) -> None:
    job_id = small.submit(max_steps=ENDLESS, checkpoint_interval=50)
    small.wait_for_step(job_id, 60)
    with filled(small.home / "redis"):
        answer = small.http.post("/jobs", json=TINY)
        while answer.status_code == 201:  # Redis hears of it when it writes, once a second
            answer = small.http.post("/jobs", json={**copy.deepcopy(TINY), "name": "x" * 100})
        assert (answer.status_code, "disk" in answer.json()["detail"]) == (503, True)
        assert "disk" in small.http.get("/readyz").json()["checks"]["redis"]
    small.wait_for_step(job_id, small.job(job_id)["progress"]["step"] + 60)
    small.clear()  # a quick machine has taken more than it trains in minutes
    job = small.job(job_id)
    assert (job["state"], job["attempt"]) == ("cancelled", 1)
    assert [step for step, _ in small.losses(job_id)] == list(range(1, job["progress"]["step"] + 1))
    small.wait(small.submit(max_steps=2), "succeeded")
