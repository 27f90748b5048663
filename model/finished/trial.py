"""`python -m model.finished.trial FOLDER`: which engine a finished model is to be served by on this machine.

Each engine of the table, the fastest first, is asked about test images beside the trained network in fp32: about all of
them, or until it would be a rare chance that the rest turned the verdict. The first that agrees, and costs less, is
chosen; the trial is kept in `engines/` of the model's folder, and printed.
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
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model import launch
from model.durable import writing_folder
from model.engines.cost import cost
from model.engines.engine import Engine
from model.engines.table import FIRST, KINDS, opened
from model.finished import tried
from model.finished.parity import drawn
from model.finished.predict import CARD, Model
from model.finished.tried import AGREEMENT, Outcome, Trial
from model.priority import give_way

IMAGES = 10_000  # of the test split, drawn where there are more
EXAMPLES = 256  # training images, for those who write an engine
SECONDS = 600.0  # of a core for the trained network's answers, after which no more images are asked about
LEAST = 200  # images, however long they take
LOOK = 1000  # images, after each of which it is asked whether more are needed
CHANCE = 0.01  # to be wrong, at each look
TOGETHER = 8  # in one pass
ALONE = 20  # images, of whose passes the cost is taken
FAILED = 1

Told = tuple[Tensor, Tensor]
"""Of N images, as `Model.look`: probabilities (N, classes), and how unfamiliar each is (N,)."""


def trial(folder: Path, datasets: Path, device: str) -> Trial:
    """Keeps it, whole, or nothing. FileNotFoundError, also of a model removed meanwhile; CheckpointDamaged, OSError."""
    model = Model.load(folder, device)
    place = tried.folder(folder, tried.machine(model.device.type))
    place.parent.mkdir(exist_ok=True)
    for left in place.parent.glob(f"{place.name}.*"):  # by a trial that was killed
        shutil.rmtree(left, ignore_errors=True)
    try:
        with writing_folder(place) as part:
            made = _made(model, part, datasets)
            (part / tried.TRIAL).write_bytes(tried.content(made))
    finally:
        if not (folder / CARD).exists():  # it was deleted meanwhile
            shutil.rmtree(place.parent, ignore_errors=True)
    return made


def _made(model: Model, part: Path, datasets: Path) -> Trial:
    machine = tried.machine(model.device.type)
    images = drawn(model.card, datasets, "test", IMAGES)
    examples = drawn(model.card, datasets, "train", EXAMPLES)
    if images is None or examples is None or len(examples) < 2:
        return Trial(FIRST, 0, [], machine)
    reference, taught = _Reference(model, images), _prepared(model, examples)
    outcomes = [Outcome(FIRST, 0, 1.0, 0.0, 0.0, reference.cost(model.engine))]
    for name, kind in KINDS.items():
        if name == FIRST or not kind.usable(model.device):
            continue
        outcomes.append(_tried(model, name, part, reference, taught))
        if _is_better(outcomes[-1], outcomes[0]):
            return Trial(name, reference.asked, outcomes, machine, tried.checksums(part))
        for file in part.iterdir():
            file.unlink()
    return Trial(FIRST, reference.asked, outcomes, machine)


class _Reference:
    """The trained network's answers, computed as far as somebody wants them."""

    def __init__(self, model: Model, images: NDArray[np.uint8]) -> None:
        self.model, self.images = model, images
        self.asked, self._told, self._spent = 0, list[Told](), 0.0

    def parts(self) -> Iterator[tuple[Tensor, Told]]:
        """Images (N, channels, S, S) and what is said of them, until they, or the time for them, are over."""
        for place, start in enumerate(range(0, len(self.images), TOGETHER)):
            batch = _prepared(self.model, self.images[start : start + TOGETHER])
            if place == len(self._told):
                if start >= LEAST and self._spent > SECONDS:
                    return
                began = time.process_time()
                self._told.append(self.model.look_by(self.model.engine, batch))
                self._spent += time.process_time() - began
                self.asked += len(batch)
            yield batch, self._told[place]

    def cost(self, engine: Engine) -> float:
        images = _prepared(self.model, self.images[:ALONE]).to(self.model.device)
        return cost(partial(self.model.look_by, engine), images)


