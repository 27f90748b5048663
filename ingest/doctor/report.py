"""What is wrong with an upload, for whoever sent it: what was left out and why, and what else should be known."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.doctor.checks import CHECKS, Severity
from ingest.pool import Decoded
from ingest.row import Row
from ingest.sample import Split
from ingest.source import Fault, Source
from model.data.packed import REPORT
from model.durable import write_whole

EXAMPLES = 100  # files or groups that are listed of each kind; all are counted
FEW = 10  # training images, below which a class is hardly learned
UNEVEN = 10  # times the images of the smallest class that the largest has
SIDES = (32, 64, 128, 256, 512, 1024, 2048)  # edges of the histogram of shorter sides
# Why pictures are left out. Codes that are not here are explained by the message of their first file.
LEFT_OUT = {
    "empty": "These files hold no bytes. Copy them again from where they came from.",
    "not_an_image": "These files are no JPEG, PNG, WebP, BMP or GIF. Convert them, or take them out.",
    "image_truncated": "These pictures are cut short or damaged. Copy them again from where they came from.",
    "image_too_large": "These pictures have more pixels than are taken. Send them smaller.",
    "took_too_long": "These pictures could not be decoded in the time that one may take. Save them anew, or smaller.",
    "crashed": "These pictures ended the process that decoded them. Save them anew, or take them out.",
    "duplicate": "These have the same bytes as a picture that was kept.",
    "conflicting_labels": "These have the same bytes as pictures of another class. Decide which class is right.",
}


@dataclass(slots=True)
class Finding:
    code: str
    severity: Severity
    message: str
    count: int = 0
    examples: list[str] = field(default_factory=list)  # the first paths, or what else it is about
    groups: list[list[str]] = field(
        default_factory=list
    )  # the first, where it is about several pictures together

    def add(self, example: str) -> None:
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(example)


class Report:
    """Hears of every sample; what is asked of all together comes at the end. Then `write`."""

    def __init__(self, image_size: int, classes: tuple[str, ...]) -> None:
        self.image_size, self.classes = image_size, classes
        self.samples, self.gray = 0, 0
        self._left_out: dict[str, list[dict[str, str]]] = defaultdict(list)
        self._left_out_counts: Counter[str] = Counter()
        self._checks = {check.code: Finding(check.code, check.severity, check.message) for check in CHECKS}
        self._findings: list[Finding] = []
        self._rest: dict[str, Any] = {}

    @property
    def left_out(self) -> int:
        return self._left_out_counts.total()

    def hear(self, result: Decoded | Fault) -> None:
        self.samples += 1
        if isinstance(result, Fault):
            self.leave_out(result)
            return
        self.gray += result.gray
        for check in CHECKS:
            if check.holds(result.facts, result.sample.path, self.image_size):
                self._checks[check.code].add(result.sample.path)

    def leave_out(self, fault: Fault) -> None:
        self._left_out_counts[fault.code] += 1
        files = self._left_out[fault.code]
        if len(files) < EXAMPLES:
            files.append({"path": fault.path, "message": fault.message})

    def compare(self, rows: Sequence[Row], same: Sequence[list[int]], near: Sequence[list[int]]) -> None:
        """Groups of numbers of rows: with the same bytes, and nearly the same pictures."""
        conflicts = [group for group in same if len({rows[n].label for n in group}) > 1]
        self._group(
            "duplicates",
            "warning",
            "The same bytes more than once count more than others. Set duplicates to drop to keep one of each.",
            rows,
            same,
        )
        self._group(
            "duplicates_with_different_labels",
            "error",
            "The same bytes in more than one class cannot be learned. Decide which class is right; duplicates: drop "
            "leaves them out.",
            rows,
            conflicts,
        )
        self._group(
            "near_duplicates",
            "note",
            "Nearly the same picture: saved again, resized, or brightened. Take out what is not wanted; a split that "
            "is drawn here keeps each group on one side.",
            rows,
            near,
        )

    def divide(self, rows: Sequence[Row], splits: Sequence[Split], groups: Sequence[list[int]]) -> None:
        leaks = [group for group in groups if len({splits[n] for n in group}) > 1]
        self._group(
            "leakage",
            "error",
            "The same picture or nearly is trained on and tested on: results will look better than they are. Take "
            "them out of one side, or send no test split.",
            rows,
            leaks,
        )
        sides = np.array([(row.width, row.height) for row in rows], np.int64).reshape(-1, 2)
        self._rest["classes"] = _classes(self.classes, rows, splits)
        self._rest["sizes"] = _sizes(sides)
        self._balance(self._rest["classes"])

    def write(self, folder: Path, used: int, source: Source) -> None:
        ignored = source.ignored
        findings = [*self._findings, *self._checks.values()]
        body = {
            "counts": {
                "samples": self.samples,
                "used": used,
                "left_out": self.left_out,
                "ignored": len(ignored),
            },
            "left_out": [
                {
                    "code": code,
                    "message": LEFT_OUT.get(code, files[0]["message"]),
                    "count": count,
                    "files": files,
                }
                for code, count in self._left_out_counts.most_common()
                for files in [self._left_out[code]]
            ],
            "findings": [asdict(finding) for finding in findings if finding.count],
            **self._rest,
            "colours": {"gray": self.gray},
            "ignored": [{"path": path, "message": why} for path, why in ignored[:EXAMPLES]],
            "notes": source.notes,
        }
        write_whole(folder / REPORT, json.dumps(body).encode())

    def _group(
        self, code: str, severity: Severity, message: str, rows: Sequence[Row], groups: Sequence[list[int]]
    ) -> None:
        """Counts the groups."""
        listed = [[rows[number].path for number in group[:EXAMPLES]] for group in groups[:EXAMPLES]]
        self._findings.append(Finding(code, severity, message, len(groups), groups=listed))

    def _balance(self, classes: Sequence[dict[str, Any]]) -> None:
        few = Finding(
            "few_images", "warning", f"Classes with fewer than {FEW} training images. Send more of them."
        )
        untested = Finding(
            "not_tested", "warning", "Classes without test images: nothing is known about them."
        )
        for each in classes:
            if each["train"] < FEW:
                few.add(each["name"])
            if not each["test"]:
                untested.add(each["name"])
        trained = [each["train"] for each in classes] or [0]
        ratio = max(trained) / max(1, min(trained))
        self._rest["imbalance"] = round(ratio, 2)
        uneven = Finding(
            "imbalance",
            "warning",
            f"The largest class has {ratio:.0f} times the training images of the smallest: the smallest may never be "
            "predicted. Send more of it.",
            int(ratio >= UNEVEN),
        )
        self._findings += [few, untested, uneven]


def _classes(names: Sequence[str], rows: Sequence[Row], splits: Sequence[Split]) -> list[dict[str, Any]]:
    counts = Counter((row.label, split) for row, split in zip(rows, splits, strict=True))
    return [
        {"name": name, **{split: counts[name, split] for split in ("train", "validation", "test")}}
        for name in names
    ]


def _sizes(sides: NDArray[np.int64]) -> dict[str, Any]:
    """Pixels; how many pictures have a shorter side of so many, up to the next edge."""
    if not len(sides):
        return {}
    places = np.searchsorted(SIDES, sides.min(axis=1), side="right")
    counts = np.bincount(places, minlength=len(SIDES) + 1).tolist()
    spread = {
        name: {"min": int(values.min()), "median": float(np.median(values)), "max": int(values.max())}
        for name, values in (("width", sides[:, 0]), ("height", sides[:, 1]))
    }
    shorter = [{"from": edge, "count": count} for edge, count in zip((0, *SIDES), counts, strict=True)]
    return {**spread, "shorter_side": shorter}
