"""The telemetry of the libraries that serve and export models, which is on, unasked, unless it is switched off.

OpenVINO tells Google Analytics, and ONNX Runtime Microsoft, of the processes that use them, and both keep an id of the
machine in the home folder. No torch.
"""

import os
import sys


def switch_off() -> None:
    """Of this process and those that it starts; before the libraries are imported."""
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # as if it were not installed
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # as onnxruntime's Privacy.md has it
