"""Bodies that are too large: refused as a problem, whether they say their length or not."""

from collections.abc import Iterator
from typing import Any

import pytest

JSON = {"content-type": "application/json"}


def chunks(mebibytes: int) -> Iterator[bytes]:
    """Sent without a length."""
    yield from [b" " * 2**20] * mebibytes


@pytest.mark.parametrize("body", [b" " * 2**20, chunks(1)], ids=["with length", "in chunks"])
def test_a_spec_of_a_mebibyte_is_refused_as_a_problem(service: Any, body: Any) -> None:
    answer = service.http.post("/jobs/validate", content=body, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert "0.25 MiB" in answer.json()["detail"]


@pytest.mark.parametrize("body", [b" " * (33 * 2**20), chunks(33)], ids=["with length", "in chunks"])
def test_an_image_larger_than_an_upload_may_be_is_refused_as_a_problem(service: Any, body: Any) -> None:
    answer = service.http.post("/predict", content=body, headers={"content-type": "image/png"})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert "32 MiB" in answer.json()["detail"]
