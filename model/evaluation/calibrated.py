"""How far a network's probabilities can be trusted, and the temperature that makes them so.

On Calibration of Modern Neural Networks, Guo et al. 2017, arXiv 1706.04599: a trained network is surer of itself than
it is right. To divide its logits by one number, fitted on images that it was not trained on, cures most of that, and
leaves the order of the classes as it is.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from model.data.dataset import generator

BINS = 15  # of equal width, as in the paper
COLDEST, HOTTEST = 0.01, 100.0  # temperatures
HALVINGS = 40  # of that bracket: to 11 digits


class Told(NamedTuple):
    """Of the same images."""

    logits: Tensor  # (N, classes)
    labels: Tensor  # int64 (N,)

    def part(self, indices: Tensor) -> "Told":
        return Told(self.logits[indices], self.labels[indices])


@dataclass(frozen=True, slots=True)
class Bin:
    """Images whose likeliest class has a probability above `lower`, and `upper` at most."""

    lower: float
    upper: float
    images: int
    confidence: float | None  # mean probability of the likeliest class; None: the bin is empty
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Measured on images that the temperature was not fitted on, before and after."""

    temperature: float
    fitted_on: str
    measured_on: str
    images: int  # that it was measured on
    ece_before: float  # expected calibration error: mean distance of a bin's confidence from its accuracy
    ece: float
    nll_before: float  # mean cross-entropy
    nll: float
    bins: list[Bin]  # after


def halves(images: int, seed: int) -> tuple[Tensor, Tensor]:
    """Numbers of the images of a test split to fit on, and of those to measure on: at least one, if there is one."""
    order = torch.randperm(images, generator=generator(seed, 0))
    return order[: images // 2].sort().values, order[images // 2 :].sort().values


def calibration(test: Told, validation: Told | None, seed: int) -> Calibration:
    """Fitted on the validation split where there is one, else on half of the test split."""
    if validation:
        return _measured(validation, test, "validation", "test")
    fitting, measuring = halves(len(test.labels), seed)
    return _measured(test.part(fitting), test.part(measuring), "half of test", "the other half of test")


def fitted_temperature(told: Told) -> float:
    """What the logits are to be divided by for the labels to be likeliest; 1.0 where there are none.

    The mean cross-entropy is convex in the inverse temperature, so its slope is zero at one place, which is found by
    halving a bracket in float64. One image more counts, for which all classes are as likely: without it a few images
    that are all right would have the network be certain of everything.
    """
    if not len(told.labels):
        return 1.0
    logits = told.logits.double()
    share = 1 / (len(logits) + 1)
    reached = (1 - share) * logits.gather(1, told.labels[:, None])[:, 0] + share * logits.mean(1)
    low, high = COLDEST, HOTTEST
    for _ in range(HALVINGS):
        middle = math.sqrt(low * high)
        expected = (logits.div(middle).softmax(1) * logits).sum(1)
        if expected.mean() > reached.mean():  # surer than right: too cold
            low = middle
        else:
            high = middle
    return math.sqrt(low * high)


def reliability(told: Told) -> list[Bin]:
    """Confidence beside accuracy, by confidence."""
    confidence, predicted = told.logits.double().softmax(1).max(1)
    right = (predicted == told.labels).double()
    places = (confidence * BINS).ceil().long().clamp(1, BINS) - 1
    counts = torch.bincount(places, minlength=BINS).tolist()
    sums = [torch.bincount(places, values, BINS).tolist() for values in (confidence, right)]
    return [
        Bin(
            number / BINS,
            (number + 1) / BINS,
            images,
            *(total[number] / images if images else None for total in sums),
        )
        for number, images in enumerate(counts)
    ]


def expected_error(bins: list[Bin]) -> float:
    """ECE: the distance of confidence from accuracy, each bin with the weight of its images."""
    distances = (
        each.images * abs(each.confidence - each.accuracy)
        for each in bins
        if each.confidence is not None and each.accuracy is not None
    )
    return float(sum(distances) / sum(each.images for each in bins))


def _measured(fitting: Told, measuring: Told, fitted_on: str, measured_on: str) -> Calibration:
    temperature = fitted_temperature(fitting)
    after = measuring._replace(logits=measuring.logits.double() / temperature)
    bins = reliability(after)
    return Calibration(
        temperature=temperature,
        fitted_on=fitted_on,
        measured_on=measured_on,
        images=len(measuring.labels),
        ece_before=expected_error(reliability(measuring)),
        ece=expected_error(bins),
        nll_before=_nll(measuring),
        nll=_nll(after),
        bins=bins,
    )


def _nll(told: Told) -> float:
    return float(F.cross_entropy(told.logits.double(), told.labels))
