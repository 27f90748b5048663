"""Real photographs and drawings, in folders that are classes."""

import shutil
from pathlib import Path

import pytest

STAMPS = Path("/usr/share/tuxpaint/stamps")


@pytest.fixture(scope="session")
def stamps() -> Path:
    assert STAMPS.is_dir(), "they are missing here: apt-get install tuxpaint-stamps-default"
    return STAMPS


@pytest.fixture(scope="session")
def photos(stamps: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty of each of three classes."""
    root = tmp_path_factory.mktemp("photos")
    for label in ("animals", "symbols", "town"):
        (root / label).mkdir()
        for n, file in enumerate(sorted((stamps / label).rglob("*.png"))[:60]):
            shutil.copy(file, root / label / f"{n:02}.png")
    return root
