"""Loss or accuracy over the steps, as what `page.html` draws: places in percent of the chart's width and height."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from app.report import figures
from app.report.axis import Axis

DOTS = 60  # evaluations that are still told apart when each has one
Facts = Sequence[dict[str, Any]]
SCALES: dict[str, Callable[[list[float]], Axis]] = {
    "loss": Axis.of,
    "accuracy": lambda values: Axis(0.0, 1.0),
}
WRITTEN: dict[str, tuple[Callable[[float], str], Callable[[float], str]]] = {  # a value, and a round one
    "loss": (figures.loss, figures.short),
    "accuracy": (figures.percent, partial(figures.percent, digits=0)),
}


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    name: str
    caption: str
    columns: list[Mark]  # the steps below it
    rows: list[Mark]  # the values beside it
    batches: str  # SVG paths, in thousandths of the width and height
    evaluations: str
    dots: list[Mark]
    events: list[Mark]


def chart(name: str, points: Facts, scores: Facts, events: Facts) -> Chart | None:
    """Of loss or accuracy; None where no batch has one. What is NaN or infinite is a gap in the line."""
    batches, evaluations = (_known(name, facts) for facts in (points, scores))
    if not batches:
        return None
    up = SCALES[name]([value for _, value in (*batches, *evaluations)])
    along = Axis(0.0, max(step for step, _ in (*batches, *evaluations)))
    write, round_off = WRITTEN[name]

    def mark(step: float, value: float, text: str) -> Mark:
        return Mark(100 * along.share(step), 100 * (1 - up.share(value)), text)

    return Chart(
        name=name,
        caption=" ".join(_told(name, points, scores, up)),
        columns=[mark(step, up.low, figures.count(step)) for step in along.ticks()],
        rows=[mark(0, value, round_off(value)) for value in up.ticks()],
        batches=_path(name, points, along, up),
        evaluations="".join(_path(name, facts, along, up) for _, facts in _by_split(scores)),
        dots=[mark(*each, f"step {each[0]:,}: {write(each[1])}") for each in evaluations[-DOTS:]],
        events=[
            mark(each["step"], up.high, f"step {each['step']:,}: {each['event']}")
            for each in events
            if each["step"] <= along.high
        ],
    )


def _known(name: str, facts: Facts) -> list[tuple[int, float]]:
    return [(each["step"], each[name]) for each in facts if each[name] is not None]


def _told(name: str, points: Facts, scores: Facts, up: Axis) -> Iterator[str]:
    """What the chart shows, for those who cannot see it as well."""
    batches, write = _known(name, points), WRITTEN[name][0]
    ends = batches[0], batches[-1], min(batches, key=_value), max(batches, key=_value)
    first, last, least, most = (f"{write(value)} at step {step:,}" for step, value in ends)
    yield f"Batches: from {first} to {last}, the lowest {least}, the highest {most}."
    for split, facts in _by_split(scores):
        if known := _known(name, facts):
            first, last = (f"{write(value)} at step {step:,}" for step, value in (known[0], known[-1]))
            yield f"Evaluated on {split}: {f'from {first} to {last}' if len(known) > 1 else last}."
    if up.is_logarithmic:
        yield "The axis is logarithmic."


def _value(each: tuple[int, float]) -> float:
    return each[1]


def _by_split(scores: Facts) -> Iterator[tuple[str, Facts]]:
    """What follows one another on the same images."""
    for split, facts in groupby(scores, lambda each: str(each["split"])):
        yield split, list(facts)


def _path(name: str, facts: Facts, along: Axis, up: Axis) -> str:
    pieces = []
    for is_known, run in groupby(facts, lambda each: each[name] is not None):
        if is_known:
            places = ((1000 * along.share(each["step"]), 1000 * (1 - up.share(each[name]))) for each in run)
            pieces.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places))
    return "".join(pieces)
