"""Thousands of queued jobs over HTTP: the API alone, on a Redis that was filled beforehand."""

from typing import Any

import pytest
from redis import Redis

from app.routes.jobs import LABEL_SCAN, LABEL_SCANS
from store.jobs import Jobs
from tests.app.conftest import Api

SCANNED = LABEL_SCAN * LABEL_SCANS  # jobs that one answer looks at


def submit(jobs: Jobs, labels: dict[str, str]) -> str:
    spec = {"training": {"batch_size": 10}}
    body = {"name": None, "labels": labels, "priority": 0, "spec": spec}
    return jobs.submit(body, steps=100, images_per_epoch=1000, batch_size=10)[0]


def listed(api: Api, **query: Any) -> dict[str, Any]:
    return dict(api.http.get("/jobs", params=query).raise_for_status().json())


@pytest.mark.parametrize("others", [SCANNED - 1, SCANNED, SCANNED + 1])
def test_an_old_job_is_found_by_its_label_over_pages_that_can_be_empty(
    api: Api, redis: Redis, others: int
) -> None:
    jobs = Jobs(redis)
    wanted = submit(jobs, {"kept": "yes"})
    for _ in range(others):
        submit(jobs, {"kept": "no"})
    answer, found = listed(api, label="kept:yes"), []
    while answer["has_more"]:
        found += [job["id"] for job in answer["data"]]
        answer = listed(api, label="kept:yes", after=answer["next_after"])
    found += [job["id"] for job in answer["data"]]
    assert found == [wanted]


def test_pages_of_jobs_with_a_label_join_without_a_gap(api: Api, redis: Redis) -> None:
    jobs = Jobs(redis)
    made = [submit(jobs, {"parity": ("even", "odd")[number % 2]}) for number in range(20)]
    first = listed(api, label="parity:odd", limit=4)
    rest = listed(api, label="parity:odd", after=first["next_after"])
    assert [job["id"] for job in first["data"] + rest["data"]] == sorted(made[1::2], reverse=True)
    assert (len(first["data"]), first["has_more"], rest["has_more"]) == (4, True, False)


def test_a_page_from_the_middle_of_ten_thousand_goes_on_where_the_one_before_it_ended(
    api: Api, redis: Redis
) -> None:
    jobs = Jobs(redis)
    submitted = [submit(jobs, {}) for _ in range(10_000)]
    shown: list[tuple[int, str]] = []
    after: dict[str, str] = {}
    while len(shown) < 6_000:
        page = api.http.get("/queue", params={"limit": 1000, **after}).raise_for_status().json()
        shown += [(job["position"], job["id"]) for job in page["waiting"]]
        after = {"after": page["next_after"]}
    assert shown == list(enumerate(submitted[:6_000], 1))
    assert (page["counts"]["queued"], page["workers"], page["running"]) == (10_000, 0, [])
