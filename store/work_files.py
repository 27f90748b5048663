"""The folder of one piece of work, whatever its kind."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self


@dataclass(frozen=True, slots=True)
class WorkFiles:
    """The folder of one job, one import or one prediction."""

    folder: Path
    PLACE: ClassVar[str]  # below home
    GLOB: ClassVar[str]

    @classmethod
    def of(cls, home: Path, job_id: str) -> Self:
        return cls(home / cls.PLACE / job_id)

    @classmethod
    def all(cls, home: Path) -> Iterator[Self]:
        """That the disk knows."""
        for folder in sorted((home / cls.PLACE).glob(cls.GLOB)):
            yield cls(folder)

    @classmethod
    def alone(cls, home: Path) -> AbstractContextManager[None]:
        """While work begins, is cleared up or deleted, where the same id can begin again: nobody else does so."""
        return nullcontext()

    @property
    def spec(self) -> Path:
        """As the process reads it that does the work."""
        return self.folder / "spec.json"

    @property
    def log(self) -> Path:
        return self.folder / "trainer.log"

    @property
    def record(self) -> Path:
        """What Redis knows, should Redis be lost."""
        return self.folder / "record.json"

    @property
    def series(self) -> Path:
        """Of a job that has ended; until then each run has its own."""
        return self.folder / "metrics.bin"

    def tokens(self) -> list[int]:
        """Of the runs that left something, the newest first."""
        return sorted(
            (int(path.name) for path in self.folder.glob("[0-9]*") if path.name.isdigit()), reverse=True
        )

    def reached(self) -> tuple[int, bytes]:
        """The step that the next run goes on from, and the series up to it; 0 before there is a checkpoint."""
        return 0, b""

    def last_lines(self, count: int) -> list[str]:
        """The end of the log; reads at most its last 256 KiB."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, self.log.stat().st_size - 2**18))
                return file.read().decode(errors="replace").splitlines()[-count:]
        except FileNotFoundError:
            return []

    def sweep(self) -> None:
        """Removes what runs that were killed had half written; nobody may be writing."""
        for part in self.folder.rglob("*.part"):
            part.unlink(missing_ok=True)

    def delete(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
