"""Which engine a model is served by on a machine, and the trial that said so. No torch.

A trial is a folder in `engines/` of the model's, one for each machine that tried: what was found, and the files of the
engine that was chosen. It is there as a whole or not at all.
"""

import hashlib
import json
import platform
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ENGINES, TRIAL = "engines", "trial.json"
AGREEMENT = 0.995  # share of images whose likeliest class must be that of the trained network
PACKAGES = ("torch", "openvino", "trainshed")  # whose versions an agreement is of
CPUINFO = Path("/proc/cpuinfo")
CPU_FACTS = ("vendor_id", "cpu family", "model", "model name", "flags", "Features")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one engine beside torch in fp32, which is the trained network as it is."""

    engine: str
    images: int = 0  # of the test split that it was asked about
    agreement: float | None = None  # share of them whose likeliest class is the same; None: it failed
    largest_difference: float | None = None  # of any two probabilities; None: some are NaN
    largest_ood_difference: float | None = None  # None: the model knows no images
    cost_ms: float | None = None  # of a core, for one image alone
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    engine: str  # that serves
    images: int  # of the test split that were asked about, at most; 0: there were none, and nothing was tried
    outcomes: list[Outcome]  # of the engines that were tried, in that order
    machine: dict[str, str]
    files: dict[str, str] = field(default_factory=dict)  # of the engine, by name: SHA-256


def machine(device: str) -> dict[str, str]:
    """What the agreement of an engine may depend on."""
    return {"device": device, "cpu": _cpu(), **{name: _version(name) for name in PACKAGES}}


def folder(model: Path, machine: dict[str, str]) -> Path:
    digest = hashlib.sha256(json.dumps(machine, sort_keys=True).encode()).hexdigest()
    return model / ENGINES / digest[:16]


def path(model: Path, machine: dict[str, str]) -> Path:
    return folder(model, machine) / TRIAL


def content(trial: Trial) -> bytes:
    return json.dumps(asdict(trial), allow_nan=False).encode()


def read(model: Path, device: str) -> Trial | None:
    """Of this machine; None where it has made none."""
    return _read(path(model, machine(device)))


def trials(model: Path) -> list[Trial]:
    """Of all machines."""
    places = sorted((model / ENGINES).glob(f"*/{TRIAL}"))
    found = (_read(each) for each in places if not each.parent.suffix)  # unless it is being made
    return [trial for trial in found if trial]


def checksums(folder: Path) -> dict[str, str]:
    found = {}
    for each in folder.iterdir():
        with each.open("rb") as file:
            found[each.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _read(path: Path) -> Trial | None:
    try:
        fields: dict[str, Any] = json.loads(path.read_bytes())
        return Trial(**{**fields, "outcomes": [Outcome(**each) for each in fields["outcomes"]]})
    except (
        OSError,
        ValueError,
        TypeError,
        KeyError,
    ):  # not there, not to be read, or of another version of ours
        return None


def _cpu() -> str:
    """A digest of what it is and can do; virtual machines often hide its name."""
    try:
        lines = CPUINFO.read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    found = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    facts = " ".join(found.get(fact, "") for fact in CPU_FACTS)
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
