"""Why a spec is refused: a JSON pointer (RFC 6901) to the wrong field, and the name that was probably meant."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from model.spec import JobSpec


@dataclass(frozen=True, slots=True)
class Refusal:
    pointer: str
    code: str
    message: str
    suggestion: str | None = None

    def as_json(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value is not None}

    def __str__(self) -> str:
        hint = f" (did you mean {self.suggestion}?)" if self.suggestion else ""
        return f"{self.pointer or '/'}: {self.message}{hint}"


class SpecError(ValueError):
    """A spec whose fields are each right, and that cannot be done all the same."""

    def __init__(self, pointer: str, code: str, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.refusal = Refusal(pointer, code, message, suggestion)


def refusals(errors: Sequence[Any], body: object, of: type[BaseModel] = JobSpec) -> list[Refusal]:
    """`errors` as `ValidationError.errors()` gives them, located in the JSON `body` that was sent as an `of`."""
    return [_refusal(error, body, of) for error in errors]


def from_validation(error: ValidationError, body: object, of: type[BaseModel] = JobSpec) -> list[Refusal]:
    return refusals(error.errors(include_url=False), body, of)


def _refusal(error: Any, body: object, of: type[BaseModel]) -> Refusal:
    steps = list(_walk(error["loc"], body))
    context = error.get("ctx", {})
    given, message = _at(steps, body), error["msg"]
    if error["type"] == "union_tag_invalid":
        steps = steps if isinstance(given, str) else [*steps, "name"]  # a name alone is short for its object
        given = context["tag"]
        message = f"Input should be {context['expected_tags']}"
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
    if error["type"] == "extra_forbidden":
        return Refusal(
            pointer, "unknown_field", "there is no such field", _meant(str(steps[-1]), pointer, of)
        )
    if error["type"] == "missing":
        return Refusal(pointer, "missing", "this field is required")
    expected = str(context.get("expected", context.get("expected_tags", "")))
    choices = [choice.strip("'") for choice in expected.replace(" or ", ", ").split(", ")]
    close = get_close_matches(given, choices, 1) if isinstance(given, str) else []
    return Refusal(pointer, error["type"], message, close[0] if close else None)


def _walk(location: Sequence[str | int], body: object) -> Iterator[str | int]:
    """Pydantic's location without the tags of unions, and with a pair's place for a block's field."""
    here = body
    for i, step in enumerate(location):
        if isinstance(here, dict):
            if step not in here and here.get("name") == step:
                continue  # the tag of a union, not a field
            yield step
            here = here.get(step)
        elif isinstance(here, list) and step in ("convolutions", "channels"):
            yield ("convolutions", "channels").index(str(step))
            here = None
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            yield step
            here = here[step]
        elif i == 0:
            yield step


def _at(steps: Sequence[str | int], body: object) -> object:
    for step in steps:
        if isinstance(body, dict):
            body = body.get(step)
        elif isinstance(body, list) and isinstance(step, int) and step < len(body):
            body = body[step]
    return body


def _meant(name: str, pointer: str, of: type[BaseModel]) -> str | None:
    """The known field nearest to a misspelled or misplaced `name`: its name here, else its whole pointer."""
    parent, fields = pointer.rpartition("/")[0], _fields(of)
    siblings = [path.rpartition("/")[2] for path in fields if path.rpartition("/")[0] == parent]
    near = get_close_matches(name, siblings, 1)
    if near:
        return near[0]
    names = {path.rpartition("/")[2]: path for path in reversed(fields)}
    anywhere = get_close_matches(name, names, 1, cutoff=0.75)
    return names[anywhere[0]] if anywhere else None


@cache
def _fields(model: type[BaseModel]) -> tuple[str, ...]:
    """Every field as a pointer, once."""
    return tuple(dict.fromkeys(_walk_fields(model)))


def _walk_fields(model: type[BaseModel], parent: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"{parent}/{name}"
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _walk_fields(kind, f"{parent}/{name}")
