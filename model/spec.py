"""What a job is asked to do: architecture, data and training, checked field by field. Pydantic only, no torch.

`JobSpec` is the body of `POST /jobs` and the file that `python -m model` reads. A field that is not known is
an error, never ignored; numbers are never made from strings; NaN and Infinity are refused.
"""

from math import ceil
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_serializer, model_validator
from pydantic_core import PydanticCustomError

from model.presets import PRESETS

Preset = Literal[
    "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn", "alexnet"
]
LARGEST_SEED = 2**53 - 1  # the largest integer that survives every JSON parser (RFC 8259, section 6)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def listed(**limits: Any) -> Any:
    """A field that takes a JSON list for a tuple; its items stay strict."""
    return Field(strict=False, **limits)


class Block(Strict):
    """Convolutions of one width, then a pooling. `[2, 256]` is short for two 3x3 convolutions of 256 channels."""

    convolutions: int = Field(ge=1, le=16)
    channels: int = Field(ge=1, le=4096)
    kernel_size: int = Field(3, ge=1, le=15)
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

    preset: Preset | None = None
    blocks: tuple[Block, ...] = listed(default=(), max_length=32)
    classifier: tuple[Annotated[int, Field(ge=1, le=65536)], ...] = listed(
        default=(4096, 4096),
        max_length=8,
        description="Widths of the hidden fully connected layers; may be empty.",
    )
    dropout: float = Field(0.5, ge=0, lt=1, description="After each hidden layer of the classifier.")
    batch_norm: bool = Field(False, description="After each convolution.")
    activation: Literal["relu", "leaky_relu", "elu", "gelu", "silu"] = "relu"
    head: Literal["flatten", "average", "max"] = Field(
        "flatten", description="flatten as in the paper, or global average or max pooling."
    )
    init: Literal["xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal"] = "xavier_uniform"

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, value: object) -> object:
        preset = value.get("preset") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(preset, str) or preset not in PRESETS:
            return value
        return {**PRESETS[preset], **value}

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


class Data(Strict):
    """Which images, and what is done to them before the network sees them."""

    dataset: str | None = Field(None, min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")
    classes: int | None = Field(
        None, ge=2, le=100_000, description="In place of a dataset, to validate only."
    )
    channels: Literal[1, 3] | None = Field(None, description="In place of a dataset, to validate only.")
    image_size: int | None = Field(
        None, ge=8, le=1024, description="Pixels a side; unset: the dataset's own size."
    )
    normalization: Literal["unit", "standard"] = Field(
        "unit", description="unit: pixels in [0, 1]. standard: then each channel to mean 0, deviation 1."
    )
    augmentation: tuple[Literal["horizontal_flip", "pad_crop"], ...] = listed(default=(), max_length=8)
    validation_split: float = Field(0.0, ge=0, le=0.5, description="Share of the training images held out.")

    @model_validator(mode="after")
    def _dataset_or_shape(self) -> Self:
        if self.dataset and (self.classes or self.channels):
            raise PydanticCustomError(
                "dataset_and_shape", "a dataset has its own classes and channels: drop them"
            )
        if not self.dataset and not (self.classes and self.channels and self.image_size):
            raise PydanticCustomError(
                "dataset_missing", "give a dataset (or classes, channels and image_size)"
            )
        return self


LearningRate = Annotated[float, Field(gt=0, le=100)]
WeightDecay = Annotated[float, Field(ge=0, le=10)]
Betas = Annotated[tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]], listed()]


class Sgd(Strict):
    name: Literal["sgd"]
    learning_rate: LearningRate
    momentum: float = Field(0.0, ge=0, lt=1)
    nesterov: bool = False
    weight_decay: WeightDecay = 0.0

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise PydanticCustomError("nesterov", "nesterov needs a momentum above 0, such as 0.9")
        return self


