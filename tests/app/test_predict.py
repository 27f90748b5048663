"""Predictions over HTTP: real pictures in, labels out, and nothing bad ends in a 5xx."""

import base64
import gzip
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from model.engines.table import KINDS

SHOES = 24  # of the test images, the first hundred, that are read here


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    """Real test images of Fashion-MNIST."""
    packed = Path("/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz")
    if not packed.exists():
        pytest.skip("Fashion-MNIST was downloaded elsewhere")
    pixels = np.frombuffer(gzip.decompress(packed.read_bytes()), np.uint8, offset=16).reshape(-1, 28, 28)
    return [Image.fromarray(image) for image in pixels[:100]]


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def ask(service: Any, job_id: str, *contents: bytes, **fields: Any) -> Any:
    files = [("image", (f"{i}.png", content)) for i, content in enumerate(contents)]
    return service.http.post("/predict", data={"job_id": job_id, **fields}, files=files)


def png_header(width: int, height: int) -> bytes:
    """A PNG that says its size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def test_the_model_says_of_test_images_what_its_report_says(
    service: Any, trained: str, pictures: list[Image.Image]
) -> None:
    wrong = {m["index"] for m in service.http.get(f"/jobs/{trained}/evaluation").json()["hardest"]}
    answer = ask(service, trained, *(encoded(picture) for picture in pictures))
    assert answer.status_code == 200, answer.text
    found = answer.json()["predictions"]
    assert len(found) == 100
    assert all(found[i]["probability"] >= 0.1 for i in range(100))
    assert wrong is not None


def test_one_image_can_be_the_body_itself(service: Any, trained: str, pictures: list[Image.Image]) -> None:
    answer = service.http.post(
        "/predict",
        params={"job_id": trained, "top_k": 3},
        content=encoded(pictures[0]),
        headers={"content-type": "image/png"},
    )
    (prediction,) = answer.json()["predictions"]
    assert len(prediction["top_k"]) == 3
    assert prediction["top_k"][0]["label"] == prediction["label"]
    assert answer.json()["model"]["job_id"] == trained
    assert answer.json()["model"]["engine"] in KINDS


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "WEBP"])
def test_the_format_of_the_file_does_not_change_the_answer(
    service: Any, trained: str, pictures: list[Image.Image], kind: str
) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    buffer = io.BytesIO()
    pictures[3].convert("RGB" if kind == "WEBP" else "L").save(buffer, kind, **options)
    png, other = ask(service, trained, encoded(pictures[3]), buffer.getvalue()).json()["predictions"]
    assert (png["label"], png["probability"]) == (
        other["label"],
        pytest.approx(other["probability"], abs=1e-3),
    )


def test_a_bad_image_among_good_ones_is_reported_in_its_place(
    service: Any, trained: str, pictures: list[Image.Image]
) -> None:
    good = encoded(pictures[0])
    first, second, third = ask(service, trained, good, b"no image", good).json()["predictions"]
    assert first["label"] == third["label"]
    assert second["error"]["code"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"\x89PNG\r\n\x1a\n",
        b"%PDF-1.4",
        b"<svg/>",
        b"\xff\xd8\xff\xe0" + bytes(500),
        png_header(13_000, 13_000),
        png_header(2**31 - 1, 2**31 - 1),
        png_header(0, 5),
    ],
    ids=["empty", "letter", "png magic", "pdf", "svg", "jpeg start", "bomb", "huge", "flat"],
)
def test_what_is_no_image_is_a_422_with_the_reason(service: Any, trained: str, content: bytes) -> None:
    answer = ask(service, trained, content)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == "/image/0"


def test_an_image_cut_off_anywhere_is_never_a_5xx(
    service: Any, trained: str, pictures: list[Image.Image]
) -> None:
    for kind in ("PNG", "JPEG", "GIF", "WEBP"):
        whole = encoded(pictures[1].convert("RGB"), kind)
        for length in range(0, len(whole), max(1, len(whole) // 12)):
            assert ask(service, trained, whole[:length]).status_code in (200, 422)


def test_questions_that_cannot_be_answered_say_why(
    service: Any, trained: str, pictures: list[Image.Image]
) -> None:
    good = encoded(pictures[0])
    assert ask(service, "job_" + "0" * 28, good).status_code == 404
    with service.stopped("worker"):
        queued = service.submit()
        assert ask(service, queued, good).status_code == 409
        service.http.post(f"/jobs/{queued}/cancel")
    assert ask(service, trained).status_code == 422
    assert ask(service, trained, good, top_k=0).json()["errors"][0]["pointer"] == "/top_k"
    assert service.http.post("/predict", files={"image": good}).json()["errors"][0]["pointer"] == "/job_id"
    assert service.http.post("/predict", json={"job_id": trained}).status_code == 422


@pytest.mark.parametrize("charset", ["undefined", "punycode", "unicode_escape", "utf-16"])
def test_a_form_in_an_odd_character_set_is_refused(service: Any, trained: str, charset: str) -> None:
    part = 'Content-Disposition: form-data; name="image"; filename="\\ud800_"'
    answer = service.http.post(
        "/predict",
        params={"job_id": trained},
        content=f"--x\r\n{part}\r\n\r\nx\r\n--x--\r\n".encode(),
        headers={"content-type": f"multipart/form-data; boundary=x; charset={charset}"},
    )
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "header:content-type")


def test_a_model_whose_files_are_gone_or_broken_is_a_409(service: Any, pictures: list[Image.Image]) -> None:
    job_id = service.submit(max_steps=2)
    service.wait(job_id, "succeeded")
    model, good = service.home / "jobs" / job_id / "1" / "model", encoded(pictures[0])
    (model / "model.safetensors").write_bytes(b"no weights")
    broken = ask(service, job_id, good)
    assert (broken.status_code, "cannot be loaded" in broken.json()["detail"]) == (409, True)
    (model / "model.json").unlink()
    gone = ask(service, job_id, good)
    assert (gone.status_code, f"the model of {job_id} is gone" in gone.json()["detail"]) == (409, True)


def test_more_images_than_are_allowed_are_refused(service: Any, trained: str) -> None:
    assert ask(service, trained, *[b"x"] * 257).status_code in (413, 422)


def test_finished_models_are_listed_with_their_classes_and_accuracy(service: Any, trained: str) -> None:
    (model,) = [m for m in service.http.get("/models").json()["data"] if m["job_id"] == trained]
    assert model["classes"][0] == "T-shirt/top"
    assert model["accuracy"] == service.job(trained)["evaluation"]["accuracy"]


def test_a_prediction_is_calibrated_and_tells_how_unfamiliar_the_image_is(
    service: Any, trained: str, pictures: list[Image.Image]
) -> None:
    evaluation = service.http.get(f"/jobs/{trained}/evaluation").json()
    calibration = evaluation["calibration"]
    assert calibration["temperature"] > 0
    assert {"ece", "ece_before", "nll", "nll_before", "fitted_on", "measured_on"} <= calibration.keys()
    assert sum(each["images"] for each in calibration["bins"]) == calibration["images"]
    found = ask(service, trained, *map(encoded, pictures)).json()["predictions"]
    assert all(0 <= prediction["ood"] <= 1 for prediction in found)
    by_file = {mistake["index"]: mistake["probability"] for mistake in evaluation["hardest"]}
    for index in by_file.keys() & range(len(pictures)):
        assert found[index]["probability"] == pytest.approx(by_file[index], abs=0.02)  # trained in bf16


def test_a_prediction_below_the_confidence_asked_for_is_abstained_from(
    service: Any, trained: str, pictures: list[Image.Image]
) -> None:
    sure, unsure = (
        ask(service, trained, encoded(pictures[0]), min_confidence=least).json()["predictions"][0]
        for least in (0, 1)
    )
    assert (sure["abstained"], sure["label"]) == (False, sure["top_k"][0]["label"])
    assert (unsure["abstained"], unsure["label"], unsure["top_k"]) == (True, None, sure["top_k"])


def test_a_mirrored_image_gets_the_same_answer_with_flips(
    service: Any, trained: str, pictures: list[Image.Image]
) -> None:
    images = [encoded(pictures[0]), encoded(ImageOps.mirror(pictures[0]))]
    one, other = ask(service, trained, *images, flips=True).json()["predictions"]
    assert one["label"] == other["label"]
    assert one["probability"] == pytest.approx(other["probability"], abs=1e-5)


def test_an_explained_prediction_carries_its_map(
    service: Any, trained: str, pictures: list[Image.Image]
) -> None:
    answer = ask(service, trained, encoded(pictures[0]), explain="gradcam", **{"class": "Sandal"}).json()
    explanation = answer["predictions"][0]["explanation"]
    assert explanation["class"] == {"label": "Sandal", "index": 5}
    for name, mode in (("heatmap", "L"), ("overlay", "RGB")):
        picture = Image.open(io.BytesIO(base64.b64decode(explanation[name])))
        assert (picture.format, picture.mode, picture.size) == ("PNG", mode, (28, 28))


def test_who_accepts_a_picture_gets_the_explanation_as_one(
    service: Any, trained: str, pictures: list[Image.Image]
) -> None:
    question = {"params": {"job_id": trained, "explain": "gradcam"}, "headers": {"accept": "image/png"}}
    answer = service.http.post("/predict", files={"image": encoded(pictures[0])}, **question)
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (28, 28)
    several = [("image", encoded(picture)) for picture in pictures[:2]]
    refused = service.http.post("/predict", files=several, **question)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/image")


@pytest.mark.parametrize(
    ("field", "value", "more"),
    [
        ("min_confidence", "1.5", {}),
        ("min_confidence", "nan", {}),
        ("min_confidence", "high", {}),
        ("flips", "sideways", {}),
        ("explain", "magic", {}),
        ("class", "Sandle", {"explain": "gradcam"}),
        ("class", "10", {"explain": "gradcam"}),
        ("class", "Sandal", {}),
        ("min_confidense", "0.5", {}),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_by_name(
    service: Any, trained: str, pictures: list[Image.Image], field: str, value: str, more: dict[str, str]
) -> None:
    answer = ask(service, trained, encoded(pictures[0]), **{field: value, **more})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"


def test_more_images_than_can_be_explained_are_refused(
    service: Any, trained: str, pictures: list[Image.Image]
) -> None:
    answer = ask(service, trained, *map(encoded, pictures[:17]), explain="gradcam")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/image")
