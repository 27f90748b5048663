"""Uploads of every kind, small, made as people make them."""

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

Files = dict[str, bytes]
Array = np.ndarray[Any, np.dtype[Any]]
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


def png(value: int) -> bytes:
    """All pixels of the value."""
    file = io.BytesIO()
    Image.fromarray(np.full((4, 5, 3), value, np.uint8)).save(file, "PNG")
    return file.getvalue()


FLOWERS: Files = {
    "flowers/train/rose/1.png": png(1),
    "flowers/train/tulip/2.png": png(2),
    "flowers/test/rose/3.png": png(3),
}


def zipped(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(files: Files, compression: str = "") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return COMPRESS[compression](file.getvalue())


def idx(values: Array) -> bytes:
    return struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape) + values.tobytes()


def mnist(stem: str, labels: list[int], suffix: str = "") -> Files:
    """Image n has all pixels n."""
    pixels = np.arange(len(labels), dtype=np.uint8).repeat(4 * 5).reshape(-1, 4, 5)
    both = {"images-idx3": idx(pixels), "labels-idx1": idx(np.array(labels, np.uint8))}
    pack = gzip.compress if suffix else bytes
    return {f"{stem}-{what}-ubyte{suffix}": pack(content) for what, content in both.items()}


def npy(array: Array) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(**arrays: Array) -> bytes:
    return zipped({f"{name}.npy": npy(array) for name, array in arrays.items()})


def npz_of_two() -> bytes:
    return npz(x_train=np.zeros((2, 4, 5), np.uint8), y_train=np.array([0, 1]))


def parquet(labels: list[int] | list[str], names: list[str] | None = None, group: int = 100) -> bytes:
    """As `datasets` writes it. Row n has png(n)."""
    pictures = [{"bytes": png(n), "path": f"{n}.png"} for n in range(len(labels))]
    table = pa.table({"image": pictures, "label": labels})
    if names:
        features = {"image": {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    file = io.BytesIO()
    pq.write_table(table, file, row_group_size=group)
    return file.getvalue()
