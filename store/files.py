"""Where things lie below the data folder that are not of one piece of work."""

import os
import shutil
from pathlib import Path


def datasets(home: Path) -> Path:
    """A folder for each, named by its id, or by its name for those that torchvision knows."""
    return home / "datasets"


def weights(home: Path) -> Path:
    """Of networks that others have trained: torchvision's."""
    return home / "weights"


def uploads(home: Path) -> Path:
    """What is being sent."""
    return home / "uploads"


def names(home: Path) -> Path:
    """Of data sets and their versions."""
    return home / "names"


def aliases(home: Path) -> Path:
    """Names of models."""
    return home / "aliases"


def machine(home: Path, name: str) -> Path:
    """What was measured of a machine."""
    return home / "machines" / f"{name}.json"


def predictor_socket(home: Path) -> Path:
    return home / "run" / "predictor.sock"


def redis_url(home: Path) -> Path:
    """Where `make up` writes the URL of its private Redis, password included."""
    return home / "run" / "redis.url"


def share(source: Path, target: Path) -> None:
    """A second name for a file that is never written again; a copy where the file system knows no second names."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, target)
