"""What an import keeps on disk."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.work_files import WorkFiles


class ImportFiles(WorkFiles):
    """`<home>/imports/<id>/`: an upload and what is done to it; each attempt packs in a folder of its own."""

    __slots__ = ()
    PLACE, GLOB = "imports", "ds_*"

    @classmethod
    @contextmanager
    def alone(cls, home: Path) -> Iterator[None]:
        lock = home / "run" / "imports.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @property
    def log(self) -> Path:
        return self.folder / "import.log"

    @property
    def upload(self) -> Path:
        """Gone when the import has ended."""
        return self.folder / "upload"

    @property
    def report(self) -> Path:
        """Of an upload that was refused; that of a data set is beside its images."""
        return self.folder / "report.json"

    def attempt(self, token: int) -> Path:
        return self.folder / str(token)

    def forget_attempts(self) -> None:
        for token in self.tokens():
            shutil.rmtree(self.attempt(token), ignore_errors=True)

    def sweep(self) -> None:
        """When the import has ended."""
        self.forget_attempts()
        self.upload.unlink(missing_ok=True)
        WorkFiles.sweep(self)
