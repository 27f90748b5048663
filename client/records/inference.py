"""What models are to clients of the Open Inference Protocol, typed."""

from typing import Any

from pydantic import Field

from client.records.record import Record


class Tensor(Record):
    """`shape` has -1 where any size will do; `data` is there in answers alone."""

    name: str
    datatype: str
    shape: list[int]
    data: list[Any] | None = None


class InferenceServer(Record):
    """`extensions` of the protocol that it speaks."""

    name: str
    version: str = ""
    extensions: tuple[str, ...] = ()


class InferenceModel(Record):
    """`parameters` has the names of the classes, in the order of `probabilities`."""

    name: str
    versions: tuple[str, ...] = ()
    platform: str = ""
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()
    parameters: dict[str, Any] = Field(default_factory=dict)


class InferenceState(Record):
    """Of a server or a model; the questions are about one of the two."""

    live: bool = False
    ready: bool = False


class Inference(Record):
    """An answer to a request; `outputs` in the order in which they were asked for."""

    model_name: str
    model_version: str = ""
    id: str | None = None
    outputs: list[Tensor]

    def output(self, name: str) -> Tensor:
        """Raises KeyError where the request did not ask for it."""
        for tensor in self.outputs:
            if tensor.name == name:
                return tensor
        raise KeyError(name)
