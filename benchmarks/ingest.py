"""How fast an upload becomes a data set, beside torchvision's ImageFolder and DataLoader on the same files, in turns.

The peer decodes and resizes. `python -m ingest` also reads a zip, looks at every picture first, hashes it, finds copies
and what is nearly a copy, splits and writes. It does so once; the peer does what it does again in every epoch.
"""

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import stamps
from benchmarks.contender import Contender, Peer, default_environment
from benchmarks.environment import say
from benchmarks.footprint import Finished, watched
from benchmarks.record import Figure, of, percentile
from model import launch

ROUNDS = 3
SPEC = {"image_size": 224}
NAME = f"ds_{'0' * 32}"
CORPORA: dict[str, Callable[[Path], None]] = {"PNG": stamps.small, "JPEG of 1.44 megapixels": stamps.large}
PEER = Peer("ImageFolder and DataLoader", "fp32", "folder")
IMPORT, EPOCHS = "zip to data set", "every later epoch"


@dataclass(frozen=True, slots=True)
class Pass:
    """Over the pictures of a corpus, by one of the three, in one round."""

    images_per_second: float
    peak_bytes: int


Passes = Mapping[str, Sequence[Pass]]  # by what was done, one a round


def measure() -> list[Figure]:
    figures: list[Figure] = []
    for corpus, made in CORPORA.items():
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            say(f"making the corpus: {corpus}")
            made(root / "pictures")
            stamps.zipped(root / "pictures", root / "pictures.zip")
            (root / "spec.json").write_text(json.dumps(SPEC))
            figures += _compared(corpus, root)
    return figures


def _compared(corpus: str, root: Path) -> Iterator[Figure]:
    pictures = stamps.pictures(root / "pictures")
    peer = PEER.contender(root / "pictures")
    assert peer
    passes: dict[str, list[Pass]] = defaultdict(list)
    for number in range(1, ROUNDS + 1):
        say(f"round {number} of {ROUNDS}: {corpus}")
        passes[IMPORT].append(_imported(root, len(pictures), number))
        passes[peer.name].append(_epoch(watched(peer.command, peer.environment)))
        passes[EPOCHS].append(_epoch(_read(root / str(number))))
    megabytes = sum(path.stat().st_size for path in pictures) / 1e6
    yield of(f"{corpus}: {len(pictures)} pictures", "MB", megabytes)
    yield from _figures(corpus, peer, passes)


def _imported(root: Path, pictures: int, number: int) -> Pass:
    """The whole process, its start included."""
    out = root / str(number) / NAME
    command = [sys.executable, "-m", "ingest", str(root / "pictures.zip"), "--out", str(out)]
    finished = watched([*command, "--spec", str(root / "spec.json")], default_environment())
    return Pass(pictures / finished.seconds, finished.peak_bytes)


def _read(datasets: Path) -> Finished:
    command = [sys.executable, "-m", "benchmarks.reading", str(datasets), NAME]
    return watched(command, launch.environment(base=default_environment()))


def _epoch(finished: Finished) -> Pass:
    """Without the start of the process, and what it imports."""
    told = json.loads(finished.output)
    return Pass(told["images"] / told["seconds"], finished.peak_bytes)


def _figures(corpus: str, peer: Contender, passes: Passes) -> Iterator[Figure]:
    versions = {peer.name: peer.versions}
    for what, taken in passes.items():
        speeds, version = [each.images_per_second for each in taken], versions.get(what, "")
        yield percentile(f"{corpus}, {what}: median of the rounds", "images/s", speeds, versions=version)
    theirs = [each.images_per_second for each in passes[peer.name]]
    for what in (IMPORT, EPOCHS):
        ratios = [our.images_per_second / their for our, their in zip(passes[what], theirs, strict=True)]
        title = f"{corpus}, {what} / {peer.name}: median of the rounds' ratios"
        yield percentile(title, "", ratios, versions=peer.versions)
    for what in (IMPORT, peer.name):
        peaks = [each.peak_bytes / 2**20 for each in passes[what] if each.peak_bytes]
        if peaks:
            title = f"{corpus}, {what}: peak memory of all its processes, the most of the rounds"
            yield percentile(title, "MiB", peaks, 100, versions.get(what, ""))
