"""Every format, mode and damage that a picture file may come in."""

import subprocess
import sys
import zlib
from collections.abc import Callable
from io import BytesIO
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import ExifTags, Image

from model.data.images import (
    SCANS,
    Fit,
    How,
    ImageError,
    ImageTooLarge,
    NotAnImage,
    Truncated,
    decode,
    examine,
    fit_pixels,
    look,
    pixels,
)

MAX_PIXELS = 10**6
GRAY = np.arange(6 * 8, dtype=np.uint8).reshape(6, 8) * 5  # (height, width)
COLOR = np.stack([GRAY, GRAY[::-1], 255 - GRAY], axis=-1)
SIXTEEN = GRAY.astype(np.uint16) * 257


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def color(mode: str = "RGB") -> Image.Image:
    return Image.fromarray(COLOR).convert(mode)


def upright() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # the camera was turned: rotate by 270 degrees to see it upright
    return exif


FRAMES = {"save_all": True, "append_images": [color().transpose(Image.Transpose.ROTATE_180)]}

FILES: dict[str, bytes] = {
    "jpeg": encoded(color(), "JPEG", quality=95),
    "jpeg progressive": encoded(color(), "JPEG", progressive=True),
    "jpeg gray": encoded(color("L"), "JPEG"),
    "jpeg cmyk": encoded(color("CMYK"), "JPEG"),
    "jpeg of two views": encoded(color(), "MPO", **FRAMES),
    "png 1 bit": encoded(color("1"), "PNG"),
    "png gray": encoded(color("L"), "PNG"),
    "png gray, one value transparent": encoded(color("L"), "PNG", transparency=5),
    "png 16 bits": encoded(Image.fromarray(SIXTEEN), "PNG"),
    "png gray and alpha": encoded(color("LA"), "PNG"),
    "png palette": encoded(color("P"), "PNG"),
    "png palette with alpha": encoded(color("P"), "PNG", transparency=bytes(range(256))),
    "png rgb": encoded(color(), "PNG"),
    "png rgb, one color transparent": encoded(color(), "PNG", transparency=(0, 175, 255)),
    "png rgba": encoded(color("RGBA"), "PNG"),
    "png animated": encoded(color(), "PNG", **FRAMES),
    "webp": encoded(color(), "WEBP"),
    "webp rgba": encoded(color("RGBA"), "WEBP", lossless=True),
    "webp animated": encoded(color(), "WEBP", lossless=True, **FRAMES),
    "bmp 1 bit": encoded(color("1"), "BMP"),
    "bmp gray": encoded(color("L"), "BMP"),
    "bmp palette": encoded(color("P"), "BMP"),
    "bmp rgb": encoded(color(), "BMP"),
    "bmp rgba": encoded(color("RGBA"), "BMP"),
    "gif": encoded(color(), "GIF"),
    "gif with transparency": encoded(color("RGBA"), "GIF"),
    "gif animated": encoded(color(), "GIF", **FRAMES),
}


LOSSLESS = ["png rgb", "png rgba", "png animated", "webp rgba", "webp animated", "bmp rgb", "bmp rgba"]


