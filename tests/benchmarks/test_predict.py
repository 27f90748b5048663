"""The arithmetic of a contest of servers; who wins is never asserted."""

from contextlib import nullcontext

from benchmarks.predict import CLIENTS, _overhead, _points, _ratios
from benchmarks.questions import Answers
from benchmarks.served import DOCUMENTED, TUNED, Place, Server

OURS, HARE, TORTOISE, SNAIL = (
    Server(name, kind, lambda: nullcontext(Place(0, "/")))
    for name, kind in (("ours", ""), ("hare", TUNED), ("tortoise", TUNED), ("snail", DOCUMENTED))
)


def rounds(*answers: int) -> list[Answers]:
    """Of two seconds each."""
    return [Answers(2.0, [float(number) for number in range(1, count + 1)], 0) for count in answers]


def test_each_round_is_held_against_the_fastest_peer_of_that_round() -> None:
    raced = {OURS: rounds(40, 60), HARE: rounds(20, 10), TORTOISE: rounds(10, 20), SNAIL: rounds(4, 4)}
    turns = {(server, clients): answers for server, answers in raced.items() for clients in CLIENTS}
    tuned, documented = (
        [figure for figure in _ratios(turns, OURS) if kind in figure.what] for kind in (TUNED, DOCUMENTED)
    )
    assert [figure.values for figure in tuned] == [[2.0]] * len(CLIENTS)  # of 40 / 20 and 60 / 20
    assert [figure.values for figure in documented] == [[10.0]] * len(CLIENTS)


def test_percentiles_are_of_all_rounds_together() -> None:
    speed, p50, p99 = _points({(OURS, 8): rounds(10, 100)})
    assert (speed.values, p50.values, p99.values) == ([5.0], [45.0], [99.0])
    assert list(_overhead(rounds(11), [4.0]).values) == [2.0]
