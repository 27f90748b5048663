"""Loaded models, kept by bytes: the least recently used go first."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from predictor.errors import ModelMissing

MANIFEST = "model.json"  # written last: a folder that has it holds a whole model


class Weighed(Protocol):
    bytes: int


M = TypeVar("M", bound=Weighed)


@dataclass(eq=False, slots=True)
class _Slot(Generic[M]):
    version: int  # the manifest's mtime in nanoseconds
    loading: "asyncio.Future[M]"

    @property
    def model(self) -> M | None:
        done = self.loading.done() and not self.loading.cancelled() and not self.loading.exception()
        return self.loading.result() if done else None


class Cache(Generic[M]):
    """A model is loaded once however many ask for it, and again when its manifest has changed.

    One that is dropped while in use lives on until its last batch is done. A load that failed is not kept.
    """

    def __init__(self, load: Callable[[Path], Awaitable[M]], most_bytes: int) -> None:
        self._load, self.most_bytes = load, most_bytes
        self._slots: OrderedDict[Path, _Slot[M]] = OrderedDict()  # least recently used first

    async def get(self, folder: Path) -> M:
        """ModelMissing, and whatever `load` raises. A caller who gives up does not stop the load."""
        version = _version(folder)
        slot = self._slots.get(folder)
        if slot is None or slot.version != version:
            slot = self._slots[folder] = _Slot(version, asyncio.ensure_future(self._load(folder)))
            slot.loading.add_done_callback(lambda _: self._settle(folder, slot))
        self._slots.move_to_end(folder)
        return await asyncio.shield(slot.loading)

    @property
    def bytes(self) -> int:
        return sum(slot.model.bytes for slot in self._slots.values() if slot.model)

    def _settle(self, folder: Path, slot: _Slot[M]) -> None:
        if slot.model is None and self._slots.get(folder) is slot:
            del self._slots[folder]
        for idle in [folder for folder, slot in self._slots.items() if slot.model][:-1]:
            if self.bytes <= self.most_bytes:
                break
            del self._slots[idle]


def _version(folder: Path) -> int:
    try:
        return (folder / MANIFEST).stat().st_mtime_ns
    except OSError as error:
        raise ModelMissing(f"there is no finished model in {folder}") from error