class Adam(Strict):
    name: Literal["adam"]
    learning_rate: LearningRate
    betas: Betas = (0.9, 0.999)
    eps: float = Field(1e-8, gt=0, le=1)
    weight_decay: WeightDecay = 0.0


class AdamW(Strict):
    name: Literal["adamw"]
    learning_rate: LearningRate
    betas: Betas = (0.9, 0.999)
    eps: float = Field(1e-8, gt=0, le=1)
    weight_decay: WeightDecay = 0.01


class Schedule(Strict):
    warmup_steps: int = Field(0, ge=0, le=10_000_000, description="Linear rise from 0 to the first rate.")


class Constant(Schedule):
    name: Literal["constant"] = "constant"


class Step(Schedule):
    name: Literal["step"]
    step_size: int = Field(ge=1, le=100_000_000, description="Steps between two drops.")
    gamma: float = Field(0.1, gt=0, le=1, description="Factor of each drop.")


class Cosine(Schedule):
    name: Literal["cosine"]
    minimum: float = Field(0.0, ge=0, lt=1, description="Last rate as a share of learning_rate.")


class OneCycle(Strict):
    """learning_rate is the peak (Smith and Topin 2018, arXiv 1708.07120)."""

    name: Literal["one_cycle"]
    rise: float = Field(0.3, gt=0, lt=1, description="Share of the steps spent rising.")
    initial_divisor: float = Field(25.0, ge=1, le=1e6)
    final_divisor: float = Field(1e4, ge=1, le=1e9)


class EarlyStopping(Strict):
    patience: int = Field(ge=1, le=10_000, description="Evaluations without a lower validation loss.")
    min_delta: float = Field(0.0, ge=0, le=100)


class Training(Strict):
    """How the weights are found."""

    optimizer: Annotated[Sgd | Adam | AdamW, Field(discriminator="name")]
    schedule: Annotated[Constant | Step | Cosine | OneCycle, Field(discriminator="name")] = Constant()
    batch_size: int = Field(ge=1, le=65_536)
    max_steps: int | None = Field(None, ge=1, le=20_000_000)
    epochs: int | None = Field(None, ge=1, le=100_000)
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    clip_grad_norm: float | None = Field(None, gt=0, le=1e6)
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    seed: int = Field(0, ge=0, le=LARGEST_SEED)
    evaluation_interval: int | None = Field(
        None, ge=1, description="Steps between evaluations; unset: at the end."
    )
    checkpoint_interval: int | None = Field(None, ge=1, description="Steps; unset: every 30 seconds.")
    early_stopping: EarlyStopping | None = None
    device: Annotated[str, StringConstraints(pattern=r"^(auto|cpu|cuda(:\d{1,2})?)$")] = "auto"

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.max_steps is None) == (self.epochs is None):
            raise PydanticCustomError("training_length", "give max_steps or epochs, one of the two")
        if self.precision == "fp16" and self.device == "cpu":
            raise PydanticCustomError("fp16_on_cpu", "fp16 is for cuda: choose bf16, fp32 or auto on a cpu")
        return self

    def steps(self, images: int) -> int:
        """Batches in the whole run; an epoch's remainder is completed from the next epoch."""
        return (
            self.max_steps
            if self.max_steps is not None
            else ceil((self.epochs or 0) * images / self.batch_size)
        )


Label = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f:]+$")]


class JobSpec(Strict):
    """One training run."""

    name: str | None = Field(None, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")
    labels: dict[Label, Label] = Field(default={}, max_length=16)
    priority: int = Field(
        0, ge=-100, le=100, description="Higher runs first; first in, first out within one."
    )
    architecture: Architecture
    data: Data
    training: Training

    @model_validator(mode="after")
    def _early_stopping_has_what_it_needs(self) -> Self:
        if self.training.early_stopping and not (
            self.data.validation_split and self.training.evaluation_interval
        ):
            raise PydanticCustomError(
                "early_stopping",
                "early_stopping needs data.validation_split and training.evaluation_interval",
            )
        return self
