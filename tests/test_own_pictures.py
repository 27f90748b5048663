"""One's own photographs, the whole way: sent, prepared, looked at, trained on, predicted."""

import io
import os
import signal
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Service

STAMPS = Path("/usr/share/tuxpaint/stamps")
CLASSES = ("animals", "food", "town")
IMAGE_SIZE = 48
SPEC: dict[str, Any] = {
    "architecture": {
        "blocks": [[1, 16], [1, 32], [1, 64]],
        "classifier": [],
        "batch_norm": True,
        "head": "average",
    },
    "data": {
        "dataset": "stamps",
        "normalization": "standard",
        "augmentation": ["horizontal_flip", {"name": "resized_crop", "scale": [0.6, 1.0]}],
        "sampling": "balanced",
    },
    "training": {
        "optimizer": {"name": "adam", "learning_rate": 0.003},
        "schedule": {"name": "cosine"},
        "batch_size": 32,
        "max_steps": 150,
    },
}


def photographs() -> dict[str, Path]:
    """Some 290 colour photographs of three classes, by their names in the archive."""
    assert STAMPS.is_dir(), "apt-get install tuxpaint-stamps-default"
    return {
        f"stamps/{label}/{path.relative_to(STAMPS / label)}": path
        for label in CLASSES
        for path in sorted((STAMPS / label).rglob("*.png"))
        if "cartoon" not in path.parts
    }


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def wait(service: Service, name: str, *states: str, seconds: float = 180) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while True:
        dataset = dict(service.http.get(f"/datasets/{name}", params={"wait": 5}).json())
        if dataset["state"] in states:
            return dataset
        assert time.monotonic() < deadline, dataset


@pytest.fixture(scope="module")
def pictures() -> dict[str, Path]:
    return photographs()


