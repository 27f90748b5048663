"""The arrows of docs/architecture.md, held: who may import whom, where torch may be, where Redis keys are spelled."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TORCH_FREE = {
    "data.catalog",
    "data.images",
    "data.packed",
    "durable",
    "errors",
    "estimate.cost",
    "finished.exported",
    "finished.tried",
    "hardware.machine",
    "launch",
    "network.frozen",
    "network.layers",
    "priority",
    "refusal",
    "runs.manifest",
    "spec",
    "training.metrics",
    "training.schedule",
}
MAY_IMPORT = {
    "model": set(),
    "store": {"model"},
    "ingest": {"model"},
    "worker": {"store", "model"},
    "predictor": {"model", "store", "ingest"},
    "app": {"store", "model", "predictor", "ingest"},
    "stack": {"store", "model"},
    "client": set(),
}
ARROWS = {  # between the rooms of model/: a room may import what they lead to, in one step or in several
    "runs": {"estimate"},
    "estimate": {"training"},
    "training": {"finished"},
    "finished": {"engines"},
    "engines": {"evaluation", "network", "hardware"},
    "evaluation": {"data"},
    "data": {"spec"},
    "network": {"spec"},
    "hardware": {"spec"},
    "spec": set(),
}
ENTRIES = {
    "worker": "worker.main",
    "ingest": "ingest",
    "store": "store.metrics",
    "app": "app.main",
    "client": "client.cli",
    "stack": "stack",
}


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_the_rooms_it_may(room: str) -> None:
    for path in sources(room):
        others = {name.split(".")[0] for name in imports(path)} & set(MAY_IMPORT) - {room}
        assert others <= MAY_IMPORT[room], path


def reached(room: str) -> set[str]:
    return {room}.union(*map(reached, ARROWS[room]))


@pytest.mark.parametrize("room", ARROWS)
def test_a_room_of_model_imports_only_what_its_arrows_lead_to(room: str) -> None:
    for path in sources(f"model/{room}"):
        taken = {name.split(".")[1] for name in imports(path) if name.startswith("model.")}
        assert taken & set(ARROWS) <= reached(room), path


@pytest.mark.parametrize("room", ARROWS)
def test_a_room_of_model_lists_its_files(room: str) -> None:
    said = ast.get_docstring(ast.parse((ROOT / "model" / room / "__init__.py").read_text())) or ""
    listed = re.findall(r"^(\w+\.py) ", said, re.MULTILINE)
    assert sorted(listed) == [path.name for path in sources(f"model/{room}") if path.stem != "__init__"]


def test_what_lies_beside_the_rooms_of_model_is_for_all_of_them() -> None:
    for path in (ROOT / "model").glob("[!_]*.py"):
        taken = {name.split(".")[1] for name in imports(path) if name.startswith("model.")}
        assert taken & set(ARROWS) <= {"spec"}, path


@pytest.mark.parametrize("room", ["store", "ingest", "worker", "app", "stack"])
def test_rooms_without_torch_take_only_the_torch_free_half_of_model(room: str) -> None:
    for path in sources(room):
        for name in imports(path):
            assert not name.startswith("model.") or any(
                f"{name}.".startswith(f"model.{free}.") for free in TORCH_FREE
            ), path


@pytest.mark.parametrize(("room", "taken"), [("predictor", "predictor.wire"), ("ingest", "ingest.spec")])
def test_the_api_takes_only_the_surface_of_rooms_that_open_what_strangers_send(room: str, taken: str) -> None:
    found = {
        ".".join(name.split(".")[:2])
        for path in sources("app")
        for name in imports(path)
        if name.split(".")[0] == room
    }
    assert found == {taken}


@pytest.mark.parametrize(("room", "module"), ENTRIES.items())
def test_torch_is_not_loaded(room: str, module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    environment = {**os.environ, "TRAINSHED_REDIS_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, check=False)
    assert done.returncode == 0, room


def test_redis_keys_are_spelled_in_one_file() -> None:
    spelled = [
        str(path.relative_to(ROOT))
        for room in MAY_IMPORT
        for path in sources(room)
        if re.search(r"""["']trainshed[:-]""", path.read_text())
    ]
    assert spelled == ["store/keys.py"]


def test_weights_are_never_unpickled_with_code() -> None:
    for room in MAY_IMPORT:
        for path in sources(room):
            for call in re.findall(r"torch\.load\([^\n]*", path.read_text()):
                assert "weights_only=True" in call, path
            assert not {"pickle", "dill", "joblib", "shelve"} & {
                name.split(".")[0] for name in imports(path)
            }, path


@pytest.mark.parametrize("room", [*MAY_IMPORT, "examples", "benchmarks"])
def test_no_file_is_a_drawer_for_everything(room: str) -> None:
    assert not {"utils", "helpers", "manager", "common", "misc"} & {path.stem for path in sources(room)}


def test_images_are_made_of_all_that_the_package_is_made_of() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {
        *wheel["packages"],
        *wheel["force-include"],
        project["project"]["readme"],
        "pyproject.toml",
        "locks",
    }
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert needed <= {line[1:] for line in ignored if line.startswith("!")}
