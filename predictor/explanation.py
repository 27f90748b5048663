"""What is drawn to explain a prediction, and which class is meant."""

from base64 import b64encode
from difflib import get_close_matches
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.finished.gradcam import overlay
from predictor.errors import ClassUnknown


def class_index(classes: tuple[str, ...], name: str) -> int:
    """Of the class with this label, else with this index. ClassUnknown."""
    if name in classes:
        return classes.index(name)
    if name.isascii() and name.isdigit() and len(name) < 10 and int(name) < len(classes):
        return int(name)
    near = get_close_matches(name, classes, 1)
    hint = f"did you mean {near[0]}?" if near else f"give a label, or an index below {len(classes)}"
    raise ClassUnknown(f"the model has no class {name[:100]!r}: {hint}")


def drawn(picture: NDArray[np.uint8], heat: NDArray[np.uint8]) -> dict[str, str]:
    """The map (S, S), and it over the picture (S, S, 1 or 3) that the network saw, as PNG in base64."""
    return {"heatmap": _png(heat), "overlay": _png(overlay(picture, heat))}


def _png(pixels: NDArray[np.uint8]) -> str:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return b64encode(file.getvalue()).decode()
