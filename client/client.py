"""The service's verbs."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from uuid import uuid4

from client.connection.events import Event, follow
from client.connection.patience import Patience
from client.connection.transport import Transport, default_url, given
from client.errors import Failing, TrainshedError
from client.records import (
    Checkpoint,
    Evaluation,
    Job,
    MetricsPage,
    Page,
    Plan,
    Point,
    Ready,
    Score,
)
from client.records.prediction import Predictions
from client.records.queue import Queue
from client.verbs.datasets import Datasets
from client.verbs.models import ModelVerbs
from client.verbs.predictions import BulkPredictions

Spec = Mapping[str, Any]
Image = Path | str | bytes | tuple[str, bytes]

JSON = {"Content-Type": "application/json"}
LONG_POLL = 30.0  # seconds; the service waits for 60 at most
PAGE = 5000  # batches


class Client(Datasets, ModelVerbs, BulkPredictions):
    """One method a verb; answers are records, refusals are `Problem`s. Usable from several threads.

    What may be repeated without harm (every read, and `submit`, `validate`, `predict`) is tried again for
    `patience` seconds when the connection breaks or the service is briefly unavailable. `points`,
    `stream`, `upload_dataset`, `predict_files` and the two `wait_for_...` outlive a restart of the server: they give up
    after `reconnect` seconds without one.
    `url` and `key` default to TRAINSHED_URL (or this machine at TRAINSHED_PORT) and TRAINSHED_API_KEY.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float = 30.0,
        patience: float = 2.0,
        reconnect: float = 120.0,
    ) -> None:
        self._timeout, self._reconnect = timeout, reconnect
        key = key or os.environ.get("TRAINSHED_API_KEY")
        self._server = Transport(url or default_url(), key, timeout, patience)
        self.url = self._server.url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._server.close()

    def submit(self, spec: Spec, idempotency_key: str | None = None) -> Job:
        """Queues a job. One call makes one job, however often it has to be sent; pass a key of your own to
        extend that to several calls."""
        once = {"Idempotency-Key": idempotency_key or str(uuid4())}
        return self._server.ask(Job, "POST", "/jobs", content=_body(spec), headers=JSON | once)

    def validate(self, spec: Spec) -> Plan:
        """What the spec would build and cost; nothing is queued."""
        return self._server.ask(Plan, "POST", "/jobs/validate", content=_body(spec), headers=JSON)

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
        return self._server.ask(Job, "GET", _path(job_id))

    def cancel(self, job_id: str) -> Job:
        """Raises Conflict when the job is finished."""
        return self._server.ask(Job, "POST", _path(job_id, "cancel"), patience=0)

    def pause(self, job_id: str) -> Job:
        """The job saves a checkpoint and gives its worker back. Raises Conflict for one that cannot be paused."""
        return self._server.ask(Job, "POST", _path(job_id, "pause"))

    def resume(self, job_id: str) -> Job:
        """A paused job goes on, from its old place in the queue. Raises Conflict for one that is not paused."""
        return self._server.ask(Job, "POST", _path(job_id, "resume"))

    def delete(self, job_id: str) -> None:
        """Removes a finished job and all that it kept. Raises Conflict when it is not finished."""
        self._server.send("DELETE", _path(job_id), patience=0)

    def metrics(
        self,
        job_id: str,
        after: int = 0,
        limit: int = PAGE,
        wait: float = 0,
        max_points: int | None = None,
        patience: float | None = None,
    ) -> MetricsPage:
        """Batches after step `after`; waits up to `wait` seconds (60 at most) for the first of them.

        `max_points` thins the series out and keeps its extremes.
        """
        query = given(after=after, limit=limit, wait=wait, max_points=max_points)
        path, timeout = _path(job_id, "metrics"), self._timeout + wait
        return self._server.ask(MetricsPage, "GET", path, params=query, timeout=timeout, patience=patience)

    def metrics_csv(self, job_id: str, after: int = 0, limit: int = PAGE) -> Iterator[str]:
        """The server's CSV up to now, a page at a time; the header stands in the first one only."""
        path, first = _path(job_id, "metrics"), True
        while True:
            query = given(format="csv", after=after, limit=limit)
            header, *rows = self._server.send("GET", path, params=query).text.splitlines(keepends=True)
            yield "".join([header, *rows] if first else rows)
            if not rows:
                return
            column = header.strip().split(",").index("step")
            after, first = int(rows[-1].split(",")[column]), False

    def points(self, job_id: str, after: int = 0, follow: bool = True) -> Iterator[Point]:
        """Every batch after step `after`, each once and in order, until the job has finished.

        With `follow=False` it ends where the series ends now.
        """
        while True:
            wait = LONG_POLL if follow else 0
            page = self.metrics(job_id, after=after, wait=wait, patience=self._reconnect)
            yield from page.points
            after = page.next_after
            if page.complete or not (follow or page.points):
                return

    def stream(self, job_id: str, after: int = 0) -> Iterator[Event]:
        """Live events until the job has finished; see `client.connection.events` for their kinds.

        Connects again by itself from the last step it has seen, and yields `Lost` before it does.
        """
        path = _path(job_id, "stream")
        return follow(lambda step: self._server.events(path, step), after, Patience(self._reconnect))

    def evaluation(self, job_id: str) -> Evaluation:
        """The newest test in full. Raises Conflict while there is none."""
        return self._server.ask(Evaluation, "GET", _path(job_id, "evaluation"))

    def evaluations(self, job_id: str) -> list[Score]:
        """Every test of the run so far, in order of step."""
        return self._server.ask(Page[Score], "GET", _path(job_id, "evaluations")).data

    def predict(
        self,
        images: Sequence[Image],
        model: str,
        top_k: int = 5,
        min_confidence: float | None = None,
        flips: bool = False,
        explain: str | None = None,
        explained_class: str | int | None = None,
    ) -> Predictions:
        """By the model of a job, or that of an alias. `images` are paths, bytes, or (name, bytes).

        A bad image among good ones is reported in its place. Below `min_confidence` no label is given. `flips` averages
        over the mirror image. `explain="gradcam"`, for 16 images at most, adds a map of where the class is seen: the
        likeliest, or `explained_class`, a label or an index.
        """
        files = [("image", _file(image, number)) for number, image in enumerate(images, start=1)]
        options = given(min_confidence=min_confidence, flips=flips or None, explain=explain)
        explained = given(**{"class": explained_class})
        form = {name: str(value) for name, value in {"top_k": top_k, **options, **explained}.items()}
        form["model"] = model
        return self._server.ask(Predictions, "POST", "/predict", data=form, files=files, timeout=120.0)

    def logs(self, job_id: str, lines: int = 200) -> str:
        """The last lines that the job's trainer wrote."""
        return self._server.send("GET", _path(job_id, "logs"), params={"lines": lines}).text

    def checkpoints(self, job_id: str) -> list[Checkpoint]:
        return self._server.ask(Page[Checkpoint], "GET", _path(job_id, "checkpoints")).data

    def ready(self) -> Ready:
        """What works and what does not, asked once. Raises only where nothing answers (Unreachable)."""
        try:
            return self._server.ask(Ready, "GET", "/readyz", patience=0)
        except Failing as error:
            return Ready(status="unavailable", checks=error.body.get("checks") or {})


def _path(job_id: str, *parts: str) -> str:
    """An id stays one piece of the path. Raises TrainshedError for none, which would name all jobs."""
    if not job_id.strip("."):
        raise TrainshedError(f"{job_id!r} is not the id of a job")
    return "/".join(["/jobs", quote(job_id, safe=""), *parts])


def _body(spec: Spec) -> bytes:
    """NaN is sent as it is: the server knows best which field to name."""
    return json.dumps(spec).encode()


def _file(image: Image, number: int) -> tuple[str, bytes]:
    if isinstance(image, bytes):
        return f"image-{number}", image
    if isinstance(image, tuple):
        return image
    try:
        return Path(image).name, Path(image).read_bytes()
    except OSError as error:
        raise TrainshedError(f"{image}: {error.strerror}") from error
