"""The queue over HTTP, against the whole running stack."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import ENDLESS, TINY


@pytest.fixture(scope="module")
def blocked(service: Any) -> Iterator[str]:
    """A job that the only worker trains for as long as the tests last."""
    job_id = service.submit(max_steps=ENDLESS)
    service.wait(job_id, "running")
    yield job_id
    service.http.post(f"/jobs/{job_id}/cancel")
    service.wait(job_id, "cancelled")


@pytest.fixture
def waiting(service: Any, blocked: str) -> Iterator[list[str]]:
    """Ids of jobs behind it, in the order in which they should run."""
    priorities = (0, 5, -1, 0, 5)
    ids = []
    for number, priority in enumerate(priorities):
        spec = {**TINY, "name": f"number {number}", "priority": priority}
        ids.append(service.http.post("/jobs", json=spec).json()["id"])
    yield [ids[number] for number in (1, 4, 0, 3, 2)]
    for job_id in ids:
        service.http.post(f"/jobs/{job_id}/cancel")


def test_the_queue_shows_who_runs_and_who_waits_in_which_order(
    service: Any, blocked: str, waiting: list[str]
) -> None:
    answer = service.http.get("/queue").json()
    assert answer["counts"] == {"queued": 5, "running": 1, "pausing": 0, "cancelling": 0}
    assert answer["workers"] == 1
    assert [job["id"] for job in answer["waiting"]] == waiting
    assert [job["position"] for job in answer["waiting"]] == [1, 2, 3, 4, 5]
    assert [job["priority"] for job in answer["waiting"]] == [5, 5, 0, 0, -1]
    assert [job["name"][-1] for job in answer["waiting"]] == ["1", "4", "0", "3", "2"]
    (running,) = answer["running"]
    record = service.job(blocked)
    assert (running["id"], running["state"], running["worker"]) == (blocked, "running", record["worker"])
    assert (running["started_at"], running["progress"]["steps"]) == (record["started_at"], ENDLESS)


def test_a_position_is_the_one_that_the_jobs_own_record_has(service: Any, waiting: list[str]) -> None:
    shown = service.http.get("/queue").json()["waiting"]
    records = [service.job(job["id"]) for job in shown]
    assert [job["queue_position"] for job in records] == [job["position"] for job in shown]
    assert [job["created_at"] for job in records] == [job["created_at"] for job in shown]


def test_pages_of_the_queue_join_without_a_gap_also_when_a_job_between_them_is_cancelled(
    service: Any, waiting: list[str]
) -> None:
    first = service.http.get("/queue", params={"limit": 2}).json()
    service.http.post(f"/jobs/{waiting[1]}/cancel")
    rest = service.http.get("/queue", params={"after": first["next_after"]}).json()
    assert [job["id"] for job in first["waiting"] + rest["waiting"]] == waiting
    assert [job["position"] for job in rest["waiting"]] == [2, 3, 4]
    assert (first["has_more"], rest["has_more"], rest["next_after"]) == (True, False, None)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": "0"}, "query:limit"),
        ({"limit": "1001"}, "query:limit"),
        ({"limit": "-1"}, "query:limit"),
        ({"limit": "many"}, "query:limit"),
        ({"limit": ""}, "query:limit"),
        ({"after": ""}, "query:after"),
        ({"after": "inf"}, "query:after"),
        ({"after": "nan"}, "query:after"),
        ({"after": "(5"}, "query:after"),
        ({"after": "1 2"}, "query:after"),
        ({"after": "5\n"}, "query:after"),
        ({"after": "٥"}, "query:after"),
        ({"after": "9" * 17}, "query:after"),
        ({"after": "job_" + "0" * 28}, "query:after"),
    ],
)
def test_a_parameter_that_cannot_be_is_a_422_that_names_it(
    service: Any, query: dict[str, str], pointer: str
) -> None:
    answer = service.http.get("/queue", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("after", ["9" * 16, "-" + "9" * 16, "0", "-0"])
def test_a_cursor_that_no_page_gave_is_only_a_place_in_the_order(service: Any, after: str) -> None:
    assert service.http.get("/queue", params={"after": after}).status_code == 200
