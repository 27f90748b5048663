"""The verbs of predictions of many pictures."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

from client.connection.sending import Sending
from client.connection.source import Progress, opened
from client.connection.transport import given
from client.connection.unfinished import Unfinished
from client.errors import Unprepared
from client.records import JobError, Page
from client.records.bulk import BulkPrediction
from client.verbs.datasets import NEWS, silent
from client.verbs.place import place
from client.verbs.verbs import JSON, Verbs, body


class PredictionVerbs(Verbs):
    """`predict_dataset` and `predict_files` return at once; `wait_for_prediction` waits,
    `prediction_result` fetches.
    """

    def predict_dataset(
        self, model: str, dataset: str, split: str = "test", top_k: int = 5
    ) -> BulkPrediction:
        """By the model of a job, or that of an alias. `dataset` is a name, `name:version` or id; `split` train,
        validation, test or all.

        One call makes one prediction, however often it has to be sent.
        """
        fields = {"model": model, "dataset": dataset, "split": split, "top_k": top_k}
        headers = JSON | {"Idempotency-Key": str(uuid4())}
        return self._server.ask(BulkPrediction, "POST", "/predictions", content=body(fields), headers=headers)

    def predict_files(
        self,
        path: Path | str,
        model: str,
        top_k: int = 5,
        progress: Progress | None = None,
        unfinished: Unfinished | None = None,
    ) -> BulkPrediction:
        """Sends an archive of pictures, or a folder as an archive of it; goes on after breaks as `upload_dataset`
        does.
        """
        with opened(Path(path), progress or silent) as source:
            sending = Sending(
                self._server,
                "/predictions",
                BulkPrediction,
                source,
                self._reconnect,
                progress or silent,
                unfinished or Unfinished(),
            )
            return sending.run({"model": model, "top_k": top_k})

    def predictions(self, limit: int = 50, after: str | None = None) -> Page[BulkPrediction]:
        """One page, newest first; `after` is the last page's `next_after`."""
        query = given(limit=limit, after=after)
        return self._server.ask(Page[BulkPrediction], "GET", "/predictions", params=query)

    def prediction(
        self, prediction_id: str, wait: float = 0, patience: float | None = None
    ) -> BulkPrediction:
        """Waits up to `wait` seconds (60 at most) for news of one that has not ended."""
        query, timeout = given(wait=wait or None), self._timeout + wait
        path = place("predictions", prediction_id)
        return self._server.ask(BulkPrediction, "GET", path, params=query, timeout=timeout, patience=patience)

    def wait_for_prediction(
        self, prediction_id: str, progress: Callable[[BulkPrediction], None] | None = None
    ) -> BulkPrediction:
        """Returns when its result is there. Raises Unprepared when it fails or is cancelled."""
        found = self.prediction(prediction_id, patience=self._reconnect)
        while not found.finished:
            if progress:
                progress(found)
            found = self.prediction(prediction_id, NEWS, self._reconnect)
        if found.state == "succeeded":
            return found
        error = found.error or JobError(code="")
        raise Unprepared(prediction_id, found.state, error.message, error.hint)

    def prediction_result(self, prediction_id: str, form: str = "jsonl") -> Iterator[bytes]:
        """A line a picture, as "jsonl" or "csv", in pieces. Raises Conflict before it has succeeded."""
        return self._server.pieces(place("predictions", prediction_id, "result"), params={"format": form})

    def cancel_prediction(self, prediction_id: str) -> BulkPrediction:
        """Raises Conflict when it has ended."""
        return self._server.ask(
            BulkPrediction, "POST", place("predictions", prediction_id, "cancel"), patience=0
        )

    def delete_prediction(self, prediction_id: str) -> None:
        """One that has ended, with its result. Raises Conflict before."""
        self._server.send("DELETE", place("predictions", prediction_id), patience=0)
