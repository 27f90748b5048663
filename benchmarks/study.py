"""A study of many runs, which may take hours: each is kept as soon as it ends, and goes on where it was interrupted."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Run = dict[str, Any]  # what was asked, and what came of it


def runs(path: Path, asked: Iterable[dict[str, Any]], run: Callable[..., dict[str, Any]]) -> list[Run]:
    """In the order asked. Those on record in `path`, a JSON object a line, are not run again."""
    kept = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    found = []
    for question in asked:
        answer = next((one for one in kept if question.items() <= one.items()), None)
        if answer is None:
            answer = {**question, **run(**question)}
            with path.open("a") as file:
                file.write(json.dumps(answer) + "\n")
            print(*(f"{name}: {value}" for name, value in answer.items()), sep=", ", flush=True)
        found.append(answer)
    return found
