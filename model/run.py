"""A whole run: data set, training, checkpoints, the report on the test split, the finished model.

`Run` is iterated like the trainer inside it: it yields a row for everything that happens and writes its files
below one folder. It is what `python -m model` prints and what the service's worker reads.
"""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from model import checkpoint, predict
from model.catalog import DatasetFacts, facts_of
from model.cost import bill, held_out
from model.datasets import load
from model.device import choose_device, machine_of
from model.fitting import fitted, with_batch_size
from model.lr_range import RangeTest, swept
from model.metrics import RECORD, BatchMetrics, unpack
from model.spec import JobSpec
from model.train import Trainer

Row = dict[str, Any]  # "kind" says which; one JSON object on a line
CHECKPOINTS, MODEL, REPORT, SERIES = "checkpoints", "model", "evaluation.json", "metrics.bin"
CHOSEN = "batch_size.json"  # the number for `auto`: a run that is resumed keeps it, on whatever machine
CHECKPOINT_SECONDS = 30.0  # where the spec sets no interval: what a crash may cost
KEPT = 2  # the newest, and the one before should it be damaged


class Run:
    """`out` is the run's folder, or None to keep nothing. Set `stopping` to end after the batch in hand."""

    def __init__(self, spec: JobSpec, datasets: Path, out: Path | None) -> None:
        self.spec, self.datasets, self.out = spec, datasets, out
        self.stopping = False
        self._unsaved = bytearray()  # records since the last checkpoint

    def __iter__(self) -> Iterator[Row]:
        """SpecError and ModelError; the last row is `done`, or `stopped` when `stopping` was set."""
        trainer = self._trainer()
        test = self._range_test(trainer) if self.spec.lr_range else None
        yield self._start_row(trainer)
        saved = time.monotonic()
        latest: BatchMetrics | None = None
        for fact in test.listen(trainer) if test else trainer:
            if isinstance(fact, BatchMetrics):
                latest = fact
                self._unsaved += fact.pack()
            yield {"kind": "batch" if isinstance(fact, BatchMetrics) else "evaluation", **asdict(fact)}
            if fact.step < trainer.step:
                continue  # the weights are already further, those of this batch are gone
            if self.stopping or self._is_due(trainer.step, saved, fact is latest):
                yield from self._save(trainer, latest)
                saved = time.monotonic()
            if self.stopping:
                yield {"kind": "stopped", "step": trainer.step}
                return
        if test:
            yield {"kind": "lr_range", **asdict(test.finding())}
        else:
            yield from self._finish(trainer)
        yield {"kind": "done", "step": trainer.step}

    def _trainer(self) -> Trainer:
        facts = facts_of(self.spec.data)
        self.spec = self._with_number(facts)
        bill(self.spec, facts)  # SpecError now, before the images are read
        dataset = load(facts, self.datasets).with_validation(
            held_out(self.spec, facts), self.spec.training.seed
        )
        trainer = Trainer(swept(self.spec), dataset)
        state = checkpoint.newest(self.out / CHECKPOINTS) if self.out else None
        if state:
            trainer.load_state_dict(state)
        return trainer

    def _with_number(self, facts: DatasetFacts) -> JobSpec:
        """The spec with a number for `batch_size: auto`: the one that the run began with, or what fits here."""
        if self.spec.training.batch_size != "auto":
            return self.spec
        path = self.out / CHOSEN if self.out else None
        if path and path.exists():
            return with_batch_size(self.spec, json.loads(path.read_bytes()))
        chosen = fitted(self.spec, facts, machine_of(choose_device(self.spec.training.device)))
        if path:
            checkpoint.write_whole(path, json.dumps(chosen.training.batch_size).encode())
        return chosen

    def _range_test(self, trainer: Trainer) -> RangeTest:
        """One that has heard what was trained before this run was resumed."""
        trainer.stride = 1  # it ends at a batch, not at the end of eight
        test = RangeTest(trainer.steps)
        if self.out and trainer.step:
            for record in unpack((self.out / SERIES).read_bytes())[: trainer.step]:
                test.hear(record["loss"], record["learning_rate"])
        return test

    def _start_row(self, trainer: Trainer) -> Row:
        return {
            "kind": "start",
            "step": trainer.step,
            "steps": trainer.steps,
            "images_per_epoch": len(trainer.train),
            "batch_size": self.spec.training.images_per_step,
            "device": str(trainer.device),
            "precision": trainer.precision,
            "threads": torch.get_num_threads(),
        }

    def _is_due(self, step: int, saved: float, is_batch: bool) -> bool:
        interval = self.spec.training.checkpoint_interval
        if interval:
            return is_batch and step % interval == 0
        return time.monotonic() - saved > CHECKPOINT_SECONDS

    def _save(self, trainer: Trainer, latest: BatchMetrics | None) -> Iterator[Row]:
        if self.out is None:
            return
        self._save_series(self.out / SERIES, trainer.step)
        folder = self.out / CHECKPOINTS
        loss, accuracy = (latest.loss, latest.accuracy) if latest else (None, None)
        manifest = checkpoint.save(folder, trainer.state_dict(), time.time(), loss, accuracy)
        checkpoint.prune(folder, KEPT)
        yield {"kind": "checkpoint", **asdict(manifest)}

    def _save_series(self, path: Path, step: int) -> None:
        """Every batch up to a checkpoint is on disk before it: who goes on from there can tell the whole series."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        with path.open("r+b") as file:
            file.seek(step * RECORD.itemsize - len(self._unsaved))
            file.write(self._unsaved)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
        self._unsaved.clear()

    def _finish(self, trainer: Trainer) -> Iterator[Row]:
        report = trainer.report()
        summary = {name: getattr(report, name) for name in ("step", "split", "images", "loss", "accuracy")}
        if self.out:
            predict.write(
                self.out / MODEL,
                self.spec,
                trainer.evaluated,
                trainer.preprocess,
                trainer.dataset.name,
                trainer.dataset.classes,
                trainer.train.images.shape[1],
                report.step,
            )
            checkpoint.write_whole(self.out / REPORT, json.dumps(asdict(report)).encode())
        yield {"kind": "report", **summary}
