"""Whether the API stays alive to probes while it predicts."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from benchmarks import questions
from benchmarks.served import Server
from benchmarks.timing import milliseconds

LOAD_SECONDS = 8.0
PAUSE_SECONDS = 0.01  # between two probes, so that they are no load of their own


def probed(server: Server, pictures: Path, clients: int) -> list[float]:
    """Milliseconds of every `GET /healthz` while so many clients ask for predictions, from a process of their own."""
    samples: list[float] = []
    with (
        server.run() as place,
        ThreadPoolExecutor(1) as thread,
        httpx2.Client(base_url=f"http://127.0.0.1:{place.port}", timeout=60, trust_env=False) as http,
    ):
        questions.ask(place, pictures, 1, 1.0)  # the model is there
        load = thread.submit(questions.ask, place, pictures, clients, LOAD_SECONDS)
        while not load.done():
            samples.append(milliseconds(lambda: http.get("/healthz").raise_for_status()))
            time.sleep(PAUSE_SECONDS)
        load.result()
    return samples
