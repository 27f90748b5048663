"""A finished model, by the id of its job or by an alias."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Self

from fastapi import Depends
from pydantic import BaseModel, Field, model_validator

from app.deps import Here, Services
from app.errors import NotReady, Unprocessable
from model.refusal import Refusal
from store.job import Job
from store.job_files import JobFiles, RunFiles
from store.jobs import JOB_ID
from store.states import State


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


def find(here: Services, name: str) -> Served:
    """JobMissing, AliasUnknown, NotReady."""
    alias = None if JOB_ID.fullmatch(name) else name
    job = here.jobs.get(name if alias is None else here.aliases.find(alias))
    if job.state != State.SUCCEEDED:
        raise NotReady(f"{job.id} is {job.state}: only a job that succeeded predicts")
    if job.is_range_test:
        raise NotReady(f"{job.id} was a learning-rate range test: it trained no model")
    return Served(job, alias, JobFiles.of(here.settings.home, job.id).run(job.run or 0))


def gone(job_id: str) -> str:
    return f"the model of {job_id} is gone: its files were removed"


async def _existing(name: str, here: Here) -> Served:
    return await asyncio.to_thread(find, here, name)


ExistingModel = Annotated[Served, Depends(_existing)]
"""The model in the path."""
