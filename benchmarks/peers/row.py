"""What a peer prints after every batch: a row as `python -m model --json` has it, as far as it is read."""

import json
import time


def print_batch(step: int, loss: float, accuracy: float) -> None:
    """`step` counts from 1."""
    row = {"kind": "batch", "step": step, "loss": loss, "accuracy": accuracy, "time": time.time()}
    print(json.dumps(row), flush=True)
