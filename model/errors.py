"""What can go wrong in a run, as a tree.

ModelError
├── DatasetMissing     not on disk, and it could not be downloaded
├── DatasetDamaged     a file is truncated or is not what its name says
├── DeviceMissing      the spec asks for a device that this machine lacks
├── Diverged           the loss is NaN or infinite
├── OutOfMemory        the device has too little memory for the batch
├── DiskFull           there is no room for what must be written before training can begin
├── WeightsMissing     what the network should begin with is not there, and could not be downloaded
├── WeightsForeign     what the network should begin with are the weights of another
├── ExportRefused      a model cannot be had in a format
├── CheckpointDamaged  a checkpoint does not match its checksum
└── CheckpointForeign  a folder's checkpoints are of a spec that this one cannot go on from
"""

import errno


def is_full(error: OSError) -> bool:
    """Whether a write failed because the disk, or the user's share of it, has no room."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


class ModelError(Exception):
    """`code` is for programs, the message for people, `hint` says what to do next."""

    code = "model_error"
    hint = ""
    retryable = False

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint if hint is not None else type(self).hint


class DatasetMissing(ModelError):
    code = "dataset_missing"
    retryable = True


class DatasetDamaged(ModelError):
    code = "dataset_damaged"
    hint = "Delete the file and submit the job again: it is fetched anew."


class DeviceMissing(ModelError):
    code = "device_missing"
    hint = "Set training.device to auto or cpu, or start a worker on a machine that has the device."


class Diverged(ModelError):
    code = "diverged"
    hint = "Lower the learning rate, add warmup_steps or clip_grad_norm, or set batch_norm."

    def __init__(self, message: str, learning_rate: float) -> None:
        super().__init__(message)
        self.learning_rate = learning_rate  # of the batch whose loss it was


class OutOfMemory(ModelError):
    code = "out_of_memory"
    hint = (
        "Raise accumulation_steps, set activation_checkpointing, or lower batch_size or image_size; "
        "POST /jobs/validate estimates the memory."
    )


class WeightsMissing(ModelError):
    code = "weights_missing"
    retryable = True


class WeightsForeign(ModelError):
    code = "weights_foreign"
    hint = "Give the architecture the blocks and the batch_norm of the network that it begins with."


class CheckpointDamaged(ModelError):
    code = "checkpoint_damaged"


class DiskFull(ModelError):
    code = "disk_full"
    hint = "Free some space: the job is tried again."
    retryable = True


class ExportRefused(ModelError):
    code = "export_refused"


class CheckpointForeign(ModelError):
    code = "checkpoint_foreign"
    hint = "Name another folder, or give the spec the architecture, data, batch_size and seed it had."
