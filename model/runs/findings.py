"""What is known of a network when all is trained, and the files that it is kept in."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from model.durable import write_whole
from model.evaluation import pictures
from model.evaluation.evaluate import Report
from model.evaluation.familiar import Familiar
from model.evaluation.pictures import pictures_of
from model.evaluation.suspects import Suspects
from model.finished import predict
from model.runs.folder import MODEL, PICTURES, REPORT, SUSPECTS
from model.spec import JobSpec
from model.training.train import Trainer


class Findings(NamedTuple):
    report: Report
    suspects: Suspects
    familiar: Familiar | None
    pictures: NDArray[np.void]  # records of model/evaluation/pictures.py

    @classmethod
    def of(cls, trainer: Trainer) -> Self:
        """The report comes first: it may take other weights than the last. Diverged, OutOfMemory."""
        report = trainer.report()
        shown = pictures_of(trainer.dataset.test, report.hardest)
        return cls(report, trainer.suspects(), trainer.familiar(), shown)

    def write(self, folder: Path, spec: JobSpec, trainer: Trainer) -> None:
        """With the model; the report last: where it is, all is. OSError."""
        predict.write(
            folder / MODEL,
            spec,
            trainer.evaluated,
            trainer.preprocess,
            trainer.dataset.name,
            trainer.dataset.classes,
            trainer.train.images.shape[1],
            self.report.step,
            trainer.dataset.fit,
            self.report.calibration,
            self.familiar,
        )
        write_whole(folder / SUSPECTS, json.dumps(asdict(self.suspects)).encode())
        pictures.write(folder / PICTURES, self.pictures)
        write_whole(folder / REPORT, json.dumps(asdict(self.report)).encode())
