"""What training and prediction leave each other on one machine: both alone, then together.

A fair share of a machine that two want is half of it. The model is that of `predict`, the training VGG-11 at 96x96.
"""

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from benchmarks import questions
from benchmarks.predict import CLIENTS, IMAGES, prepared, say
from benchmarks.questions import Answers
from benchmarks.record import Figure, of, percentile
from benchmarks.served import Place
from benchmarks.service import running_stack
from store.settings import settings

SPEC = Path(__file__).parents[1] / "examples" / "vgg11-seed.json"
BATCH = 16  # images: a step takes a third of a second, so that twenty seconds hold many
ENDLESS = 1_000_000  # steps
SECONDS = 20.0
FIRST_STEPS = 5  # of the training, before anything is measured


def measure() -> list[Figure]:
    home = settings().home / "benchmarks" / "predict"
    with tempfile.TemporaryDirectory() as folder:
        pictures = Path(folder)
        questions.write(pictures, IMAGES)
        job_id, _ = prepared(home, pictures)
        with running_stack(home) as http:
            place = Place(http.base_url.port or 0, f"/predict?model={job_id}")
            questions.ask(place, pictures, 1, 1.0)  # the model is there
            alone = {clients: _asked(place, pictures, clients) for clients in CLIENTS}
            with _training(http) as trainer:
                speed, _ = _during(http, trainer, lambda: time.sleep(SECONDS))
                together = {
                    clients: _during(http, trainer, lambda n=clients: _asked(place, pictures, n))
                    for clients in CLIENTS
                }
    return list(_figures(alone, speed, together))


def _asked(place: Place, pictures: Path, clients: int) -> Answers:
    say(f"{clients} clients predict")
    return questions.ask(place, pictures, clients, SECONDS)


@contextmanager
def _training(http: httpx2.Client) -> Iterator[str]:
    """A job that trains, until the end of the block."""
    spec: dict[str, Any] = json.loads(SPEC.read_text())
    spec["training"] |= {"batch_size": BATCH, "max_steps": ENDLESS}
    job_id = str(http.post("/jobs", json=spec).raise_for_status().json()["id"])
    try:
        while http.get(f"/jobs/{job_id}").json()["progress"]["step"] < FIRST_STEPS:
            time.sleep(0.5)
        yield job_id
    finally:
        http.post(f"/jobs/{job_id}/cancel")


def _during(http: httpx2.Client, job_id: str, action: Any) -> tuple[float, Any]:
    """Images a second that were trained meanwhile, and what the action returns."""
    first = http.get(f"/jobs/{job_id}").json()["progress"]["step"]
    result = action()
    path = f"/jobs/{job_id}/metrics"
    points = http.get(path, params={"after": first, "limit": 10_000}).json()["points"]
    steps, seconds = len(points) - 1, points[-1]["time"] - points[0]["time"]
    return steps / seconds * BATCH, result


def _figures(
    alone: Mapping[int, Answers], speed: float, together: Mapping[int, tuple[float, Answers]]
) -> Iterator[Figure]:
    yield of("training alone", "images/s", speed)
    for clients, (slower, answers) in together.items():
        before = alone[clients]
        yield of(f"training while {clients} clients predict, of alone", "%", slower / speed * 100)
        yield of(f"predictions, {clients} clients, alone", "answers/s", before.per_second)
        share = answers.per_second / before.per_second * 100
        yield of(f"predictions, {clients} clients, beside a training, of alone", "%", share)
        for when, each in (("alone", before), ("beside a training", answers)):
            yield percentile(f"predictions, {clients} clients, {when}, p50", "ms", each.milliseconds)
            yield percentile(f"predictions, {clients} clients, {when}, p99", "ms", each.milliseconds, 99)
