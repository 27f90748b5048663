"""Pictures with the same bytes: which there are, and which of them stay."""

from collections import defaultdict
from collections.abc import Sequence

from ingest.row import Row
from ingest.source import Fault

FIRST = ("test", "validation", "train")  # to stay: a test set that shrinks is the greater loss


def same(rows: Sequence[Row]) -> list[list[int]]:
    """Numbers of rows, in groups of two or more."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        found[row.sha256].append(number)
    return [group for group in found.values() if len(group) > 1]


def surplus(rows: Sequence[Row], groups: Sequence[Sequence[int]]) -> dict[int, Fault]:
    """Those that do not stay: all but one of each group, and all where their labels differ."""
    faults: dict[int, Fault] = {}
    for group in groups:
        if len({rows[number].label for number in group}) > 1:
            faults |= {n: _fault(rows[n], "conflicting_labels", rows[_other(group, n)]) for n in group}
        else:
            stays = min(group, key=lambda n: (FIRST.index(rows[n].split or "train"), rows[n].path))
            faults |= {n: _fault(rows[n], "duplicate", rows[stays]) for n in group if n != stays}
    return faults


def _other(group: Sequence[int], number: int) -> int:
    return group[1] if number == group[0] else group[0]


def _fault(row: Row, code: str, other: Row) -> Fault:
    return Fault(row.path, code, f"the same bytes as {other.path}")
