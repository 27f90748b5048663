"""What the command line says of itself, and docs/client.md of it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from client import cli
from client.commands import exits
from tests.client.conftest import RUN
from tests.conftest import TINY, Service

PAGE = (Path(__file__).parents[2] / "docs" / "client.md").read_text()


def test_help_names_the_exit_codes_and_loads_no_http_library() -> None:
    code = (
        "import sys; from client import cli; print([m for m in sys.modules if m in ('httpx2', 'pydantic')])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"
    told = subprocess.check_output([*RUN, "--help"], text=True)
    assert all(f"{number}  {meaning}" in told for number, meaning in exits.MEANINGS.items())


def test_every_command_takes_json() -> None:
    for words, command in commands():
        assert "--json" in [option for each in command.params for option in each.opts], words


def test_the_page_lists_every_command_as_its_help_describes_it() -> None:
    told = re.findall(r"^\| `(trainshed [^`]+)` \| (.+) \|$", PAGE, re.MULTILINE)
    assert told == [(used(words, command), first_line(command)) for words, command in commands()]


def test_the_page_lists_the_exit_codes() -> None:
    told = {
        int(number): meaning for number, meaning in re.findall(r"^\| (\d+) \| (.+) \|$", PAGE, re.MULTILINE)
    }
    assert told == exits.MEANINGS


def test_the_example_of_the_page_runs(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINSHED_URL", service.url)
    (example,) = re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {"spec": TINY}
    exec(example, names)
    assert service.job(names["job"].id)["state"] == "succeeded"


def commands() -> Iterator[tuple[str, Any]]:
    """Every command by its words, groups last."""
    above = [("trainshed", typer.main.get_command(cli.app))]
    while above:
        words, command = above.pop(0)
        inner = getattr(command, "commands", {})
        above += [(f"{words} {name}", each) for name, each in inner.items()]
        if not inner:
            yield words, command


def used(words: str, command: Any) -> str:
    """With its arguments, those that need not be given in brackets."""
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    return " ".join([words, *(each.metavar if each.required else f"[{each.metavar}]" for each in arguments)])


def first_line(command: Any) -> str:
    return str(command.help).strip().splitlines()[0].removesuffix(".")
