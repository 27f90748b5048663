"""The learning rate as a pure function of the step: nothing to save, nothing to restore, drawn without torch."""

from collections.abc import Callable
from math import cos, pi
from typing import Any

from model.spec import Training


def learning_rate(training: Training, step: int, steps: int) -> float:
    """The rate of batch number `step`, from 0, in a run of `steps` batches."""
    schedule = training.schedule
    warmup = getattr(schedule, "warmup_steps", 0)
    peak = training.optimizer.learning_rate
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * FACTORS[schedule.name](schedule, step - warmup, max(1, steps - warmup))


def _one_cycle(schedule: Any, step: int, steps: int) -> float:
    """As torch's OneCycleLR with cosine annealing; the momentum stays as it is."""
    start = 1 / schedule.initial_divisor
    turn, last = schedule.rise * steps - 1, steps - 1
    if step <= turn:
        return _cosine_between(start, 1.0, step / turn if turn > 0 else 1.0)
    return _cosine_between(
        1.0, start / schedule.final_divisor, (step - turn) / (last - turn) if last > turn else 1.0
    )


def _cosine_between(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + cos(pi * share)) / 2


FACTORS: dict[str, Callable[[Any, int, int], float]] = {
    "constant": lambda schedule, step, steps: 1.0,
    "step": lambda schedule, step, steps: schedule.gamma ** (step // schedule.step_size),
    "cosine": lambda schedule, step, steps: _cosine_between(1.0, schedule.minimum, step / steps),
    "one_cycle": _one_cycle,
    "exponential": lambda schedule, step, steps: schedule.first ** (1 - step / max(1, steps - 1)),
}
