"""What is looked at in each picture: things that should be known, and that leave nothing out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from model.data.images import Facts

Severity = Literal["error", "warning", "note"]
ENOUGH = 32  # pixels of the shorter side, below which there is little to see
HUGE = 20e6  # pixels
LONG = 4  # times its shorter side
JPEG = (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo")
SUFFIXES: dict[str, tuple[str, ...]] = {
    "JPEG": JPEG,
    "MPO": JPEG,
    "PNG": (".png", ".apng"),
    "WEBP": (".webp",),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
}
PICTURES = {*(suffix for known in SUFFIXES.values() for suffix in known), ".tif", ".tiff", ".heic", ".avif"}


@dataclass(frozen=True, slots=True)
class Check:
    code: str
    severity: Severity
    message: str
    holds: Callable[[Facts, str, int], bool]  # of the facts, the path, and pixels a side that are kept


CHECKS = (
    Check(
        "wrong_suffix",
        "note",
        "The name says another format than the content, which was read. Other programs may refuse these files.",
        lambda facts, path, _: (
            (suffix := PurePosixPath(path).suffix.lower()) in PICTURES
            and bool(facts.format)
            and suffix not in SUFFIXES[facts.format]
        ),
    ),
    Check(
        "cmyk",
        "warning",
        "Made for print (CMYK): colours may come out wrong. Convert them to RGB to be sure.",
        lambda facts, *_: facts.mode == "CMYK",
    ),
    Check(
        "sixteen_bit",
        "note",
        "16 bits a pixel became 8. If only a part of the range is used, stretch it before sending.",
        lambda facts, *_: facts.mode.startswith("I"),
    ),
    Check(
        "animated",
        "note",
        "Only the first frame is used. Send others as pictures of their own.",
        lambda facts, *_: facts.animated,
    ),
    Check(
        "transparent",
        "note",
        "What is transparent lies on white. Send opaque pictures if that is not right.",
        lambda facts, *_: facts.transparent,
    ),
    Check(
        "rotated",
        "note",
        "Turned upright as the camera noted. Nothing is to be done.",
        lambda facts, *_: 2 <= facts.orientation <= 8,
    ),
    Check(
        "tiny",
        "warning",
        "Much smaller than the size that is kept: there is little to learn from. Send larger ones or lower image_size.",
        lambda facts, _, size: min(facts.width, facts.height) < max(min(ENOUGH, size), size / 4),
    ),
    Check(
        "huge",
        "note",
        "More than 20 million pixels. Smaller ones upload faster and train the same.",
        lambda facts, *_: facts.width * facts.height > HUGE,
    ),
    Check(
        "extreme_aspect_ratio",
        "warning",
        "More than four times as long as wide: much is distorted or lost in a square. Crop them, or set fit to pad.",
        lambda facts, *_: max(facts.width, facts.height) > LONG * min(facts.width, facts.height),
    ),
)
