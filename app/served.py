"""A finished model, by the id of its job or by an alias."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, Field, model_validator

from app.errors import NotReady, Unprocessable
from model.refusal import Refusal
from store.aliases import Aliases
from store.job import Job
from store.job_files import JobFiles, RunFiles
from store.jobs import JOB_ID, Jobs
from store.states import State

MOST_KNOWN = 1000  # models whose records stay in memory


class Naming(BaseModel):
    """Which model, in what a client sends. Unprocessable."""

    model: str | None = Field(
        None, min_length=1, max_length=128, description="Id of a job that succeeded, or an alias."
    )
    job_id: str | None = Field(
        None, min_length=1, max_length=64, description="In place of `model`: a job that succeeded."
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        # pydantic hands on what is no ValueError as it is, so the field is named though two are to blame.
        if self.model and self.job_id:
            raise Unprocessable(Refusal("/model", "twice", "send model or job_id, not both"))
        if not self.name:
            message = "send model, the id of a finished job or an alias"
            raise Unprocessable(Refusal("/job_id", "missing", message))
        return self

    @property
    def name(self) -> str:
        return self.model or self.job_id or ""


@dataclass(frozen=True, slots=True)
class Served:
    """Its files can be gone."""

    job: Job
    alias: str | None  # that it was asked by
    files: RunFiles

    def card(self) -> dict[str, Any]:
        """NotReady."""
        found = self.files.read_card()
        if found is None:
            raise NotReady(gone(self.job.id))
        return found


class Models:
    """Finished ones. What was said of a job that succeeded holds until it is deleted: it need not be asked again."""

    def __init__(self, home: Path, jobs: Jobs, aliases: Aliases) -> None:
        self._home, self._jobs, self._aliases = home, jobs, aliases
        self._known: OrderedDict[str, Served] = OrderedDict()  # by job, the first that was asked for first

    def find(self, name: str) -> Served:
        """As the store has it now. JobMissing, AliasUnknown, NotReady."""
        job_id, alias = self._meant(name)
        job = self._jobs.get(job_id)
        if job.state != State.SUCCEEDED:
            raise NotReady(f"{job.id} is {job.state}: only a job that succeeded predicts")
        if job.is_range_test:
            raise NotReady(f"{job.id} was a learning-rate range test: it trained no model")
        return Served(job, alias, JobFiles.of(self._home, job.id).run(job.run or 0))

    async def recall(self, name: str) -> Served:
        """As it was found before, or as `find`. Whoever finds its files gone is to `renew` it."""
        job_id, alias = self._meant(name)
        found = self._known.get(job_id) or await self.renew(job_id)
        return replace(found, alias=alias)

    async def renew(self, job_id: str) -> Served:
        """As `find`."""
        self.forget(job_id)
        found = await asyncio.to_thread(self.find, job_id)
        if len(self._known) >= MOST_KNOWN:
            self._known.popitem(last=False)
        self._known[job_id] = found
        return found

    def forget(self, job_id: str) -> None:
        """When it is deleted."""
        self._known.pop(job_id, None)

    def _meant(self, name: str) -> tuple[str, str | None]:
        """The job, and the alias where it is one. AliasUnknown."""
        return (name, None) if JOB_ID.fullmatch(name) else (self._aliases.find(name), name)


def gone(job_id: str) -> str:
    return f"the model of {job_id} is gone: its files were removed"
