"""Files that are being sent, in one piece or in several: `<home>/uploads/<id>/`, kept for a day."""

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from model.durable import write_whole
from store.errors import UploadBusy, UploadMissing, UploadUnfinished, WrongOffset

UPLOAD_ID = re.compile(r"up_[0-9a-f]{32}")
KEPT_SECONDS = 24 * 3600  # after the last byte
FACTS, CONTENT, BECAME = "facts.json", "content", "became"


@dataclass(frozen=True, slots=True)
class Upload:
    folder: Path
    filename: str  # as its sender calls it
    length: int | None  # bytes that it will have; None: whatever comes

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def content(self) -> Path:
        return self.folder / CONTENT

    @property
    def offset(self) -> int:
        """Bytes that have come."""
        return (self.length or 0) if self.became else self.content.stat().st_size

    @property
    def became(self) -> str | None:
        """The id of the data set, or of the prediction, that it was handed in as."""
        marker = self.folder / BECAME
        return marker.read_text() if marker.exists() else None

    def handed_in(self, as_id: str) -> None:
        """Its content is not needed any more; who asks again is told the same."""
        write_whole(self.folder / BECAME, as_id.encode())
        self.content.unlink(missing_ok=True)

    @contextmanager
    def appending(self, offset: int | None = None) -> Iterator[BinaryIO]:
        """What is written is on the disk when this ends, however it ends. WrongOffset, UploadBusy, OSError."""
        if self.became:
            raise WrongOffset(self.id, self.offset)
        with self.content.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UploadBusy(self.id) from None
            if offset is not None and offset != self.offset:
                raise WrongOffset(self.id, self.offset)
            try:
                yield file
            finally:
                file.flush()
                os.fsync(file.fileno())

    def check_complete(self) -> None:
        """UploadUnfinished."""
        if self.length is not None and self.offset != self.length:
            raise UploadUnfinished(self.id, self.offset, self.length)

    def sha256(self) -> str:
        """UploadUnfinished."""
        self.check_complete()
        with self.content.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def delete(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class Uploads:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, filename: str = "", length: int | None = None) -> Upload:
        self.expire()
        upload = Upload(self._folder / f"up_{secrets.token_hex(16)}", filename, length)
        upload.folder.mkdir(parents=True)
        try:
            upload.content.touch()
            facts = {"filename": filename, "length": length}
            write_whole(upload.folder / FACTS, json.dumps(facts).encode())
        except OSError:
            upload.delete()
            raise
        return upload

    def get(self, upload_id: str) -> Upload:
        """UploadMissing."""
        folder = self._folder / upload_id
        if not UPLOAD_ID.fullmatch(upload_id) or not (folder / FACTS).exists():
            raise UploadMissing(upload_id[:64])
        if not any((folder / each).exists() for each in (CONTENT, BECAME)):
            raise UploadMissing(upload_id)  # somebody is giving it up
        return Upload(folder, **json.loads((folder / FACTS).read_bytes()))

    def expire(self) -> None:
        """Forgets those that nobody has gone on with for a day."""
        for folder in self._folder.glob("up_*"):
            with suppress(FileNotFoundError):  # somebody is handing it in, or giving it up
                newest = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
                if time.time() - newest > KEPT_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)
