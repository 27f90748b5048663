"""A whole run: data set, training, checkpoints, the report on the test split, the finished model.

`Run` is iterated like the trainer inside it: it yields a row for everything that happens and writes its files
below one folder. It is what `python -m model` prints and what the service's worker reads.
"""

import platform
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from model.data.catalog import DatasetFacts, facts_of
from model.data.datasets import load
from model.errors import Diverged, ModelError, OutOfMemory, is_full
from model.estimate.cost import bill, held_out
from model.estimate.fitting import fitted, with_batch_size
from model.hardware.device import cap_memory, choose_device, hardware, machine_of, release_memory
from model.runs.findings import Findings
from model.runs.folder import RunFolder
from model.runs.lr_range import RangeTest, swept
from model.runs.pace import Pace
from model.runs.recovery import recoverable, recovery
from model.spec import JobSpec
from model.training.initial import source_of
from model.training.metrics import BatchMetrics, Evaluation, unpack
from model.training.train import Trainer

WEIGHTS_FOLDER = Path(".trainshed/weights")
Row = dict[str, Any]  # "kind" says which; one JSON object on a line
Ending = Generator[Row, None, bool]  # rows; then False if it was asked to stop before its end
LOOK_SECONDS = 2.0  # between two tries to write a model to a disk that is full


