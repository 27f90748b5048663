"""Parquet files with the pictures in them, as Hugging Face keeps data sets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest.archives.archive import Archive, Member, most_bytes, too_large
from ingest.archives.names import shown
from ingest.errors import ArchiveDamaged, LayoutUnknown, LimitExceeded
from ingest.layouts.debris import debris
from ingest.layouts.labels import check, ordered, tidy, wrong
from ingest.layouts.splits import settle, within
from ingest.limits import Limits
from ingest.sample import Sample, Split
from ingest.source import Fault

IMAGES = ("image", "img", "picture")
LABELS = ("label", "labels", "class", "category", "target", "fine_label")
BATCH = 64  # rows; so many pictures are in memory at once
MOST_BATCH = 256 << 20  # bytes; a batch has fewer rows where pictures could be large


@dataclass(frozen=True, slots=True)
class File:
    member: Member
    split: Split | None
    images: tuple[str, str | None]  # the column, and the field of it that has the bytes
    label: str  # the column
    names: tuple[str, ...] | None  # of classes by their numbers
    rows: int
    labels: frozenset[str]  # that rows have


class Parquet:
    def __init__(
        self, archive: Archive, files: list[File], ignored: list[tuple[str, str]], limits: Limits
    ) -> None:
        self._archive, self._files, self.ignored, self._limits = archive, files, ignored, limits
        names = {file.names for file in files}
        if len(names) > 1:
            raise LayoutUnknown("The .parquet files name different classes.", "Send one data set at a time.")
        self._settled, notes = settle(file.split for file in files)
        self.count = sum(file.rows for file in files)
        if self.count > limits.entries:
            raise LimitExceeded(f"The upload has {self.count:,} pictures; {limits.entries:,} is the most.")
        self.classes = names.pop() or ordered(label for file in files for label in file.labels)
        self.notes = notes + check(self.classes)

    def __iter__(self) -> Iterator[Sample | Fault]:
        for file in self._files:
            columns = [".".join(filter(None, file.images)), file.label]
            row, unpacked, most = 0, 0, most_bytes(self._limits, file.member.size)
            for batch in _batches(self._archive, file.member, columns):
                unpacked += batch.nbytes
                if unpacked > most:
                    raise too_large(file.member.path, most)
                for content, label in zip(_contents(batch, file), batch.column(file.label), strict=True):
                    yield self._sample(file, row, content.as_py(), label.as_py())
                    row += 1
            if row != file.rows:
                raise ArchiveDamaged(
                    f"The file {shown(file.member.path)} has {row:,} rows and says {file.rows:,}."
                )

    def _sample(self, file: File, row: int, content: bytes | None, label: int | str | None) -> Sample | Fault:
        path, name = f"{file.member.path}#{row}", _name(label, file.names)
        if name is None:
            return Fault(
                path,
                "bad_label",
                f"The row {shown(path)} has the label {shown(str(label))}, which names no class.",
            )
        if content is None:
            return Fault(path, "no_picture", f"The row {shown(path)} has no picture in it.")
        if len(content) > self._limits.entry_bytes:
            return Fault(
                path, "limit_exceeded", f"The picture of the row {shown(path)} has {len(content):,} bytes."
            )
        return Sample(path, name, self._settled[file.split], content)


def read(archive: Archive, limits: Limits) -> Parquet | str:
    found = [m for m in archive.members if m.path.lower().endswith(".parquet") and not debris(m.path)]
    if not found:
        return ""
    ignored = [(m.path, "it is not a .parquet file") for m in archive.members if m not in found]
    files = []
    for member in found:
        file = _inspect(archive, member, limits)
        if isinstance(file, str):
            return file
        if file.labels:
            files.append(file)
        else:
            ignored.append((member.path, "none of its rows has a label"))
    return Parquet(archive, files, ignored, limits) if files else "No row of the .parquet files has a label."


def _inspect(archive: Archive, member: Member, limits: Limits) -> File | str:
    with _opened(archive, member) as parquet:
        schema, rows = parquet.schema_arrow, parquet.metadata.num_rows
        groups = [parquet.metadata.row_group(index) for index in range(parquet.metadata.num_row_groups)]
        unpacked, most = sum(group.total_byte_size for group in groups), most_bytes(limits, member.size)
    if rows > limits.entries:
        raise LimitExceeded(
            f"The file {shown(member.path)} has {rows:,} rows; {limits.entries:,} is the most."
        )
    if unpacked > most:
        raise too_large(member.path, most)
    columns = _columns(schema, member)
    if isinstance(columns, str):
        return columns
    images, label = columns
    names = _class_names(schema, label)
    found = (
        value
        for batch in _batches(archive, member, [label])
        for value in batch.column(0).unique().to_pylist()
    )
    labels = frozenset(name for value in found if (name := _name(value, names)) is not None)
    return File(member, within(member.path), images, label, names, rows, labels)


@contextmanager
def _opened(archive: Archive, member: Member) -> Iterator[Any]:
    with archive.random(member) as file:
        try:
            with pq.ParquetFile(file, page_checksum_verification=True) as parquet:
                yield parquet
        except (pa.ArrowException, KeyError, TypeError) as error:
            raise ValueError(str(error)) from error  # which `random` turns into ArchiveDamaged


def _batches(archive: Archive, member: Member, columns: list[str]) -> Iterator[Any]:
    with _opened(archive, member) as parquet:
        for index in range(parquet.metadata.num_row_groups):
            largest = parquet.metadata.row_group(index).total_byte_size
            rows = max(1, min(BATCH, MOST_BATCH // max(1, largest)))
            yield from parquet.iter_batches(rows, [index], columns, use_threads=False)


def _columns(schema: Any, member: Member) -> tuple[tuple[str, str | None], str] | str:
    """The images' column with its field, and the labels'; or what is missing."""
    image = next(
        (name for name in IMAGES if name in schema.names and _bytes_of(schema.field(name).type)), None
    )
    label = next(
        (name for name in LABELS if name in schema.names and _is_label(schema.field(name).type)), None
    )
    if image is None:
        return f"The file {shown(member.path)} has no column image, which is binary or a struct with bytes."
    if label is None:
        return f"The file {shown(member.path)} has no column label, which is integers or strings."
    return (image, "bytes" if pa.types.is_struct(schema.field(image).type) else None), label


def _bytes_of(kind: Any) -> bool:
    if pa.types.is_struct(kind):
        return any(field.name == "bytes" and _bytes_of(field.type) for field in kind)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _is_label(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _class_names(schema: Any, label: str) -> tuple[str, ...] | None:
    """From what `datasets` writes: {"info": {"features": {"label": {"_type": "ClassLabel", "names": [...]}}}}."""
    try:
        feature = json.loads(schema.metadata[b"huggingface"])["info"]["features"][label]
        names = feature["names"] if feature["_type"] == "ClassLabel" else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return tuple(tidy(str(name)) for name in names) if isinstance(names, list) else None


def _name(label: int | str | None, names: tuple[str, ...] | None) -> str | None:
    """Of the class; None where there is none: data sets have -1 in test splits whose labels are secret."""
    if names is not None and isinstance(label, int):
        return names[label] if 0 <= label < len(names) else None
    name = "" if label is None else tidy(str(label))
    return None if wrong(name) or (names is not None and name not in names) else name


def _contents(batch: Any, file: File) -> Any:
    column, field = file.images
    return pc.struct_field(batch.column(column), field) if field else batch.column(column)
