"""Servers of one model: our stack, and the programs in benchmarks/peers that serve. All of them on the CPU."""

import ctypes.util
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

from benchmarks import environment
from benchmarks.contender import PROGRAMS, default_environment
from benchmarks.service import running_stack
from model import launch
from stack.address import free_address

REQUIREMENTS = PROGRAMS / "serving.txt"
DOCUMENTED, TUNED = "as documented", "tuned"
PEER_SECONDS = 120.0  # to start in: torch can take a minute the first time
PEERS = {"plain FastAPI": "fast", "LitServe": "lit"}  # and their programs


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server that runs is asked."""

    port: int
    path: str  # of the route that takes pictures, with its query


@dataclass(frozen=True, slots=True, eq=False)
class Server:
    name: str
    kind: str  # "", or how a peer is set up
    run: Callable[[], AbstractContextManager[Place]]
    versions: str = ""  # where the record's own do not say it

    def __str__(self) -> str:
        return f"{self.name} {self.kind}".strip()


def ours(home: Path, job_id: str) -> Server:
    @contextmanager
    def run() -> Iterator[Place]:
        with running_stack(home) as http:
            yield Place(http.base_url.port or 0, f"/predict?model={job_id}")

    return Server("Trainshed", "", run)


def peers(weights: Path) -> list[Server]:
    """The tuned first; none where their packages cannot be had."""
    interpreter = environment.python(REQUIREMENTS)
    if interpreter is None:
        return []
    versions = ", ".join(environment.versions(REQUIREMENTS))

    def peer(name: str, program: str, kind: str) -> Server:
        command = [interpreter, "-m", f"benchmarks.peers.{program}", str(weights)]
        return Server(name, kind, lambda: _running(command, kind), versions)

    return [peer(name, program, kind) for kind in (TUNED, DOCUMENTED) for name, program in PEERS.items()]


@contextmanager
def _running(command: list[str], kind: str) -> Iterator[Place]:
    port = free_address("127.0.0.1", 0).port
    tuned = kind == TUNED
    arguments = [*command, str(port), *(["--tuned"] if tuned else [])]
    environ = {**default_environment(), **(better_allocator() if tuned else {})}
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(arguments, env=environ, stdout=log, stderr=log, start_new_session=True) as server,
    ):
        try:
            try:
                _wait(port, server)
            except RuntimeError as error:
                log.seek(0)
                raise RuntimeError(f"{error}:\n{log.read()}") from error
            yield Place(port, "/predict")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)  # LitServe's workers outlive a SIGTERM


def better_allocator() -> dict[str, str]:
    """tcmalloc where the system has it; else what our trainers have, glibc's with huge pages that are kept."""
    library = ctypes.util.find_library("tcmalloc_minimal")
    return {"LD_PRELOAD": library} if library else launch.ALLOCATOR


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Until it answers anything at all."""
    deadline = time.monotonic() + PEER_SECONDS
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as http:
        while time.monotonic() < deadline:
            if server.poll() is not None:
                raise RuntimeError(f"the server ended with {server.returncode}")
            try:
                http.get("/health")
            except httpx2.TransportError:
                time.sleep(0.1)
            else:
                return
    raise RuntimeError("the server does not answer")
