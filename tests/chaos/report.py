"""docs/chaos.md: what one run did and what was checked. Every figure in it comes from that run."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from benchmarks import machine
from tests.chaos import invariants
from tests.chaos.faults import FAULTS
from tests.chaos.history import History, Trace

HEAD = """# Whatever is killed

An accepted job always reaches its one right end, and an interrupted run ends with the same weights as an
uninterrupted one. `{command}` tries to prove it wrong: it starts the real service (`python -m stack`, and
{workers} further workers on the same Redis and data folder), posts short jobs of several kinds, and all the time kills,
stops and terminates its processes, and pauses, resumes and cancels the jobs. Then it holds what was seen from outside
against the invariants below (`tests/chaos/invariants.py`), each of which is shown to find a planted violation
(`tests/test_invariants.py`). This page is written by the run.

The seed fixes the jobs and the sequence of faults, each with its target and the pause after it. It does not fix how
the processes of a machine take turns: the same seed meets other moments each time.
"""


def lines(
    history: History, command: str, workers: int, findings: Mapping[str, Sequence[str | None]]
) -> Iterator[str]:
    yield HEAD.format(command=command, workers=workers)
    yield from _table(("what", "figure"), _figures(history, command))
    yield from _section("Invariants", ("", "invariant", "checked", "violations"), _judged(findings))
    kinds = Counter(trace.reference.rpartition(" ")[0] for trace in history.traces.values())
    ends = {kind: _ends(history, kind) for kind in kinds}
    jobs = [(kind, str(kinds[kind]), ends[kind]) for kind in sorted(kinds)]
    yield from _section("Jobs", ("kind", "jobs", "ends"), jobs)
    faults = [(name, str(history.faults.get(name, 0)), str(history.missed.get(name, 0))) for name in FAULTS]
    yield from _section("Faults", ("fault", "hit", "found nobody"), faults)


def _figures(history: History, command: str) -> Iterator[tuple[str, str]]:
    facts = machine.facts()
    traces = list(history.traces.values())
    moves = Counter((move["from"], move["to"]) for trace in traces for move in trace.moves)
    yield "date", datetime.now().astimezone().date().isoformat()
    yield "hardware", "{cpu}, {cores} cores, {ram_gib} GiB, {os}".format(**facts)
    yield "versions", "Python {python}, torch {torch}, {redis}".format(**facts)
    yield "command", f"`{command}`"
    yield "seed", str(history.seed)
    yield "time from the first fault to the end of the last job", f"{history.seconds:,.0f} s"
    yield "jobs accepted", f"{len(traces):,}"
    yield "faults that hit", f"{sum(history.faults.values()):,}"
    yield "claims", f"{sum(to == 'running' for trace in traces for to in _states(trace)):,}"
    yield "claims that went on in the middle of a series", f"{sum(map(_continued, traces)):,}"
    yield "jobs claimed more than once", f"{sum(_states(trace).count('running') > 1 for trace in traces):,}"
    yield "resumed by a client", f"{moves['paused', 'queued']:,}"
    yield "workers that took jobs over from one another", f"{_takeovers(traces):,} times"
    yield (
        "leases lost after the faults had ceased",
        f"{sum(_is_late_loss(history, move) for trace in traces for move in trace.moves):,}",
    )
    yield "processes seen", _counts(Counter(life.role for life in history.lives if life.role != "other"))
    yield "trainers of one job seen alive together", f"{sum(1 for _ in invariants.overlaps(history)):,} pairs"
    yield "points shown to the poller", f"{sum(len(trace.seen) for trace in traces):,}"
    yield "answers of the API", f"{history.answers:,}, of which {len(history.failures):,} were 503 or worse"
    if events := Counter(
        event["event"] for trace in traces for event in (trace.record or {}).get("events") or ()
    ):
        yield "events of the jobs", _counts(events)


def _is_late_loss(history: History, move: Mapping[str, Any]) -> bool:
    """So late that no fault can be the reason: a worker took too long over something."""
    late = history.quiet_since + history.lease + invariants.GUARD_SECONDS
    return "fell silent" in move["reason"] and datetime.fromisoformat(move["at"]).timestamp() > late


def _judged(findings: Mapping[str, Sequence[str | None]]) -> Iterator[tuple[str, str, str, str]]:
    for name, found in findings.items():
        sentence = str(invariants.INVARIANTS[name].__doc__).partition("\n\n")[0]
        violations = len(found) - found.count(None)
        yield name, " ".join(sentence.split()), f"{len(found):,}", f"{violations:,}"


def _continued(trace: Trace) -> int:
    """Later claims whose first step that was shown is neither the first nor the last of the series."""
    lowest: dict[int, int] = {}
    for place in trace.places:
        lowest[place.attempt] = min(place.step, lowest.get(place.attempt, place.step))
    return sum(attempt > 1 and 0 < step < len(trace.series) for attempt, step in lowest.items())


def _takeovers(traces: Sequence[Trace]) -> int:
    """Claims of a job by another worker than the one before."""
    by = [[move["reason"] for move in trace.moves if move["to"] == "running"] for trace in traces]
    return sum(before != after for claims in by for before, after in pairwise(claims))


def _states(trace: Trace) -> list[str]:
    return [move["to"] for move in trace.moves]


def _ends(history: History, kind: str) -> str:
    mine = [trace for trace in history.traces.values() if trace.reference.rpartition(" ")[0] == kind]
    return _counts(Counter(trace.state for trace in mine))


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counted.most_common())


def _section(
    title: str, head: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]
) -> Iterator[str]:
    yield f"\n## {title}\n"
    yield from _table(head, rows)


def _table(head: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"
