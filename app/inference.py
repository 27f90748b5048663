"""What a model takes and gives as tensors.

`image`          BYTES [N]: pictures in their files' format; or UINT8 or FP32 [N, H, W, C] or [N, C, H, W]: their
                 pixels, in 0 to 255 or in 0 to 1, gray or RGB, of any size
`probabilities`  FP32 [N, classes], each row summing to one
`class`          INT64 [N], the place of the likeliest class
`label`          BYTES [N], its name
"""

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.errors import Unprocessable
from app.form import Pictures
from app.tensors import Asked, Tensor
from model.refusal import Refusal

IMAGE = "image"
SLACK = 1e-5  # by which rounding may have left the pixels' range
Predictions = list[dict[str, Any]]


def metadata(classes: Sequence[str]) -> dict[str, Any]:
    """The members of a model's metadata that say what goes in and out."""
    tensors = (
        ("probabilities", "FP32", [-1, len(classes)]),
        ("class", "INT64", [-1]),
        ("label", "BYTES", [-1]),
    )
    return {
        "inputs": [{"name": IMAGE, "datatype": "BYTES", "shape": [-1]}],
        "outputs": [{"name": name, "datatype": kind, "shape": shape} for name, kind, shape in tensors],
        "parameters": {"classes": list(classes)},
    }


def pictures(tensors: Sequence[Tensor]) -> list[bytes]:
    """Encoded, one for each row of the only input. Unprocessable."""
    if [tensor.name for tensor in tensors] != [IMAGE]:
        raise _refusal("/inputs", f"there is one input, {IMAGE}")
    tensor = tensors[0]
    if tensor.shape[0] > Pictures.MOST:
        raise _refusal("/inputs/0/shape", f"at most {Pictures.MOST} images in one request")
    if isinstance(tensor.content, list):
        if len(tensor.shape) != 1:
            raise _refusal("/inputs/0/shape", "of BYTES it is [N]")
        return tensor.content
    return [_encoded(image) for image in _channels_last(_eight_bits(tensor.content))]


def _channels_last(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(N, H, W, C)."""
    if pixels.ndim == 4 and pixels.shape[3] in (1, 3):
        return pixels
    if pixels.ndim == 4 and pixels.shape[1] in (1, 3):
        return pixels.transpose(0, 2, 3, 1)
    raise _refusal("/inputs/0/shape", "of pixels it is [N, H, W, C] or [N, C, H, W], and C is 1 or 3")


def _eight_bits(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype != np.float32:
        raise _refusal("/inputs/0/datatype", "an image is BYTES, UINT8 or FP32")
    if not (pixels.min() >= -SLACK and pixels.max() <= 1 + SLACK):  # NaN is neither
        raise _refusal(
            "/inputs/0", "pixels of FP32 lie in 0 to 1: divide by 255, and do nothing else to them"
        )
    eight: NDArray[np.uint8] = (pixels.clip(0, 1) * 255).round().astype(np.uint8)
    return eight


def _encoded(image: NDArray[np.uint8]) -> bytes:
    """As it is: the predictor takes encoded pictures, and decodes a BMP at the cost of a copy."""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image[..., 0] if image.shape[2] == 1 else image)).save(file, "BMP")
    return file.getvalue()


def chosen(asked: Asked) -> tuple[list[str], list[bool]]:
    """The outputs that are wanted, and of each whether as bytes. Unprocessable."""
    all_binary = asked.parameters.get("binary_data_output", False) is True
    if asked.outputs is None:
        return list(OUTPUTS), [all_binary] * len(OUTPUTS)
    for number, output in enumerate(asked.outputs):
        if output.name not in OUTPUTS:
            raise _refusal(f"/outputs/{number}/name", f"there are {', '.join(OUTPUTS)}")
        if unknown := set(output.parameters) - {"binary_data"}:
            raise _refusal(f"/outputs/{number}/parameters", f"{', '.join(unknown)} is not supported")
    binary = [output.parameters.get("binary_data", all_binary) is True for output in asked.outputs]
    return [output.name for output in asked.outputs], binary


def guesses(names: Sequence[str], classes: Sequence[str]) -> int:
    """How many classes the predictor has to name for these outputs."""
    return len(classes) if "probabilities" in names else 1


def check_readable(predictions: Predictions) -> None:
    """Unprocessable: a tensor has no room for a fault in place of one picture."""
    faults = [
        _refusal(f"/inputs/0/{number}", each["error"]["message"]).refusals[0]
        for number, each in enumerate(predictions)
        if "error" in each
    ]
    if faults:
        raise Unprocessable(*faults)


def tensors(names: Sequence[str], predictions: Predictions, classes: Sequence[str]) -> list[Tensor]:
    return [OUTPUTS[name](predictions, classes) for name in names]


def _probabilities(predictions: Predictions, classes: Sequence[str]) -> Tensor:
    rows = np.zeros((len(predictions), len(classes)), np.float32)
    for row, prediction in zip(rows, predictions, strict=True):
        for guess in prediction["top_k"]:
            row[guess["index"]] = guess["probability"]
    return Tensor("probabilities", "FP32", rows.shape, rows)


def _class(predictions: Predictions, _: Sequence[str]) -> Tensor:
    places = np.array([each["index"] for each in predictions], np.int64)
    return Tensor("class", "INT64", places.shape, places)


def _label(predictions: Predictions, _: Sequence[str]) -> Tensor:
    return Tensor("label", "BYTES", (len(predictions),), [each["label"].encode() for each in predictions])


OUTPUTS: dict[str, Callable[[Predictions, Sequence[str]], Tensor]] = {
    "probabilities": _probabilities,
    "class": _class,
    "label": _label,
}


def _refusal(pointer: str, message: str) -> Unprocessable:
    return Unprocessable(Refusal(pointer, "inference", message))
