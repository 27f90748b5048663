"""The Open Inference Protocol, spoken by Triton's own client."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from model.data.datasets import read_idx
from tests.conftest import Service

FOLDER = Path("/usr/share/datasets/fashion-mnist")


@pytest.fixture
def triton(service: Service) -> Iterator[Any]:
    client = InferenceServerClient(service.url.removeprefix("http://"))
    yield client
    client.close()


@pytest.fixture(scope="module")
def images() -> "np.ndarray[Any, Any]":
    """Test images of Fashion-MNIST (8, 28, 28, 1)."""
    found: np.ndarray[Any, Any] = read_idx(FOLDER / "t10k-images-idx3-ubyte", 3)[:8].numpy()[..., None]
    return found


def given(content: "np.ndarray[Any, Any]", datatype: str, binary: bool = True) -> Any:
    tensor = InferInput("image", list(content.shape), datatype)
    tensor.set_data_from_numpy(content, binary_data=binary)
    return tensor


def encoded(images: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    files = [io.BytesIO() for _ in images]
    for image, file in zip(images, files, strict=True):
        Image.fromarray(image[..., 0]).save(file, "PNG")
    return np.array([file.getvalue() for file in files], np.object_)


def test_it_finds_the_server_and_the_model_ready(triton: Any, trained: str) -> None:
    assert triton.is_server_live()
    assert triton.is_server_ready()
    assert triton.is_model_ready(trained)
    assert not triton.is_model_ready("job_" + "0" * 28)
    assert triton.get_server_metadata()["name"] == "trainshed"
    assert triton.get_model_metadata(trained, "1")["name"] == trained


def test_pictures_and_pixels_have_the_same_answers_as_bytes_and_in_json(
    triton: Any, trained: str, images: "np.ndarray[Any, Any]"
) -> None:
    pixels = images.astype(np.float32) / 255
    answers = [
        triton.infer(trained, [tensor])
        for tensor in (
            given(encoded(images), "BYTES"),
            given(images, "UINT8"),
            given(images, "UINT8", binary=False),
            given(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)), "FP32"),
        )
    ]
    labels, rows = answers[0].as_numpy("label"), answers[0].as_numpy("probabilities")
    assert rows.shape == (8, 10)
    np.testing.assert_allclose(rows.sum(1), 1, atol=1e-5)
    for answer in answers[1:]:
        np.testing.assert_array_equal(answer.as_numpy("label"), labels)
        np.testing.assert_array_equal(answer.as_numpy("class"), rows.argmax(1))
        np.testing.assert_allclose(answer.as_numpy("probabilities"), rows, atol=1e-5)


def test_outputs_are_chosen_one_by_one(triton: Any, trained: str, images: "np.ndarray[Any, Any]") -> None:
    wanted = [
        InferRequestedOutput("label", binary_data=False),
        InferRequestedOutput("class", binary_data=True),
    ]
    answer = triton.infer(
        trained, [given(images, "UINT8")], outputs=wanted, request_id="7", model_version="1"
    )
    assert answer.as_numpy("probabilities") is None
    assert (answer.as_numpy("label").shape, answer.as_numpy("class").dtype) == ((8,), np.int64)
    assert answer.get_response()["id"] == "7"


def test_a_refusal_arrives_with_its_reason(triton: Any, trained: str) -> None:
    with pytest.raises(InferenceServerException, match="not a JPEG"):
        triton.infer(trained, [given(np.array([b"none"], np.object_), "BYTES")])
    with pytest.raises(InferenceServerException, match="Content-Encoding"):
        triton.infer(
            trained, [given(np.zeros((1, 8, 8, 1), np.uint8), "UINT8")], request_compression_algorithm="gzip"
        )
