"""Real photographs and drawings, in folders that are classes."""

from pathlib import Path

import pytest

STAMPS = Path("/usr/share/tuxpaint/stamps")


@pytest.fixture(scope="session")
def stamps() -> Path:
    assert STAMPS.is_dir(), "they are missing here: apt-get install tuxpaint-stamps-default"
    return STAMPS