def _tried(model: Model, name: str, part: Path, reference: _Reference, examples: Tensor) -> Outcome:
    """Whatever goes wrong in somebody's library is an outcome as well. OSError where the disk is full."""
    try:
        if write := KINDS[name].write:
            write(model.network, examples, part)
        engine = opened(name, model.network, part)
        found, cost_ms = _compared(engine, reference), reference.cost(engine)
    except Exception as error:
        _check_room(part, model)
        return Outcome(name, error=f"{type(error).__name__}: {error}"[:500])
    return Outcome(
        name,
        images=found.images,
        agreement=1 - found.differ / found.images,
        largest_difference=_number(found.largest),
        largest_ood_difference=_number(found.largest_ood),
        cost_ms=cost_ms,
    )


@dataclass(slots=True)
class _Comparison:
    images: int
    differ: int  # whose likeliest class is another one, together with others or alone
    largest: Tensor  # difference of any two probabilities; NaN where one of them is
    largest_ood: Tensor


def _compared(engine: Engine, reference: _Reference) -> _Comparison:
    result = _Comparison(0, 0, torch.zeros(()), torch.zeros(()))
    for batch, (expected, familiar) in reference.parts():
        differ = torch.zeros(len(batch), dtype=torch.bool)
        for probabilities, unfamiliar in _both_ways(reference.model, engine, batch):
            differ |= probabilities.argmax(1) != expected.argmax(1)
            result.largest = torch.maximum(result.largest, (probabilities - expected).abs().max())
            result.largest_ood = torch.maximum(result.largest_ood, (unfamiliar - familiar).abs().max().cpu())
        result.images += len(batch)
        result.differ += int(differ.sum())
        if result.images % LOOK == 0 and is_certain(result.differ, result.images):
            break
    return result


def _both_ways(model: Model, engine: Engine, batch: Tensor) -> Iterator[Told]:
    """An engine may compute an image that comes alone in another way."""
    yield model.look_by(engine, batch)
    alone = (model.look_by(engine, image[None]) for image in batch)
    probabilities, unfamiliar = zip(*alone, strict=True)
    yield torch.cat(probabilities), torch.cat(unfamiliar)


def is_certain(differ: int, images: int, share: float = 1 - AGREEMENT) -> bool:
    """Whether an engine that differs on just that share of all would hardly have differed so seldom, or so often.

    The tails of a binomial distribution; of images drawn without replacement they are thinner still.
    """
    exactly, fewer = (1 - share) ** images, 0.0
    for times in range(differ):
        fewer += exactly
        exactly *= (images - times) / (times + 1) * share / (1 - share)
    return fewer + exactly < CHANCE or 1 - fewer < CHANCE


def _number(value: Tensor) -> float | None:
    """None of NaN, which JSON does not know: of a model without known images every `ood` is."""
    return None if value.isnan() else float(value)


def _check_room(part: Path, model: Model) -> None:
    """Libraries say of a full disk only that a stream failed; an engine must not be ruled out for it."""
    if shutil.disk_usage(part).free < model.bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(part))


def _is_better(outcome: Outcome, first: Outcome) -> bool:
    agrees = outcome.agreement is not None and outcome.agreement >= AGREEMENT
    return agrees and (outcome.cost_ms or math.inf) < (first.cost_ms or math.inf)


def _prepared(model: Model, images: NDArray[np.uint8]) -> Tensor:
    return torch.stack([model.preprocess(each) for each in images])


def main() -> int:
    arguments = _arguments()
    if arguments.supervised:
        launch.end_with_supervisor(FAILED)
        give_way(10)  # predictions go first
    warnings.simplefilter("ignore")  # of converters, to those who wrote them
    print(json.dumps(asdict(trial(arguments.model, arguments.datasets, arguments.device))))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m model.finished.trial", description="Choose a model's engine."
    )
    parser.add_argument("model", type=Path, help="folder with model.safetensors and model.json")
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--datasets", type=Path, default=Path(".trainshed/datasets"), help="folder of data sets to ask about"
    )
    parser.add_argument("--supervised", action="store_true", help="end when standard input closes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
