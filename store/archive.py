"""What the disk keeps of every job, so that losing Redis loses nothing: written as jobs move, read back by `rebuild`.

`record.json` holds what Redis knows of a job but for its series. That lies in its runs' folders up to their newest
checkpoints, and as a whole in `metrics.bin` once the job has ended.
"""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from redis import Redis

from model.durable import write_whole
from store.errors import Unknown
from store.jobs import Jobs
from store.record import Record
from store.states import FINAL
from store.work import Work
from store.work_files import WorkFiles

LOG = logging.getLogger(__name__)
SERIES_SECONDS = 7 * 24 * 3600  # that Redis keeps the series of a job that has ended
Kept = dict[str, Any]  # fields, history, evaluations, events; all values are text as Redis holds it


class Archive:
    """Of one kind of work."""

    def __init__(self, redis: Redis, home: Path, kind: type[Work[Any]] = Jobs) -> None:
        self._redis: Any = redis  # its own types are unions of every protocol's replies
        self._work, self._home = kind(redis), home
        self._keys, self._files = kind.KEYS, kind.FILES

    def keep(self, job_id: str) -> None:
        """Writes down the job as it is now. Unknown, OSError, RedisError.

        Others may be doing the same with an older state: who has written looks whether it is still the newest.
        """
        of_job, written = self._files.of(self._home, job_id), 0
        with self._files.alone(self._home):
            try:
                while len((record := self._read(job_id))["history"]) > written:
                    self._write(of_job, job_id, record)
                    written = len(record["history"])
            except Unknown:
                if written and self._redis.exists(self._keys.kept):  # it was deleted meanwhile, not lost
                    of_job.delete()
                raise

    def try_to_keep(self, job_id: str) -> None:
        """As `keep`; a disk that is full, or a store that went away, must not undo what has happened already."""
        try:
            self.keep(job_id)
        except Exception as error:  # the next change of the job writes it again
            LOG.warning("%s was not written down: %s", job_id, error)

    def has_lost(self) -> bool:
        """Whether the disk knows jobs, and Redis nothing of ever having held one."""
        return not self._redis.exists(self._keys.kept) and any(self._kept())

    def begin(self) -> None:
        """Redis holds all that there is, as of now."""
        self._redis.set(self._keys.kept, "1")

    def rebuild(self, told: Callable[[int, int], None] = lambda done, of: None) -> int:
        """Gives Redis the records that it lacks; how many those were. Jobs that ran go on from their checkpoints."""
        found = list(self._kept())
        restored = 0
        for done, of_job in enumerate(found, 1):
            restored += self._restore(of_job)
            told(done, len(found))
        self.begin()
        return restored

    def _kept(self) -> Iterator[WorkFiles]:
        for of_job in self._files.all(self._home):
            if self._work.ID.fullmatch(of_job.folder.name) and of_job.record.exists():
                yield of_job

    def _restore(self, of_job: WorkFiles) -> bool:
        try:
            record: Kept = json.loads(of_job.record.read_bytes())
            _check(self._work.record, of_job.folder.name, record)
            token = max([int(record["fields"]["token"]), *of_job.tokens()])
            state = self._work.restore(
                of_job.folder.name,
                record["fields"],
                record["history"],
                record["evaluations"],
                record["events"],
                token,
                *of_job.reached(),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            LOG.warning("%s cannot be read, and is left alone: %r", of_job.record, error)
            return False
        return state is not None

    def _read(self, job_id: str) -> Kept:
        """All of it as it was at one moment. Unknown."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.hgetall(self._keys.job(job_id))
        pipeline.lrange(self._keys.history(job_id), 0, -1)
        pipeline.hgetall(self._keys.evaluations(job_id))
        pipeline.hgetall(self._keys.events(job_id))
        fields, history, evaluations, events = pipeline.execute()
        if not fields:
            raise self._work.UNKNOWN(job_id)
        return {
            "fields": _text(fields),
            "history": [entry.decode() for entry in history],
            "evaluations": _text(evaluations),
            "events": _text(events),
        }

    def _write(self, of_job: WorkFiles, job_id: str, record: Kept) -> None:
        of_job.folder.mkdir(parents=True, exist_ok=True)
        if record["fields"]["state"] in FINAL:
            self._write_series(of_job, job_id)
            of_job.sweep()
        write_whole(of_job.record, json.dumps(record).encode())

    def _write_series(self, of_job: WorkFiles, job_id: str) -> None:
        """Once; after that Redis may forget it."""
        series = self._redis.get(self._keys.metrics(job_id))
        if series and not of_job.series.exists():
            write_whole(of_job.series, series)
        if of_job.series.exists():
            self._work.archived(job_id, SERIES_SECONDS)


def _check(kind: type[Record], job_id: str, kept: Kept) -> None:
    """Before any of it is in Redis, where half a record would be worse than none. KeyError, ValueError and others."""
    fields = kept["fields"]
    kind.read(job_id, {name.encode(): value.encode() for name, value in fields.items()})
    int(fields["order"])
    for entry in (*kept["history"], *kept["evaluations"].values(), *kept["events"].values()):
        json.loads(entry)
    for name in kept["events"]:
        token, number = name.split(":")
        int(token), int(number)


def _text(found: dict[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in found.items()}
