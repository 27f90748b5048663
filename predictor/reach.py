"""Which folders the predictor opens."""

from pathlib import Path

from predictor.errors import BadRequest


def within(home: Path, folder: Path) -> Path:
    """The folder itself, links followed. BadRequest unless it lies below home, which has none."""
    try:
        resolved = folder.resolve()
    except (OSError, ValueError) as error:  # a loop of links, a null byte
        raise BadRequest(f"{str(folder)!r} is no path: {error}") from error
    if not resolved.is_relative_to(home):
        raise BadRequest(f"{folder} lies outside {home}")
    return resolved
