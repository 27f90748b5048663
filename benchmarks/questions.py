"""What servers are asked: test images of Fashion-MNIST as JPEG files, and how they are asked."""

import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx2
from PIL import Image

from benchmarks.fashion import FACTS
from benchmarks.served import Place
from benchmarks.service import datasets
from model.data.datasets import load

QUALITY = 95  # of the JPEGs, 28x28 pixels and some 700 bytes


@dataclass(frozen=True, slots=True)
class Answers:
    """Of all clients together."""

    seconds: float
    milliseconds: list[float]  # of each answer
    refused: int  # that were no 200

    @property
    def per_second(self) -> float:
        return len(self.milliseconds) / self.seconds


def write(folder: Path, images: int) -> list[int]:
    """The first test images as files, in order; their labels."""
    test = load(FACTS, datasets()).test
    for number, pixels in enumerate(test.images[:images].numpy()):
        file = io.BytesIO()
        Image.fromarray(pixels[0]).save(file, "JPEG", quality=QUALITY)
        (folder / f"{number:05}.jpg").write_bytes(file.getvalue())
    labels: list[int] = test.labels[:images].tolist()
    return labels


def ask(place: Place, folder: Path, clients: int, seconds: float) -> Answers:
    """From a process of its own."""
    command = [sys.executable, "-m", "benchmarks.clients", str(place.port), place.path, str(folder)]
    command += ["--clients", str(clients), "--seconds", str(seconds)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return Answers(**json.loads(said))


def right(place: Place, folder: Path, labels: list[int]) -> float:
    """Share of the pictures whose class is the label; peers answer of one picture, we of several."""
    hits = 0
    with httpx2.Client(base_url=f"http://127.0.0.1:{place.port}", timeout=60, trust_env=False) as http:
        for path, label in zip(sorted(folder.iterdir()), labels, strict=True):
            answer = http.post(place.path, files={"image": (path.name, path.read_bytes(), "image/jpeg")})
            said = answer.raise_for_status().json()
            hits += said.get("predictions", [said])[0]["index"] == label
    return hits / len(labels)
