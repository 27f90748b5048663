"""Which pictures are trained on and which are tested on, where the upload does not say."""

import hashlib
from collections import Counter
from collections.abc import Sequence

from ingest.row import Row
from ingest.sample import Split


def split(rows: Sequence[Row], groups: Sequence[Sequence[int]], share: float, seed: int) -> list[Split]:
    """The split of each row. Where none is "test", `share` of each class becomes it, drawn by `seed`.

    `groups` are numbers of rows that are the same picture or nearly: all of a group fall to one side. Each class keeps
    a training image. A row's side depends on no order of the rows.
    """
    given: list[Split] = [row.split or "train" for row in rows]
    if "test" in given:
        return given
    together = {member: group for group in groups for member in group}
    units = {tuple(together.get(number, (number,))) for number in range(len(rows))}
    free = [unit for unit in units if all(given[member] == "train" for member in unit)]
    test = _drawn(rows, sorted(free, key=lambda unit: _lot(rows, unit, seed)), share)
    return ["test" if number in test else side for number, side in enumerate(given)]


def _lot(rows: Sequence[Row], unit: tuple[int, ...], seed: int) -> bytes:
    first = min(rows[member].path for member in unit)
    return hashlib.sha256(f"{seed}/{first}".encode(errors="surrogatepass")).digest()


def _drawn(rows: Sequence[Row], units: Sequence[tuple[int, ...]], share: float) -> set[int]:
    """Units in their order as far as each class has room; then the smallest for a class that got none."""
    sizes = Counter(rows[member].label for unit in units for member in unit)
    wanted = {label: min(max(1, round(share * size)), size - 1) for label, size in sizes.items()}
    drawn: set[int] = set()
    taken: Counter[str] = Counter()
    for limits in (wanted, {label: size - 1 for label, size in sizes.items()}):
        late = limits is not wanted
        for unit in sorted(units, key=len) if late else units:
            labels = Counter(rows[member].label for member in unit)
            if late and all(taken[label] for label in labels):
                continue
            if drawn.isdisjoint(unit) and all(
                taken[label] + n <= limits[label] for label, n in labels.items()
            ):
                drawn.update(unit)
                taken += labels
    return drawn
