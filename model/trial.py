"""`python -m model.trial FOLDER`: which engine a finished model is to be served by on this machine.

Each engine of the table, the fastest first, is asked about test images beside the trained network in fp32. The first
that agrees, and costs less, is chosen; the trial is kept in `engines/` of the model's folder, and printed.
"""

import argparse
import errno
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
from model.durable import writing_folder
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
    """Keeps it, whole, or nothing. FileNotFoundError, also of a model removed meanwhile; CheckpointDamaged, OSError."""
    model = Model.load(folder, device)
    place = tried.folder(folder, tried.machine(model.device.type))
    place.parent.mkdir(exist_ok=True)
    for left in place.parent.glob(f"{place.name}.*"):  # by a trial that was killed
        shutil.rmtree(left, ignore_errors=True)
    try:
        with writing_folder(place) as part:
            made = _made(model, part, test_images(model.card, datasets, IMAGES))
            (part / tried.TRIAL).write_bytes(tried.content(made))
    finally:
        if not (folder / CARD).exists():  # it was deleted meanwhile
            shutil.rmtree(place.parent, ignore_errors=True)
    return made


def _made(model: Model, part: Path, images: NDArray[np.uint8] | None) -> Trial:
    machine = tried.machine(model.device.type)
    if images is None:
        return Trial(FIRST, 0, [], machine)
    expected = _told(model, images, SECONDS)
    asked = images[: len(expected.unfamiliar)]
    outcomes = [Outcome(FIRST, 1.0, 0.0, 0.0, _cost(model, asked))]
    for name, kind in KINDS.items():
        if name == FIRST or not kind.usable(model.device):
            continue
        outcomes.append(_tried(model, name, part, asked, expected))
        if _is_better(outcomes[-1], outcomes[0]):
            return Trial(name, len(asked), outcomes, machine, tried.checksums(part))
        for file in part.iterdir():
            file.unlink()
    return Trial(FIRST, len(asked), outcomes, machine)


def _tried(model: Model, name: str, part: Path, images: NDArray[np.uint8], expected: Told) -> Outcome:
    """Whatever goes wrong in somebody's library is an outcome as well. OSError where the disk is full."""
    example = torch.zeros(2, model.channels, model.image_size, model.image_size)
    try:
        if write := KINDS[name].write:
            write(model.network, example, part)
        model.engine = opened(name, model.network, part)
        found, cost = _told(model, images), _cost(model, images)
    except Exception as error:
        _check_room(part, model)
        return Outcome(name, error=f"{type(error).__name__}: {error}"[:500])
    same = found.probabilities.argmax(1) == expected.probabilities.argmax(1)
    return Outcome(
        name,
        agreement=float(same.double().mean()),
        largest_difference=_largest_difference(found.probabilities, expected.probabilities),
        largest_ood_difference=_largest_difference(found.unfamiliar, expected.unfamiliar),
        cost_ms=cost,
    )


def _largest_difference(found: Tensor, expected: Tensor) -> float | None:
    """None where one of them is NaN, which JSON does not know: of a model without known images every `ood` is."""
    largest = float((found - expected).abs().max())
    return None if math.isnan(largest) else largest


def _check_room(part: Path, model: Model) -> None:
    """Libraries say of a full disk only that a stream failed; an engine must not be ruled out for it."""
    if shutil.disk_usage(part).free < model.bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(part))


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
    print(json.dumps(asdict(trial(arguments.model, arguments.datasets, arguments.device))))
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
