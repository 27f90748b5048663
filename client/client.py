"""A server of Trainshed, and all that can be asked of it."""

import os
from types import TracebackType
from typing import Self

from client.connection.address import default_url
from client.connection.transport import Transport
from client.verbs.aliases import AliasVerbs
from client.verbs.datasets import DatasetVerbs
from client.verbs.evaluation import EvaluationVerbs
from client.verbs.inference import InferenceVerbs
from client.verbs.jobs import JobVerbs
from client.verbs.metrics import MetricsVerbs
from client.verbs.models import ModelVerbs
from client.verbs.predict import PredictVerbs
from client.verbs.predictions import PredictionVerbs
from client.verbs.server import ServerVerbs
from client.verbs.uploads import UploadVerbs


class Client(
    JobVerbs,
    MetricsVerbs,
    EvaluationVerbs,
    DatasetVerbs,
    UploadVerbs,
    PredictVerbs,
    PredictionVerbs,
    ModelVerbs,
    AliasVerbs,
    InferenceVerbs,
    ServerVerbs,
):
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
