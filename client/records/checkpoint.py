"""What a run could go on from, typed."""

from client.records.record import Record


class CheckpointScore(Record):
    """Of an evaluation at a checkpoint's step."""

    split: str
    loss: float | None = None
    accuracy: float | None = None


class Checkpoint(Record):
    """Weights kept on the server, with the training batch's figures at that step, and an evaluation's if it had one."""

    step: int
    attempt: int = 0
    bytes: int = 0
    sha256: str = ""
    time: float = 0.0  # unix seconds
    loss: float | None = None
    accuracy: float | None = None
    evaluation: CheckpointScore | None = None
    best: bool = False
