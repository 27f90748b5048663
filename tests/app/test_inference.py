"""The Open Inference Protocol, written by hand as its specification has it."""

import base64
import io
import json
from pathlib import Path
from struct import pack, unpack_from
from typing import Any

import numpy as np
import pytest
from PIL import Image

from model.data.datasets import read_idx
from tests.conftest import Service

FOLDER = Path("/usr/share/datasets/fashion-mnist")
Images = np.ndarray[Any, Any]


@pytest.fixture(scope="module")
def images() -> Images:
    """Test images of Fashion-MNIST (4, 28, 28)."""
    found: Images = read_idx(FOLDER / "t10k-images-idx3-ubyte", 3)[:4].numpy()
    return found


def png(pixels: Images) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def tensor(shape: list[int], datatype: str, **more: Any) -> dict[str, Any]:
    return {"name": "image", "shape": shape, "datatype": datatype, **more}


def encoded(images: Images) -> dict[str, Any]:
    return tensor([len(images)], "BYTES", data=[base64.b64encode(png(image)).decode() for image in images])


def infer(service: Service, job_id: str, given: Any, **more: Any) -> Any:
    return service.http.post(f"/v2/models/{job_id}/infer", json={"inputs": [given], **more})


def outputs(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {each["name"]: each for each in answer.json()["outputs"]}


@pytest.fixture(scope="module")
def expected(service: Service, trained: str, images: Images) -> list[dict[str, Any]]:
    """What `POST /predict` says of the images."""
    files = [("image", (str(n), png(image))) for n, image in enumerate(images)]
    answer = service.http.post("/predict", data={"job_id": trained, "top_k": 10}, files=files)
    found: list[dict[str, Any]] = answer.json()["predictions"]
    return found


def check(found: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    assert found["label"]["data"] == [each["label"] for each in expected]
    assert found["class"]["data"] == [each["index"] for each in expected]
    rows = np.array(found["probabilities"]["data"]).reshape(found["probabilities"]["shape"])
    for row, each in zip(rows, expected, strict=True):
        assert row.sum() == pytest.approx(1, abs=1e-5)
        assert row[each["index"]] == pytest.approx(each["probability"], abs=1e-5)


def test_server_and_model_say_what_they_are(service: Service, trained: str) -> None:
    assert service.http.get("/v2").json()["extensions"] == ["binary_tensor_data"]
    assert service.http.get("/v2/health/live").json() == {"live": True}
    assert service.http.get("/v2/health/ready").json() == {"ready": True}
    told = service.http.get(f"/v2/models/{trained}").json()
    assert (told["name"], told["versions"]) == (trained, ["1"])
    assert told == service.http.get(f"/v2/models/{trained}/versions/1").json()
    assert told["inputs"] == [{"name": "image", "datatype": "BYTES", "shape": [-1]}]
    assert [(each["name"], each["datatype"], each["shape"]) for each in told["outputs"]] == [
        ("probabilities", "FP32", [-1, 10]),
        ("class", "INT64", [-1]),
        ("label", "BYTES", [-1]),
    ]
    assert told["parameters"]["classes"][0] == "T-shirt/top"
    assert service.http.get(f"/v2/models/{trained}/ready").json() == {"name": trained, "ready": True}


def test_an_alias_is_the_name_of_a_model(
    service: Service, trained: str, images: Images, expected: list[dict[str, Any]]
) -> None:
    service.http.put("/aliases/shoes", json={"job": trained})
    assert service.http.get("/v2/models/shoes").json()["name"] == "shoes"
    answer = infer(service, "shoes", encoded(images))
    assert answer.json()["model_name"] == "shoes"
    check(outputs(answer), expected)
    service.http.delete("/aliases/shoes")
    assert service.http.get("/v2/models/shoes/ready").status_code == 404


def test_pictures_and_their_pixels_in_any_order_are_answered_as_predict_answers(
    service: Service, trained: str, images: Images, expected: list[dict[str, Any]]
) -> None:
    last, first = images[..., None], images[:, None]
    for given in (
        encoded(images),
        tensor([4, 28, 28, 1], "UINT8", data=last.tolist()),
        tensor([4, 1, 28, 28], "UINT8", data=first.ravel().tolist()),
        tensor([4, 28, 28, 3], "UINT8", data=last.repeat(3, 3).tolist()),
        tensor([4, 28, 28, 1], "FP32", data=(last / 255).tolist()),
    ):
        check(outputs(infer(service, trained, given)), expected)


def test_only_the_outputs_that_are_asked_for_come_in_their_order(
    service: Service, trained: str, images: Images
) -> None:
    asked = [{"name": "label"}, {"name": "class"}]
    answer = infer(service, trained, encoded(images), outputs=asked, id="mine").json()
    assert [each["name"] for each in answer["outputs"]] == ["label", "class"]
    assert (answer["id"], answer["model_name"], answer["model_version"]) == ("mine", trained, "1")


def test_tensors_are_bytes_behind_the_json_both_ways(
    service: Service, trained: str, images: Images, expected: list[dict[str, Any]]
) -> None:
    pictures = [png(image) for image in images]
    content = b"".join(pack("<I", len(picture)) + picture for picture in pictures)
    given = tensor([4], "BYTES", parameters={"binary_data_size": len(content)})
    wanted = [{"name": "class", "parameters": {"binary_data": True}}, {"name": "label"}]
    text = json.dumps({"inputs": [given], "outputs": wanted}).encode()
    answer = service.http.post(
        f"/v2/models/{trained}/versions/1/infer",
        content=text + content,
        headers={"Inference-Header-Content-Length": str(len(text))},
    )
    assert answer.status_code == 200, answer.text
    size = int(answer.headers["inference-header-content-length"])
    places, labels = json.loads(answer.content[:size])["outputs"]
    assert places["parameters"] == {"binary_data_size": 32}
    assert list(unpack_from("<4q", answer.content, size)) == [each["index"] for each in expected]
    assert labels["data"] == [each["label"] for each in expected]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (tensor([1], "BYTES"), "/inputs/0/data"),
        (tensor([1], "BYTES", data=["not base64!"]), "base64"),
        (tensor([2], "BYTES", data=["eA=="]), "shape"),
        (tensor([1], "BYTES", data=["eA=="]), "picture"),
        (
            tensor([1], "BYTES", data=["eA=="], parameters={"shared_memory_region": "x"}),
            "shared_memory_region",
        ),
        (tensor([1, 1, 1, 1], "UINT8", data=[256]), "UINT8"),
        (tensor([1, 1, 1, 1], "UINT8", data=[0.5]), "UINT8"),
        (tensor([1, 1, 1, 1], "UINT8", data=[-1]), "UINT8"),
        (tensor([1, 1, 2, 1], "UINT8", data=[[[1], [2, 3]]]), "/inputs/0/data"),
        (tensor([1, 1, 1, 1], "UINT8", data=[None]), "UINT8"),
        (tensor([1, 1, 1, 1], "FP32", data=[1.5]), "divide by 255"),
        (tensor([1, 1, 1, 1], "FP64", data=[1.5]), "FP64"),
        (tensor([1, 2, 2, 2], "UINT8", data=[0] * 8), "C is 1 or 3"),
        (tensor([0, 2, 2, 1], "UINT8", data=[]), "/inputs/0/shape"),
        (tensor([10**9, 10**9], "UINT8", data=[1]), "shape"),
        (tensor([257, 1, 1, 1], "UINT8", data=[0] * 257), "256"),
        (tensor([1], "BYTES", parameters={"binary_data_size": 10}), "binary_data_size"),
        (tensor([1], "BYTES", parameters={"binary_data_size": "x"}), "binary_data_size"),
        ({"name": "picture", "shape": [1], "datatype": "BYTES", "data": ["eA=="]}, "image"),
        ({"name": "image"}, "/inputs/0/shape"),
        (7, "/inputs/0"),
    ],
)
def test_what_is_no_image_is_refused_and_the_reason_named(
    service: Service, trained: str, given: Any, named: str
) -> None:
    answer = infer(service, trained, given)
    assert 400 <= answer.status_code < 500
    assert list(answer.json()) == ["error"]
    assert named in answer.json()["error"]


