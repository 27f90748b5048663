"""`python examples/demo.py [SPEC]`: the whole service in one go, over HTTP, in about two minutes.

Starts the embedded stack (or uses the one that runs on TRAINSHED_HOME), trains SPEC, shows its test result,
draws its curve, predicts three real test images, and stops what it started. Exit status 0 if all of that
worked, 1 if something failed, 130 if it was interrupted.
"""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.text import Text

from client import Client, TrainshedError
from client.commands.spec import read
from client.curve import Curve
from client.records import Evaluation, Job
from client.terminal import figures
from client.terminal.paper import paper
from client.terminal.tables.table import table
from client.terminal.tables.training import evaluation
from client.terminal.watch import opened
from client.verbs.jobs import Spec

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_SPEC = ROOT / "examples" / "fashion-fast.json"
SYSTEM = Path("/usr/share/datasets/fashion-mnist")  # Debian's package dataset-fashion-mnist
START_SECONDS = 300  # the first import of torch after an installation can take a minute by itself
STOP_SECONDS = 30


def main(arguments: list[str]) -> int:
    console = paper()
    home = Path(os.environ.get("TRAINSHED_HOME") or ".trainshed").expanduser().resolve()
    try:
        spec = read(arguments[0] if arguments else str(DEFAULT_SPEC))
        with service(home, console) as client:
            job = train(client, spec, console)
            result = client.evaluation(job.id)
            evaluation(console, result)
            points, tests = list(client.points(job.id)), client.evaluations(job.id)
            picture = Curve(points, tests, job.name or job.id).save(home / "demo" / f"{job.id}.png")
            console.print(f"Curve: {picture}", soft_wrap=True, highlight=False)
            predict(client, job, result, home, console)
    except TrainshedError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; everything that the demo started is stopped.", file=sys.stderr)
        return 130
    return 0


@contextmanager
def service(home: Path, console: Console) -> Iterator[Client]:
    """The stack that runs on `home`, left running; else one of our own, stopped in the end."""
    client = running(home)
    if client:
        console.print(f"Using Trainshed at {client.url}, and leaving it running.", highlight=False)
        with client:
            yield client
        return
    log = home / "logs" / "demo.log"
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    own = {"TRAINSHED_HOME": str(home), "TRAINSHED_HOST": "127.0.0.1", "TRAINSHED_PORT": "0"}
    with log.open("w") as out:
        stack = subprocess.Popen(
            [sys.executable, "-m", "stack"],
            cwd=ROOT,
            env=os.environ | own,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours to pass on, once the job is cancelled
        )
    try:
        console.print("Starting Trainshed; the first start of PyTorch can take a minute.")
        with console.status(f"Logs are in {log.parent}"):
            client = ready(stack, home, log)
        console.print(f"Ready at {client.url}", highlight=False)
        with client:
            yield client
    finally:
        stop(stack)


def running(home: Path, pid: int | None = None) -> Client | None:
    """A client of the stack on `home` if it is ready (and has the process id `pid`)."""
    try:
        state = json.loads((home / "run" / "stack.json").read_text())
    except (OSError, ValueError):
        return None
    if pid not in (None, state["pid"]):
        return None
    keys = os.environ.get("TRAINSHED_API_KEYS", "").split(",")
    client = Client(state["url"], os.environ.get("TRAINSHED_API_KEY") or keys[0].strip())
    with suppress(TrainshedError):
        if client.ready().ok:
            return client
    client.close()
    return None


def ready(stack: subprocess.Popen[bytes], home: Path, log: Path) -> Client:
    """Waits for it; raises TrainshedError with the stack's last words when it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while stack.poll() is None and time.monotonic() < deadline:
        client = running(home, stack.pid)
        if client:
            return client
        time.sleep(0.2)
    last = "\n".join(f"  {line}" for line in log.read_text(errors="replace").splitlines()[-20:])
    raise TrainshedError(f"Trainshed did not start. The end of {log}:\n{last}")


def stop(stack: subprocess.Popen[bytes], seconds: float = STOP_SECONDS) -> None:
    """Returns when the stack has ended; where it is slow, or the user impatient, it is asked more firmly."""
    for ask in (stack.terminate, stack.terminate, stack.kill):  # to the stack, the second means: hurry
        ask()
        with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            stack.wait(seconds)
            return


def train(client: Client, spec: Spec, console: Console) -> Job:
    """Submits and watches. Left early, it cancels: the next start would go on with the job otherwise."""
    job = client.submit(spec)
    console.print(f"Training {job.name or 'a job'}: {job.id}", highlight=False)
    try:
        with opened(console, job) as screen:
            for event in client.stream(job.id):
                screen.show(event)
    except BaseException:
        with suppress(TrainshedError):
            client.cancel(job.id)
        raise
    if screen.state != "succeeded":
        raise TrainshedError(f"the job did not succeed: it is {screen.state}")
    return client.job(job.id)


def predict(client: Client, job: Job, result: Evaluation, home: Path, console: Console) -> None:
    """Uploads three test images of different classes and compares what comes back with their labels."""
    if job.spec["data"]["dataset"] != "fashion-mnist":
        console.print("The demo knows no test images of this data set; no prediction is shown.")
        return
    images = samples(home, 3)
    answers = client.predict([path for path, _ in images], job.id).predictions
    failed = [answer.error.message for answer in answers if answer.error]
    if failed:
        raise TrainshedError(f"prediction failed: {'; '.join(failed)}")
    rows = []
    for (path, label), answer in zip(images, answers, strict=True):
        truth = result.classes[label].label
        mark = Text("✓", "green") if answer.label == truth else Text("✗", "red")
        rows.append((path.name, answer.label or "", figures.percent(answer.probability), truth, mark))
    console.print(table(["image", "prediction", ">probability", "truth", ""], rows))


def samples(home: Path, count: int) -> list[tuple[Path, int]]:
    """The first test images of `count` different classes, written as PNGs, each with its label."""
    own = home / "datasets" / "fashion-mnist"
    folders = (own, SYSTEM, own / "FashionMNIST" / "raw")
    folder = next((folder for folder in folders if any(folder.glob("t10k-images-idx3-ubyte*"))), None)
    if folder is None:
        raise TrainshedError(f"Fashion-MNIST's test images are in none of {', '.join(map(str, folders))}")
    labels = idx(folder / "t10k-labels-idx1-ubyte", header=8)
    images = idx(folder / "t10k-images-idx3-ubyte", header=16).reshape(len(labels), 28, 28)
    firsts = sorted(np.unique(labels, return_index=True)[1].tolist())[:count]
    paths = [home / "demo" / f"test-image-{number}.png" for number in firsts]
    for path, number in zip(paths, firsts, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(images[number]).save(path)
    return [(path, int(labels[number])) for path, number in zip(paths, firsts, strict=True)]


def idx(path: Path, header: int) -> NDArray[np.uint8]:
    """The bytes after the header of an IDX file, plain or with `.gz` added."""
    packed = path.with_name(f"{path.name}.gz")
    content = path.read_bytes() if path.is_file() else gzip.decompress(packed.read_bytes())
    return np.frombuffer(content, np.uint8, offset=header)


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal too must leave nothing behind
        signal.signal(number, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
