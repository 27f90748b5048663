"""Data sets: uploads that wait, are prepared, and are ready, under an id, and under a name and a version."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from redis import Redis

from model.data import packed
from model.data.packed import Packed
from store import files, keys
from store.dataset import STATES, Dataset
from store.errors import DatasetUnknown, MoveRefused
from store.import_files import ImportFiles
from store.names import Names
from store.states import State
from store.work import Work

DATASET_ID = re.compile(packed.ID)
NAME = r"[a-z0-9][a-z0-9._-]{0,99}"
PAGE = 500


class Imports(Work[Dataset]):
    """What is done to uploads, a job each."""

    KEYS = keys.IMPORT
    ID = DATASET_ID
    UNKNOWN = DatasetUnknown
    FILES = ImportFiles
    record = Dataset

    def called(self, state: State) -> str:
        return STATES[state]


class Datasets:
    def __init__(self, redis: Redis, home: Path) -> None:
        self.imports = Imports(redis)
        self._home, self._names = home, Names(files.names(home))

    def submit(
        self, name: str, upload: Path, facts: dict[str, Any], preparation: dict[str, Any]
    ) -> tuple[str, str, bool]:
        """Takes a second name of the file `upload`. The id, `name:version`, and whether there is anything to be done.

        `facts` has the upload's filename, bytes and sha256. What was imported before is there already, unless that
        failed or was cancelled: then it is tried again. MoveRefused while it is being cancelled.
        """
        dataset_id = identity(facts["sha256"], preparation)
        of_import = ImportFiles.of(self._home, dataset_id)
        with ImportFiles.alone(self._home):
            attempts = self._attempts(dataset_id)
            called = f"{name}:{self._names.give(name, dataset_id)}"
            if attempts is None:
                return dataset_id, called, False
            self._sweep()
            of_import.folder.mkdir(parents=True, exist_ok=True)
            of_import.upload.unlink(missing_ok=True)
            files.share(upload, of_import.upload)
            body = {**facts, "preparation": preparation, "priority": 0}
            self.imports.enqueue(dataset_id, {"body": json.dumps(body), "steps": 0, "token": attempts}, 0)
        return dataset_id, called, True

    def call(self, dataset_id: str, name: str, preparation: dict[str, Any]) -> str:
        """The `name:version` of one that was submitted before. DatasetUnknown where it was not, so prepared."""
        with ImportFiles.alone(self._home):
            if self.imports.get(dataset_id).body["preparation"] != preparation:
                raise DatasetUnknown(dataset_id)
            return f"{name}:{self._names.give(name, dataset_id)}"

    def _attempts(self, dataset_id: str) -> int | None:
        """How many were made before; None where there is nothing to be done.

        An import that did not come to a good end, or whose data set is gone from the disk, is forgotten but for these:
        a worker of then that wakes holds none of the tokens to come.
        """
        try:
            known = self.imports.get(dataset_id)
        except DatasetUnknown:
            return 0
        if known.state == State.CANCELLING:
            raise MoveRefused(dataset_id, "be sent again", known.condition)
        if not known.is_final or (known.is_ready and self.packed(known)):
            return None
        self.imports.delete(dataset_id)
        return known.attempt

    def _sweep(self) -> None:
        """What is left of uploads whose submitter was killed before there was a record of them."""
        for of_import in ImportFiles.all(self._home):
            if not of_import.record.exists() and not list(self._there([of_import.folder.name])):
                of_import.delete()

    def all(self) -> list[Dataset]:
        """The newest first."""
        found: list[Dataset] = []
        while page := self.imports.page(PAGE, found[-1].id if found else None):
            found += page
        return sorted(found, key=lambda dataset: dataset.order, reverse=True)

    def find(self, name: str, newest: bool = False) -> Dataset:
        """By id, by `name:version`, or by name: then the newest that is ready, else the newest. DatasetUnknown.

        With `newest` a name means its newest version, ready or not.
        """
        if DATASET_ID.fullmatch(name):
            return self.imports.get(name)
        stem, colon, version = name.partition(":")
        if not re.fullmatch(NAME, stem) or (colon and not re.fullmatch(r"[1-9][0-9]{0,8}", version)):
            raise DatasetUnknown(name[:128])
        ids = [self._names.find(stem, int(version))] if colon else self._names.newest_first(stem)
        found = list(self._there(each for each in ids if each))
        if not found:
            raise DatasetUnknown(name)
        ready = [] if newest else [dataset for dataset in found if dataset.is_ready]
        return (ready or found)[0]

    def _there(self, ids: Iterable[str]) -> Iterator[Dataset]:
        """Whoever names or deletes one can be killed half-way, and be about it now: then there is only the name."""
        for dataset_id in ids:
            with suppress(DatasetUnknown):
                yield self.imports.get(dataset_id)

    def delete(self, dataset: Dataset) -> None:
        """All of it; its versions are not given again. MoveRefused while it is prepared, InUse while a job needs it."""
        with ImportFiles.alone(self._home):
            self.imports.delete(dataset.id)
            ImportFiles.of(self._home, dataset.id).delete()  # the record first: it would bring the rest back
            self._names.forget(dataset.id)
            ImportFiles(self.folder(dataset)).delete()

    def names(self) -> dict[str, list[str]]:
        """`name:version` of every id."""
        return self._names.all()

    def folder(self, dataset: Dataset) -> Path:
        """What trainers read."""
        return files.datasets(self._home) / dataset.id

    def packed(self, dataset: Dataset) -> Packed | None:
        """None before it is ready."""
        try:
            return Packed.read(self.folder(dataset))
        except FileNotFoundError:
            return None

    def report(self, dataset: Dataset) -> dict[str, Any] | None:
        """What was wrong with the upload; None where nobody has looked, or the upload could not even be opened."""
        for path in (self.folder(dataset) / packed.REPORT, ImportFiles.of(self._home, dataset.id).report):
            if path.exists():
                return dict(json.loads(path.read_bytes()))
        return None


def identity(sha256: str, preparation: dict[str, Any]) -> str:
    """Follows from the upload's bytes and from how they are prepared."""
    canonical = json.dumps(preparation, sort_keys=True)
    return "ds_" + hashlib.sha256(f"{sha256} {canonical}".encode()).hexdigest()[:32]
