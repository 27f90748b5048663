"""Whole specs that are known by name: the files in `examples/`, as they would be posted to `/jobs`."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from model.spec import JobSpec

FOLDER = Path(__file__).parents[1] / "examples"


@cache
def recipes() -> dict[str, dict[str, Any]]:
    """By name; each is checked, so that what is offered can be submitted."""
    found = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
    for spec in found.values():
        JobSpec.model_validate(spec)
    return found
