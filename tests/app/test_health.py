"""Probes, Prometheus, the documentation page, and who may ask."""

import os
import re
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from redis import Redis

from store import files, keys
from store.errors import LeaseLost
from tests.app.conftest import Api, StartApi
from tests.conftest import TINY, Service


def test_it_is_alive_and_ready(service: Any) -> None:
    assert service.http.get("/healthz").json() == {"status": "ok"}
    ready = service.http.get("/readyz")
    assert (ready.status_code, set(ready.json()["checks"].values())) == (200, {"ok"})


def test_a_store_that_hangs_is_told_in_seconds_though_many_streams_wait_for_it_too(service: Service) -> None:
    with service.stopped("worker"):
        job_id = service.submit()

        def listen() -> None:
            with suppress(httpx2.HTTPError):
                service.http.get(f"/jobs/{job_id}/stream")

        streams = [threading.Thread(target=listen, daemon=True) for _ in range(90)]
        for stream in streams:
            stream.start()
        with service.stopped("redis"):
            for path in ("/jobs", "/readyz"):
                answer = service.http.get(path, timeout=10)
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        service.wait_until(job_id, lambda job: "state" in job, seconds=30)
        service.http.post(f"/jobs/{job_id}/cancel")
        for stream in streams:
            stream.join()


def test_a_further_api_rings_at_the_redis_that_the_stack_has_started(
    start_api: StartApi, redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    private = files.redis_url(tmp_path)
    private.parent.mkdir(parents=True)
    private.write_text(redis_url)
    api = start_api(TRAINSHED_REDIS_URL="")
    assert api.http.post("/jobs", json=TINY).status_code == 201
    assert redis.llen(keys.TRAINING.doorbell) == 1


def test_an_api_without_a_redis_says_what_to_do(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TRAINSHED_")}
    done = subprocess.run(
        [sys.executable, "-m", "app"],
        env=environ | {"TRAINSHED_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "TRAINSHED_REDIS_URL is not set: start with `make up`, which brings its own Redis"
    ]


def test_prometheus_reads_jobs_and_workers(service: Any, trained: str) -> None:
    text = service.http.get("/metrics").text
    assert re.search(r'^trainshed_jobs\{state="succeeded"\} [1-9]', text, re.MULTILINE)
    assert re.search(r"^trainshed_workers 1\.0$", text, re.MULTILINE)


def test_the_documentation_page_asks_nobody_else(service: Any) -> None:
    page = service.http.get("/docs").text
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources
    assert all(source.startswith("/") for source in sources)
    assert all(service.http.get(source).status_code == 200 for source in sources)


def test_every_route_of_the_contract_is_documented(service: Any) -> None:
    paths = service.http.get("/openapi.json").json()["paths"]
    assert {
        "/jobs",
        "/queue",
        "/jobs/{job_id}/metrics",
        "/jobs/{job_id}/stream",
        "/predict",
        "/models",
    } <= set(paths)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "[::1"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
    ],
)
def test_another_sites_page_gets_nothing(service: Any, headers: dict[str, str]) -> None:
    answer = service.http.get("/jobs", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")


def test_a_link_on_another_sites_page_may_be_followed(service: Any) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert service.http.get("/", headers=headers).status_code == 200


def test_an_unknown_path_and_method_are_problems_too(service: Any) -> None:
    for answer in (service.http.get("/nothing"), service.http.put("/jobs")):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.status_code in (404, 405)


def gauge(api: Api, sample: str) -> float:
    """Of Prometheus."""
    found = re.search(rf"^trainshed_{re.escape(sample)} (\S+)$", api.http.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_a_store_that_lost_its_records_is_not_ready_until_they_are_rebuilt(api: Api) -> None:
    job_id = api.submit()
    assert api.store_check() == "ok"
    api.redis.flushall()
    assert api.store_check() == "it has lost its records: `python -m store` rebuilds them from disk"
    assert api.http.get("/readyz").status_code == 503
    assert api.http.get(f"/jobs/{job_id}").status_code == 404
    environment = os.environ | {"TRAINSHED_HOME": str(api.home), "TRAINSHED_REDIS_URL": api.url}
    told = subprocess.run([sys.executable, "-m", "store"], env=environment, capture_output=True, text=True)
    assert (told.returncode, "1 jobs" in told.stdout) == (0, True), told.stderr
    assert api.store_check() == "ok"
    assert api.http.get(f"/jobs/{job_id}").json()["state"] == "queued"
    assert gauge(api, 'events_total{event="restored"}') == 1


def test_a_store_that_lost_its_data_sets_is_not_ready_until_they_are_rebuilt(api: Api) -> None:
    api.http.post("/datasets?name=pets", content=b"abc")
    api.redis.flushall()
    assert api.store_check() == "it has lost its records: `python -m store` rebuilds them from disk"
    environment = os.environ | {"TRAINSHED_HOME": str(api.home), "TRAINSHED_REDIS_URL": api.url}
    subprocess.run([sys.executable, "-m", "store"], env=environment, check=True)
    assert api.store_check() == "ok"
    assert api.http.get("/datasets/pets").json()["state"] == "queued"


def test_the_next_start_of_the_api_rebuilds_what_was_lost(api: Api, start_api: StartApi) -> None:
    job_id = api.submit()
    before = api.http.get(f"/jobs/{job_id}").json()
    api.redis.flushall()
    again = start_api(TRAINSHED_HOME=str(api.home))
    assert again.http.get(f"/jobs/{job_id}").json() == before
    assert api.store_check() == again.store_check() == "ok"


def test_prometheus_reads_what_happened_to_jobs(api: Api) -> None:
    job_id = api.submit()
    assert gauge(api, "queue_head_age_seconds") > 0
    silent = api.jobs.claim_next("w1", 0)
    assert gauge(api, "queue_head_age_seconds") == 0
    assert gauge(api, "leases_overdue") == 1
    assert api.jobs.reap() == [job_id]
    assert gauge(api, "leases_overdue") == 0
    assert silent
    with pytest.raises(LeaseLost):
        api.jobs.report(silent, 30)
    claim = api.jobs.claim_next("w2", 30)
    assert claim
    api.jobs.crash(claim, 3, "killed", {})
    happened = {
        name: gauge(api, f'events_total{{event="{name}"}}')
        for name in ("claimed", "reaped", "refused", "crashed", "restored")
    }
    assert happened == {"claimed": 2, "reaped": 1, "refused": 1, "crashed": 1, "restored": 0}
    assert gauge(api, 'jobs{state="queued"}') == 1