@pytest.mark.parametrize("header", ["x", "-1", "1000000", "3", ""])
def test_a_wrong_length_of_the_json_is_refused(service: Service, trained: str, header: str) -> None:
    answer = service.http.post(
        f"/v2/models/{trained}/infer",
        content=json.dumps({"inputs": [tensor([1], "BYTES", data=["eA=="])]}),
        headers={"Inference-Header-Content-Length": header},
    )
    assert (answer.status_code, list(answer.json())) == (422, ["error"])


def test_elements_that_contradict_their_lengths_are_refused(service: Service, trained: str) -> None:
    for content in (
        b"",
        b"\1",
        pack("<I", 9) + b"x",
        pack("<I", 2**32 - 1),
        pack("<II", 0, 0),
        pack("<I", 1),
    ):
        given = tensor([1], "BYTES", parameters={"binary_data_size": len(content)})
        text = json.dumps({"inputs": [given]}).encode()
        headers = {"Inference-Header-Content-Length": str(len(text))}
        answer = service.http.post(f"/v2/models/{trained}/infer", content=text + content, headers=headers)
        assert answer.status_code == 422
        assert answer.json()["error"]


def test_models_and_outputs_that_are_not_there_are_told_as_the_protocol_has_it(
    service: Service, trained: str, images: Images
) -> None:
    nobody = "job_" + "0" * 28
    with service.stopped("worker"):
        queued = service.submit()
        for path, status in (
            (f"/v2/models/{nobody}", 404),
            (f"/v2/models/{nobody}/ready", 404),
            (f"/v2/models/{trained}/versions/2", 404),
            (f"/v2/models/{queued}", 409),
            (f"/v2/models/{queued}/ready", 409),
            ("/v2/nothing", 404),
        ):
            answer = service.http.get(path)
            assert (answer.status_code, list(answer.json())) == (status, ["error"]), path
        service.http.post(f"/jobs/{queued}/cancel")
    answer = infer(service, trained, encoded(images), outputs=[{"name": "logits"}])
    assert (answer.status_code, "there are probabilities" in answer.json()["error"]) == (422, True)
    wanted = [{"name": "label", "parameters": {"classification": 3}}]
    answer = infer(service, trained, encoded(images), outputs=wanted)
    assert (answer.status_code, "classification" in answer.json()["error"]) == (422, True)
    answer = service.http.post(f"/v2/models/{trained}/infer", content=b"{")
    assert (answer.status_code, "no JSON" in answer.json()["error"]) == (422, True)
