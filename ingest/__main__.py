"""`python -m ingest photos.zip --out FOLDER`: prepare a data set with no service; it is what a worker runs."""

import argparse
import json
import os
import resource
import signal
import sys
import traceback
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, TextIO

from pydantic import ValidationError

from ingest.decoder import NICE
from ingest.errors import UploadError
from ingest.prepare import MAX_PIXELS, Prepare
from ingest.spec import Preparation
from ingest.upload import open_upload
from model.data.packed import REPORT
from model.errors import DiskFull, is_full
from model.launch import end_with_supervisor
from model.priority import give_way
from model.refusal import from_validation

LINES = {
    "progress": "{stage}: {step} of {steps}",
    "done": "Done: {classes} classes, {image_size}x{image_size} pixels, {channels} channels; "
    "{images[train]} images to train on, {images[validation]} to validate, {images[test]} to test",
    "stopped": "Stopped; the same command begins again",
    "error": "Error: {message}\n{hint}",
}
MEMORY_BYTES = 4 << 30  # a million entries take one
FAILED, REFUSED, STOPPED = 1, 2, 75  # 75 is EX_TEMPFAIL of sysexits.h: start me again


def main() -> int:
    arguments = _arguments()
    rows = os.fdopen(os.dup(1), "w", encoding="utf-8")  # rows alone go there, see below
    os.dup2(2, 1)
    if arguments.supervised:
        end_with_supervisor(FAILED)
        give_way(NICE)
    _confine()
    try:
        spec = _read_spec(arguments.spec)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    max_pixels = int(arguments.max_megapixels * 1e6)
    prepare = Prepare(lambda: open_upload(arguments.upload), spec, arguments.out, max_pixels)
    status = _run(prepare, rows, arguments.json)
    if not arguments.json:
        _print_report(arguments.out / REPORT, rows)
    return status


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m ingest", description="Turn an upload into a data set that trainers read as it is."
    )
    parser.add_argument("upload", type=Path, help="archive, or file of arrays, of labelled pictures")
    parser.add_argument("--out", type=Path, required=True, help="folder that becomes the data set")
    parser.add_argument("--spec", help="JSON file that says how, or - for standard input")
    parser.add_argument("--json", action="store_true", help="print rows for machines: a JSON object a line")
    parser.add_argument("--supervised", action="store_true", help="end when standard input closes")
    parser.add_argument(
        "--max-megapixels", type=float, default=MAX_PIXELS / 1e6, help="that a picture may have"
    )
    return parser.parse_args()


def _confine() -> None:
    """What lies about its size is refused before the machine is out of memory; mapped files do not count."""
    with suppress(OSError, ValueError):
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        limit = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _read_spec(path: str | None) -> Preparation:
    """ValueError with a line for each field that is wrong."""
    if path is None:
        return Preparation()
    body = json.loads(sys.stdin.read() if path == "-" else Path(path).read_text())
    try:
        return Preparation.model_validate(body)
    except ValidationError as error:
        raise ValueError("\n".join(map(str, from_validation(error, body, Preparation)))) from error


def _run(prepare: Prepare, rows: TextIO, as_json: bool) -> int:
    def stop(*_: object) -> None:
        prepare.stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    kind = ""
    try:
        with closing(iter(prepare)) as happened:  # type: ignore[type-var]
            for row in happened:
                kind = row["kind"]
                _print(row, rows, as_json)
    except BrokenPipeError:
        return FAILED
    except Exception as error:
        row = _error_row(error)
        if row["code"] == "internal":
            traceback.print_exc()
        _print(row, rows, as_json)
        return FAILED
    return STOPPED if kind == "stopped" else 0


def _error_row(error: Exception) -> dict[str, Any]:
    told: dict[str, object] = {"code": "internal", "message": repr(error), "hint": "", "retryable": False}
    if isinstance(error, UploadError):
        told |= {"code": error.code, "message": str(error), "hint": error.hint}
    elif isinstance(error, MemoryError):
        message = (
            f"The upload takes more than the {MEMORY_BYTES >> 30} GiB of memory that an import may have."
        )
        told |= {"code": "out_of_memory", "message": message, "hint": "Send it in smaller files."}
    elif isinstance(error, OSError) and is_full(error):
        told |= {"code": DiskFull.code, "message": str(error), "hint": DiskFull.hint, "retryable": True}
    return {"kind": "error", **told}


def _print(row: dict[str, Any], rows: TextIO, as_json: bool) -> None:
    print(json.dumps(row) if as_json else LINES[row["kind"]].format(**row), file=rows, flush=True)


def _print_report(path: Path, rows: TextIO) -> None:
    """What is wrong, a line a kind, with the first file of each."""
    if not path.exists():
        return
    report = json.loads(path.read_bytes())
    print("{samples} samples: {used} used, {left_out} left out".format(**report["counts"]), file=rows)
    for each in report["left_out"]:
        print(f"left out, {each['code']}: {each['count']}, as {each['files'][0]['path']}", file=rows)
    for each in report["findings"]:
        print(f"{each['severity']}, {each['code']}: {each['count']}. {each['message']}", file=rows)
    for note in report["notes"]:
        print(f"note: {note}", file=rows)
    rows.flush()


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(status)  # not waiting for whatever thread reads standard input
