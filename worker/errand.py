"""One claimed piece of work: which process does it, and what becomes of what it says and leaves."""

from abc import ABC, abstractmethod
from typing import ClassVar

from store.work_files import WorkFiles
from worker.cargo import Cargo
from worker.child import Child, Row


class Errand(ABC):
    NAME: ClassVar[str]  # of the process
    LIGHTER: ClassVar[str]  # what to try when memory is short
    files: WorkFiles
    cargo: Cargo

    @abstractmethod
    def start(self) -> Child:
        """RedisError, OSError."""

    def hear(self, row: Row) -> None:
        self.cargo.load(row)

    def close(self, event: str) -> None:
        """Before the store is told of its end, which is the last that this attempt does. OSError."""
        return
