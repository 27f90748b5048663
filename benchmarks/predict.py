"""How fast a running stack answers one image, and whether it stays alive to probes while eight clients predict."""

import io
import json
import tempfile
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import httpx2
import numpy as np
from PIL import Image

from benchmarks.record import Figure, of, percentile
from benchmarks.service import running_stack, trained
from benchmarks.timing import milliseconds, repeated

SPEC = Path(__file__).parents[1] / "examples" / "fashion-small.json"
TRAINED_STEPS = 100
QUESTIONS = 1000
CLIENTS = 8
LOAD_SECONDS = 20.0
PROBE_SECONDS = 0.01  # between two probes, so that they are no load of their own


def measure() -> list[Figure]:
    spec = json.loads(SPEC.read_text())
    spec["training"]["max_steps"] = TRAINED_STEPS
    with tempfile.TemporaryDirectory() as home, running_stack(Path(home)) as http:
        job_id, image = trained(http, spec), png()
        single = repeated(lambda: ask(http, job_id, image), QUESTIONS)
        idle = repeated(lambda: probe(http), QUESTIONS)
        probes, answered = _under_load(http, job_id)
    return [
        percentile("POST /predict, one 28x28 PNG, one client, p50", "ms", single),
        percentile("POST /predict, one 28x28 PNG, one client, p99", "ms", single, 99),
        percentile("GET /healthz, nothing else to do, p99", "ms", idle, 99),
        percentile(f"GET /healthz while {CLIENTS} clients predict, p50", "ms", probes),
        percentile(f"GET /healthz while {CLIENTS} clients predict, p99", "ms", probes, 99),
        percentile(f"GET /healthz while {CLIENTS} clients predict, slowest", "ms", probes, 100),
        of(f"POST /predict by {CLIENTS} clients at once", "answers/s", answered / LOAD_SECONDS),
    ]


def png() -> bytes:
    """A 28x28 grey image that compresses as poorly as any."""
    noise = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    return file.getvalue()


def ask(http: httpx2.Client, job_id: str, image: bytes) -> None:
    files = {"image": ("image.png", image, "image/png")}
    http.post("/predict", data={"job_id": job_id}, files=files).raise_for_status()


def probe(http: httpx2.Client) -> None:
    http.get("/healthz").raise_for_status()


def _under_load(http: httpx2.Client, job_id: str) -> tuple[list[float], int]:
    """Milliseconds of every probe, and how many predictions were answered meanwhile.

    The load comes from a process of its own: a probe must not wait for this one's interpreter.
    """
    samples: list[float] = []
    with ProcessPoolExecutor(1, get_context("spawn")) as elsewhere:
        elsewhere.submit(abs, 0).result()  # it has started
        load: Future[int] = elsewhere.submit(predict, str(http.base_url), job_id)
        while not load.done():
            samples.append(milliseconds(lambda: probe(http)))
            time.sleep(PROBE_SECONDS)
        return samples, load.result()


def predict(url: str, job_id: str) -> int:
    """`CLIENTS` clients, each with a connection of its own, one question after another; how many were answered."""

    def client() -> int:
        image, answered, end = png(), 0, time.monotonic() + LOAD_SECONDS
        with httpx2.Client(base_url=url, timeout=60, trust_env=False) as http:
            while time.monotonic() < end:
                ask(http, job_id, image)
                answered += 1
        return answered

    with ThreadPoolExecutor(CLIENTS) as threads:
        return sum(future.result() for future in [threads.submit(client) for _ in range(CLIENTS)])
