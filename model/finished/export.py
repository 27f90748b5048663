"""`python -m model.finished.export FOLDER --format onnx`: a finished model as a file for others, with its parity.

The file lies in `exports/` of the model's folder, beside the report, which is printed as well. A process that is
killed leaves nothing that would be taken for an export.
"""

import argparse
import hashlib
import json
import shutil
import sys
import warnings
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model import launch
from model.durable import move_whole, write_whole
from model.errors import CheckpointDamaged, ExportRefused, is_full
from model.finished import exported
from model.finished.exported import FORMATS, Format
from model.priority import give_way

if TYPE_CHECKING:
    from model.finished.predict import Model

Report = dict[str, Any]
FAILED = 1
CODES: dict[type[Exception], str] = {
    FileNotFoundError: "model_missing",
    CheckpointDamaged: "model_unusable",
    ExportRefused: "export_refused",
}
TOLERANCE = 1e-3  # a difference of probabilities that nobody would call rounding


def export(folder: Path, kind: Format, datasets: Path) -> Report:
    """FileNotFoundError where there is no model, CheckpointDamaged, ExportRefused, OSError."""
    from model.finished.predict import CARD, Model  # torch, which takes seconds

    model, file = Model.load(folder), exported.file(folder, kind)
    file.parent.mkdir(exist_ok=True)
    part = file.with_stem("part")
    try:
        report = _made(model, kind, part, datasets)
        move_whole(part, file)
    finally:
        part.unlink(missing_ok=True)
    write_whole(exported.report(folder, kind), json.dumps(report).encode())
    if not (folder / CARD).exists():  # it was deleted meanwhile
        shutil.rmtree(file.parent)
        raise FileNotFoundError(f"the model in {folder} was removed")
    return report


def _made(model: "Model", kind: Format, part: Path, datasets: Path) -> Report:
    """Writes it, reads it again and holds it against the model."""
    from model.finished.formats import KINDS
    from model.finished.parity import compare, examples

    how = KINDS[kind]
    how.write(model, part)
    parity = compare(model, how.read(part), *examples(model.card, datasets))
    if not parity.largest_difference <= TOLERANCE:  # also where it is NaN
        raise ExportRefused(
            f"its probabilities differ by {parity.largest_difference:g} from those of the model"
        )
    with part.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    return {
        "format": kind,
        "bytes": part.stat().st_size,
        "sha256": sha256,
        "model_sha256": model.card.sha256,
        "parity": asdict(parity),
        "versions": {name: version(name) for name in how.packages},
    }


def main() -> int:
    arguments = _arguments()
    if arguments.supervised:
        launch.end_with_supervisor(FAILED)
        give_way(10)  # predictions go first
    warnings.simplefilter("ignore")  # of exporters, to those who wrote them
    try:
        print(json.dumps(export(arguments.model, arguments.format, arguments.datasets)))
    except Exception as error:
        code = _code(error)
        if code is None:
            raise
        print(json.dumps({"error": {"code": code, "message": str(error)}}))
        return FAILED
    return 0


def _code(error: Exception) -> str | None:
    """For programs; None for a fault of ours."""
    if isinstance(error, OSError) and is_full(error):
        return "disk_full"
    return next((code for kind, code in CODES.items() if isinstance(error, kind)), None)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m model.finished.export", description="Export a finished model."
    )
    parser.add_argument("model", type=Path, help="folder with model.safetensors and model.json")
    parser.add_argument("--format", choices=FORMATS, required=True)
    parser.add_argument(
        "--datasets", type=Path, default=Path(".trainshed/datasets"), help="folder of data sets to compare on"
    )
    parser.add_argument("--supervised", action="store_true", help="end when standard input closes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
