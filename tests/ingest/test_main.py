"""`python -m ingest` as a user and as a worker run it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def ingest(*arguments: str | Path, spec: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "ingest", *map(str, arguments)]
    return subprocess.run(command, input=spec, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ('{"image_sise": 64}', "/image_sise: there is no such field (did you mean image_size?)"),
        ('{"image_size": 4}', "/image_size: Input should be greater than or equal to 8"),
        ('{"fit": "crob"}', "(did you mean crop?)"),
        ("{", "Expecting property name"),
        ("[]", "valid dictionary"),
    ],
)
def test_a_wrong_spec_is_refused_with_the_field_named(spec: str, said: str, tmp_path: Path) -> None:
    done = ingest("nothing.zip", "--out", tmp_path / "out", "--spec", "-", spec=spec)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_what_is_no_upload_is_an_error_row_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "upload.zip").write_bytes(b"this is no archive")
    done = ingest(tmp_path / "upload.zip", "--out", tmp_path / "out", "--json")
    assert done.returncode == 1
    row = json.loads(done.stdout)
    assert (row["kind"], row["retryable"]) == ("error", False)
    assert row["code"] != "internal"
    assert "Traceback" not in done.stderr
    told = ingest(tmp_path / "upload.zip", "--out", tmp_path / "out")
    assert told.stdout.startswith("Error: ")
