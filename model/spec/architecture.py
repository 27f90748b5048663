"""The network: repeated blocks, a head, a classifier."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_serializer, model_validator
from pydantic_core import PydanticCustomError

from model.spec.fields import Strict, listed
from model.spec.presets import PRESETS

Preset = Literal[
    "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn", "alexnet"
]


class Block(Strict):
    """Convolutions of one width, then a pooling. `[2, 256]` is short for two 3x3 convolutions of 256 channels."""

    convolutions: int = Field(ge=1, le=16, description="One after another, each with its activation.")
    channels: int = Field(ge=1, le=4096, description="Of each convolution's output.")
    kernel_size: int = Field(3, ge=1, le=15, description="Pixels a side.")
    stride: int = Field(1, ge=1, le=8, description="Of the first convolution.")
    padding: int | None = Field(
        None, ge=0, le=7, description="Unset: kernel_size // 2, which keeps the size."
    )
    pool: int | None = Field(
        2, ge=2, le=4, description="Window of the max-pooling, its stride is 2; null for none."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_pair(cls, value: object) -> object:
        if isinstance(value, list | tuple):
            if len(value) != 2:
                raise PydanticCustomError("block_pair", "a block is [convolutions, channels] or an object")
            return {"convolutions": value[0], "channels": value[1]}
        return value

    @model_serializer
    def _as_pair(self) -> list[int] | dict[str, int | None]:
        rest = {name: getattr(self, name) for name in ("kernel_size", "stride", "padding", "pool")}
        changed = {
            name: value for name, value in rest.items() if value != type(self).model_fields[name].default
        }
        if not changed:
            return [self.convolutions, self.channels]
        return {"convolutions": self.convolutions, "channels": self.channels, **changed}


class Architecture(Strict):
    """Repeated blocks, a head and a classifier. A preset fills in what is not given."""

    preset: Preset | None = Field(None, description="A known network; what else is given changes it.")
    blocks: tuple[Block, ...] = listed(
        default=(), max_length=32, description="From the image on; a preset has its own."
    )
    classifier: tuple[Annotated[int, Field(ge=1, le=65536)], ...] = listed(
        default=(4096, 4096),
        max_length=8,
        description="Widths of the hidden fully connected layers; may be empty.",
    )
    dropout: float = Field(0.5, ge=0, lt=1, description="After each hidden layer of the classifier.")
    batch_norm: bool = Field(False, description="After each convolution.")
    activation: Literal["relu", "leaky_relu", "elu", "gelu", "silu"] = Field(
        "relu", description="After each convolution and each hidden layer."
    )
    head: Literal["flatten", "average", "max"] = Field(
        "flatten", description="flatten as in the paper, or global average or max pooling."
    )
    init: Literal["xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal"] = Field(
        "xavier_uniform", description="What the first weights are drawn from; biases are 0."
    )

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, value: object) -> object:
        preset = value.get("preset") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(preset, str) or preset not in PRESETS:
            return value
        return {**PRESETS[preset], **value}

    @property
    def published(self) -> str | None:
        """The preset that has the same convolutions, whatever its classifier."""
        presets = (Architecture.model_validate({"preset": name}) for name in PRESETS)
        same = (
            each.preset
            for each in presets
            if (each.blocks, each.batch_norm) == (self.blocks, self.batch_norm)
        )
        return next(same, None)

    @model_validator(mode="after")
    def _has_blocks(self) -> Self:
        if not self.blocks:
            raise PydanticCustomError(
                "blocks_missing", "give a preset, or blocks such as [[1, 64], [1, 128]]"
            )
        if self.preset and self.blocks != tuple(
            Block.model_validate(b) for b in PRESETS[self.preset]["blocks"]
        ):
            raise PydanticCustomError(
                "preset_and_blocks", "blocks differ from the preset's: give one of the two"
            )
        return self
