"""Many pictures at once: a data set's or an archive's, answered as `POST /predict` answers, and never lost."""

import csv
import io
import json
import os
import signal
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from client import Client
from model.data.datasets import read_idx
from tests.conftest import Service

FOLDER = Path("/usr/share/datasets/fashion-mnist")


@pytest.fixture(scope="module")
def pictures() -> list[bytes]:
    """The first test images of Fashion-MNIST, as PNG."""
    images = read_idx(FOLDER / "t10k-images-idx3-ubyte", 3)[:60].numpy()
    return [png(image) for image in images]


def png(pixels: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def ended(service: Service, prediction_id: str, *states: str) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    while True:
        found: dict[str, Any] = service.http.get(f"/predictions/{prediction_id}", params={"wait": 5}).json()
        if found["state"] in (states or ("succeeded", "failed", "cancelled")):
            return found
        assert time.monotonic() < deadline, found


def queued(service: Service, **fields: Any) -> str:
    answer = service.http.post("/predictions", json=fields)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/predictions/{answer.json()['id']}"
    return str(answer.json()["id"])


def lines_of(service: Service, prediction_id: str) -> list[dict[str, Any]]:
    text = service.http.get(f"/predictions/{prediction_id}/result").text
    return [json.loads(line) for line in text.splitlines()]


def test_a_test_split_is_answered_as_one_by_one_and_as_the_jobs_report_says(
    service: Service, trained: str, pictures: list[bytes]
) -> None:
    done = ended(service, queued(service, job_id=trained, dataset="fashion-mnist", top_k=3))
    assert (done["state"], done["unreadable"]) == ("succeeded", 0), done
    assert done["progress"] == {"step": 10_000, "steps": 10_000, "eta_seconds": None}
    assert done["accuracy"] == pytest.approx(service.job(trained)["evaluation"]["accuracy"], abs=2e-3)
    lines = lines_of(service, done["id"])
    assert (len(lines), lines[0]["path"]) == (10_000, "test/0")
    assert sum(line["label"] == line["predicted"] for line in lines) == round(done["accuracy"] * 10_000)
    files = [("image", (str(n), content)) for n, content in enumerate(pictures)]
    one_by_one = service.http.post("/predict", data={"job_id": trained, "top_k": 3}, files=files).json()
    for line, expected in zip(lines, one_by_one["predictions"], strict=False):
        assert line["predicted"] == expected["label"]
        assert line["probability"] == pytest.approx(expected["probability"], abs=1e-4)
        assert [each["label"] for each in line["top_k"]] == [each["label"] for each in expected["top_k"]]


def test_an_archive_in_any_layout_is_answered_with_a_line_for_each_picture_by_what_the_alias_meant_then(
    service: Service, trained: str, pictures: list[bytes]
) -> None:
    service.http.put("/aliases/2024", json={"job": trained})  # no number, though forms do not say
    content = zipped({"b.png": pictures[0], "deep/er/a.png": pictures[1], "c, d.jpg": b"none", "x.txt": b""})
    answer = service.http.post(
        "/predictions", data={"model": "2024", "top_k": 2}, files={"file": ("many.zip", content)}
    )
    assert (answer.status_code, answer.json()["upload"]["filename"]) == (201, "many.zip")
    assert answer.json()["job_id"] == trained
    assert service.http.delete("/aliases/2024").status_code == 204
    assert service.http.post("/predictions", json={"model": "2024", "dataset": "mnist"}).status_code == 404
    done = ended(service, answer.json()["id"])
    assert (done["state"], done["unreadable"], done["accuracy"]) == ("succeeded", 1, None), done
    lines = lines_of(service, done["id"])
    assert [line["path"] for line in lines] == ["b.png", "deep/er/a.png", "c, d.jpg"]
    assert lines[2]["error"]["code"] == "not_an_image"
    text = service.http.get(f"/predictions/{done['id']}/result", params={"format": "csv"}).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["predicted"] for row in rows[:2]] == [line["predicted"] for line in lines[:2]]
    assert float(rows[0]["probability_2"]) == lines[0]["top_k"][1]["probability"]
    assert (rows[2]["path"], rows[2]["predicted"]) == ("c, d.jpg", "")
    assert rows[2]["error"] == lines[2]["error"]["message"]


