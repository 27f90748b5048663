"""Files that are there as a whole or not at all."""

from collections.abc import Iterable
from pathlib import Path

from client.errors import TrainshedError


def write(path: Path, pieces: Iterable[bytes]) -> Path:
    """Replaces what was there in one step, at the end. Raises TrainshedError where it cannot write."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.writelines(pieces)
        part.replace(path)
    except OSError as error:
        raise TrainshedError(f"{path}: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    return path
