"""`python -m model spec.json`: train a spec with no service, printing a line a batch; it is what a worker runs."""

import argparse
import json
import logging
import os
import signal
import sys
import traceback
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from pydantic import ValidationError

from model import launch
from model.errors import DiskFull, ModelError, is_full
from model.refusal import SpecError, from_validation
from model.spec import JobSpec

if TYPE_CHECKING:
    from model.runs.run import Row, Run

LINES = {
    "start": "Training {steps} steps on {device} in {precision}, from step {step}",
    "batch": "Batch {step}, Loss: {loss:f}, Train acc {accuracy:f}, {images_per_second:.0f} images/s",
    "evaluation": "After {step}: {split} loss {loss:f}, {split} acc {accuracy:f}",
    "checkpoint": "Checkpoint of step {step}, {bytes} bytes",
    "report": "Test Loss: {loss:f}, Test acc {accuracy:f} ({images} images)",
    "lr_range": "Steepest fall of the loss at {steepest_learning_rate}, diverged at {diverged_at}; "
    "suggested learning rate: {suggestion}",
    "event": "At step {step}: {message}",
    "stopped": "Stopped after step {step}; the same command goes on from there if it had --out",
    "error": "Error: {message}\n{hint}",
}
FAILED, REFUSED, STOPPED = 1, 2, 75  # 75 is EX_TEMPFAIL of sysexits.h: start me again


def main() -> int:
    arguments = _arguments()
    if "GLIBC_TUNABLES" not in os.environ and not arguments.supervised and sys.platform == "linux":
        os.execve(sys.executable, [sys.executable, "-m", "model", *sys.argv[1:]], launch.environment())  # noqa: S606
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    rows = _own_standard_output()
    if arguments.supervised:
        launch.end_with_supervisor(FAILED)
    try:
        spec = _read_spec(arguments.spec)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    from model.runs.run import Run  # torch, which takes seconds: a wrong spec is answered before

    run = Run(
        spec,
        arguments.datasets,
        arguments.out,
        arguments.resume_from,
        arguments.init_from,
        arguments.weights,
    )
    return _train(run, rows, arguments.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m model", description="Train a spec, printing a line a batch."
    )
    parser.add_argument("spec", help="JSON file with the body of POST /jobs, or - for standard input")
    parser.add_argument("--json", action="store_true", help="print rows for machines: a JSON object a line")
    parser.add_argument(
        "--out", type=Path, help="folder for checkpoints, model and evaluation; goes on from what is there"
    )
    parser.add_argument(
        "--datasets", type=Path, default=Path(".trainshed/datasets"), help="folder of data sets"
    )
    parser.add_argument(
        "--resume-from",
        type=Path,
        action="append",
        default=[],
        help="folder of an earlier run to go on from where --out has no checkpoint; may be given several times",
    )
    parser.add_argument(
        "--init-from", type=Path, help="folder of the model of the job that the spec begins with"
    )
    parser.add_argument(
        "--weights", type=Path, default=Path(".trainshed/weights"), help="folder of ImageNet weights"
    )
    parser.add_argument("--supervised", action="store_true", help="end when standard input closes")
    return parser.parse_args()


def _read_spec(path: str) -> JobSpec:
    """ValueError with a line for each field that is wrong."""
    content = sys.stdin.read() if path == "-" else Path(path).read_text()
    body = json.loads(content)
    try:
        return JobSpec.model_validate(body)
    except ValidationError as error:
        raise ValueError("\n".join(map(str, from_validation(error, body)))) from error


def _train(run: "Run", rows: TextIO, as_json: bool) -> int:
    def stop(*_: object) -> None:
        run.stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    kind = ""
    try:
        with closing(iter(run)) as happened:  # type: ignore[type-var]
            for row in happened:
                kind = row["kind"]
                _print(row, rows, as_json)
    except (ModelError, SpecError) as error:
        _print(_error_row(error), rows, as_json)
        return FAILED
    except BrokenPipeError:
        return FAILED
    except Exception as error:
        full = isinstance(error, OSError) and is_full(error)
        if not full:
            traceback.print_exc()
        _print(_error_row(DiskFull(str(error)) if full else error), rows, as_json)
        return FAILED
    return STOPPED if kind == "stopped" else 0


def _error_row(error: Exception) -> "Row":
    told: dict[str, object] = {"code": "internal", "message": repr(error), "hint": "", "retryable": False}
    if isinstance(error, SpecError):
        told |= {"code": "spec", "message": str(error.refusal)}
    elif isinstance(error, ModelError):
        told |= {"code": error.code, "message": str(error), "hint": error.hint, "retryable": error.retryable}
    return {"kind": "error", **told}


def _print(row: "Row", rows: TextIO, as_json: bool) -> None:
    line = json.dumps(row) if as_json else LINES.get(row["kind"], "").format(**row)
    if line:
        print(line, file=rows, flush=True)


def _own_standard_output() -> TextIO:
    """Rows alone go to standard output: what libraries print there joins the log on standard error."""
    rows = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return rows


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(
        status
    )  # taking torch down in good order takes a second of a core, and nothing is left to be done
