"""Bytes of a picture file to uint8 pixels: one decoder for import, training and prediction. No torch.

ImageError
├── NotAnImage      not a JPEG, PNG, WebP, BMP or GIF
├── Truncated       begins like one of them, but is cut short or damaged
└── ImageTooLarge   more pixels than allowed, known before any of them is decoded
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
OPENING = re.compile(rb"\xff\xd8\xff|\x89PNG|RIFF.{4}WEBP|BM.{4}\0{4}|GIF8", re.DOTALL)  # of these formats
MODES = {1: "L", 3: "RGB"}  # channels: Pillow's mode
SCANS = 1000  # in a JPEG; 42 bytes make one, and each costs a pass over all pixels (7 ms for 24 million)

# EXIF orientation: what turns the picture upright
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


How = Literal["stretch", "crop", "pad"]


class Fit(NamedTuple):
    """To a square of `size` pixels a side: for import and for prediction, so that both see the same."""

    size: int
    how: How


class ImageError(ValueError):
    """The message says what is wrong with the picture; `code` says it to programs."""

    code = "image_error"


class NotAnImage(ImageError):
    code = "not_an_image"


class Truncated(ImageError):
    code = "image_truncated"


class ImageTooLarge(ImageError):
    code = "image_too_large"


class Facts(NamedTuple):
    """What a file says of its picture."""

    format: str  # Pillow's name; MPO is a JPEG of several views
    mode: str  # Pillow's, of what is stored
    width: int  # upright
    height: int
    orientation: int  # EXIF's: 1 is upright
    animated: bool
    transparent: bool  # it may be: it has an alpha channel or a transparent colour


def decode(data: bytes, channels: int, max_pixels: int, fit: Fit | None = None) -> NDArray[np.uint8]:
    """Upright, opaque uint8 pixels (channels, height, width), own memory, of the first frame.

    `channels` is 1 (Pillow's luma of a coloured picture) or 3 (a gray one repeated). Whatever the bytes, only
    ImageError is raised. Pillow's own bound of 179 million pixels holds above `max_pixels`. With `fit`, a square: of a
    large JPEG no more is decoded than twice its size, a quarter of the time for 12 million pixels.
    """
    with _opened(data, max_pixels) as image:
        _load(image, fit)
        return pixels(image, channels, fit)


def examine(
    data: bytes, channels: int, max_pixels: int, fit: Fit | None = None
) -> tuple[Facts, NDArray[np.uint8]]:
    """As `decode`, with what the file says of its picture."""
    with _opened(data, max_pixels) as image:
        facts = _facts(image)
        _load(image, fit)
        return _turned(facts, _orientation(image)), pixels(image, channels, fit)


def look(data: bytes, max_pixels: int) -> Facts:
    """As `examine`, from the head of the file: what is damaged further on is not seen. ImageError."""
    with _opened(data, max_pixels) as image:
        at_hand = (
            image.format != "PNG" or "exif" in image.info
        )  # Pillow looks behind the pixels of a PNG as well
        return _turned(_facts(image), _orientation(image) if at_hand else 1)


def pixels(image: Image.Image, channels: int, fit: Fit | None = None) -> NDArray[np.uint8]:
    """As `decode`, from a picture that Pillow has loaded."""
    turn = TURNS.get(_orientation(image))
    flat = _flatten(image)
    if flat.mode not in ("1", "L"):
        flat = flat.convert("RGB")
    flat = flat.convert(MODES[channels])
    if fit:
        flat = _squared(flat, fit)
    return _channels_first(flat if turn is None else flat.transpose(turn))


def fit_pixels(array: NDArray[np.uint8], channels: int, fit: Fit | None = None) -> NDArray[np.uint8]:
    """uint8 (height, width, 1 or 3) to (channels, height, width), as `decode` does it with a picture file."""
    image = Image.fromarray(array[..., 0] if array.shape[2] == 1 else array).convert(MODES[channels])
    return _channels_first(_squared(image, fit) if fit else image)


@contextmanager
def _opened(data: bytes, max_pixels: int) -> Iterator[Image.Image]:
    """Whatever Pillow raises inside is raised as ImageError."""
    warnings.filterwarnings("ignore", module=r"PIL\.")  # odd metadata; not catch_warnings: threads decode
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > SCANS:
        raise ImageTooLarge(f"a JPEG of more than {SCANS} scans")
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            _check_size(image.size, max_pixels)
            yield image
    except ImageError:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise ImageTooLarge("unpacks to more pixels than can be read") from error
    except Exception as error:  # Pillow's readers raise some fifteen types
        if OPENING.match(data):
            raise Truncated("the picture is cut short or damaged") from error
        raise NotAnImage("not a JPEG, PNG, WebP, BMP or GIF picture") from error


def _load(image: Image.Image, fit: Fit | None) -> None:
    if fit:
        image.draft(None, _enough(image.size, fit))
    image.load()


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise ImageTooLarge(f"{width}x{height} pixels are more than the {max_pixels / 1e6:g} million allowed")


def _facts(image: Image.Image) -> Facts:
    """As it lies: before it is turned."""
    animated = False
    with suppress(Exception):  # a GIF looks for its second frame, which may be damaged
        animated = image.format != "MPO" and getattr(image, "is_animated", False)
    return Facts(image.format or "", image.mode, *image.size, 1, animated, image.has_transparency_data)


def _turned(facts: Facts, orientation: int) -> Facts:
    width, height = facts.width, facts.height
    if orientation in (5, 6, 7, 8):
        width, height = height, width
    return facts._replace(width=width, height=height, orientation=orientation)


def _enough(size: tuple[int, int], fit: Fit) -> tuple[int, int]:
    """Pixels of which a picture can be made square as well as of all: twice what is left of each side."""
    longest = max(size) if fit.how == "pad" else min(size)
    width, height = (-(-2 * fit.size * side // longest) for side in size)
    return (2 * fit.size, 2 * fit.size) if fit.how == "stretch" else (width, height)


def _squared(image: Image.Image, fit: Fit) -> Image.Image:
    """Bilinear, over all pixels that become one; a picture that has the size already stays as it is."""
    width, height = image.size
    side = min(width, height) if fit.how == "crop" else max(width, height)
    box, size = (0.0, 0.0, float(width), float(height)), (fit.size, fit.size)
    if fit.how == "crop":
        box = ((width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2)
    if fit.how == "pad":
        size = (max(1, round(width * fit.size / side)), max(1, round(height * fit.size / side)))
    small = image.resize(size, Image.Resampling.BILINEAR, box=box, reducing_gap=2.0)
    if size == (fit.size, fit.size):
        return small
    canvas = Image.new(image.mode, (fit.size, fit.size))
    canvas.paste(small, ((fit.size - size[0]) // 2, (fit.size - size[1]) // 2))
    return canvas


def _channels_first(image: Image.Image) -> NDArray[np.uint8]:
    array = np.array(image)
    return array[None] if array.ndim == 2 else np.ascontiguousarray(array.transpose(2, 0, 1))


def _flatten(image: Image.Image) -> Image.Image:
    """8 bits a channel or fewer, and what was transparent lies on white."""
    if image.mode.startswith("I"):
        return _eight_bits(image)
    if not image.has_transparency_data:
        return image
    colors = image.convert("RGBA")
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(colors, mask=colors)
    return canvas


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit gray (modes I;16, I;16B, I) divided by 257, so that 65535 becomes 255."""
    values: NDArray[Any] = np.asarray(image).clip(0, 65535).astype(np.uint32)
    gray = ((values + 128) // 257).astype(np.uint8)
    if "transparency" in image.info:  # PNG: the one value that is transparent
        gray[values == image.info["transparency"]] = 255
    return Image.fromarray(gray)


def _orientation(image: Image.Image) -> int:
    """EXIF's 1 to 8; 1, upright, where EXIF is absent or damaged: the pixels are good all the same."""
    with suppress(Exception):
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    return 1
