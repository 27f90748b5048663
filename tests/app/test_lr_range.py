"""A learning-rate range test as a job: watched like any other, and at its end a suggestion in place of a model."""

import copy
from typing import Any

import pytest

from tests.conftest import TINY


@pytest.fixture(scope="module")
def tested(service: Any) -> str:
    spec = {**copy.deepcopy(TINY), "mode": "lr_range", "lr_range": {"minimum": 1e-4, "maximum": 100}}
    answer = service.http.post("/jobs", json=spec)
    assert answer.status_code == 201, answer.text
    job_id = str(answer.json()["id"])
    assert service.wait(job_id, "succeeded", "failed")["state"] == "succeeded"
    return job_id


def test_the_record_and_the_stream_say_what_was_found(service: Any, tested: str) -> None:
    found = service.job(tested)["lr_range"]
    points = service.http.get(f"/jobs/{tested}/metrics").json()["points"]
    assert points[0]["learning_rate"] < 10 * found["suggestion"] < 1.01 * points[-1]["learning_rate"]
    assert f'"suggestion": {found["suggestion"]}' in service.http.get(f"/jobs/{tested}/stream").text


def test_the_series_is_loss_against_a_rising_rate(service: Any, tested: str) -> None:
    points = service.http.get(f"/jobs/{tested}/metrics").json()["points"]
    rates = [point["learning_rate"] for point in points]
    assert rates == sorted(rates)
    assert rates[0] == pytest.approx(1e-4)


def test_there_is_no_model_to_predict_with_to_list_or_to_evaluate(service: Any, tested: str) -> None:
    image = {"image": ("image.png", b"", "image/png")}
    asked = service.http.post("/predict", data={"job_id": tested}, files=image)
    evaluation = service.http.get(f"/jobs/{tested}/evaluation")
    for answer in (asked, evaluation):
        assert answer.status_code == 409
        assert "range test" in answer.json()["detail"]
    assert tested not in [model["job_id"] for model in service.http.get("/models").json()["data"]]


def test_a_range_that_falls_is_refused_at_its_field(service: Any) -> None:
    body = {**TINY, "mode": "lr_range", "lr_range": {"minimum": 1.0, "maximum": 0.1}}
    answer = service.http.post("/jobs", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/lr_range")
