"""The names of classes: which are taken, and in which order."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable

from ingest.archives.names import shown
from ingest.errors import LabelsRefused

MOST_CHARACTERS, MOST_CLASSES = 200, 10_000
# Controls, formats (they can turn what follows round), lone surrogates, private and unassigned, line ends.
UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
JOINERS = "\u200c\u200d"  # part of words in Persian and many Indian scripts, and of emoji
NUMBER = re.compile(r"-?[0-9]{1,18}")


def tidy(label: str) -> str:
    """In one Unicode normalisation, without spaces around it."""
    return label.strip() if label.isascii() else unicodedata.normalize("NFC", label).strip()


def wrong(label: str) -> str | None:
    """Why it cannot be the name of a class."""
    if not label:
        return "it is empty"
    if len(label) > MOST_CHARACTERS:
        return f"it has more than {MOST_CHARACTERS} characters"
    if label.isprintable():
        return None
    signs = (sign for sign in label if sign not in JOINERS)
    return "it cannot be printed" if any(unicodedata.category(s) in UNPRINTABLE for s in signs) else None


def ordered(labels: Iterable[str]) -> tuple[str, ...]:
    """By name; as numbers where all are."""
    found = set(labels)
    if all(NUMBER.fullmatch(label) for label in found):
        return tuple(sorted(found, key=lambda label: (int(label), label)))
    return tuple(sorted(found))


def check(classes: Collection[str]) -> list[str]:
    """Notes on labels that look alike. LabelsRefused."""
    if not 2 <= len(classes) <= MOST_CLASSES:
        raise LabelsRefused(
            f"The upload has {len(classes):,} classes"
            + (f", {shown(next(iter(classes)))}." if classes else "."),
            f"A data set has 2 to {MOST_CLASSES:,} classes.",
        )
    for label in classes:
        if why := wrong(label):
            raise LabelsRefused(f"The class {shown(label)} is refused: {why}.", "Give it another name.")
    if len(set(classes)) < len(classes):
        raise LabelsRefused("Two classes have the same name.")
    same = defaultdict(list)
    for label in classes:
        same[label.casefold()].append(shown(label))
    return [
        f"{' and '.join(alike)} are different classes that differ only by case."
        for alike in same.values()
        if len(alike) > 1
    ]
