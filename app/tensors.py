"""Tensors as the Open Inference Protocol sends them: in JSON, or as bytes behind it (its binary tensor data extension).

kserve.github.io/website, data plane, v2 protocol. Numbers are little endian, row major; an element of BYTES is four
bytes of its length, and then so many.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from app.errors import Unprocessable
from model.refusal import Refusal, from_validation

JSON_BYTES = 2**23  # numbers beyond come as bytes: while so many are read, 0.15 s, nobody else is answered
LENGTH = Struct("<I")
NUMBERS: dict[
    str, tuple[str, str]
] = {  # datatype: numpy's little endian type, and the kinds that JSON may give
    "UINT8": ("<u1", "iu"),
    "FP32": ("<f4", "iuf"),
    "INT64": ("<i8", "iu"),
}
Parameters = dict[str, Any]


class Input(BaseModel):
    """`data` is nested as the shape says, or flat; of BYTES, base64."""

    name: str
    datatype: str
    shape: list[int] = Field(min_length=1, max_length=8)
    parameters: Parameters = Field(default_factory=dict)
    data: list[Any] | None = None


class Output(BaseModel):
    name: str
    parameters: Parameters = Field(default_factory=dict)


class Asked(BaseModel):
    """The JSON of a request."""

    id: str | None = None
    inputs: list[Input] = Field(min_length=1)
    outputs: list[Output] | None = None
    parameters: Parameters = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tensor:
    name: str
    datatype: str
    shape: tuple[int, ...]
    content: NDArray[Any] | list[bytes]  # a list of BYTES


def unpack(body: bytes, header: str | None) -> tuple[Asked, list[Tensor]]:
    """`header` is Inference-Header-Content-Length: bytes of JSON before those of the tensors. Unprocessable."""
    size = len(body) if header is None else int(header) if header.isdecimal() else -1
    _check(0 <= size <= len(body), "", f"Inference-Header-Content-Length is {header}, of {len(body)} bytes")
    _check(size <= JSON_BYTES, "", f"JSON of more than {JSON_BYTES} bytes: send tensors as binary data")
    asked, rest, tensors = _asked(body[:size]), memoryview(body)[size:], []
    for number, each in enumerate(asked.inputs):
        pointer = f"/inputs/{number}"
        taken = each.parameters.get("binary_data_size", 0)
        _check(
            type(taken) is int and 0 <= taken <= len(rest),
            pointer,
            f"binary_data_size is {taken!r}, of {len(rest)}",
        )
        unknown = set(each.parameters) - {"binary_data_size", "content_type"}
        _check(not unknown, pointer, f"{', '.join(unknown)} is not supported")
        _check(min(each.shape) > 0, f"{pointer}/shape", "every side is 1 at least")
        read = _from_bytes if "binary_data_size" in each.parameters else _from_json
        content = read(each, rest[:taken], pointer)
        tensors.append(Tensor(each.name, each.datatype, tuple(each.shape), content))
        rest = rest[taken:]
    _check(not rest, "", f"{len(rest)} bytes after the last tensor")
    return asked, tensors


def pack(head: dict[str, Any], tensors: Sequence[Tensor], binary: Sequence[bool]) -> tuple[bytes, int | None]:
    """The body of an answer, and how much of it is JSON; None where all of it is. `binary` says it of each tensor."""
    blobs, outputs = [], []
    for tensor, as_bytes in zip(tensors, binary, strict=True):
        told = {"name": tensor.name, "datatype": tensor.datatype, "shape": tensor.shape}
        if as_bytes:
            blobs.append(_to_bytes(tensor))
            outputs.append({**told, "parameters": {"binary_data_size": len(blobs[-1])}})
        else:
            outputs.append({**told, "data": _to_json(tensor)})
    text = json.dumps({**head, "outputs": outputs}).encode()
    return b"".join([text, *blobs]), len(text) if blobs else None


def _asked(text: bytes) -> Asked:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unprocessable(Refusal("", "json", f"the body is no JSON: {error}")) from error
    try:
        return Asked.model_validate(body)
    except ValidationError as error:
        raise Unprocessable(*from_validation(error, body, Asked)[:20]) from error


def _from_json(asked: Input, _: memoryview, pointer: str) -> NDArray[Any] | list[bytes]:
    pointer = f"{pointer}/data"
    _check(asked.data is not None, pointer, "send data, or binary_data_size and the bytes")
    if asked.datatype == "BYTES":
        return _from_base64(asked, pointer)
    kind, kinds = _number(asked, pointer)
    try:
        array = np.array(asked.data)
    except ValueError as error:  # rows of different lengths
        raise _refusal(pointer, f"no tensor: {error}") from error
    _check(array.dtype.kind in kinds, pointer, f"not all are numbers of {asked.datatype}")
    _check(
        array.size == prod(asked.shape), pointer, f"{array.size} numbers are not of the shape {asked.shape}"
    )
    if np.dtype(kind).kind in "iu":
        limits = np.iinfo(kind)
        _check(
            limits.min <= array.min() and array.max() <= limits.max,
            pointer,
            f"not all fit into {asked.datatype}",
        )
    return array.astype(kind).reshape(asked.shape)


def _from_base64(asked: Input, pointer: str) -> list[bytes]:
    found = asked.data or []
    _check(
        len(found) == prod(asked.shape), pointer, f"{len(found)} strings are not of the shape {asked.shape}"
    )
    try:
        return [base64.b64decode(each, validate=True) for each in found]
    except (binascii.Error, ValueError, TypeError) as error:
        raise _refusal(pointer, "in JSON an element of BYTES is a string in base64") from error


def _from_bytes(asked: Input, content: memoryview, pointer: str) -> NDArray[Any] | list[bytes]:
    if asked.datatype == "BYTES":
        return _elements(asked, content, pointer)
    kind, _ = _number(asked, pointer)
    size = prod(asked.shape) * np.dtype(kind).itemsize
    message = f"{asked.datatype} of the shape {asked.shape} has {size} bytes, not {len(content)}"
    _check(len(content) == size, pointer, message)
    return np.frombuffer(content, kind).reshape(asked.shape)


def _elements(asked: Input, content: memoryview, pointer: str) -> list[bytes]:
    found, start = list[bytes](), 0
    while start + LENGTH.size <= len(content) and len(found) <= prod(asked.shape):
        end = start + LENGTH.size + LENGTH.unpack_from(content, start)[0]
        found.append(bytes(content[start + LENGTH.size : end]))
        start = end
    message = f"the binary data are not {prod(asked.shape)} elements, each after its length"
    _check(start == len(content) and len(found) == prod(asked.shape), pointer, message)
    return found


def _number(asked: Input, pointer: str) -> tuple[str, str]:
    _check(asked.datatype in NUMBERS, pointer, f"the datatype {asked.datatype[:20]} is not taken")
    return NUMBERS[asked.datatype]


def _to_bytes(tensor: Tensor) -> bytes:
    if isinstance(tensor.content, list):
        return b"".join(LENGTH.pack(len(each)) + each for each in tensor.content)
    return tensor.content.astype(NUMBERS[tensor.datatype][0]).tobytes()


def _to_json(tensor: Tensor) -> list[Any]:
    """Flat."""
    if isinstance(tensor.content, list):
        return [each.decode() for each in tensor.content]
    flat: list[Any] = tensor.content.ravel().tolist()
    return flat


def _check(fine: bool, pointer: str, message: str) -> None:
    if not fine:
        raise _refusal(pointer, message)


def _refusal(pointer: str, message: str) -> Unprocessable:
    return Unprocessable(Refusal(pointer, "tensor", message))
