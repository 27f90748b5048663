"""The service's verbs over HTTP."""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlsplit
from uuid import uuid4

import httpx2
from pydantic import ValidationError

from client.errors import Failing, Misunderstood, TrainshedError, Unreachable, problem
from client.events import Event, follow
from client.patience import Patience
from client.records import (
    Checkpoint,
    Checkpoints,
    Evaluation,
    Job,
    JobPage,
    MetricsPage,
    ModelPage,
    Plan,
    Point,
    Predictions,
    Ready,
    Record,
)

Answer = TypeVar("Answer", bound=Record)
Spec = Mapping[str, Any]
Image = Path | str | bytes | tuple[str, bytes]

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
SILENCE = 45.0  # seconds; a stream pings every 15, so one that is silent for this long is dead
JSON = {"Content-Type": "application/json"}
LARGEST_EVENT = 64 * 2**20  # bytes


def default_url() -> str:
    """TRAINSHED_URL, else this machine at TRAINSHED_PORT, else at 8000."""
    return os.environ.get("TRAINSHED_URL") or f"http://127.0.0.1:{os.environ.get('TRAINSHED_PORT') or 8000}"


class Client:
    """One method a verb; answers are records, refusals are `Problem`s. Usable from several threads.

    What may be repeated without harm (every read, and `submit`, `validate`, `predict`) is tried again for
    `patience` seconds when the connection breaks or the service is briefly unavailable. `points` and
    `stream` outlive a restart of the server: they give up after `reconnect` seconds without one.
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
        url = url or default_url()
        self.url = (url if "://" in url else f"http://{url}").rstrip("/")
        self._timeout, self._patience, self._reconnect = timeout, patience, reconnect
        key = key or os.environ.get("TRAINSHED_API_KEY")
        try:
            self._http = httpx2.Client(
                base_url=self.url,
                headers={"User-Agent": "trainshed"} | ({"Authorization": f"Bearer {key}"} if key else {}),
                trust_env=urlsplit(self.url).hostname not in LOOPBACK,  # no proxy to this machine itself
            )
        except (httpx2.InvalidURL, ValueError) as error:
            raise TrainshedError(f"{url} is not a URL of a server: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def submit(self, spec: Spec, idempotency_key: str | None = None) -> Job:
        """Queues a job. One call makes one job however often it has to be sent; give the key yourself to
        extend that to several calls."""
        once = {"Idempotency-Key": idempotency_key or str(uuid4())}
        return self._ask(Job, "POST", "/jobs", content=_body(spec), headers=JSON | once)

    def validate(self, spec: Spec) -> Plan:
        """What the spec would build and cost; nothing is queued."""
        return self._ask(Plan, "POST", "/jobs/validate", content=_body(spec), headers=JSON)

    def jobs(
        self, state: str | None = None, label: str | None = None, limit: int = 50, after: str | None = None
    ) -> JobPage:
        """One page, newest first; `label` is "key:value", `after` the last page's `next_after`."""
        return self._ask(
            JobPage, "GET", "/jobs", params=_given(state=state, label=label, limit=limit, after=after)
        )

    def job(self, job_id: str) -> Job:
        return self._ask(Job, "GET", _path(job_id))

    def cancel(self, job_id: str) -> Job:
        """Raises Conflict when the job is finished."""
        return self._ask(Job, "POST", _path(job_id, "cancel"), repeatable=False)

    def delete(self, job_id: str) -> None:
        """Removes a finished job and all that it kept. Raises Conflict when it is not finished."""
        self._send("DELETE", _path(job_id), repeatable=False)

    def metrics(
        self, job_id: str, after: int = 0, limit: int = 5000, wait: float = 0, max_points: int | None = None
    ) -> MetricsPage:
        """Batches after step `after`; waits up to `wait` seconds (60 at most) for the first of them.

        `max_points` thins the series out and keeps its extremes.
        """
        return self._page(job_id, self._patience, after=after, limit=limit, wait=wait, max_points=max_points)

    def metrics_csv(self, job_id: str, after: int = 0, limit: int = 5000) -> Iterator[str]:
        """The server's CSV up to now, a page at a time; the header stands in the first one only."""
        path, started = _path(job_id, "metrics"), False
        while True:
            text = self._send("GET", path, params={"format": "csv", "after": after, "limit": limit}).text
            header, *rows = text.splitlines(keepends=True) or [""]
            yield "".join(rows if started else [header, *rows])
            if not rows:
                return
            column = header.strip().split(",").index("step")
            after, started = int(rows[-1].split(",")[column]), True

    def points(self, job_id: str, after: int = 0, follow: bool = True) -> Iterator[Point]:
        """Every batch after step `after`, each once and in order, until the job has finished.

        With `follow=False` it ends where the series ends now.
        """
        while True:
            page = self._page(job_id, self._reconnect, after=after, limit=5000, wait=30 if follow else 0)
            yield from page.points
            after = page.next_after
            if page.complete or not (follow or page.points):
                return

    def stream(self, job_id: str, after: int = 0) -> Iterator[Event]:
        """Live events until the job has finished; see `client.events` for their kinds.

        Connects again by itself from the last step it has seen, and yields `Lost` before it does.
        """

        @contextmanager
        def connect(step: int) -> Iterator[httpx2.EventSource]:
            path, timeout = _path(job_id, "stream"), httpx2.Timeout(SILENCE, connect=5.0)
            with (
                self._translated(),
                self._http.sse(
                    path, params={"after": step}, timeout=timeout, max_event_size=LARGEST_EVENT
                ) as source,
            ):
                if source.response.status_code >= 400:
                    raise problem(source.response.status_code, source.response.read())
                yield source

        return follow(connect, after, Patience(self._reconnect))

    def evaluation(self, job_id: str) -> Evaluation:
        """The newest test in full. Raises Conflict while there is none."""
        return self._ask(Evaluation, "GET", _path(job_id, "evaluation"))

    def predict(self, images: Sequence[Image], job_id: str, top_k: int = 5) -> Predictions:
        """`images` are paths, bytes, or (name, bytes); a bad one among good ones is reported in its place."""
        files = [("image", _file(image, number)) for number, image in enumerate(images, start=1)]
        form = {"job_id": job_id, "top_k": str(top_k)}
        return self._ask(Predictions, "POST", "/predict", data=form, files=files, timeout=120.0)

    def models(self, limit: int = 50, after: str | None = None) -> ModelPage:
        return self._ask(ModelPage, "GET", "/models", params=_given(limit=limit, after=after))

    def logs(self, job_id: str, lines: int = 200) -> str:
        """The last lines that the job's trainer wrote."""
        return self._send("GET", _path(job_id, "logs"), params={"lines": lines}).text

    def checkpoints(self, job_id: str) -> list[Checkpoint]:
        return self._ask(Checkpoints, "GET", _path(job_id, "checkpoints")).data

    def ready(self) -> Ready:
        """What works and what does not, asked once. Raises only where nothing answers (Unreachable)."""
        try:
            return self._ask(Ready, "GET", "/readyz", repeatable=False)
        except Failing as error:
            return Ready.model_validate({"status": "unavailable"} | error.body)

    def _page(self, job_id: str, patience: float, **query: float | None) -> MetricsPage:
        timeout = self._timeout + (query["wait"] or 0)
        path, params = _path(job_id, "metrics"), _given(**query)
        return self._ask(MetricsPage, "GET", path, params=params, timeout=timeout, patience=patience)

    def _ask(self, kind: type[Answer], method: str, path: str, **request: Any) -> Answer:
        response = self._send(method, path, **request)
        try:
            return kind.model_validate_json(response.content)
        except ValidationError as error:
            raise Misunderstood(f"{self.url} does not answer {path} as Trainshed does: {error}") from error

    def _send(
        self, method: str, path: str, repeatable: bool = True, patience: float | None = None, **request: Any
    ) -> httpx2.Response:
        seconds = self._patience if patience is None else patience
        tries = Patience(seconds if repeatable else 0)
        timeout = httpx2.Timeout(request.pop("timeout", self._timeout), connect=5.0)
        while True:
            try:
                with self._translated():
                    response = self._http.request(method, path, timeout=timeout, **request)
                if response.status_code >= 400:
                    raise problem(response.status_code, response.content)
                return response
            except TrainshedError as error:
                time.sleep(tries.delay(error))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (httpx2.SSEError, httpx2.UnsupportedProtocol, httpx2.DecodingError) as error:
            raise Misunderstood(f"{self.url} does not answer as Trainshed does: {error}") from error
        except httpx2.TransportError as error:
            what = str(error) or type(error).__name__
            raise Unreachable(f"{self.url} does not answer: {what}") from error


def _path(job_id: str, *parts: str) -> str:
    return "/".join(["/jobs", quote(job_id, safe=""), *parts])


def _given(**params: str | float | None) -> dict[str, str | float]:
    return {name: value for name, value in params.items() if value is not None}


def _body(spec: Spec) -> bytes:
    """NaN is sent as it is: the server knows best which field to name."""
    return json.dumps(spec).encode()


def _file(image: Image, number: int) -> tuple[str, bytes]:
    if isinstance(image, tuple):
        return image
    return (
        (f"image-{number}", image)
        if isinstance(image, bytes)
        else (Path(image).name, Path(image).read_bytes())
    )
