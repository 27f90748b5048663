"""That nobody is told of what is done here."""

import os
import subprocess
import sys
from pathlib import Path

USE = "from model import telemetry; telemetry.switch_off(); import openvino.tools.ovc, onnxruntime"


def test_libraries_keep_no_id_of_the_machine_to_tell_their_makers(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    for silencer in ("CI", "ORT_DISABLE_TELEMETRY"):
        environment.pop(silencer, None)
    subprocess.run([sys.executable, "-c", USE], env=environment, check=True)
    assert not list(tmp_path.rglob("*"))
