"""The service's clients, as one thread: posts jobs, reads every series again and again, asks for predictions."""

import io
import threading
import time
from typing import Any

import httpx2
from PIL import Image

from store.states import FINAL
from tests.chaos.history import Failure, History, Place, Point, Trace
from tests.chaos.kinds import KINDS
from tests.chaos.plan import Order

TIMEOUT = 10.0  # seconds for an answer; the API may be stopped for eight
ROUND_SECONDS = 0.2  # between two rounds over all jobs that have not ended
REPEATED = 30  # steps before the newest that are read again: what was shown must not change
FITTING = {
    "pause": ("running", "queued"),
    "resume": ("paused",),
    "cancel": ("running", "pausing", "queued", "paused"),
}


class Visitor(threading.Thread):
    """Writes `traces`, `answers` and `failures` of the history. An answer that does not come is no failure."""

    def __init__(self, url: str, history: History, begun: float) -> None:
        super().__init__(daemon=True, name="visitor")
        self._history, self._begun = history, begun
        self._http = httpx2.Client(base_url=url, timeout=TIMEOUT, trust_env=False)
        self._due: list[Order] = []
        self.states: dict[str, str] = {}  # of every accepted job, as last seen
        self._ending = threading.Event()

    def post(self, orders: list[Order]) -> None:
        """In a while."""
        self._due += orders

    @property
    def open(self) -> int:
        """Jobs that are still to be posted, or to end."""
        return len(self._due) + sum(state not in FINAL for state in list(self.states.values()))

    def run(self) -> None:
        rounds = 0
        while not self._ending.wait(ROUND_SECONDS):
            rounds += 1
            while self._due and self._submit(self._due[0]):
                self._due.pop(0)
            for job_id, state in list(self.states.items()):
                if state not in FINAL:
                    self._poll(job_id)
            if rounds % 10 == 0:
                self._predict()

    def check(self) -> None:
        """RuntimeError when this thread broke; its traceback is on standard error."""
        if not self.is_alive():
            raise RuntimeError("nobody reads the series any more")

    def end(self) -> None:
        self._ending.set()
        self.join()

    def ask(self, event: str, target: float) -> bool:
        """pause, resume or cancel a job whose state allowed it when it was last seen; whether that was accepted."""
        fitting = [job_id for job_id, state in list(self.states.items()) if state in FITTING[event]]
        if not fitting:
            return False
        job_id = fitting[int(target * len(fitting))]
        trace = self._history.traces[job_id]
        answer = self._answer("POST", f"/jobs/{job_id}/{event}")
        status = answer.status_code if answer is not None else 503
        if event == "cancel":
            trace.cancelled |= status == 202
            trace.cancel_may_have_come |= status == 503
        return status == 202

    def resume_all(self) -> None:
        for job_id, state in list(self.states.items()):
            if state == "paused":
                self._answer("POST", f"/jobs/{job_id}/resume")

    def collect(self) -> None:
        """The last word of the service on every job; when it stays silent the job counts as missing."""
        for job_id, trace in self._history.traces.items():
            record = self._answer("GET", f"/jobs/{job_id}")
            pages = self._answer("GET", f"/jobs/{job_id}/metrics?limit=100000")
            if record and pages and record.status_code == 200:
                trace.record = record.json()
                trace.series = [(point["step"], _point(point)) for point in pages.json()["points"]]

    def _submit(self, order: Order) -> bool:
        """Repeated under the same key until it is answered, so that a lost answer makes no second job."""
        kind = KINDS[order.kind]
        answer = self._answer(
            "POST", "/jobs", json=kind.spec(order.seed), headers={"Idempotency-Key": f"chaos-{order.number}"}
        )
        if answer is None or answer.status_code != 201:
            return False
        job_id = answer.json()["id"]
        self._history.traces[job_id] = Trace(job_id, order.reference, kind.end, kind.code)
        self.states[job_id] = "queued"
        return True

    def _poll(self, job_id: str) -> None:
        trace = self._history.traces[job_id]
        after = max([0, *(step - REPEATED for step in list(trace.seen)[-1:])])
        answer = self._answer("GET", f"/jobs/{job_id}/metrics?after={after}")
        if answer is None or answer.status_code != 200:
            return
        page = answer.json()
        for point in page["points"]:
            shown = trace.seen.setdefault(point["step"], [])
            if _point(point) not in shown:
                shown.append(_point(point))
        place = Place(page["attempt"], page["last_step"])
        if trace.places[-1:] != [place]:
            trace.places.append(place)
        self.states[job_id] = page["state"]

    def _predict(self) -> None:
        """From the model that was finished last; what it says is not the matter here."""
        finished = [job_id for job_id, state in self.states.items() if state == "succeeded"]
        if finished:
            image = ("grey.png", GREY, "image/png")
            self._answer("POST", "/predict", data={"job_id": finished[-1]}, files={"image": image})

    def _answer(self, method: str, path: str, **content: Any) -> httpx2.Response | None:
        """None when there was no answer: the API is down, stopped, or was killed in the middle."""
        try:
            answer = self._http.request(method, path, **content)
        except httpx2.HTTPError:
            return None
        self._history.answers += 1
        if answer.status_code >= 500:
            at = time.monotonic() - self._begun
            self._history.failures.append(Failure(at, f"{method} {path}", answer.status_code))
        return answer


def _point(point: dict[str, Any]) -> Point:
    return Point(point["loss"], point["accuracy"])


def _grey() -> bytes:
    content = io.BytesIO()
    Image.new("L", (28, 28), 128).save(content, "PNG")
    return content.getvalue()


GREY = _grey()
