"""How fast a picture is predicted over HTTP: our stack and other servers of the same VGG-11, in turns.

What is trained for it stays in `benchmarks/predict` of the data folder, a stack's own, and is trained once.
"""

import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2

from benchmarks import forward, hostile, questions, served
from benchmarks.probing import probed
from benchmarks.questions import Answers
from benchmarks.record import Figure, of, percentile
from benchmarks.served import DOCUMENTED, TUNED, Server
from benchmarks.service import running_stack
from store import files
from store.job_files import JobFiles
from store.settings import settings

SPEC = Path(__file__).with_name("predict.json")
CLIENTS = (1, 8, 64)
ROUNDS, SECONDS = 3, 5.0
IMAGES = 100  # that are asked about in turn
PARALLEL = 100  # predictions while /healthz is probed
SETTLED_SECONDS = 900.0  # for the machine to be measured and the engine to be chosen, once
Turns = Mapping[tuple[Server, int], Sequence[Answers]]  # by who was asked by how many clients; one a round


def measure() -> list[Figure]:
    home = settings().home / "benchmarks" / "predict"
    with tempfile.TemporaryDirectory() as folder:
        pictures = Path(folder)
        labels = questions.write(pictures, IMAGES)
        job_id, model = prepared(home, pictures)
        ours, peers = served.ours(home, job_id), served.peers(model / "model.safetensors")
        turns, shares, bare = held([ours, *peers], model, pictures, labels)
        probes = probed(ours, pictures, PARALLEL)
        refusals = hostile.measure(ours, home)
    return [
        *_points(turns),
        *_ratios(turns, ours),
        *(
            of(f"{server}: right classes, {IMAGES} pictures", "%", share * 100)
            for server, share in shares.items()
        ),
        percentile("the engine alone, one image, p50", "ms", bare),
        _overhead(turns[ours, 1], bare),
        percentile(f"GET /healthz while {PARALLEL} clients predict, p50", "ms", probes),
        percentile(f"GET /healthz while {PARALLEL} clients predict, p99", "ms", probes, 99),
        *refusals,
    ]


def prepared(home: Path, pictures: Path) -> tuple[str, Path]:
    """The job whose model is asked, and its folder; its engine is chosen, and the machine will not be measured now."""
    with running_stack(home) as http:
        job_id = _trained(http)
        place = served.Place(http.base_url.port or 0, f"/predict?model={job_id}")
        deadline = time.monotonic() + SETTLED_SECONDS
        while not _is_settled(http, job_id, home) and time.monotonic() < deadline:
            say("asking for predictions until the engine is chosen")
            questions.ask(place, pictures, 1, SECONDS)
            time.sleep(SECONDS)
        trial = http.get(f"/models/{job_id}").json()["trials"]
        say(json.dumps(trial))
        job = http.get(f"/jobs/{job_id}").json()
    return job_id, JobFiles.of(home, job_id).run(job["attempt"]).model


def _trained(http: httpx2.Client) -> str:
    spec: dict[str, Any] = json.loads(SPEC.read_text())
    jobs = http.get("/jobs", params={"limit": 200}).json()["data"]
    known = [job["id"] for job in jobs if job["name"] == spec["name"] and job["state"] != "failed"]
    job_id = known[0] if known else http.post("/jobs", json=spec).raise_for_status().json()["id"]
    while (job := http.get(f"/jobs/{job_id}").json())["state"] in ("queued", "running"):
        say("training {name}, once: step {step} of {steps}".format(name=spec["name"], **job["progress"]))
        time.sleep(10)
    assert job["state"] == "succeeded", job
    return str(job_id)


def _is_settled(http: httpx2.Client, job_id: str, home: Path) -> bool:
    tried = bool(http.get(f"/models/{job_id}").json()["trials"])
    return tried and any(files.machine(home, "any").parent.glob("*.json"))


def held(
    servers: Sequence[Server], model: Path, pictures: Path, labels: list[int]
) -> tuple[Turns, dict[Server, float], list[float]]:
    """Each server in its turn alone, and our engine in its; also the share of pictures that each server gets right."""
    turns: dict[tuple[Server, int], list[Answers]] = defaultdict(list)
    shares: dict[Server, float] = {}
    bare: list[float] = []
    for number in range(1, ROUNDS + 1):
        bare += forward.alone(model, pictures)
        for server in servers:
            with server.run() as place:
                shares[server] = questions.right(place, pictures, labels)
                for clients in CLIENTS:
                    turns[server, clients].append(questions.ask(place, pictures, clients, SECONDS))
            reached = ", ".join(f"{turns[server, clients][-1].per_second:.0f}" for clients in CLIENTS)
            say(f"round {number} of {ROUNDS}: {server}, answers/s of {CLIENTS} clients: {reached}")
    return turns, shares, bare


def _points(turns: Turns) -> Iterator[Figure]:
    for (server, clients), answers in turns.items():
        who, versions = f"{server}, {_clients(clients)}", server.versions
        milliseconds = [each for one in answers for each in one.milliseconds]
        speeds = [one.per_second for one in answers]
        yield percentile(f"{who}: median of the rounds", "answers/s", speeds, versions=versions)
        yield percentile(f"{who}: p50", "ms", milliseconds, versions=versions)
        yield percentile(f"{who}: p99", "ms", milliseconds, 99, versions=versions)
        if refused := sum(one.refused for one in answers):
            yield of(f"{who}: refused", "answers", refused)


def _ratios(turns: Turns, ours: Server) -> Iterator[Figure]:
    """Against the fastest of a kind at that number of clients, as it was in each round."""
    for kind in (TUNED, DOCUMENTED):
        for clients in CLIENTS:
            peers = [each for (server, n), each in turns.items() if server.kind == kind and n == clients]
            if peers:
                best = [max(one.per_second for one in answers) for answers in zip(*peers, strict=True)]
                mine = [one.per_second for one in turns[ours, clients]]
                ratios = [our / their for our, their in zip(mine, best, strict=True)]
                what = (
                    f"{ours} / the best {kind}, {_clients(clients)}: answers/s, median of the rounds' ratios"
                )
                yield percentile(what, "", ratios)


def _overhead(answers: Sequence[Answers], bare: Sequence[float]) -> Figure:
    served_p50 = percentile("", "", [each for one in answers for each in one.milliseconds]).values[0] or 0.0
    bare_p50 = percentile("", "", bare).values[0] or 0.0
    return of("one client's p50 above the engine alone", "ms", served_p50 - bare_p50)


def _clients(number: int) -> str:
    return f"{number} client{'s' * (number > 1)}"


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