def png_of_zeros(width: int, height: int) -> bytes:
    """One bit a pixel: 13000x13000 take 20 kB."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes([1, 0, 0, 0, 0])
    rows = zlib.compress(bytes(min(height, 13_000) * (width // 8 + 2)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("name", "channels"), [*product(FILES, (1, 3))])
def test_every_format_and_mode_is_read(name: str, channels: int) -> None:
    picture = decode(FILES[name], channels, MAX_PIXELS)
    assert picture.shape == (channels, 6, 8)
    assert picture.dtype == np.uint8
    assert picture.flags.writeable
    assert picture.flags.c_contiguous


@pytest.mark.parametrize("name", LOSSLESS)
def test_what_was_stored_without_loss_is_read_to_the_bit(name: str) -> None:
    np.testing.assert_array_equal(decode(FILES[name], 3, MAX_PIXELS), COLOR.transpose(2, 0, 1))
    np.testing.assert_array_equal(decode(FILES[name], 1, MAX_PIXELS)[0], np.array(color("L")))


@pytest.mark.parametrize("name", ["jpeg gray", "png 1 bit", "png gray", "png 16 bits", "bmp gray"])
def test_gray_becomes_three_equal_channels(name: str) -> None:
    gray = decode(FILES[name], 1, MAX_PIXELS)
    np.testing.assert_array_equal(decode(FILES[name], 3, MAX_PIXELS), np.repeat(gray, 3, axis=0))


@pytest.mark.parametrize("name", FILES)
def test_one_channel_is_the_luma_of_the_three(name: str) -> None:
    three = Image.fromarray(decode(FILES[name], 3, MAX_PIXELS).transpose(1, 2, 0))
    np.testing.assert_array_equal(decode(FILES[name], 1, MAX_PIXELS)[0], np.array(three.convert("L")))


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I"])
def test_sixteen_bits_are_scaled_and_not_clipped(mode: str) -> None:
    dtype = {"I;16": "<u2", "I;16B": ">u2", "I": "<i4"}[mode]
    image = Image.frombytes(mode, (8, 6), SIXTEEN.astype(dtype).tobytes())
    np.testing.assert_array_equal(pixels(image, 1)[0], GRAY)
    np.testing.assert_array_equal(pixels(image, 3)[1], GRAY)


def test_the_transparent_value_of_a_16_bit_file_is_white() -> None:
    picture = decode(encoded(Image.fromarray(SIXTEEN), "PNG", transparency=257 * 5), 1, MAX_PIXELS)
    np.testing.assert_array_equal(picture[0], np.where(GRAY == 5, 255, GRAY))


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_lies_on_white(mode: str) -> None:
    image = Image.new(mode, (4, 2), 0)
    image.putpixel((1, 1), (0, 0, 0, 127)[-len(mode) :])
    picture = decode(encoded(image, "PNG"), 1, MAX_PIXELS)[0]
    assert picture[1, 1] == 128
    assert (np.delete(picture.ravel(), 5) == 255).all()


def test_a_transparent_palette_entry_lies_on_white() -> None:
    image = Image.new("P", (2, 1), 0)
    image.putpalette([0, 0, 0, 10, 20, 30])
    image.putpixel((1, 0), 1)
    for kind in ("PNG", "GIF"):
        picture = decode(encoded(image, kind, transparency=0), 3, MAX_PIXELS)
        assert picture[:, 0].T.tolist() == [[255, 255, 255], [10, 20, 30]]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_cameras_orientation_is_undone(kind: str) -> None:
    image = Image.new("L", (20, 10))
    image.paste(255, (0, 0, 20, 5))  # the upper half is white
    picture = decode(encoded(image, kind, exif=upright()), 1, MAX_PIXELS)[0]
    assert picture.shape == (20, 10)
    assert picture[:, 6:].min() > 200  # now it is the right half
    assert picture[:, :4].max() < 50


def test_damaged_metadata_do_not_hide_a_good_picture() -> None:
    exif = bytearray(upright().tobytes())
    exif[-12:] = b"\xff" * 12
    data = encoded(color("L"), "JPEG", exif=bytes(exif))
    np.testing.assert_array_equal(decode(data, 1, MAX_PIXELS), decode(FILES["jpeg gray"], 1, MAX_PIXELS))


@pytest.mark.parametrize(
    ("data", "error", "code"),
    [
        (b"", NotAnImage, "not_an_image"),
        (b"BMW is a car, not a picture", NotAnImage, "not_an_image"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(20), NotAnImage, "not_an_image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", NotAnImage, "not_an_image"),
        (encoded(color(), "TIFF"), NotAnImage, "not_an_image"),
        (FILES["jpeg"][:200], Truncated, "image_truncated"),
        (FILES["png rgb"][:-30], Truncated, "image_truncated"),
        (FILES["gif"][:8], Truncated, "image_truncated"),
        (png_of_zeros(1001, 1000), ImageTooLarge, "image_too_large"),
        (png_of_zeros(60_000, 60_000), ImageTooLarge, "image_too_large"),
    ],
)
def test_what_is_wrong_is_named(data: bytes, error: type[ImageError], code: str) -> None:
    with pytest.raises(error) as caught:
        decode(data, 3, MAX_PIXELS)
    assert caught.value.code == code
    assert type(caught.value) is error


def test_a_jpeg_of_endless_scans_is_refused_unread() -> None:
    data = FILES["jpeg progressive"]
    last_scan = data[data.rfind(b"\xff\xda") : -2]
    with pytest.raises(ImageTooLarge, match="scans"):
        decode(data[:-2] + last_scan * SCANS + data[-2:], 3, MAX_PIXELS)


def test_a_bomb_of_20_kb_costs_neither_memory_nor_time() -> None:
    program = """
