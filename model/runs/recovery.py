"""What a run does about an error that its spec allows it to go on from: back to a checkpoint, and on another way."""

from collections.abc import Callable

from model.errors import Diverged, ModelError, OutOfMemory
from model.spec import JobSpec
from model.training.train import Trainer


def recoverable(spec: JobSpec) -> bool:
    """Whether anything is allowed; then there is a checkpoint from the first step on. A range test ends as it ends."""
    training = spec.training
    return spec.lr_range is None and (training.rollback is not None or training.split_on_out_of_memory)


def recovery(trainer: Trainer, error: ModelError) -> Callable[[Trainer], str] | None:
    """What to do to the trainer once it is back at a checkpoint, and what to say of it; None: nothing is allowed."""
    training = trainer.spec.training
    if not recoverable(trainer.spec):
        return None
    if isinstance(error, Diverged) and training.rollback and trainer.rollbacks < training.rollback.times:
        return _slow_down(trainer.rollbacks + 1)
    if isinstance(error, OutOfMemory) and training.split_on_out_of_memory:
        parts = trainer.micro_batches * 2
        if training.images_per_step % parts == 0:
            return _split(parts)
    return None


def _slow_down(rollbacks: int) -> Callable[[Trainer], str]:
    def act(trainer: Trainer) -> str:
        trainer.rollbacks = rollbacks
        return f"learning rates times {trainer.rate_factor:g} from here on"

    return act


def _split(parts: int) -> Callable[[Trainer], str]:
    def act(trainer: Trainer) -> str:
        trainer.micro_batches = parts
        return f"batches go through the network in {parts} parts from here on"

    return act
