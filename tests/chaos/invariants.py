"""What must hold in every history, each a function of it; nothing here knows how the history came about.

A function yields once for everything that it looked at: None where the invariant holds, else what is wrong.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

from store.states import EVENTS, FINAL
from tests.chaos.history import History, Life, Point, Trace, Window

Findings = Iterator[str | None]
GUARD_SECONDS = 5.0  # beyond a lease: what a worker on a busy machine may take to notice that it lost its job
# Seconds after an outage for which a 503 is still to be expected: connecting again, and the start of torch.
RECOVERY = {"redis": 6.0, "api": 6.0, "predictor": 60.0}
MOVES = {(before, after) for event in EVENTS.values() for before, after in event.items()} | {(None, "queued")}


def one_right_end(history: History) -> Findings:
    """Every accepted job reaches exactly one final state: the one that its spec and its cancels call for."""
    for trace in history.traces.values():
        ends = [move["to"] for move in trace.moves if move["to"] in FINAL]
        code = ((trace.record or {}).get("error") or {}).get("code")
        allowed = {"cancelled"} if trace.cancelled else {trace.end}
        allowed |= {"cancelled"} if trace.cancel_may_have_come else set()
        if len(ends) != 1 or trace.state != ends[0]:
            yield f"{trace.id} is {trace.state} after these ends: {ends}"
        elif trace.state not in allowed or (trace.state == "failed" and code != trace.code):
            yield f"{trace.id} is {trace.state} ({code}) in place of {' or '.join(sorted(allowed))}"
        else:
            yield None


def rising_tokens(history: History) -> Findings:
    """Claims are numbered 1, 2, 3; nobody sees a job go back to an earlier one, nor its step fall twice under one."""
    for trace in history.traces.values():
        claims = [move["attempt"] for move in trace.moves if move["to"] == "running"]
        attempts = [place.attempt for place in trace.places]
        if claims != list(range(1, len(claims) + 1)):
            yield f"{trace.id} was claimed in the order {claims}"
        elif trace.token not in (None, len(claims)):
            yield f"{trace.id} holds token {trace.token} after {len(claims)} claims"
        elif attempts != sorted(attempts):
            yield f"{trace.id} was seen in attempts {attempts}"
        else:
            yield _steps_that_fall(trace)


def _steps_that_fall(trace: Trace) -> str | None:
    """Once a claim is right: the trainer goes on from its checkpoint. A second time, somebody else wrote too."""
    for attempt in {place.attempt for place in trace.places}:
        steps = [place.step for place in trace.places if place.attempt == attempt]
        if sum(after < before for before, after in pairwise(steps)) > 1:
            return f"{trace.id} went back more than once in attempt {attempt}: {steps}"
    return None


def one_trainer(history: History) -> Findings:
    """No two trainers of a job live longer together than a lease and a margin, stopped processes not counted.

    A worker that is stopped beyond its lease cannot know that it lost its job, nor can one that is cut off from Redis.
    """
    longest = history.lease + GUARD_SECONDS
    for first, second in overlaps(history):
        both = Window(max(first.first, second.first), min(first.last, second.last))
        excused = [Window(start, end + longest) for start, end in _excuses(history, first, second)]
        seconds = max((end - start for start, end in _without(both, excused)), default=0.0)
        wrong = f"{first.job} was trained by {first.pid} and {second.pid} at once for {seconds:.1f} s"
        yield wrong if seconds > longest else None


def overlaps(history: History) -> Iterator[tuple[Life, Life]]:
    """Pairs of trainers of one job that were seen alive at the same time."""
    trainers = sorted((life for life in history.lives if life.job), key=lambda life: (life.job, life.first))
    for index, first in enumerate(trainers):
        for second in trainers[index + 1 :]:
            if second.job == first.job and second.first < first.last:
                yield first, second


def _excuses(history: History, *trainers: Life) -> list[Window]:
    concerned = {life.pid for life in trainers} | {life.parent for life in trainers}
    stops = [stop for life in history.lives if life.pid in concerned for stop in life.stops]
    return stops + history.outages.get("redis", [])


def _without(whole: Window, holes: list[Window]) -> Iterator[Window]:
    """What is left of a window."""
    start = whole.start
    for hole in sorted(holes):
        if hole.start > start:
            yield Window(start, min(hole.start, whole.end))
        start = max(start, hole.end)
        if start >= whole.end:
            return
    yield Window(start, whole.end)


def every_step_once(history: History) -> Findings:
    """A series is steps 1 to n, each once, and n is the step at which the undisturbed run ended."""
    for trace in history.traces.values():
        steps, whole = [step for step, _ in trace.series], len(history.references[trace.reference].series)
        told = trace.record["progress"]["step"] if trace.record else None
        if steps != list(range(1, len(steps) + 1)):
            yield f"{trace.id} has steps {_first_gap(steps)}"
        elif len(steps) != told:
            yield f"{trace.id} has {len(steps)} steps and says {told}"
        elif len(steps) > whole or (len(steps) < whole and trace.state != "cancelled"):
            yield f"{trace.id} is {trace.state} after {len(steps)} steps, the undisturbed run took {whole}"
        else:
            yield None


def _first_gap(steps: list[int]) -> str:
    wrong = next(index for index, step in enumerate(steps) if step != index + 1)
    return f"... {', '.join(map(str, steps[max(0, wrong - 2) : wrong + 2]))} ... at place {wrong + 1}"


def same_as_undisturbed(history: History) -> Findings:
    """The losses of every series, and the bytes of every finished model, are those of the undisturbed run."""
    for trace in history.traces.values():
        reference = history.references[trace.reference]
        yield next((_differs(trace, step, point, reference.series) for step, point in trace.series
                    if step > len(reference.series) or point != reference.series[step - 1]), None)  # fmt: skip
        if trace.state == "succeeded" and reference.weights and not trace.models:
            yield f"{trace.id} succeeded and has no model"
        for path, weights in trace.models.items():
            yield None if weights == reference.weights else f"{trace.id} has other weights: {path}"


def _differs(trace: Trace, step: int, point: Point, series: list[Point]) -> str:
    right = series[step - 1] if step <= len(series) else "none"
    return f"{trace.id} has {point} at step {step}, the undisturbed run {right}"


def nothing_lost(history: History) -> Findings:
    """Every accepted job is there at the end, and every point that a client was given is the final one of its step.

    A cancelled job may end before a point that it had shown: then the point is that of the undisturbed run.
    """
    for trace in history.traces.values():
        yield None if trace.record else f"{trace.id} was accepted and is gone"
        final = (
            dict(enumerate(history.references[trace.reference].series, 1))
            if trace.state == "cancelled"
            else {}
        )
        final |= dict(trace.series)
        for step, points in trace.seen.items():
            right = [point for point in points if point == final.get(step)]
            yield None if right == points else f"{trace.id} showed {points} at step {step}: {final.get(step)}"


def legal_moves(history: History) -> Findings:
    """The states of a job are a path through the table, without a gap."""
    for trace in history.traces.values():
        path = [(move["from"], move["to"]) for move in trace.moves]
        joined = all(before[1] == after[0] for before, after in pairwise(path))
        begun = path[:1] == [(None, "queued")] and path[-1][1] == trace.state
        yield None if begun and joined and set(path) <= MOVES else f"{trace.id} went {path}"


def cancelled_for_good(history: History) -> Findings:
    """A job whose cancel was answered 202 does not succeed."""
    for trace in history.traces.values():
        if trace.cancelled:
            yield (
                None if trace.state != "succeeded" else f"{trace.id} succeeded after its cancel was accepted"
            )


def nothing_left(history: History) -> Findings:
    """No process runs on after the stop, and no half-written file lies in the folder of a job that has ended."""
    yield f"still running: {history.leftovers}" if history.leftovers else None
    for trace in history.traces.values():
        yield f"{trace.id} left {trace.parts}" if trace.parts else None


def only_expected_failures(history: History) -> Findings:
    """Of the answers of 500 and more there is only 503, while what the request needs was away or just after."""
    yield from [None] * (history.answers - len(history.failures))
    for failure in history.failures:
        needed = RECOVERY if "/predict" in failure.request else {"redis", "api"}
        away = any(
            start - 1 <= failure.at <= end + RECOVERY[role]
            for role in needed
            for start, end in history.outages.get(role, [])
        )
        wrong = f"{failure.request} was answered {failure.status} at {failure.at:.1f} s"
        yield None if failure.status == 503 and away else wrong


INVARIANTS: dict[str, Callable[[History], Findings]] = {
    "I1": one_right_end,
    "I2": rising_tokens,
    "I3": one_trainer,
    "I4": every_step_once,
    "I5": same_as_undisturbed,
    "I6": nothing_lost,
    "I7": legal_moves,
    "I8": cancelled_for_good,
    "I9": nothing_left,
    "I10": only_expected_failures,
}
