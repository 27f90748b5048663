"""Test images of a job: listed, shown, linked from its mistakes."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.conftest import Service


@pytest.fixture
def without_pictures(service: Service, trained: str) -> Iterator[str]:
    """The job as an older Trainshed would have left it."""
    kept = service.home / "jobs" / trained / "1" / "pictures.npy"
    away = kept.rename(service.home / "pictures.npy")
    yield trained
    away.rename(kept)


def test_every_mistake_has_its_image_and_every_class_some_samples(service: Service, trained: str) -> None:
    listed = service.http.get(f"/jobs/{trained}/pictures").json()["data"]
    hardest = service.http.get(f"/jobs/{trained}/evaluation").json()["hardest"]
    wrong = [picture for picture in listed if picture["mistake"]]
    assert [picture["image"] for picture in wrong] == [mistake["image"] for mistake in hardest]
    for picture, mistake in zip(wrong, hardest, strict=True):
        assert (picture["row"], picture["label"]) == (mistake["index"], mistake["label"])
        assert picture["mistake"] == {name: mistake[name] for name in picture["mistake"]}
    samples = [picture for picture in listed if picture["sample"]]
    assert len(samples) == 64
    assert len({picture["label"] for picture in samples}) == 10


def test_a_picture_is_a_png_that_may_be_kept_for_ever(service: Service, trained: str) -> None:
    listed = service.http.get(f"/jobs/{trained}/pictures").json()["data"]
    answer = service.http.get(listed[0]["image"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert "immutable" in answer.headers["cache-control"]
    assert Image.open(BytesIO(answer.content)).size == (28, 28)


def test_a_row_that_was_not_kept_is_a_404(service: Service, trained: str) -> None:
    for row in (10**12, -1):
        answer = service.http.get(f"/jobs/{trained}/pictures/{row}")
        assert answer.status_code == 404
        assert f"no picture {row}" in answer.json()["detail"]


def test_a_job_of_before_there_were_pictures_says_so(service: Service, without_pictures: str) -> None:
    for place in ("pictures", "pictures/0"):
        answer = service.http.get(f"/jobs/{without_pictures}/{place}")
        assert answer.status_code == 409
        assert "kept no pictures" in answer.json()["detail"]
    hardest = service.http.get(f"/jobs/{without_pictures}/evaluation").json()["hardest"]
    assert {mistake["image"] for mistake in hardest} == {None}


def test_a_job_that_has_not_been_evaluated_has_none_yet(service: Service) -> None:
    with service.stopped("worker"):
        job_id = service.submit()
        service.http.post(f"/jobs/{job_id}/cancel")
    for place in ("pictures", "pictures/0"):
        answer = service.http.get(f"/jobs/{job_id}/{place}")
        assert (answer.status_code, "it is evaluated when" in answer.json()["detail"]) == (409, True)
    service.wait(job_id, "cancelled")
    deleted: Any = service.http.delete(f"/jobs/{job_id}")
    assert deleted.status_code == 204
    assert service.http.get(f"/jobs/{job_id}/pictures").status_code == 404
    assert not Path(service.home / "jobs" / job_id).exists()
