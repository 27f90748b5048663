"""What is kept, what is dropped, and that nothing is loaded twice."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from predictor.cache import MANIFEST, Cache
from predictor.errors import ModelMissing


@dataclass(eq=False)
class Weight:
    bytes: int


class Shelf:
    """Folders whose models weigh 10, and a cache of 30 that counts what it loads."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.loaded: list[str] = []
        self.failing = False
        self.cache: Cache[Weight] = Cache(self._load, most_bytes=30)

    def folder(self, name: str) -> Path:
        folder = self.home / name
        if not folder.exists():
            folder.mkdir()
            (folder / MANIFEST).touch()
        return folder

    async def get(self, *names: str) -> list[Weight]:
        return [await self.cache.get(self.folder(name)) for name in names]

    async def _load(self, folder: Path) -> Weight:
        self.loaded.append(folder.name)
        await asyncio.sleep(0.01)
        if self.failing:
            raise ValueError(folder.name)
        return Weight(40 if folder.name == "large" else 10)


@pytest.fixture
def shelf(home: Path) -> Shelf:
    return Shelf(home)


def test_many_who_ask_at_once_share_one_load(shelf: Shelf) -> None:
    async def story() -> None:
        folder = shelf.folder("a")
        models = await asyncio.gather(*(shelf.cache.get(folder) for _ in range(20)))
        assert len(set(models)) == 1

    asyncio.run(story())
    assert shelf.loaded == ["a"]


def test_the_least_recently_used_is_dropped_when_the_bytes_are_too_many(shelf: Shelf) -> None:
    asyncio.run(shelf.get(*"abc", "a", "d", "a", "c", "b"))
    assert shelf.loaded == [*"abcd", "b"]
    assert shelf.cache.bytes == 30


def test_a_model_larger_than_the_cache_is_kept_alone(shelf: Shelf) -> None:
    asyncio.run(shelf.get(*"ab", "large", "large"))
    assert shelf.loaded == [*"ab", "large"]
    assert shelf.cache.bytes == 40


def test_a_new_manifest_means_a_new_load(shelf: Shelf) -> None:
    async def story() -> None:
        [old] = await shelf.get("a")
        folder = shelf.folder("a")
        os.utime(folder / MANIFEST, ns=(0, 1))
        assert await shelf.cache.get(folder) is not old

    asyncio.run(story())
    assert shelf.loaded == ["a", "a"]
    assert shelf.cache.bytes == 10


def test_a_failed_load_reaches_all_who_wait_and_is_tried_again(shelf: Shelf) -> None:
    async def story() -> None:
        shelf.failing = True
        folder = shelf.folder("a")
        failures = await asyncio.gather(*(shelf.cache.get(folder) for _ in range(3)), return_exceptions=True)
        assert [type(failure) for failure in failures] == [ValueError] * 3
        shelf.failing = False
        await shelf.cache.get(folder)

    asyncio.run(story())
    assert shelf.loaded == ["a", "a"]


def test_a_caller_who_gives_up_does_not_stop_the_load(shelf: Shelf) -> None:
    async def story() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(shelf.get("a"), 0.001)
        await shelf.get("a")

    asyncio.run(story())
    assert shelf.loaded == ["a"]


def test_a_folder_without_a_manifest_holds_no_model(shelf: Shelf) -> None:
    with pytest.raises(ModelMissing, match="nothing-here"):
        asyncio.run(shelf.cache.get(shelf.home / "nothing-here"))
