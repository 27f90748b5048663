"""Probes, Prometheus, the documentation page, and who may ask."""

import re
from typing import Any

import pytest


def test_it_is_alive_and_ready(service: Any) -> None:
    assert service.http.get("/healthz").json() == {"status": "ok"}
    ready = service.http.get("/readyz")
    assert (ready.status_code, set(ready.json()["checks"].values())) == (200, {"ok"})


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
    assert {"/jobs", "/jobs/{job_id}/metrics", "/jobs/{job_id}/stream", "/predict", "/models"} <= set(paths)


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
