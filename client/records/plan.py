"""What a spec would build and cost, typed."""

from typing import Any

from pydantic import Field

from client.records.record import Record


class Layer(Record):
    """A row of the layer table; `output` is [channels, height, width] or [features]."""

    name: str
    kind: str
    output: list[int] = Field(default_factory=list)
    parameters: int = 0
    flops: int = 0


class Plan(Record):
    """What a spec would build and cost, without queueing it; `spec` has its presets expanded."""

    spec: dict[str, Any]
    layers: list[Layer] = Field(default_factory=list)
    parameters: int = 0
    flops_per_image: int = 0
    training_memory_bytes: int = 0
    batch_size: int | None = None
    steps: int | None = None
    images_per_epoch: int | None = None
    device: str | None = None
    precision: str | None = None
    seconds_per_step: float | None = None
    seconds: float | None = None
    no_seconds_because: str | None = None
    warnings: list[Any] = Field(default_factory=list)
