"""Prepares a folder, and reads what it became."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.prepare import MAX_PIXELS, Prepare
from ingest.spec import Preparation
from model.data import packed
from model.data.images import decode
from tests.ingest.folders import opened

SPEC = Preparation(image_size=32, channels=3)


def prepared(root: Path, out: Path, spec: Preparation = SPEC, **how: Any) -> list[dict[str, Any]]:
    return list(Prepare(lambda: opened(root, **how), spec, out))


def report(out: Path) -> dict[str, Any]:
    return dict(json.loads((out / packed.REPORT).read_bytes()))


def finding(out: Path, code: str) -> dict[str, Any]:
    return next((each for each in report(out)["findings"] if each["code"] == code), {"count": 0})


def left_out(out: Path) -> dict[str, int]:
    told = report(out)
    assert told["counts"]["samples"] == told["counts"]["used"] + told["counts"]["left_out"]
    assert all(each["message"] and each["files"] for each in told["left_out"])
    return {each["code"]: each["count"] for each in told["left_out"]}


def index(out: Path) -> list[str]:
    return [json.loads(line)["path"] for line in (out / packed.INDEX).read_text().splitlines()]


def pixels_of(file: Path) -> NDArray[np.uint8]:
    return decode(file.read_bytes(), 3, MAX_PIXELS)
