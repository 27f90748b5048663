"""What each distinct spec ends with when nobody disturbs it: one `python -m model` each, before the faults begin."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np

from model.training.metrics import BatchMetrics, points, unpack
from stack.processes import ROOT
from tests.chaos.history import Point, Reference
from tests.chaos.kinds import KINDS
from tests.chaos.plan import Order


def references(
    orders: Collection[Order], home: Path, environment: Mapping[str, str]
) -> Iterator[tuple[str, Reference]]:
    """One by one, by name, as they come; as many at once as there are cores."""
    distinct = {order.reference: order for order in orders}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(_trained, order, home, environment): name for name, order in distinct.items()}
        for done in as_completed(running):
            yield running[done], done.result()


def _trained(order: Order, home: Path, environment: Mapping[str, str]) -> Reference:
    out = home / "references" / order.reference.replace(" ", "-")
    out.mkdir(parents=True)
    spec = out / "spec.json"
    spec.write_text(json.dumps(KINDS[order.kind].spec(order.seed)))
    options = ["--json", "--datasets", str(home / "datasets"), "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "model", str(spec), *options],
        cwd=ROOT, env=dict(environment), capture_output=True, text=True, check=False,
    )  # fmt: skip
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    succeeded = KINDS[order.kind].end == "succeeded"
    if succeeded != (done.returncode == 0):
        raise RuntimeError(f"{order.reference} does not end as its kind says:\n{done.stderr}")
    weights = out / "model" / "model.safetensors"
    return Reference(_series(rows), sha256(weights) if weights.exists() else None)


def _series(rows: list[dict[str, object]]) -> list[Point]:
    """Rounded as the API rounds."""
    batches = [{name: row[name] for name in row if name != "kind"} for row in rows if row["kind"] == "batch"]
    packed = b"".join(BatchMetrics(**batch).pack() for batch in batches)  # type: ignore[arg-type]
    steps = np.arange(1, len(batches) + 1)
    return [Point(point["loss"], point["accuracy"]) for point in points(unpack(packed), steps, 1.0)]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