def test_an_upload_is_handed_in_once_however_often_it_is_told(
    service: Service, trained: str, pictures: list[bytes]
) -> None:
    content = zipped({"1.png": pictures[0]})
    upload = service.http.post("/uploads", headers={"Upload-Length": str(len(content))}).json()["id"]
    asked = {"job_id": trained, "upload": upload}
    assert service.http.post("/predictions", json=asked).status_code == 409  # its bytes are still to come
    headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    service.http.patch(f"/uploads/{upload}", content=content, headers=headers)
    first, again = (service.http.post("/predictions", json=asked) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert ended(service, first.json()["id"])["progress"]["steps"] == 1
    assert service.http.post("/datasets", json={"upload": upload, "name": "flowers"}).status_code == 404


def test_a_key_makes_repeating_safe(service: Service, trained: str) -> None:
    def asked(**fields: Any) -> Any:
        headers = {"Idempotency-Key": "one"}
        return service.http.post("/predictions", json={"job_id": trained, **fields}, headers=headers)

    first, again = asked(dataset="fashion-mnist"), asked(dataset="fashion-mnist")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert asked(dataset="fashion-mnist", split="train").status_code == 422
    service.http.post(f"/predictions/{first.json()['id']}/cancel")


def test_a_key_makes_repeating_safe_though_the_alias_means_another_model_now(
    service: Service, trained: str
) -> None:
    service.http.put("/aliases/moved-meanwhile", json={"job": trained})
    body = {"model": "moved-meanwhile", "dataset": "fashion-mnist"}
    first = service.http.post("/predictions", json=body, headers={"Idempotency-Key": "two"})
    other = service.submit(max_steps=2)
    service.wait(other, "succeeded")
    service.http.put("/aliases/moved-meanwhile", json={"job": other})
    again = service.http.post("/predictions", json=body, headers={"Idempotency-Key": "two"})
    assert (first.status_code, again.status_code) == (201, 200), again.text
    assert first.json()["id"] == again.json()["id"]
    service.http.delete("/aliases/moved-meanwhile")


def test_questions_that_cannot_be_answered_name_the_field(service: Service, trained: str) -> None:
    def refused(**fields: Any) -> tuple[int, str | None]:
        answer = service.http.post("/predictions", json=fields)
        return answer.status_code, (answer.json().get("errors") or [{}])[0].get("pointer")

    good = {"job_id": trained, "dataset": "mnist"}
    assert refused(**good | {"job_id": "job_" + "0" * 28}) == (404, None)
    assert refused(**good | {"dataset": "flowers"}) == (422, "/dataset")
    assert refused(**good | {"split": "validation"}) == (422, "/split")
    assert refused(**good | {"split": "tset"}) == (422, "/split")
    assert refused(**good | {"top_k": 0}) == (422, "/top_k")
    assert refused(**good | {"topk": 1}) == (422, "/topk")
    assert refused(**good | {"upload": "up_" + "0" * 32}) == (404, None)
    assert refused(job_id=trained) == (422, "/dataset")
    assert refused(dataset="mnist") == (422, "/job_id")
    assert service.http.get("/predictions/pred_" + "0" * 28).status_code == 404
    assert service.http.get("/predictions/1").status_code == 404


def test_an_archive_that_cannot_be_opened_fails_with_the_reason(service: Service, trained: str) -> None:
    answer = service.http.post(
        "/predictions", data={"job_id": trained}, files={"file": ("a.zip", b"PK\x03\x04" + bytes(50))}
    )
    done = ended(service, answer.json()["id"])
    assert (done["state"], done["error"]["code"]) == ("failed", "archive_damaged")
    assert service.http.get(f"/predictions/{done['id']}/result").status_code == 409


def test_one_whose_model_was_deleted_meanwhile_fails_and_says_so(service: Service) -> None:
    jobs = {kind: service.submit(max_steps=2) for kind in ("jobs", "models")}
    for job_id in jobs.values():
        service.wait(job_id, "succeeded")
    os.kill(pid := service.pid_of("batcher"), signal.SIGSTOP)
    try:
        asked = [queued(service, model=job_id, dataset="fashion-mnist") for job_id in jobs.values()]
        for kind, job_id in jobs.items():
            assert service.http.delete(f"/{kind}/{job_id}").status_code == 204
    finally:
        os.kill(pid, signal.SIGCONT)
    for prediction_id in asked:
        assert ended(service, prediction_id)["error"]["code"] == "model_missing"
    again = service.http.post("/predictions", json={"model": jobs["models"], "dataset": "fashion-mnist"})
    assert (again.status_code, "is gone" in again.json()["detail"]) == (409, True)


def test_it_is_cancelled_listed_and_deleted(service: Service, trained: str) -> None:
    prediction_id = queued(service, job_id=trained, dataset="fashion-mnist", split="all")
    assert service.http.delete(f"/predictions/{prediction_id}").status_code == 409
    assert service.http.post(f"/predictions/{prediction_id}/cancel").status_code == 202
    assert ended(service, prediction_id)["state"] == "cancelled"
    page = service.http.get("/predictions", params={"limit": 1}).json()
    assert [each["id"] for each in page["data"]] == [prediction_id]
    assert service.http.delete(f"/predictions/{prediction_id}").status_code == 204
    assert service.http.get(f"/predictions/{prediction_id}").status_code == 404
    assert not (service.home / "predictions" / prediction_id).exists()


def test_a_worker_that_is_killed_costs_time_and_nothing_half_written_is_shown(
    service: Service, trained: str
) -> None:
    prediction_id = queued(service, job_id=trained, dataset="fashion-mnist")
    ended(service, prediction_id, "running", "succeeded")
    os.kill(service.pid_of("batcher"), signal.SIGKILL)
    assert service.http.get(f"/predictions/{prediction_id}/result").status_code in (200, 409)
    done = ended(service, prediction_id)
    assert (done["state"], done["progress"]["step"]) == ("succeeded", 10_000), done
    assert len(lines_of(service, prediction_id)) == 10_000


def test_the_client_sends_a_folder_and_fetches_what_is_said_of_it(
    service: Service, trained: str, pictures: list[bytes], tmp_path: Path
) -> None:
    for number, content in enumerate(pictures[:3]):
        (tmp_path / f"{number}.png").write_bytes(content)
    with Client(service.url) as client:
        queued = client.predict_files(tmp_path, trained, top_k=1)
        done = client.wait_for_prediction(queued.id)
        lines = b"".join(client.prediction_result(done.id)).splitlines()
    assert [json.loads(line)["path"] for line in lines] == ["0.png", "1.png", "2.png"]
