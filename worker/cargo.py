"""What a trainer or an import said that the store has not got yet. It waits here while Redis is away."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.training.metrics import RECORD, BatchMetrics
from worker.child import Row

SUMMARY = ("step", "split", "images", "loss", "accuracy")  # of an evaluation; the whole of it is in a file


@dataclass
class Cargo:
    attempt: int
    series: Path  # what the run wrote down of every batch before its last checkpoint
    first_step: int = 1
    records: bytearray = field(default_factory=bytearray)
    fields: dict[str, Any] = field(default_factory=dict)
    evaluations: dict[int, dict[str, Any]] = field(default_factory=dict)
    events: dict[int, dict[str, Any]] = field(default_factory=dict)
    error: dict[str, Any] | None = None  # the trainer's last words; they go with the job's end
    told: int = 0  # events so far

    @property
    def batches(self) -> int:
        return len(self.records) // RECORD.itemsize

    @property
    def is_empty(self) -> bool:
        return not (self.records or self.fields or self.evaluations or self.events)

    def load(self, row: Row) -> None:
        LOADERS.get(row["kind"], lambda cargo, row: None)(self, {k: v for k, v in row.items() if k != "kind"})

    def tell(self, event: str, step: int, message: str) -> None:
        """For the job's history."""
        self.told += 1
        self.events[self.told] = {"event": event, "step": step, "message": message}

    def start(self, row: Row) -> None:
        """A run says where it goes on. What led there is shipped again, should a worker have died with it."""
        step = row["step"]
        self.records[:] = self.series.read_bytes()[: step * RECORD.itemsize] if step else b""
        self.first_step = 1
        self.fields.update(row)
        if step:
            self.tell("resumed", step, f"attempt {self.attempt} goes on from step {step}")
        elif self.attempt > 1:
            self.tell("restarted", 0, f"attempt {self.attempt} begins again: there was no checkpoint yet")

    def progress(self, row: Row) -> None:
        self.fields.update(row)

    def batch(self, row: Row) -> None:
        """Takes its place by its step: a run that went back to a checkpoint comes to some steps again. ValueError."""
        metrics = BatchMetrics(**row)
        if metrics.step > self.first_step + self.batches:
            raise ValueError(f"the trainer told of step {metrics.step}, and not of step {metrics.step - 1}")
        if metrics.step < self.first_step:
            self.first_step = metrics.step
        del self.records[(metrics.step - self.first_step) * RECORD.itemsize :]
        self.records += metrics.pack()
        self.fields["step"] = metrics.step

    def evaluation(self, row: Row) -> None:
        self.evaluations[row["step"]] = self.fields["evaluation"] = {name: row[name] for name in SUMMARY}

    def checkpoint(self, row: Row) -> None:
        self.fields["checkpoint"] = row["step"]

    def event(self, row: Row) -> None:
        self.tell(**row)

    def lr_range(self, row: Row) -> None:
        self.fields["lr_range"] = row

    def fail(self, row: Row) -> None:
        self.error = row

    def shipped(self) -> None:
        self.first_step += self.batches
        self.records.clear()
        self.fields.clear()
        self.evaluations.clear()
        self.events.clear()


LOADERS: dict[str, Any] = {
    "start": Cargo.start,
    "progress": Cargo.progress,
    "batch": Cargo.batch,
    "checkpoint": Cargo.checkpoint,
    "evaluation": Cargo.evaluation,
    "report": Cargo.evaluation,
    "event": Cargo.event,
    "lr_range": Cargo.lr_range,
    "error": Cargo.fail,
}
