"""The faults, as a table: what each does, and how often it comes in comparison with the others."""

import contextlib
import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos import processes
from tests.chaos.plan import Strike
from tests.chaos.processes import Process
from tests.chaos.visitor import Visitor

WATCH_SECONDS = 2.0  # for a checkpoint that is being written
VICTIMS = ("redis", "api", "predictor", "worker", "trainer")  # when several are killed at once
LOOK_SECONDS = 0.001  # between two looks for one: a small file is written in some milliseconds


@dataclass
class Scene:
    """What a fault can reach."""

    home: Path
    visitor: Visitor
    stopped: list[threading.Timer] = field(default_factory=list)  # that let a stopped process go on

    def playing(self, role: str) -> list[Process]:
        """Of trainers and workers only those in the middle of a training: most of a short job is the start of torch."""
        alive = processes.of(self.home)
        training = [process for process in alive if self._has_saved(process)]
        busy = {process.pid for process in training} | {process.parent for process in training}
        return [
            process
            for process in alive
            if process.role == role and (process.pid in busy or role not in ("trainer", "worker"))
        ]

    def _has_saved(self, process: Process) -> bool:
        """Whether it is a trainer that has written a checkpoint."""
        if not process.job:
            return False
        with contextlib.suppress(FileNotFoundError):  # an older checkpoint goes when there are two newer ones
            found = (self.home / "jobs" / process.job).rglob("step-*.json")
            return any(path.stat().st_mtime > process.began for path in found)
        return False

    def all_go_on(self) -> None:
        """Returns when nobody is stopped any more."""
        for timer in self.stopped:
            timer.join()


Act = Callable[[Scene, Strike], bool]  # whether it found somebody to hit


@dataclass(frozen=True, slots=True)
class Fault:
    weight: int
    act: Act
    # Seconds for somebody to hit: after all were killed it takes long until they are back.
    patience: float = 20.0


def kill(role: str) -> Act:
    def act(scene: Scene, strike: Strike) -> bool:
        victim = _chosen(scene.playing(role), strike.target)
        return bool(victim and victim.kill())

    return act


def terminate(role: str) -> Act:
    def act(scene: Scene, strike: Strike) -> bool:
        victim = _chosen(scene.playing(role), strike.target)
        return bool(victim and victim.send(signal.SIGTERM))

    return act


def stop(role: str) -> Act:
    """Goes on by itself after a while, during which further faults come."""

    def act(scene: Scene, strike: Strike) -> bool:
        victim = _chosen(scene.playing(role), strike.target)
        if not victim or not victim.send(signal.SIGSTOP):
            return False
        timer = threading.Timer(strike.seconds, victim.send, (signal.SIGCONT,))
        timer.start()
        scene.stopped.append(timer)
        return True

    return act


def kill_while_it_writes(scene: Scene, _: Strike) -> bool:
    """A trainer, in the middle of a checkpoint, a series or a model."""
    trainers = scene.playing("trainer")
    begun = time.time()
    while trainers and time.time() < begun + WATCH_SECONDS:
        for trainer in trainers:
            if _is_written(scene.home / "jobs" / str(trainer.job), begun):
                return trainer.kill()
        time.sleep(LOOK_SECONDS)
    return False


def _is_written(folder: Path, since: float) -> bool:
    """Whether it holds half a file that is newer; older ones are what an earlier kill left."""
    with contextlib.suppress(FileNotFoundError):  # it was renamed in this moment
        return any(path.stat().st_mtime > since for path in folder.rglob("*.part"))
    return False


def kill_several(scene: Scene, strike: Strike) -> bool:
    """Two to four at once, the supervisor of the stack left alone."""
    others = [process for process in processes.of(scene.home) if process.role in VICTIMS]
    random_ = random.Random(strike.target)
    victims = random_.sample(others, min(len(others), random_.randint(2, 4)))
    return sum(victim.kill() for victim in victims) > 0


def kill_all(scene: Scene, _: Strike) -> bool:
    return sum(process.kill() for process in processes.of(scene.home)) > 0


def ask(event: str) -> Act:
    """What a client may do at any moment."""
    return lambda scene, strike: scene.visitor.ask(event, strike.target)


def _chosen(candidates: Sequence[Process], target: float) -> Process | None:
    return candidates[int(target * len(candidates))] if candidates else None


FAULTS: dict[str, Fault] = {
    "kill a trainer": Fault(8, kill("trainer")),
    "kill a trainer while it writes": Fault(7, kill_while_it_writes),
    "stop a trainer": Fault(3, stop("trainer")),
    "kill a worker": Fault(7, kill("worker")),
    "stop a worker": Fault(6, stop("worker")),
    "terminate a worker": Fault(5, terminate("worker")),
    "kill Redis": Fault(2, kill("redis")),
    "stop Redis": Fault(3, stop("redis")),
    "kill the API": Fault(2, kill("api")),
    "stop the API": Fault(2, stop("api")),
    "kill the predictor": Fault(1, kill("predictor")),
    "stop the predictor": Fault(1, stop("predictor")),
    "kill several": Fault(2, kill_several),
    "kill the stack's supervisor": Fault(1, kill("stack")),
    "kill all": Fault(1, kill_all),
    "pause a job": Fault(4, ask("pause"), patience=3),
    "resume a job": Fault(4, ask("resume"), patience=1),
    "cancel a job": Fault(2, ask("cancel"), patience=3),
}
