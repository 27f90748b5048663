"""The jobs that are put through it: short trainings that differ in what their checkpoints hold."""

import copy
from dataclasses import dataclass
from typing import Any

STEPS = 400  # some five seconds on a core that is shared
CHECKPOINT_STEPS = 10  # small, so that kills fall into the writing of checkpoints
BASE: dict[str, Any] = {
    "architecture": {"blocks": [[1, 4], [1, 8]], "classifier": [], "head": "average"},
    "data": {"dataset": "fashion-mnist"},
    "training": {
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "batch_size": 64,
        "max_steps": STEPS,
        "checkpoint_interval": CHECKPOINT_STEPS,
        "precision": "fp32",
    },
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What differs from `BASE`, and how such a job must end unless somebody cancels it."""

    architecture: dict[str, Any]
    data: dict[str, Any]
    training: dict[str, Any]
    mode: str = "train"
    end: str = "succeeded"
    code: str | None = None  # of the error, for those that fail

    def spec(self, seed: int) -> dict[str, Any]:
        spec = copy.deepcopy(BASE) | {"mode": self.mode}
        for part in ("architecture", "data", "training"):
            spec[part] |= getattr(self, part)
        spec["training"]["seed"] = seed
        return spec


KINDS: dict[str, Kind] = {
    "plain": Kind({}, {}, {}),
    "bf16": Kind({}, {}, {"precision": "bf16"}),
    "stops early": Kind(
        {"classifier": [32], "dropout": 0.5},
        {"augmentation": ["horizontal_flip", "pad_crop"], "validation_split": 0.02},
        {
            "schedule": {"name": "cosine", "warmup_steps": 20},
            "evaluation_interval": 75,
            # No loss falls by so much after the first evaluation: it ends at the fourth, and the first was the best.
            "early_stopping": {"patience": 3, "min_delta": 100.0},
        },
    ),
    "averaged": Kind({"batch_norm": True}, {}, {"averaging": {"name": "ema", "decay": 0.98}}),
    "adam": Kind({}, {}, {"optimizer": {"name": "adam", "learning_rate": 0.01}}),
    "mixed": Kind(
        {"batch_norm": True},
        {"augmentation": ["pad_crop"]},
        {
            "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
            "mixing": {"name": "cutmix"},
            "accumulation_steps": 2,
            "schedule": {"name": "one_cycle"},
        },
    ),
    "range test": Kind({"batch_norm": True}, {}, {}, mode="lr_range"),
    "diverges": Kind(
        {},
        {},
        {
            # Each step multiplies the weights by more than it takes off, once the warm-up has gone far enough.
            "optimizer": {"name": "sgd", "learning_rate": 100.0, "momentum": 0.99, "weight_decay": 0.1},
            "schedule": {"name": "constant", "warmup_steps": 12_000},
        },
        end="failed",
        code="diverged",
    ),
}
