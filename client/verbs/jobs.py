"""The verbs of jobs."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from client.connection.transport import given
from client.records.job import Job
from client.records.plan import Plan
from client.records.queue import Queue
from client.records.record import Page
from client.verbs.place import place
from client.verbs.verbs import JSON, Verbs, body

Spec = Mapping[str, Any]


class JobVerbs(Verbs):
    def submit(self, spec: Spec, idempotency_key: str | None = None) -> Job:
        """Queues a job. One call makes one job, however often it has to be sent; pass a key of your own to
        extend that to several calls."""
        once = {"Idempotency-Key": idempotency_key or str(uuid4())}
        return self._server.ask(Job, "POST", "/jobs", content=body(spec), headers=JSON | once)

    def validate(self, spec: Spec) -> Plan:
        """What the spec would build and cost; nothing is queued."""
        return self._server.ask(Plan, "POST", "/jobs/validate", content=body(spec), headers=JSON)

    def jobs(
        self, state: str | None = None, label: str | None = None, limit: int = 50, after: str | None = None
    ) -> Page[Job]:
        """One page, newest first; `label` is "key:value", `after` the last page's `next_after`."""
        query = given(state=state, label=label, limit=limit, after=after)
        return self._server.ask(Page[Job], "GET", "/jobs", params=query)

    def queue(self, limit: int = 50, after: str | None = None) -> Queue:
        """Who runs, and one page of those who wait; `after` is the last page's `next_after`."""
        return self._server.ask(Queue, "GET", "/queue", params=given(limit=limit, after=after))

    def job(self, job_id: str) -> Job:
        return self._server.ask(Job, "GET", place("jobs", job_id))

    def cancel(self, job_id: str) -> Job:
        """Raises Conflict when the job is finished."""
        return self._server.ask(Job, "POST", place("jobs", job_id, "cancel"), patience=0)

    def pause(self, job_id: str) -> Job:
        """The job saves a checkpoint and gives its worker back. Raises Conflict for one that cannot be paused."""
        return self._server.ask(Job, "POST", place("jobs", job_id, "pause"))

    def resume(self, job_id: str) -> Job:
        """A paused job goes on, from its old place in the queue. Raises Conflict for one that is not paused."""
        return self._server.ask(Job, "POST", place("jobs", job_id, "resume"))

    def delete(self, job_id: str) -> None:
        """Removes a finished job and all that it kept. Raises Conflict when it is not finished."""
        self._server.send("DELETE", place("jobs", job_id), patience=0)
