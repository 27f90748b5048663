"""Pictures anywhere in the archive, and a table that says what each one is."""

import csv
import io
import json
import posixpath
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.archives.archive import Archive, Member
from ingest.archives.names import shown
from ingest.errors import ArchiveDamaged, LayoutUnknown, LimitExceeded
from ingest.layouts.debris import debris, is_picture
from ingest.layouts.labels import check, ordered, tidy, wrong
from ingest.layouts.splits import named, settle, within
from ingest.limits import Limits
from ingest.sample import Sample, Split
from ingest.source import Fault

PATHS = ("path", "file", "file_name", "filename", "image")
LABELS = ("label", "class", "category", "target")
SPLIT = "split"
DELIMITERS = {".csv": ",;\t", ".tsv": "\t"}  # a spreadsheet writes ; where the comma is for decimals
BEST = ("metadata", "labels")
MOST_LINE = 1 << 17  # characters of JSON, which can take fifty times the memory; csv has the same for a cell
Row = dict[str, object] | str  # by column, or what is wrong with it


@dataclass(slots=True)
class Rows:
    """What the tables say of the pictures, and which of their lines are of no use."""

    meant: dict[str, tuple[str, Split | None]] = field(default_factory=dict)  # label and split, by path
    faults: list[Fault] = field(default_factory=list)
    lines: int = 0

    def fault(self, where: str, code: str, why: str) -> None:
        self.faults.append(Fault(where, code, f"The line {shown(where)} is of no use: {why}."))


class Table:
    def __init__(self, archive: Archive, rows: Rows, ignored: list[tuple[str, str]]) -> None:
        self._archive, self._rows, self.ignored = archive, rows, ignored
        self._members = [member for member in archive.members if member.path in rows.meant]
        self._settled, notes = settle(split for _, split in rows.meant.values())
        self.classes = ordered({label for label, _ in rows.meant.values()})
        self.notes = notes + check(self.classes)
        self.count = len(rows.faults) + len(self._members)

    def __iter__(self) -> Iterator[Sample | Fault]:
        yield from self._rows.faults
        for member, content in self._archive.contents(self._members):
            label, split = self._rows.meant[member.path]
            yield (
                content
                if isinstance(content, Fault)
                else Sample(member.path, label, self._settled[split], content)
            )


def read(archive: Archive, limits: Limits) -> Table | str:
    found = [m for m in archive.members if _suffix(m) in READERS and not debris(m.path)]
    tables = _chosen([member for member in found if _has_columns(archive, member)])
    if not tables:
        return (
            f"No table, such as {shown(found[0].path)}, has the columns file_name and label." if found else ""
        )
    rows, there = Rows(), {_composed(member.path): member for member in archive.members}
    for member in tables:
        for line, row in _parse(archive, member, "strict"):
            rows.lines += 1
            if rows.lines > limits.entries:
                raise LimitExceeded(f"The table {shown(member.path)} has more than {limits.entries:,} lines.")
            _take(rows, row, f"{member.path}:{line}", member, there)
    names = " and ".join(shown(member.path) for member in tables)
    if not rows.meant:
        reason = f" {rows.faults[0].message}" if rows.faults else ""
        return f"The table {names} names no picture in the archive.{reason}"
    return Table(archive, rows, list(_ignored(archive, tables, rows, names)))


def _chosen(usable: list[Member]) -> list[Member]:
    """Of several tables those with the best names, or else those named as splits."""
    for better in (lambda m: _stem(m) in BEST, lambda m: within(_stem(m))):
        if len(usable) > 1 and (best := [member for member in usable if better(member)]):
            return best
    if len(usable) > 1:
        names = ", ".join(shown(member.path) for member in usable[:10])
        raise LayoutUnknown(f"There are several tables: {names}.", "Name the one that counts metadata.csv.")
    return usable


def _has_columns(archive: Archive, member: Member) -> bool:
    first = next((row for _, row in _parse(archive, member, "replace") if isinstance(row, dict)), {})
    return _column(first, PATHS) is not None and _column(first, LABELS) is not None


