"""Probes, Prometheus, the documentation page, and who may ask."""

import json
import os
import re
import signal
import threading
from contextlib import suppress
from typing import Any

import httpx2
import pytest


def test_it_is_alive_and_ready(service: Any) -> None:
    assert service.http.get("/healthz").json() == {"status": "ok"}
    ready = service.http.get("/readyz")
    assert (ready.status_code, set(ready.json()["checks"].values())) == (200, {"ok"})


def test_a_store_that_hangs_is_told_in_seconds_though_many_streams_wait_for_it_too(service: Any) -> None:
    job_id = service.submit(max_steps=1_000_000)
    service.wait(job_id, "running")

    def listen() -> None:
        with suppress(httpx2.HTTPError):
            service.http.get(f"/jobs/{job_id}/stream", params={"after": 1_000_000})

    streams = [threading.Thread(target=listen, daemon=True) for _ in range(90)]
    for stream in streams:
        stream.start()
    redis = json.loads((service.home / "run" / "stack.json").read_text())["children"]["redis"]["pid"]
    os.kill(redis, signal.SIGSTOP)
    try:
        for path in ("/jobs", "/readyz"):
            answer = service.http.get(path, timeout=10)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    finally:
        os.kill(redis, signal.SIGCONT)
    service.wait_until(job_id, lambda job: "state" in job, seconds=30)
    service.http.post(f"/jobs/{job_id}/cancel")
    for stream in streams:
        stream.join()


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
    ],
)
def test_another_sites_page_gets_nothing(service: Any, headers: dict[str, str]) -> None:
    answer = service.http.get("/jobs", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")


def test_an_unknown_path_and_method_are_problems_too(service: Any) -> None:
    for answer in (service.http.get("/nothing"), service.http.put("/jobs")):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.status_code in (404, 405)
