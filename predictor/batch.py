"""`python -m predictor.batch MODEL --dataset flowers`: what a model says of many pictures, a JSON line each.

{"path", "label", "predicted", "probability", "top_k"}   label: null where nobody has said
{"path", "error": {"code", "message"}}                   of a picture that cannot be read
"""

import argparse
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from ingest.errors import UploadError
from ingest.source import Fault
from model.durable import writing
from model.errors import DiskFull, ModelError, is_full
from model.finished.predict import Model
from model.hardware.device import choose_device
from model.launch import end_with_supervisor
from model.priority import give_way
from model.refusal import SpecError
from predictor.answer import ranked
from predictor.batcher import Row, looked
from predictor.errors import ModelMissing, ModelUnusable, Refusal
from predictor.pictures import Picture, Source, of_archive, of_dataset
from predictor.trials import equip
from predictor.wire import Question

TOGETHER = 32  # images a forward pass
ROW_SECONDS = 0.25  # between two rows of progress
NICE = 10  # trainers come first
FAILED, STOPPED = 1, 75  # 75 is EX_TEMPFAIL of sysexits.h: start me again


class Stopped(Exception):
    """`stopping` was set."""


class Batch:
    """Iterated like a `Run` of `model`: it yields rows of progress. Set `stopping` to end early, with no file.

    `out` is there as a whole at the end, and not before.
    """

    def __init__(self, model: Model, source: Source, top_k: int, out: Path) -> None:
        self.model, self.source, self.out = model, source, out
        self.question = Question(top_k=top_k)
        self.stopping = False
        self._unreadable = self._labelled = self._right = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """UploadError, ModelError, SpecError, Refusal, OSError, Stopped."""
        with self.source as (steps, pictures), writing(self.out) as file:
            step, told = 0, 0.0
            while group := list(islice(pictures, TOGETHER)):
                if self.stopping:
                    raise Stopped
                file.writelines(json.dumps(line).encode() + b"\n" for line in self._lines(group))
                step += len(group)
                if time.monotonic() - told >= ROW_SECONDS:
                    told = time.monotonic()
                    yield {"kind": "progress", "step": step, "steps": steps}
        yield {"kind": "progress", "step": steps, "steps": steps, **self._summary()}

    def _lines(self, group: Sequence[Picture | Fault]) -> Iterator[dict[str, Any]]:
        """In the order of the group."""
        rows = iter(self._rows([each for each in group if isinstance(each, Picture)]))
        for each in group:
            if isinstance(each, Fault):
                self._unreadable += 1
                yield {"path": each.path, "error": {"code": each.code, "message": each.message}}
                continue
            found = ranked(next(rows), self.model.classes, self.question)
            self._labelled += each.label is not None
            self._right += each.label == found["label"]
            yield {
                "path": each.path,
                "label": each.label,
                "predicted": found["label"],
                "probability": found["probability"],
                "top_k": found["top_k"],
            }

    def _rows(self, pictures: Sequence[Picture]) -> list[Row]:
        """Prepared one by one and run as the service does it, for the same answers."""
        if not pictures:
            return []
        images = [self.model.preprocess(each.pixels) for each in pictures]
        probabilities, unfamiliar = looked(self.model, images)
        if not probabilities.isfinite().all():
            raise ModelUnusable("the network answers with NaN: its training diverged")
        told = zip(probabilities.numpy(), unfamiliar.tolist(), strict=True)
        return [Row(row, score, 0.0) for row, score in told]

    def _summary(self) -> dict[str, Any]:
        scored = {"accuracy": self._right / self._labelled} if self._labelled else {}
        return {"unreadable": self._unreadable, **scored}


def main() -> int:
    arguments = _arguments()
    rows = os.fdopen(os.dup(1), "w", encoding="utf-8")  # rows alone go there
    os.dup2(2, 1)
    if arguments.supervised:
        end_with_supervisor(FAILED)
    give_way(NICE)
    try:
        batch = _batch(arguments)
        signal.signal(signal.SIGTERM, lambda *_: setattr(batch, "stopping", True))
        for row in batch:
            print(json.dumps(row), file=rows, flush=True)
    except Stopped:
        return STOPPED
    except BrokenPipeError:
        return FAILED
    except Exception as error:
        print(json.dumps(_error_row(error)), file=rows, flush=True)
        return FAILED
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m predictor.batch", description="What a model says of many pictures, a JSON line each."
    )
    parser.add_argument("model", type=Path, help="folder of a finished model")
    parser.add_argument("--out", type=Path, required=True, help="file that is written when all is done")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--dataset", help="name of a built-in data set, or id of one's own")
    source.add_argument("--pictures", type=Path, help="archive of pictures, in any layout")
    parser.add_argument("--split", default="test", help="train, validation, test or all, of the data set")
    parser.add_argument(
        "--datasets", type=Path, default=Path(".trainshed/datasets"), help="folder of data sets"
    )
    parser.add_argument("--top-k", type=int, default=5, help="classes to name for each picture")
    parser.add_argument("--max-megapixels", type=float, default=25.0, help="that a picture may have")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1")
    parser.add_argument("--supervised", action="store_true", help="end when standard input closes")
    return parser.parse_args()


def _batch(arguments: argparse.Namespace) -> Batch:
    model = load(arguments.model, str(choose_device(arguments.device)))
    if arguments.pictures:
        source = of_archive(arguments.pictures, model, int(arguments.max_megapixels * 1e6))
    else:
        source = of_dataset(arguments.dataset, arguments.split, arguments.datasets, model)
    return Batch(model, source, arguments.top_k, arguments.out)


def load(folder: Path, device: str) -> Model:
    """ModelMissing, ModelUnusable."""
    try:
        model = Model.load(folder, device)
    except FileNotFoundError as error:
        raise ModelMissing("the model is gone: its files were removed") from error
    except Exception as error:
        raise ModelUnusable(f"the model cannot be loaded: {error}") from error
    equip(model, folder)
    return model


def _error_row(error: Exception) -> dict[str, Any]:
    if isinstance(error, OSError) and is_full(error):
        error = DiskFull(str(error))
    told: dict[str, object] = {"code": "internal", "message": repr(error), "hint": "", "retryable": False}
    if isinstance(error, SpecError):
        told |= {"code": "spec", "message": str(error.refusal)}
    elif isinstance(error, Refusal | UploadError | ModelError):
        told |= {"code": error.code, "message": str(error), "hint": getattr(error, "hint", "")}
        told["retryable"] = getattr(error, "retryable", False)
    else:
        traceback.print_exc()
    return {"kind": "error", **told}


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(status)  # not waiting for torch, nor for whatever thread reads standard input
