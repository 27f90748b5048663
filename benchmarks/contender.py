"""Who takes part in a contest: our engine, and the programs in benchmarks/peers. All of them on the CPU."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import environment, training
from model import launch

NO_GPU = {"CUDA_VISIBLE_DEVICES": ""}
PROGRAMS = Path(__file__).with_name("peers")


@dataclass(frozen=True, slots=True, eq=False)
class Contender:
    name: str
    precision: str
    command: Sequence[str]
    environment: Mapping[str, str]
    versions: str = ""  # where the record's own do not say it

    def __str__(self) -> str:
        return f"{self.name}, {self.precision}"


def ours(spec: Mapping[str, Any], precision: str, folder: Path) -> Contender:
    """As a worker starts it: `python -m model` in the launcher's environment. Its spec is written below `folder`."""
    spec = {**spec, "training": {**spec["training"], "precision": precision}}
    place = folder / precision
    place.mkdir()
    command = training.command_for(spec, place)
    return Contender("Trainshed", precision, command, launch.environment(base=default_environment()))


@dataclass(frozen=True, slots=True)
class Peer:
    """`benchmarks/peers/<program>.py`; with a `<program>.txt` beside it, in an environment of those packages."""

    name: str
    precision: str
    program: str
    variables: Mapping[str, str] = field(default_factory=dict)

    def contender(self, data: Path) -> Contender | None:
        """None where its packages cannot be had."""
        requirements = PROGRAMS / f"{self.program}.txt"
        if requirements.exists():
            interpreter, packages = environment.python(requirements), environment.versions(requirements)
        else:
            interpreter = sys.executable
            packages = [f"{package} {version(package)}" for package in ("torch", "torchvision")]
        if interpreter is None:
            return None
        command = [interpreter, "-m", f"benchmarks.peers.{self.program}", str(data)]
        return Contender(
            self.name,
            self.precision,
            command,
            {**default_environment(), **self.variables},
            ", ".join(packages),
        )


def default_environment() -> dict[str, str]:
    """This process's own, without what our launcher sets."""
    settings = {*launch.ALLOCATOR, *launch.THREADS, *launch.REPEATABLE}
    return {name: value for name, value in os.environ.items() if name not in settings} | NO_GPU
