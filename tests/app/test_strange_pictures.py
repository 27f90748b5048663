"""A thousand files that are not what they should be, and one that unpacks to half a gigabyte."""

import io
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

REQUESTS, TOGETHER = 4, 250  # files: a thousand
SIDE = 13_000  # pixels
MOST_MEMORY = 200 * 2**20  # bytes that such a picture may take

Spoil = Callable[[Image.Image, random.Random], tuple[str, bytes]]


def picture(chance: random.Random) -> Image.Image:
    pixels = np.frombuffer(chance.randbytes(16), np.uint8).reshape(4, 4)
    return Image.fromarray(pixels).resize((28, 28), Image.Resampling.BILINEAR)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def truncated(image: Image.Image, chance: random.Random) -> tuple[str, bytes]:
    kind = chance.choice(["PNG", "JPEG", "GIF", "WEBP", "BMP"])
    whole = encoded(image.convert("RGB"), kind)
    return f"cut.{kind.lower()}", whole[: chance.randrange(1, len(whole))]


def damaged(image: Image.Image, chance: random.Random) -> tuple[str, bytes]:
    kind = chance.choice(["PNG", "JPEG", "GIF", "WEBP", "BMP"])
    content = bytearray(encoded(image, kind))
    for _ in range(chance.randrange(1, 8)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return f"damaged.{kind.lower()}", bytes(content)


def empty(image: Image.Image, chance: random.Random) -> tuple[str, bytes]:
    return chance.choice(["empty.png", "", "empty"]), b""


def misnamed(image: Image.Image, chance: random.Random) -> tuple[str, bytes]:
    return chance.choice(["picture.jpg", "picture.txt", "picture", "../../etc"]), encoded(image, "PNG")


def animated(image: Image.Image, chance: random.Random) -> tuple[str, bytes]:
    frames = [picture(chance) for _ in range(3)]
    return "moving.gif", encoded(image, "GIF", save_all=True, append_images=frames)


def deep(image: Image.Image, chance: random.Random) -> tuple[str, bytes]:
    return "deep.png", encoded(Image.fromarray(np.asarray(image).astype(np.uint16) * 257), "PNG")


def cmyk(image: Image.Image, chance: random.Random) -> tuple[str, bytes]:
    return "printed.jpg", encoded(image.convert("CMYK"), "JPEG", quality=95)


UNREADABLE: tuple[Spoil, ...] = (empty,)
AS_THE_PICTURE: tuple[Spoil, ...] = (misnamed, animated, deep)  # to the last bit
READABLE: tuple[Spoil, ...] = (cmyk,)
EITHER: tuple[Spoil, ...] = (truncated, damaged)
KINDS = (*UNREADABLE, *AS_THE_PICTURE, *READABLE, *EITHER)


def test_a_thousand_strange_files_are_answered_rightly_or_refused_one_by_one(
    service: Any, trained: str
) -> None:
    chance = random.Random(0)
    for _ in range(REQUESTS):
        base = picture(chance)
        kinds = chance.choices(KINDS, k=TOGETHER - 1)
        files = [("plain.png", encoded(base, "PNG")), *(spoil(base, chance) for spoil in kinds)]
        answer = service.http.post(
            "/predict",
            data={"model": trained},
            files=[("image", (name or "unnamed", content)) for name, content in files],
        )
        assert answer.status_code == 200, answer.text
        plain, *others = answer.json()["predictions"]
        for spoil, said in zip(kinds, others, strict=True):
            assert ("error" in said) != ("label" in said)
            if spoil in UNREADABLE:
                assert said["error"]["code"] == "not_an_image"
            if spoil in AS_THE_PICTURE:
                assert said["label"] == plain["label"], spoil
                assert said["probability"] == pytest.approx(plain["probability"], abs=0.01)
            if spoil in READABLE:
                assert 0 < said["probability"] <= 1


def test_a_small_file_that_would_unpack_to_half_a_gigabyte_costs_next_to_nothing(
    service: Any, trained: str
) -> None:
    content = bomb()
    assert len(content) < 25_000
    processes = [service.pid_of(name) for name in ("api", "predictor")]
    before = [memory(process, "VmRSS") for process in processes]
    for process in processes:
        forget_peak(process)
    answer = service.http.post("/predict", params={"model": trained}, files={"image": ("bomb.png", content)})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "image_too_large")
    for process, least in zip(processes, before, strict=True):
        assert memory(process, "VmHWM") - least < MOST_MEMORY


def bomb() -> bytes:
    """A whole PNG of SIDE x SIDE black or white pixels, 507 MB as RGB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = bytes(SIDE * (1 + -(-SIDE // 8)))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 1, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows, 9)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def memory(process: int, field: str) -> int:
    """Bytes: VmRSS now, VmHWM at most since they were last forgotten. Linux alone tells."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        pytest.skip("the system does not tell")
    line = next(line for line in status.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024


def forget_peak(process: int) -> None:
    Path(f"/proc/{process}/clear_refs").write_text("5")
