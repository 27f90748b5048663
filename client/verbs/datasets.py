"""The verbs of data sets."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from client.connection.sending import Sending
from client.connection.source import Progress, opened
from client.connection.transport import given
from client.connection.unfinished import Unfinished
from client.errors import Unprepared
from client.records import JobError
from client.records.dataset import Dataset, DatasetPage, Report, SamplePage
from client.verbs.place import place
from client.verbs.verbs import Verbs

NEWS = 5.0  # seconds; the word that ends a longer wait can be lost


class DatasetVerbs(Verbs):
    """`name` is an id, `flowers:2`, or `flowers`, which is the newest version that is ready."""

    def datasets(self, limit: int = 50, after: str | None = None) -> DatasetPage:
        """One page, newest first; `after` is the last page's `next_after`."""
        return self._server.ask(DatasetPage, "GET", "/datasets", params=given(limit=limit, after=after))

    def dataset(self, name: str, wait: float = 0, patience: float | None = None) -> Dataset:
        """Waits up to `wait` seconds (60 at most) for news of one that is in preparation."""
        query, timeout = given(wait=wait or None), self._timeout + wait
        return self._server.ask(
            Dataset, "GET", place("datasets", name), params=query, timeout=timeout, patience=patience
        )

    def upload_dataset(
        self,
        path: Path | str,
        name: str | None = None,
        progress: Progress | None = None,
        unfinished: Unfinished | None = None,
        **preparation: Any,
    ) -> Dataset:
        """Sends a file, or a folder as an archive of it; `preparation` takes the fields of `POST /datasets`.

        Goes on where it was when the connection breaks or the server restarts; with `unfinished` also where another
        call has stopped. Raises Invalid for wrong fields before the first byte, TrainshedError for what cannot be read.
        """
        progress, unfinished = progress or silent, unfinished or Unfinished()
        with opened(Path(path), progress) as source:
            sending = Sending(
                self._server, "/datasets", Dataset, source, self._reconnect, progress, unfinished
            )
            return sending.run(given(name=name, **preparation))

    def wait_for_dataset(self, name: str, progress: Callable[[Dataset], None] | None = None) -> Dataset:
        """Returns when it is ready. Raises Unprepared when its preparation fails or is cancelled."""
        dataset = self.dataset(name, patience=self._reconnect)
        while not dataset.finished:
            if progress:
                progress(dataset)
            dataset = self.dataset(dataset.id, NEWS, self._reconnect)
        if dataset.state == "ready":
            return dataset
        error = dataset.error or JobError(code="")
        raise Unprepared(name, dataset.state, error.message, error.hint)

    def dataset_report(self, name: str) -> Report:
        """What was wrong with the upload. Raises Conflict while nobody has looked."""
        return self._server.ask(Report, "GET", place("datasets", name, "report"))

    def samples(
        self,
        name: str,
        split: str | None = None,
        label: str | None = None,
        limit: int = 50,
        after: int | None = None,
    ) -> SamplePage:
        """One page of a split and a class; `after` is the last page's `next_after`."""
        query = given(split=split, label=label, limit=limit, after=after)
        return self._server.ask(SamplePage, "GET", place("datasets", name, "samples"), params=query)

    def sample_png(self, name: str, row: int) -> bytes:
        return self._server.send("GET", place("datasets", name, "samples", str(row))).content

    def cancel_dataset(self, name: str) -> Dataset:
        """Gives up its preparation. Raises Conflict when that is finished."""
        return self._server.ask(Dataset, "POST", place("datasets", name, "cancel"), patience=0)

    def delete_dataset(self, name: str) -> None:
        """Removes it. Raises Conflict while it is prepared, and while a job under way needs it."""
        self._server.send("DELETE", place("datasets", name), patience=0)


def silent(stage: str, done: int, total: int) -> None:
    """Nobody wants to hear of progress."""
