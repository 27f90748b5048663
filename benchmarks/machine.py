"""What the figures were measured on."""

import os
import platform
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path

from stack.redis import server

CPU_FACTS = ("model name", "cpu family", "model")


def facts() -> dict[str, str | int | float]:
    """Hardware and versions; `load` is the one-minute average before anything was measured."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count() or 0,
        "ram_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "os": _system(),
        "python": platform.python_version(),
        "torch": version("torch"),
        "redis": _redis(),
        "load": round(os.getloadavg()[0], 2),
    }


def _cpu() -> str:
    """Virtual machines often hide the model's name; family and number still tell which it is."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    found = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    name, family, model = (found.get(fact, "?") for fact in CPU_FACTS)
    return f"{name} (family {family}, model {model})"


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.platform(terse=True)


def _redis() -> str:
    """The server that the embedded stack would start, in its own words: `Valkey 9.1.0`."""
    with tempfile.TemporaryDirectory() as folder:
        said = subprocess.run([server(Path(folder)), "--version"], capture_output=True, text=True, check=True)
    words = said.stdout.split()
    return f"{words[0]} {next(word[2:] for word in words if word.startswith('v='))}"
