"""examples/notebook.ipynb, cell by cell, as a notebook's kernel runs it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Service

NOTEBOOK = json.loads((Path(__file__).parents[2] / "examples" / "notebook.ipynb").read_text())
PNG = b"\x89PNG\r\n\x1a\n"


class Display:
    """What a front end does with `display`: it asks for a PNG, and puts a later one in its place."""

    def __init__(self) -> None:
        self.pictures: list[bytes] = []

    def __call__(self, thing: Any, display_id: bool = False) -> "Display":
        return self.update(thing)

    def update(self, thing: Any) -> "Display":
        self.pictures.append(thing._repr_png_())
        return self


def test_the_notebook_trains_plots_live_and_predicts(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRAINSHED_URL", service.url)
    front = Display()
    names: dict[str, Any] = {"display": front}
    for cell in NOTEBOOK["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    names["client"].close()
    assert len(names["points"]) == names["spec"]["training"]["max_steps"]
    assert len(set(front.pictures)) > 3  # an empty plot, more than one that grows, and what was predicted
    assert all(picture.startswith(PNG) for picture in front.pictures)
    assert f"{names['prediction'].label}" in capsys.readouterr().out


def test_the_notebook_is_kept_without_outputs() -> None:
    assert not [cell for cell in NOTEBOOK["cells"] if cell.get("outputs") or cell.get("execution_count")]
