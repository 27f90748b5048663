"""Virtual environments for peers that need packages of their own: made once, below a folder that git ignores."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / ".venv-peers"


def python(requirements: Path) -> str | None:
    """The interpreter of an environment with what `requirements` pins; None, and said, where it cannot be made.

    The first time it downloads some 600 MB for TensorFlow, or what torch takes that is not in uv's cache.
    """
    folder = FOLDER / requirements.stem
    made = folder / "made.txt"  # the requirements that it was made of, written last
    interpreter = str(folder / "bin" / "python")
    if not made.exists() or made.read_text() != requirements.read_text():
        say(f"making {folder} with {', '.join(versions(requirements))}")
        try:
            _uv("venv", "--clear", "--python", sys.executable, str(folder))
            _uv("pip", "install", "--python", interpreter, "--requirements", str(requirements))
        except (OSError, subprocess.CalledProcessError) as error:
            say(f"{requirements.stem} is left out: its environment cannot be made ({error})")
            return None
        made.write_text(requirements.read_text())
    return interpreter


def versions(requirements: Path) -> list[str]:
    """`keras 3.15.1` and so on: what is pinned exactly is what is installed."""
    return [line.replace("==", " ") for line in requirements.read_text().splitlines()]


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _uv(*arguments: str) -> None:
    program = str(Path(sys.executable).with_name("uv"))
    subprocess.run([program, *arguments, "--quiet"], check=True)
