"""The verbs of what a job's training says."""

from collections.abc import Iterator

from client.connection.events import Event, follow
from client.connection.patience import Patience
from client.connection.transport import given
from client.errors import Misunderstood
from client.records.batch import MetricsPage, Point
from client.records.checkpoint import Checkpoint
from client.records.record import Page
from client.records.score import Score
from client.verbs.place import place
from client.verbs.verbs import Verbs

LONG_POLL = 30.0  # seconds; the service waits for 60 at most
PAGE = 5000  # batches


def _further(after: int, step: int) -> int:
    """The step that a page after step `after` ends at. Raises Misunderstood where it does not get beyond that."""
    if step <= after:
        raise Misunderstood(f"the batches after step {after} are said to end at step {step}")
    return step


class MetricsVerbs(Verbs):
    def metrics(
        self,
        job_id: str,
        after: int = 0,
        limit: int = PAGE,
        wait: float = 0,
        max_points: int | None = None,
        until: int | None = None,
        patience: float | None = None,
    ) -> MetricsPage:
        """Batches after step `after` up to step `until`; waits up to `wait` seconds (60 at most) for the first of
        them.

        `max_points` thins the series out and keeps its extremes.
        """
        query = given(after=after, until=until, limit=limit, wait=wait, max_points=max_points)
        path, timeout = place("jobs", job_id, "metrics"), self._timeout + wait
        return self._server.ask(MetricsPage, "GET", path, params=query, timeout=timeout, patience=patience)

    def metrics_csv(
        self, job_id: str, after: int = 0, limit: int = PAGE, until: int | None = None
    ) -> Iterator[str]:
        """The server's CSV up to now, a page at a time; the header stands in the first one only."""
        path, first = place("jobs", job_id, "metrics"), True
        while True:
            query = given(format="csv", after=after, until=until, limit=limit)
            header, *rows = self._server.text("text/csv", path, params=query).splitlines(keepends=True)
            if rows:
                column = header.strip().split(",").index("step")
                after = _further(after, int(rows[-1].split(",")[column]))
            yield "".join([header, *rows] if first else rows)
            if not rows:
                return
            first = False

    def points(
        self, job_id: str, after: int = 0, follow: bool = True, until: int | None = None
    ) -> Iterator[Point]:
        """Every batch after step `after`, each once and in order, to step `until` or until the job has finished.

        With `follow=False` it ends where the series ends now.
        """
        while True:
            wait = LONG_POLL if follow else 0
            page = self.metrics(job_id, after=after, wait=wait, until=until, patience=self._reconnect)
            if page.points:
                after = _further(after, page.next_after)
            yield from page.points
            is_all = page.complete or (until is not None and after >= until)
            if is_all or not (follow or page.points):
                return

    def stream(self, job_id: str, after: int = 0) -> Iterator[Event]:
        """Live events until the job has finished; see `client.connection.events` for their kinds.

        Connects again by itself from the last step it has seen, and yields `Lost` before it does.
        """
        path = place("jobs", job_id, "stream")
        return follow(lambda step: self._server.events(path, step), after, Patience(self._reconnect))

    def evaluations(self, job_id: str) -> list[Score]:
        """Every test of the run so far, in order of step."""
        return self._server.ask(Page[Score], "GET", place("jobs", job_id, "evaluations")).data

    def checkpoints(self, job_id: str) -> list[Checkpoint]:
        return self._server.ask(Page[Checkpoint], "GET", place("jobs", job_id, "checkpoints")).data

    def logs(self, job_id: str, lines: int = 200) -> str:
        """The last lines that the job's trainer wrote."""
        return self._server.text("text/plain", place("jobs", job_id, "logs"), params={"lines": lines})
