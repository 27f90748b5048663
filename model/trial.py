"""`python -m model.trial FOLDER`: which engine a finished model is to be served by on this machine.

Each engine of the table, the fastest first, is asked about test images beside the trained network in fp32. The first
that agrees, and costs less, is chosen; the trial is written to a folder of `engines/` in the model's, and printed.
"""

import argparse
import json
import math
import os
import shutil
import sys
import time
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model import launch, tried
from model.durable import write_whole
from model.engine import FIRST, KINDS, opened
from model.parity import test_images
from model.predict import CARD, Model
from model.tried import AGREEMENT, Outcome, Trial

IMAGES = 2000  # of the test split, drawn; at 99.5 % the agreement on all of 10,000 is then known to 0.3 %
SECONDS = 120.0  # of a core for the trained network's answers, after which no more images are drawn
LEAST = 200  # images, however long they take
TOGETHER = 8  # in one pass
ALONE = 20  # passes of one image that are timed
FAILED = 1


class Told(NamedTuple):
    """Of N images."""

    probabilities: Tensor  # (N, classes)
    unfamiliar: Tensor  # (N,)


def trial(folder: Path, datasets: Path, device: str) -> Trial:
    """FileNotFoundError, CheckpointDamaged, OSError."""
    model = Model.load(folder, device)
    machine = tried.machine(model.device.type)
    images = test_images(model.card, datasets, IMAGES)
    if images is None:
        return Trial(FIRST, 0, [], machine)
    place = tried.folder(folder, machine)
    expected = _told(model, images, SECONDS)
    asked = images[: len(expected.unfamiliar)]
    outcomes = [Outcome(FIRST, 1.0, 0.0, 0.0, _cost(model, asked))]
    for name, kind in KINDS.items():
        if name == FIRST or not kind.usable(model.device):
            continue
        outcomes.append(_tried(model, name, place, asked, expected))
        if _is_better(outcomes[-1], outcomes[0]):
            return Trial(name, len(asked), outcomes, machine)
        shutil.rmtree(place, ignore_errors=True)  # what the loser keeps there
    return Trial(FIRST, len(asked), outcomes, machine)


def _tried(model: Model, name: str, place: Path, images: NDArray[np.uint8], expected: Told) -> Outcome:
    """Whatever goes wrong in somebody's library is an outcome as well."""
    example = torch.zeros(2, model.channels, model.image_size, model.image_size)
    try:
        if write := KINDS[name].write:
            place.mkdir(parents=True, exist_ok=True)
            write(model.network, example, place)
        model.engine = opened(name, model.network, place)
        found, cost = _told(model, images), _cost(model, images)
    except Exception as error:
        return Outcome(name, error=f"{type(error).__name__}: {error}"[:500])
    same = found.probabilities.argmax(1) == expected.probabilities.argmax(1)
    return Outcome(
        name,
        agreement=float(same.double().mean()),
        largest_difference=float((found.probabilities - expected.probabilities).abs().max()),
        largest_ood_difference=float((found.unfamiliar - expected.unfamiliar).abs().max()),
        cost_ms=cost,
    )


def _is_better(outcome: Outcome, first: Outcome) -> bool:
    agrees = outcome.agreement is not None and outcome.agreement >= AGREEMENT
    return agrees and (outcome.cost_ms or math.inf) < (first.cost_ms or math.inf)


def _told(model: Model, images: NDArray[np.uint8], seconds: float = math.inf) -> Told:
    """Of all images, or of as many as it comes to in that time of a core."""
    told, began = [], time.process_time()
    for start in range(0, len(images), TOGETHER):
        if start >= LEAST and time.process_time() - began > seconds:
            break
        told.append(model.look(_prepared(model, images[start : start + TOGETHER])))
    probabilities, unfamiliar = zip(*told, strict=True)
    return Told(torch.cat(probabilities), torch.cat(unfamiliar))


def _cost(model: Model, images: NDArray[np.uint8]) -> float:
    """Milliseconds of a core, or on a GPU, for one image alone: on cores what others do meanwhile counts little."""
    clock = time.process_time if model.device.type == "cpu" else time.perf_counter
    image = _prepared(model, images[:1])
    model.look(image)
    began = clock()
    for _ in range(ALONE):
        model.look(image)
    return (clock() - began) / ALONE * 1000


def _prepared(model: Model, images: NDArray[np.uint8]) -> Tensor:
    return torch.stack([model.preprocess(each) for each in images])


def main() -> int:
    arguments = _arguments()
    if arguments.supervised:
        launch.end_with_supervisor(FAILED)
        os.nice(10)  # predictions go first
    warnings.simplefilter("ignore")  # of converters, to those who wrote them
    made = trial(arguments.model, arguments.datasets, arguments.device)
    path = tried.path(arguments.model, made.machine)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, tried.content(made))
    if not (arguments.model / CARD).exists():  # it was deleted meanwhile
        shutil.rmtree(arguments.model / tried.ENGINES)
    print(json.dumps(asdict(made)))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m model.trial", description="Choose a model's engine.")
    parser.add_argument("model", type=Path, help="folder with model.safetensors and model.json")
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--datasets", type=Path, default=Path(".trainshed/datasets"), help="folder of data sets to ask about"
    )
    parser.add_argument("--supervised", action="store_true", help="end when standard input closes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