class Run:
    """`out` is the run's folder, or None to keep nothing. Set `stopping` to end after the batch in hand.

    It goes on from the newest checkpoint in its folder, else in those of earlier runs, `origins`; else it begins, with
    `initial`, the folder of a model, or a file in the folder `weights`, where the spec says so.
    """

    def __init__(
        self,
        spec: JobSpec,
        datasets: Path,
        out: Path | None,
        origins: Sequence[Path] = (),
        initial: Path | None = None,
        weights: Path = WEIGHTS_FOLDER,
    ) -> None:
        self.spec, self.datasets = spec, datasets
        self._initial, self._weights = initial, weights
        self.folder = RunFolder(out, origins, spec) if out else None
        self.stopping = False
        self._pace = Pace(swept(spec).training)
        self._latest: BatchMetrics | None = None
        self._findings: Findings | None = None  # once all is trained
        self._back_at: int | None = None  # step of the checkpoint that it last went back to

    def __iter__(self) -> Iterator[Row]:
        """SpecError, ModelError, OSError; the last row is `done`, or `stopped` when `stopping` was set."""
        state, damaged = self.folder.find() if self.folder else (None, ())
        trainer = self._trainer()
        if state:
            trainer.load_state_dict(state)
        test = self._range_test(trainer) if self.spec.lr_range else None
        yield self._start_row(trainer)
        for reason in damaged:
            yield _event("checkpoint_damaged", trainer.step, reason)
        if not state:
            yield from self._begin(trainer)
        if recoverable(self.spec) and not state:
            yield from self._save(trainer, None)
        ended = yield from self._train(trainer, test)
        if ended and test:
            yield {"kind": "lr_range", **asdict(test.finding())}
        elif ended:
            ended = yield from self._finish(trainer)
        yield {"kind": "done" if ended else "stopped", "step": trainer.step}

    def _trainer(self) -> Trainer:
        facts = facts_of(self.spec.data, self.datasets)
        cap_memory(choose_device(self.spec.training.device))
        self.spec = self._with_number(facts)
        bill(self.spec, facts)  # SpecError now, before the images are read
        dataset = load(facts, self.datasets).with_validation(
            held_out(self.spec, facts), self.spec.training.seed
        )
        return Trainer(swept(self.spec), dataset)

    def _begin(self, trainer: Trainer) -> Iterator[Row]:
        source = source_of(self.spec, self._initial, self._weights)
        if source:
            new = trainer.begin_with(source)
            rest = f"new are {', '.join(new)}" if new else "all of it"
            yield _event("initialized", 0, f"the network begins with the weights of {source.name}; {rest}")

    def _with_number(self, facts: DatasetFacts) -> JobSpec:
        """The spec with a number for `batch_size: auto`: the one that the run began with, or what fits here."""
        if self.spec.training.batch_size != "auto":
            return self.spec
        known = self.folder.chosen_batch_size() if self.folder else None
        if known:
            return with_batch_size(self.spec, known)
        chosen = fitted(self.spec, facts, machine_of(choose_device(self.spec.training.device)))
        if self.folder:
            self.folder.choose_batch_size(chosen.training.images_per_step)
        return chosen

    def _range_test(self, trainer: Trainer) -> RangeTest:
        """One that has heard what was trained before this run was resumed."""
        trainer.stride = 1  # it ends at a batch, not at the end of eight
        test = RangeTest(trainer.steps)
        if self.folder and trainer.step:
            for record in unpack(self.folder.series())[: trainer.step]:
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
            "hardware": hardware(trainer.device),
            "precision": trainer.precision,
            "threads": torch.get_num_threads(),
            "versions": {"torch": str(torch.__version__), "python": platform.python_version()},
        }

    def _train(self, trainer: Trainer, test: RangeTest | None) -> Ending:
        while True:
            try:
                for fact in test.listen(trainer) if test else trainer:
                    yield from self._tell(trainer, fact)
                    if self.stopping and fact.step == trainer.step:
                        return False
                if test is None:
                    yield from self._conclude(trainer)
                return True
            except (Diverged, OutOfMemory) as error:
                failure = error.with_traceback(None)  # whose frames hold the tensors that did not fit
            yield self._go_back(trainer, failure)

    def _tell(self, trainer: Trainer, fact: BatchMetrics | Evaluation) -> Iterator[Row]:
        if isinstance(fact, BatchMetrics):
            self._latest = fact
            if self.folder:
                self.folder.add(fact.pack())
        yield {"kind": "batch" if isinstance(fact, BatchMetrics) else "evaluation", **asdict(fact)}
        if fact.step < trainer.step:
            return  # the weights are already further, those of this batch are gone
        if self.stopping or self._pace.is_due(fact):
            yield from self._save(trainer, fact if isinstance(fact, Evaluation) else None)

    def _go_back(self, trainer: Trainer, failure: ModelError) -> Row:
        """To the newest checkpoint, and on another way from there; raises the failure where the spec allows none."""
        act = recovery(trainer, failure)
        state = self.folder.find().state if self.folder and act else None
        if not (act and state and self.folder):
            raise failure
        if state["step"] == self._back_at:  # it may have been past rescue
            state = self.folder.give_up(state["step"]) or state
        self._back_at = state["step"]
        release_memory(trainer.device)
        trainer.load_state_dict(state)
        return _event("rolled_back", trainer.step, f"{failure}; back at step {trainer.step}: {act(trainer)}")

    def _save(self, trainer: Trainer, evaluation: Evaluation | None) -> Iterator[Row]:
        """A disk that is full costs no training: the checkpoints before stay, and the next is tried when it is due."""
        if self.folder is None:
            return
        trainer.refuse_if_not_finite()
        facts = {
            "loss": self._latest and self._latest.loss,
            "accuracy": self._latest and self._latest.accuracy,
            "evaluation": evaluation
            and {"split": evaluation.split, "loss": evaluation.loss, "accuracy": evaluation.accuracy},
        }
        try:
            with self._pace.saving():
                manifest = self.folder.save(trainer.state_dict(), **facts)
        except OSError as error:
            if not is_full(error):
                raise
            yield _event("disk_full", trainer.step, f"no checkpoint of step {trainer.step}: {error.strerror}")
        else:
            yield {"kind": "checkpoint", **asdict(manifest)}

    def _conclude(self, trainer: Trainer) -> Iterator[Row]:
        """What can still show that the last batch has ruined the weights.

        The checkpoint is for a job that goes on from here, and comes first: the report may take other weights.
        """
        if self.folder and self.folder.saved_at != trainer.step:
            yield from self._save(trainer, None)
        self._findings = Findings.of(trainer)

    def _finish(self, trainer: Trainer) -> Ending:
        found = self._findings
        assert found
        written = yield from self._write_when_there_is_room(trainer, found)
        if written:
            names = ("step", "split", "images", "loss", "accuracy")
            yield {"kind": "report", **{name: getattr(found.report, name) for name in names}}
        return written

    def _write_when_there_is_room(self, trainer: Trainer, found: Findings) -> Ending:
        told = False
        while True:
            try:
                if self.folder:
                    self.folder.save_series(trainer.step)
                    found.write(self.folder.path, self.spec, trainer)
                return True
            except OSError as error:
                if not is_full(error):
                    raise
                if not told:
                    yield _event("disk_full", trainer.step, f"the model waits for room: {error.strerror}")
            told = True
            if self.stopping:
                return False
            time.sleep(LOOK_SECONDS)


def _event(name: str, step: int, message: str) -> Row:
    """Something that people should know and that ends nothing."""
    return {"kind": "event", "event": name, "step": step, "message": message}
