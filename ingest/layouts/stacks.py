"""Pictures that are elements of arrays, with their labels: what IDX files and NumPy's have in common."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.archives.names import shown
from ingest.errors import ArchiveDamaged, LayoutUnknown, LimitExceeded
from ingest.layouts.labels import check, ordered
from ingest.layouts.pixels import Pixels
from ingest.layouts.splits import settle
from ingest.limits import Limits
from ingest.sample import Sample, Split
from ingest.source import Fault


@dataclass(frozen=True, slots=True)
class Stack:
    pixels: Pixels
    labels: Sequence[str]
    split: Split | None


class Stacks:
    """LayoutUnknown, LimitExceeded, LabelsRefused, ArchiveDamaged."""

    def __init__(self, stacks: list[Stack], ignored: list[tuple[str, str]], limits: Limits) -> None:
        for stack in stacks:
            if len(stack.labels) != stack.pixels.count:
                raise ArchiveDamaged(
                    f"The entry {shown(stack.pixels.member.path)} has {stack.pixels.count:,} pictures and "
                    f"{len(stack.labels):,} labels.",
                    "Send as many labels as pictures.",
                )
        for split, number in Counter(stack.split for stack in stacks).items():
            if number > 1:
                raise LayoutUnknown(
                    f"There are {number} files of {split or 'all'} images.", "Send one data set at a time."
                )
        self._stacks, self.ignored = stacks, ignored
        self._settled, notes = settle(stack.split for stack in stacks)
        self.count = sum(stack.pixels.count for stack in stacks)
        if self.count > limits.entries:
            raise LimitExceeded(f"The upload has {self.count:,} pictures; {limits.entries:,} is the most.")
        self.classes = ordered({label for stack in stacks for label in stack.labels})
        self.notes = notes + check(self.classes)

    def __iter__(self) -> Iterator[Sample | Fault]:
        for stack in self._stacks:
            path, split = stack.pixels.member.path, self._settled[stack.split]
            for number, (label, picture) in enumerate(zip(stack.labels, stack.pixels, strict=True)):
                yield Sample(f"{path}#{number}", label, split, picture)
