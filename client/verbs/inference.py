"""The verbs of the Open Inference Protocol, which KServe and Triton speak too."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from client.errors import Invalid
from client.records.inference import Inference, InferenceModel, InferenceServer, InferenceState
from client.verbs.place import place
from client.verbs.verbs import JSON, Verbs, body

MODELS = "v2/models"


class InferenceVerbs(Verbs):
    """`name` is the id of a finished job, or an alias; `version` its attempt that succeeded, which need not be said."""

    def inference_server(self) -> InferenceServer:
        return self._server.ask(InferenceServer, "GET", "/v2")

    def inference_live(self) -> bool:
        """Asked once. Raises Unreachable where nothing answers."""
        return self._state("/v2/health/live").live

    def inference_ready(self) -> bool:
        """Whether models can be asked, asked once."""
        return self._state("/v2/health/ready").ready

    def inference_model(self, name: str, version: str | None = None) -> InferenceModel:
        """What goes in, and what comes out."""
        return self._server.ask(InferenceModel, "GET", _model(name, version))

    def inference_model_ready(self, name: str, version: str | None = None) -> bool:
        """Whether it can be asked, asked once. Raises NotFound, and Conflict while it is trained."""
        return self._state(_model(name, version, "ready")).ready

    def infer(self, name: str, request: Mapping[str, Any], version: str | None = None) -> Inference:
        """`request` has `inputs`, each with its name, shape, datatype and data, as in the protocol's JSON."""
        path = _model(name, version, "infer")
        return self._server.ask(Inference, "POST", path, content=body(request), headers=JSON, timeout=120.0)

    def _state(self, path: str) -> InferenceState:
        """The protocol says no with a 4xx, whose body is the same."""
        try:
            return self._server.ask(InferenceState, "GET", path, patience=0)
        except Invalid as error:
            if False in (error.body.get("live"), error.body.get("ready")):
                return InferenceState.model_validate(error.body)
            raise


def _model(name: str, version: str | None, *parts: str) -> str:
    return place(MODELS, name, *(("versions", quote(version, safe="")) if version else ()), *parts)
