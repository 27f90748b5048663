"""What a prediction of many pictures keeps on disk."""

from pathlib import Path

from store.work_files import WorkFiles


class PredictionFiles(WorkFiles):
    """`<home>/predictions/<id>/`: what is predicted of many pictures."""

    __slots__ = ()
    PLACE, GLOB = "predictions", "pred_*"

    @property
    def log(self) -> Path:
        return self.folder / "prediction.log"

    @property
    def upload(self) -> Path:
        """Gone when the prediction has ended; there is none where a data set is predicted."""
        return self.folder / "upload"

    @property
    def result(self) -> Path:
        """Whole, or not there."""
        return self.folder / "result.jsonl"

    def sweep(self) -> None:
        """When the prediction has ended."""
        self.upload.unlink(missing_ok=True)
        WorkFiles.sweep(self)