import resource, sys, time
from model.data.images import ImageTooLarge, decode
data = sys.stdin.buffer.read()
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
try:
    decode(data, 3, 25_000_000)
except ImageTooLarge:
    unit = 1 if sys.platform == "darwin" else 1024  # bytes
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit, time.monotonic() - start)
"""
    bomb = png_of_zeros(13_000, 13_000)
    assert len(bomb) < 22_000
    done = subprocess.run([sys.executable, "-c", program], input=bomb, capture_output=True, check=True)
    grown, seconds = map(float, done.stdout.split())
    assert grown < 200e6
    assert seconds < 1


def holds(data: bytes, channels: int) -> bool:
    """Decoded pixels or an ImageError: anything else is raised."""
    try:
        picture: NDArray[np.uint8] = decode(data, channels, MAX_PIXELS)
        square = decode(data, channels, MAX_PIXELS, Fit(7, "pad"))
        assert look(data, MAX_PIXELS) is not None
    except ImageError as error:
        return bool(str(error)) and error.code != ImageError.code
    return picture.dtype == np.uint8 and picture.shape[0] == channels and square.shape == (channels, 7, 7)


FILE, CHANNELS = st.sampled_from(sorted(FILES.values())), st.sampled_from((1, 3))


@settings(max_examples=400, deadline=None)
@given(FILE, CHANNELS, st.floats(0, 1))
def test_a_file_cut_anywhere_raises_nothing_but_image_errors(data: bytes, channels: int, kept: float) -> None:
    assert holds(data[: int(len(data) * kept)], channels)


@settings(max_examples=800, deadline=None)
@given(FILE, CHANNELS, st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=4)), max_size=6))
def test_a_file_with_bytes_changed_raises_nothing_but_image_errors(
    data: bytes, channels: int, changes: list[tuple[int, bytes]]
) -> None:
    changed = bytearray(data)
    for at, new in changes:
        at %= len(data)
        changed[at : at + len(new)] = new
    assert holds(bytes(changed), channels)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from((b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM")),
    st.binary(max_size=200),
    CHANNELS,
)
def test_random_bytes_raise_nothing_but_image_errors(opening: bytes, rest: bytes, channels: int) -> None:
    assert holds(opening + rest, channels)


ORIENTED: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.T,
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).T,
    8: np.rot90,
    9: lambda a: a,
}


@pytest.mark.parametrize("orientation", ORIENTED)
def test_all_eight_orientations(orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    picture = decode(encoded(color("L"), "PNG", exif=exif), 1, MAX_PIXELS)[0]
    np.testing.assert_array_equal(picture, ORIENTED[orientation](np.array(color("L"))))


HOWS: tuple[How, ...] = ("stretch", "crop", "pad")
WIDE = np.zeros((20, 60, 3), np.uint8)  # left third red, the middle green, right third blue
WIDE[:, :20, 0] = WIDE[:, 20:40, 1] = WIDE[:, 40:, 2] = 200


def photo(width: int, height: int) -> Image.Image:
    """Smooth, with some grain."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    waves = [np.sin(9 * x + 4 * y), np.cos(5 * x * y), np.sin(7 * (x - y) ** 2)]
    grain = np.random.default_rng(0).normal(0, 6, (height, width, 3))
    return Image.fromarray((np.stack(waves, axis=-1) * 100 + 128 + grain).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize(("name", "how"), [*product(FILES, HOWS)])
def test_every_format_and_mode_becomes_a_square(name: str, how: How) -> None:
    for size, channels in product((5, 9), (1, 3)):
        square = decode(FILES[name], channels, MAX_PIXELS, Fit(size, how))
        assert square.shape == (channels, size, size)
        assert square.flags.c_contiguous


def test_stretch_keeps_all_crop_the_middle_and_pad_lays_it_on_black() -> None:
    data = encoded(Image.fromarray(WIDE), "PNG")
    stretched, cropped, padded = (decode(data, 3, MAX_PIXELS, Fit(30, how)) for how in HOWS)
    assert [stretched[:, 15, x].tolist() for x in (3, 15, 27)] == [[200, 0, 0], [0, 200, 0], [0, 0, 200]]
    np.testing.assert_array_equal(cropped[:, :, 2:-2], np.broadcast_to([[[0]], [[200]], [[0]]], (3, 30, 26)))
    np.testing.assert_array_equal(padded[:, 11:19], stretched[:, 11:19])
    assert not padded[:, :10].any()
    assert not padded[:, 20:].any()


@pytest.mark.parametrize("how", HOWS)
def test_a_picture_that_has_the_size_already_stays_to_the_bit(how: How) -> None:
    square = COLOR[:, :6]
    data = encoded(Image.fromarray(square), "PNG")
    np.testing.assert_array_equal(decode(data, 3, MAX_PIXELS, Fit(6, how)), square.transpose(2, 0, 1))
    np.testing.assert_array_equal(fit_pixels(square, 3, Fit(6, how)), square.transpose(2, 0, 1))


@pytest.mark.parametrize(("how", "channels", "size"), [*product(HOWS, (1, 3), (4, 50))])
def test_pixels_and_files_are_fitted_the_same(how: How, channels: int, size: int) -> None:
    for array in (COLOR, GRAY[..., None]):
        data = encoded(Image.fromarray(array.squeeze()), "PNG")
        fitted = fit_pixels(array, channels, Fit(size, how))
        np.testing.assert_array_equal(decode(data, channels, MAX_PIXELS, Fit(size, how)), fitted)


@pytest.mark.parametrize(("how", "size"), [*product(HOWS, ((1600, 1100), (700, 2100)))])
def test_a_large_jpeg_that_is_decoded_in_part_looks_like_one_that_was_decoded_whole(
    how: How, size: tuple[int, int]
) -> None:
    data = encoded(photo(*size), "JPEG", quality=90)
    whole = fit_pixels(decode(data, 3, 10**7).transpose(1, 2, 0), 3, Fit(96, how)).astype(int)
    apart = np.abs(decode(data, 3, 10**7, Fit(96, how)) - whole)
    assert apart.mean() < 0.6
    assert apart.max() < 12


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_fitted_as_it_is_seen(orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    shot = Image.fromarray(WIDE)
    turned = encoded(shot, "PNG", exif=exif)
    seen = decode(turned, 3, MAX_PIXELS).transpose(1, 2, 0)
    for how in HOWS:
        fitted = decode(turned, 3, MAX_PIXELS, Fit(30, how))
        np.testing.assert_array_equal(fitted, fit_pixels(seen, 3, Fit(30, how)))


def test_another_process_sees_the_same_pixels() -> None:
    program = """
import hashlib, sys
from model.data.images import Fit, decode
print(hashlib.sha256(decode(sys.stdin.buffer.read(), 3, 10**7, Fit(96, "crop"))).hexdigest())
"""
    data = encoded(photo(900, 700), "JPEG")
    command = [sys.executable, "-c", program]
    runs = [subprocess.run(command, input=data, capture_output=True, check=True).stdout for _ in range(2)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("name", FILES)
def test_the_head_of_a_file_tells_what_decoding_tells(name: str) -> None:
    facts, _ = examine(FILES[name], 3, MAX_PIXELS)
    assert look(FILES[name], MAX_PIXELS) == facts
    assert (facts.width, facts.height) == (8, 6)
    assert facts.animated == name.endswith("animated")


@pytest.mark.parametrize("name", ["png gray and alpha", "png palette with alpha", "png rgba", "png rgb"])
def test_what_may_be_transparent_is_told(name: str) -> None:
    assert look(FILES[name], MAX_PIXELS).transparent == (name != "png rgb")


def test_facts_are_of_the_upright_picture() -> None:
    facts = look(encoded(Image.fromarray(WIDE), "JPEG", exif=upright()), MAX_PIXELS)
    assert (facts.format, facts.mode, facts.width, facts.height) == ("JPEG", "RGB", 20, 60)
    assert facts.orientation == 6


def test_looking_decodes_nothing() -> None:
    data = encoded(photo(900, 700), "PNG")
    assert look(data[:2000], MAX_PIXELS).width == 900
    with pytest.raises(Truncated):
        examine(data[:2000], 3, MAX_PIXELS)
