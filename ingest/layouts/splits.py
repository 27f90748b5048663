"""The names that people give to the parts of a data set, and what is missing among them."""

import re
from collections.abc import Iterable

from ingest.sample import Split

NAMES: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "train_set": "train",
    "training_set": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "validation_set": "validation",
    "test": "test",
    "testing": "test",
    "t10k": "test",  # MNIST's
    "test_set": "test",
}
Settled = dict[Split | None, Split | None]


def named(name: str) -> Split | None:
    """The split that is meant by a folder, a cell of a table or the like."""
    return NAMES.get(name.strip().casefold())


def within(path: str) -> Split | None:
    """The split that a word in a file's name means, or else one of its folders."""
    words = (re.split(r"[-_. ]", part.casefold()) for part in reversed(path.split("/")))
    return next((NAMES[word] for part in words for word in part if word in NAMES), None)


def settle(found: Iterable[Split | None]) -> tuple[Settled, list[str]]:
    """What each split that an upload has is taken for, and notes on those that it lacks."""
    there = set(found)
    as_they_are: Settled = {split: split for split in there}
    if there == {None}:
        return as_they_are, []
    if not there & {"train", None}:
        names = " and ".join(sorted(map(str, there)))
        return dict.fromkeys(there), [f"There is only {names}, and no train split: all of it is split anew."]
    if "validation" in there and "test" not in there:
        return {**as_they_are, "validation": "test"}, [
            "There is no test split: the validation split is tested on."
        ]
    return as_they_are, []
