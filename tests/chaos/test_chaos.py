"""A short run of `make chaos`, which is long."""

import subprocess
import sys
from pathlib import Path

import pytest

from stack.processes import ROOT


@pytest.mark.timeout(1200)
def test_no_job_is_lost_and_none_differs_whatever_is_killed(tmp_path: Path) -> None:
    options = ["--jobs", "2", "--faults", "6", "--seed", "0", "--home", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
