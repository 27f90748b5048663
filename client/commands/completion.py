"""Values that a shell offers at the Tab key: ids, names and recipes of the server that the line names.

A shell waits for them, so the server has a second; what it does not say in time is not offered, and nothing is printed.
Names come from strangers and zsh evaluates what it is offered, so only signs that mean nothing to a shell get through.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from client.errors import TrainshedError

if TYPE_CHECKING:  # loaded at the Tab key alone
    from client.client import Client

Value = tuple[str, str]  # and what it is
Offer = Callable[[typer.Context], list[Value]]
VALUE = re.compile(r"[\w./:-]+")
UNSAFE = re.compile(r"[^\w ,./:%·-]")
SECONDS = 1.0
MOST = 50  # jobs, the newest


def _offered(find: "Callable[[Client], Iterator[Value]]") -> Offer:
    def offer(ctx: typer.Context) -> list[Value]:
        from client.client import Client

        named = ctx.find_root().params
        try:
            with Client(named.get("url"), named.get("key"), timeout=SECONDS, patience=0) as server:
                return _safe(find(server))
        except TrainshedError:
            return []

    return offer


def jobs(*states: str) -> Offer:
    """Those in one of `states`, of all without."""

    def find(server: "Client") -> Iterator[Value]:
        for state in states or (None,):
            for job in server.jobs(state, limit=MOST).data:
                yield job.id, " · ".join(filter(None, (job.state, job.name)))

    return _offered(find)


@_offered
def aliases(server: "Client") -> Iterator[Value]:
    for alias in server.aliases().data:
        yield alias.alias, alias.job_id or ""


@_offered
def models(server: "Client") -> Iterator[Value]:
    """Aliases, then jobs that can predict."""
    for alias in server.aliases().data:
        yield alias.alias, f"alias of {alias.job_id}"
    for model in server.models(limit=MOST).data:
        accuracy = "" if model.accuracy is None else f"{model.accuracy:.1%}"
        yield model.job_id, " · ".join(filter(None, (model.name, model.dataset.name, accuracy)))


@_offered
def datasets(server: "Client") -> Iterator[Value]:
    """Those that were sent, then those that are built in."""
    page = server.datasets(limit=MOST)
    for dataset in page.data:
        for name in dataset.names or (dataset.id,):
            yield name, " · ".join(filter(None, (dataset.state, dataset.upload.filename)))
    for known in page.built_in:
        yield known.name, f"built in · {known.classes} classes"


@_offered
def predictions(server: "Client") -> Iterator[Value]:
    for one in server.predictions(limit=MOST).data:
        yield one.id, f"{one.state} · {one.source}"


@_offered
def recipes(server: "Client") -> Iterator[Value]:
    for name, spec in server.presets().recipes.items():
        yield name, f"recipe · {spec.get('data', {}).get('dataset', '')}"


def specs(ctx: typer.Context, incomplete: str) -> list[Value]:
    """Recipes, then files and folders: a shell asks nobody else for them once a program offers values."""
    folder = Path(incomplete if incomplete.endswith("/") else Path(incomplete).parent)
    try:
        found = sorted(folder.iterdir())
    except OSError:
        found = []
    start = "" if folder == Path() else incomplete[: incomplete.rindex("/") + 1]
    files = [(f"{start}{path.name}", "file") for path in found if path.suffix == ".json"]
    folders = [(f"{start}{path.name}/", "folder") for path in found if path.is_dir()]
    return [*recipes(ctx), *_safe([*files, *folders])]


def _safe(values: Iterable[Value]) -> list[Value]:
    return [(value, UNSAFE.sub("?", what)) for value, what in values if VALUE.fullmatch(value)]


def fixed(*values: str) -> Callable[[], list[str]]:
    """Words that are the same on every server."""
    return lambda: list(values)
