"""Where on the server something is."""

from urllib.parse import quote

from client.errors import TrainshedError

NAMES = {
    "jobs": "the id of a job",
    "datasets": "the name of a data set",
    "models": "the name of a model",
    "aliases": "the name of a model",
    "predictions": "the id of a prediction",
    "uploads": "the id of an upload",
    "v2/models": "the name of a model",
}


def place(kind: str, name: str, *parts: str) -> str:
    """The path; a name stays one piece of it. Raises TrainshedError for no name, which would mean them all."""
    if not name.strip("."):
        raise TrainshedError(f"{name!r} is not {NAMES[kind]}")
    return "/".join([f"/{kind}", quote(name, safe=""), *parts])
