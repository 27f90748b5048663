"""Fashion-MNIST where torchvision looks for it: our own reader takes Debian's gzipped files, its class does not."""

import gzip
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.service import datasets
from model.data.catalog import BUILT_IN, idx_folder
from model.data.datasets import load

FACTS = BUILT_IN["fashion-mnist"]


@contextmanager
def unpacked() -> Iterator[Path]:
    """A temporary root with plain IDX files in FashionMNIST/raw, 55 MB."""
    load(FACTS, datasets())  # downloads it where it is missing
    source = idx_folder(FACTS, datasets())
    assert source
    with tempfile.TemporaryDirectory() as root:
        raw = Path(root) / FACTS.mark
        raw.mkdir(parents=True)
        for path in source.glob("*-ubyte*"):
            content = path.read_bytes()
            plain = gzip.decompress(content) if path.suffix == ".gz" else content
            (raw / path.name.removesuffix(".gz")).write_bytes(plain)
        yield Path(root)