def _parse(archive: Archive, member: Member, errors: str) -> Iterator[tuple[int, Row]]:
    """Each line with its number. ArchiveDamaged, LimitExceeded."""
    file = io.TextIOWrapper(io.BytesIO(archive.read(member)), "utf-8-sig", errors, newline="")
    try:
        yield from READERS[_suffix(member)](file, member)
    except UnicodeDecodeError as error:
        raise ArchiveDamaged(f"The table {shown(member.path)} is not UTF-8.", "Save it as UTF-8.") from error


def _delimited(file: io.TextIOWrapper, member: Member) -> Iterator[tuple[int, Row]]:
    """RFC 4180, the column names in its first line. Empty lines are none."""
    header = file.readline()
    file.seek(0)
    delimiter = max(DELIMITERS[_suffix(member)], key=header.count)
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    columns: list[str] = []
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, f"it cannot be read: {error}"
            continue
        if not columns:
            columns = [cell.strip().casefold() for cell in cells]
        elif len(cells) == len(columns):
            yield reader.line_num, dict(zip(columns, cells, strict=True))
        elif cells:
            yield reader.line_num, f"it has {len(cells)} cells; there are {len(columns)} columns"


def _json_lines(file: io.TextIOWrapper, member: Member) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        if len(line) > MOST_LINE:
            yield number, f"it has more than {MOST_LINE:,} characters"
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            yield number, "it is not JSON"
            continue
        if isinstance(row, dict):
            yield number, {name.strip().casefold(): value for name, value in row.items()}
        else:
            yield number, "it is not a JSON object"


READERS = {".csv": _delimited, ".tsv": _delimited, ".jsonl": _json_lines}


def _take(rows: Rows, row: Row, where: str, table: Member, there: dict[str, Member]) -> None:
    if isinstance(row, str):
        rows.fault(where, "bad_line", row)
        return
    path, label, split = _cell(row, PATHS), tidy(_cell(row, LABELS)), _cell(row, (SPLIT,)).strip()
    member, which = _find(path, table, there), named(split) if split else _split_of(table)
    if member is None:
        rows.fault(where, "missing_file", f"there is no {shown(path)} in the archive")
    elif member.path in rows.meant:
        rows.fault(where, "repeated_file", f"a line before it names {shown(path)} too")
    elif why := wrong(label):
        rows.fault(where, "bad_label", f"its label is refused, as {why}")
    elif split and which is None:
        rows.fault(where, "bad_split", f"{shown(split)} is not train, val or test")
    else:
        rows.meant[member.path] = (label, which)


def _column(row: dict[str, object], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in row), None)


def _cell(row: dict[str, object], names: tuple[str, ...]) -> str:
    """Text and whole numbers; empty for what is neither, or not there."""
    column = _column(row, names)
    value = row[column] if column else None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _find(path: str, table: Member, there: dict[str, Member]) -> Member | None:
    """Beside the table, or else from the archive's root."""
    path = posixpath.normpath(_composed(path.replace("\\", "/")))
    return there.get(posixpath.join(_composed(posixpath.dirname(table.path)), path)) or there.get(path)


def _composed(path: str) -> str:
    """A Mac writes accents into archives as signs of their own, and into tables as part of their letters."""
    return unicodedata.normalize("NFC", path)


def _ignored(archive: Archive, tables: list[Member], rows: Rows, names: str) -> Iterator[tuple[str, str]]:
    for member in archive.members:
        if member.path in rows.meant or member in tables:
            continue
        other = (
            f"no line of {names} names it" if is_picture(member.path) else "it is not a picture by its name"
        )
        yield member.path, debris(member.path) or other


def _split_of(table: Member) -> Split | None:
    """train.csv, or a metadata.csv in the folder of a split."""
    return within(_stem(table)) or named(posixpath.basename(posixpath.dirname(table.path)))


def _suffix(member: Member) -> str:
    return posixpath.splitext(member.path)[1].lower()


def _stem(member: Member) -> str:
    return posixpath.splitext(posixpath.basename(member.path))[0].lower()