@pytest.fixture(scope="module")
def stamps(service: Service, pictures: dict[str, Path]) -> dict[str, Any]:
    """The photographs, and among them a copy, a truncated one, a text and what macOS leaves behind."""
    files = {name: path.read_bytes() for name, path in pictures.items()}
    cat = next(name for name in files if "animals" in name)
    files["stamps/food/copy.png"] = files[cat]
    files["stamps/town/cut.png"] = files[cat][: len(files[cat]) // 2]
    files["stamps/town/letter.jpg"] = b"Dear town, I am no picture."
    files["stamps/.DS_Store"] = b"\0"
    answer = service.http.post(
        "/datasets", files={"file": ("stamps.zip", zipped(files))}, data={"image_size": str(IMAGE_SIZE)}
    )
    assert answer.status_code == 201, answer.text
    return wait(service, answer.json()["id"], "ready", "failed")


@pytest.fixture(scope="module")
def job(service: Service, stamps: dict[str, Any]) -> dict[str, Any]:
    assert stamps["state"] == "ready", stamps["error"]
    answer = service.http.post("/jobs", json=SPEC)
    assert answer.status_code == 201, answer.text
    return service.wait(answer.json()["id"], "succeeded", "failed", seconds=240)


def test_the_archive_becomes_a_data_set_with_its_classes(
    stamps: dict[str, Any], pictures: dict[str, Path]
) -> None:
    assert stamps["state"] == "ready", stamps["error"]
    assert stamps["names"] == ["stamps:1"]
    assert (stamps["classes"], stamps["channels"], stamps["image_size"]) == (list(CLASSES), 3, IMAGE_SIZE)
    assert sum(stamps["images"].values()) == len(pictures) + 1
    assert stamps["images"]["test"] == pytest.approx(0.2 * len(pictures), abs=5)
    assert stamps["progress"]["step"] == stamps["progress"]["steps"] > 0


def test_the_doctor_tells_what_is_wrong_and_leaves_nothing_out_silently(
    service: Service, stamps: dict[str, Any], pictures: dict[str, Path]
) -> None:
    report = service.http.get(f"/datasets/{stamps['id']}/report").json()
    counts = report["counts"]
    assert counts["samples"] == counts["used"] + counts["left_out"] == len(pictures) + 3
    assert counts["left_out"] == 2
    assert counts["ignored"] == 1
    told = str(report)
    for path in ("town/cut.png", "town/letter.jpg", "food/copy.png", ".DS_Store"):
        assert path in told
    assert "duplicates_with_different_labels" in told


def test_its_pictures_can_be_looked_at(service: Service, stamps: dict[str, Any]) -> None:
    page = service.http.get(
        f"/datasets/{stamps['id']}/samples", params={"split": "test", "label": "food"}
    ).json()
    assert {(sample["split"], sample["label"]) for sample in page["data"]} == {("test", "food")}
    picture = Image.open(io.BytesIO(service.http.get(page["data"][0]["image"]).content))
    assert (picture.size, picture.mode) == ((IMAGE_SIZE, IMAGE_SIZE), "RGB")


def test_a_job_trains_on_it_by_its_name_and_is_evaluated(
    service: Service, stamps: dict[str, Any], job: dict[str, Any]
) -> None:
    assert job["state"] == "succeeded", job["error"]
    assert job["dataset"] == {"name": "stamps", "id": stamps["id"], "sha256": stamps["sha256"]}
    evaluation = service.http.get(f"/jobs/{job['id']}/evaluation").json()
    assert evaluation["images"] == stamps["images"]["test"]
    most = max(stamps["class_images"]["test"]) / stamps["images"]["test"]
    assert evaluation["accuracy"] > most + 0.1  # better than always saying "animals"


def test_a_job_keeps_pictures_as_the_data_set_has_them(
    service: Service, stamps: dict[str, Any], job: dict[str, Any]
) -> None:
    first = stamps["images"]["train"] + stamps["images"].get("validation", 0)
    for picture in service.http.get(f"/jobs/{job['id']}/pictures").json()["data"][:5]:
        of_set = service.http.get(f"/datasets/{stamps['id']}/samples/{first + picture['row']}")
        assert service.http.get(picture["image"]).content == of_set.content


def test_a_prediction_sees_the_file_as_the_evaluation_saw_it(
    service: Service, stamps: dict[str, Any], job: dict[str, Any], pictures: dict[str, Path]
) -> None:
    """The share of test pictures that `/predict` gets right from their files is the evaluation's accuracy."""
    page = service.http.get(
        f"/datasets/{stamps['id']}/samples", params={"split": "test", "limit": 1000}
    ).json()
    samples = [sample for sample in page["data"] if sample["path"] in pictures]
    right = 0
    for start in range(0, len(samples), 8):
        part = samples[start : start + 8]
        images = [("image", (sample["path"], pictures[sample["path"]].read_bytes())) for sample in part]
        answer = service.http.post("/predict", files=images, data={"job_id": job["id"]}).json()
        labels = [prediction["label"] for prediction in answer["predictions"]]
        right += sum(label == sample["label"] for label, sample in zip(labels, part, strict=True))
    evaluation = service.http.get(f"/jobs/{job['id']}/evaluation").json()
    assert right == pytest.approx(
        evaluation["accuracy"] * evaluation["images"], abs=1.01
    )  # the copy is left out


def test_the_labels_that_are_likely_wrong_are_told_after_a_training(
    service: Service, stamps: dict[str, Any], job: dict[str, Any]
) -> None:
    report = service.http.get(f"/datasets/{stamps['id']}/report").json()
    assert report["suspects"]["job"] == job["id"]
    first = report["suspects"]["data"][0]
    assert {"split", "row", "path", "label", "loss", "image"} <= first.keys()
    assert service.http.get(first["image"]).status_code == 200


def test_another_job_begins_with_its_model(service: Service, job: dict[str, Any]) -> None:
    training = {**SPEC["training"], "max_steps": 5}
    answer = service.http.post(
        "/jobs",
        json={**SPEC, "training": training, "init_from": {"job": job["id"], "freeze": ["features"]}},
    )
    assert answer.status_code == 201, answer.text
    later = service.wait(answer.json()["id"], "succeeded", "failed")
    assert later["state"] == "succeeded", later["error"]
    assert "initialized" in [event["event"] for event in later["events"]]


def test_the_same_archive_again_is_the_same_data_set(service: Service, stamps: dict[str, Any]) -> None:
    content = zipped({f"pets/{label}/{n}.png": noise(n) for label in "ab" for n in range(12)})
    first = service.http.post("/datasets?name=noise", content=content)
    again = service.http.post("/datasets?name=noise", content=content)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"] != stamps["id"]
    assert wait(service, "noise:1", "ready", "failed")["state"] == "ready"


def test_a_preparation_that_is_cancelled_leaves_nothing_but_its_record_and_one_that_is_killed_loses_no_upload(
    service: Service,
) -> None:
    content = zipped({f"{label}/{n}.png": noise(n, 300) for label in ("a", "b") for n in range(80)})
    dataset_id = service.http.post("/datasets?name=cancelled", content=content).json()["id"]
    wait(service, dataset_id, "preparing")
    assert service.http.post(f"/datasets/{dataset_id}/cancel").status_code == 202
    assert wait(service, dataset_id, "cancelled", "ready")["state"] == "cancelled"
    assert not (service.home / "datasets" / dataset_id).exists()
    wait_until_swept(service, dataset_id)

    assert service.http.post("/datasets?name=killed", content=content).json()["id"] == dataset_id
    wait(service, dataset_id, "preparing")
    os.kill(service.pid_of("importer"), signal.SIGKILL)
    dataset = wait(service, dataset_id, "ready", "failed")
    assert dataset["state"] == "ready", dataset["error"]
    assert sum(dataset["images"].values()) == 160


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no archive", "archive"),
        (zipped({"../a/1.png": b"x", "b/1.png": b"x"}), "../a/1.png"),
        (zipped({"a/1.png": b"x", "A/1.png": b"x"}), "A/1.png"),
        (zipped({"a/1.png": b"\0" * 200_000_000, "b/1.png": b"x"}, zipfile.ZIP_DEFLATED), "a/1.png"),
        (zipped({"a/1.png": b"x", "b/1.png": b"x"})[:-30], "its end is missing"),
        (zipped({"a/1.png": b"x"}), "class"),
        (zipped({"notes.txt": b"x"}), "class"),
    ],
    ids=["no archive", "zip slip", "same name by case", "bomb", "truncated", "one class", "no pictures"],
)
def test_an_upload_that_cannot_be_is_refused_by_name(service: Service, content: bytes, told: str) -> None:
    dataset_id = service.http.post("/datasets?name=bad", content=content).json()["id"]
    dataset = wait(service, dataset_id, "ready", "failed")
    assert dataset["state"] == "failed"
    assert told in dataset["error"]["message"] + dataset["error"]["hint"], dataset["error"]
    assert not (service.home / "datasets" / dataset_id).exists()
    wait_until_swept(service, dataset_id)
    assert service.http.get("/healthz").status_code == 200


def wait_until_swept(service: Service, dataset_id: str) -> None:
    """Nothing is left of an import but what it says of itself."""
    deadline, folder = time.monotonic() + 30, service.home / "imports" / dataset_id
    while {path.name for path in folder.iterdir()} - {
        "record.json",
        "spec.json",
        "import.log",
        "report.json",
    }:
        assert time.monotonic() < deadline, sorted(folder.iterdir())
        time.sleep(0.05)


def noise(seed: int, size: int = 24) -> bytes:
    """A picture that is like no other."""
    file = io.BytesIO()
    pixels = np.random.default_rng(seed + size).integers(0, 256, (size, size, 3), np.uint8)
    Image.fromarray(pixels).save(file, "PNG", compress_level=0)
    return file.getvalue()
