"""What a model is exported to, and where that lies: in `exports/` of the model's folder. No torch."""

from pathlib import Path
from typing import Literal, get_args

Format = Literal["safetensors", "onnx", "torch"]
FORMATS: tuple[Format, ...] = get_args(Format)
SUFFIXES: dict[Format, str] = {"safetensors": "safetensors", "onnx": "onnx", "torch": "pt2"}
EXPORTS = "exports"


def file(model: Path, kind: Format) -> Path:
    return model / EXPORTS / f"model.{SUFFIXES[kind]}"


def report(model: Path, kind: Format) -> Path:
    """How far the file agrees with the model; written last, so that where it is, the file is whole."""
    return model / EXPORTS / f"{kind}.json"
