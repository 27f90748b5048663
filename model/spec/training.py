"""How the weights are found."""

from math import ceil
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from model.spec.averaging import Ema
from model.spec.fields import Strict, listed
from model.spec.mixing import Mixing
from model.spec.optimizer import Optimizer
from model.spec.rollback import Rollback
from model.spec.schedule import Constant, Schedule

LARGEST_SEED = 2**53 - 1  # the largest integer that survives every JSON parser (RFC 8259, section 6)


LARGEST_AUTO = (
    512  # of `batch_size: auto`; far larger ones want another learning rate and generalize less well
)
# (Keskar et al. 2017, arXiv 1609.04836)


Weight = Annotated[float, Field(gt=0, le=1e6)]
Weights = Annotated[tuple[Weight, ...], listed(max_length=100_000)]


class EarlyStopping(Strict):
    """An end before max_steps, with the weights of the lowest validation loss."""

    patience: int = Field(ge=1, le=10_000, description="Evaluations without a lower validation loss.")
    min_delta: float = Field(0.0, ge=0, le=100, description="By how much it has to be lower to count.")


class Training(Strict):
    """How the weights are found."""

    optimizer: Optimizer = Field(description="How a gradient moves the weights.")
    schedule: Schedule = Field(Constant(), description="How the learning rate changes from step to step.")
    batch_size: Annotated[int, Field(ge=1, le=65_536)] | Literal["auto"] = Field(
        description="`auto`: the largest power of two, up to 512, whose estimated memory fits the worker's device. "
        "Chosen when the job first starts, and kept."
    )
    max_steps: int | None = Field(
        None, ge=1, le=20_000_000, description="Batches to train on; this or epochs."
    )
    epochs: int | None = Field(
        None, ge=1, le=100_000, description="Times that every training image is seen; this or max_steps."
    )
    label_smoothing: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of each label that is spread over all classes (Szegedy et al. 2015, arXiv 1512.00567).",
    )
    class_weights: Literal["balanced"] | Weights | None = Field(
        None,
        description="What an image of each class counts in a batch's loss, in the order of the classes; balanced: in "
        "inverse proportion to the class's training images. Evaluations count every image as one.",
    )
    mixing: Mixing | None = Field(
        None,
        discriminator="name",
        description="Blends of two images of a batch, and of their labels. The accuracy of a batch is then against the "
        "label with the larger share.",
    )
    clip_grad_norm: float | None = Field(
        None, gt=0, le=1e6, description="A gradient that is longer, over all weights, is shortened to it."
    )
    accumulation_steps: int = Field(
        1,
        ge=1,
        le=65_536,
        description="Micro-batches that a batch is split into, one after another through the network: less memory, "
        "the same step. Must divide batch_size. Batch normalization takes its statistics from each micro-batch.",
    )
    activation_checkpointing: bool = Field(
        False,
        description="Compute each block's activations again on the way back in place of keeping them: "
        "less memory, more time, the same gradients.",
    )
    averaging: Ema | None = Field(
        None,
        description="Evaluations, report and model are of these averaged weights; batches of the trained ones.",
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto",
        description="Of convolutions and matrix products; weights are fp32. auto: bf16 where the device has it.",
    )
    seed: int = Field(
        0,
        ge=0,
        le=LARGEST_SEED,
        description="Of all that is random: first weights, order, augmentation, dropout.",
    )
    deterministic: bool = Field(
        False,
        description="On a GPU, use only kernels that give the same bits each time, at some cost in speed; "
        "on a CPU a run is reproducible anyway.",
    )
    evaluation_interval: int | None = Field(
        None, ge=1, description="Steps between evaluations; unset: at the end."
    )
    checkpoint_interval: int | None = Field(None, ge=1, description="Steps between checkpoints.")
    checkpoint_seconds: float | None = Field(
        None,
        ge=1,
        le=86_400,
        description="Between checkpoints. Unset, and without checkpoint_interval: 30 seconds, and longer where saving "
        "would take more than half a hundredth of the time. There is one at every evaluation as well.",
    )
    keep_checkpoints: int = Field(
        2, ge=2, le=1000, description="The newest so many; the one of the best evaluation is kept as well."
    )
    rollback: Rollback | None = Field(
        None,
        description="What to do when the loss becomes NaN or infinite; unset: the job fails, and says so.",
    )
    split_on_out_of_memory: bool = Field(
        False,
        description="When the device runs out of memory, go back to the last checkpoint and on with twice the "
        "micro-batches, as often as batch_size can be halved: the effective batch stays what it is.",
    )
    early_stopping: EarlyStopping | None = Field(
        None, description="End when the validation loss no longer falls; unset: all steps are trained."
    )
    device: Annotated[str, StringConstraints(pattern=r"^(auto|cpu|cuda(:\d{1,2})?)$")] = Field(
        "auto", description="auto: a GPU if the worker has one. cpu; cuda; cuda:1 is the second GPU."
    )

    @field_validator("accumulation_steps")
    @classmethod
    def _divides_the_batch(cls, steps: int, info: ValidationInfo) -> int:
        batch_size = info.data.get("batch_size", 0)  # missing when it was refused itself
        if batch_size == "auto":
            batch_size = LARGEST_AUTO
        if batch_size % steps:
            message = "accumulation_steps {steps} does not divide batch_size {batch_size}"
            raise PydanticCustomError("accumulation", message, {"steps": steps, "batch_size": batch_size})
        return steps

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.max_steps is None) == (self.epochs is None):
            raise PydanticCustomError("training_length", "give max_steps or epochs, one of the two")
        if self.precision == "fp16" and self.device == "cpu":
            raise PydanticCustomError("fp16_on_cpu", "fp16 is for cuda: choose bf16, fp32 or auto on a cpu")
        return self

    @property
    def images_per_step(self) -> int:
        """`batch_size` of a spec in which `auto` has been given its number: `model.estimate.fitting`."""
        assert self.batch_size != "auto"
        return self.batch_size

    def steps(self, images: int) -> int:
        """Batches in the whole run; an epoch's remainder is completed from the next epoch."""
        return (
            self.max_steps
            if self.max_steps is not None
            else ceil((self.epochs or 0) * images / self.images_per_step)
        )
