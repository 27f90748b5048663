"""Aliases: names for models that stay the same while the model behind them changes."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from fastapi import Path as InPath
from pydantic import Field
from starlette.status import HTTP_204_NO_CONTENT

from app.deps import Here, Services
from app.errors import PreconditionFailed, Unprocessable
from app.records import timestamp
from model.refusal import Refusal
from model.spec.fields import Strict
from store.aliases import ALIAS, Move
from store.errors import AliasUnknown, Unknown

router = APIRouter(tags=["models"])
Alias = Annotated[str, InPath(max_length=128, description=f"As `{ALIAS}`.")]
IfMatch = Annotated[str | None, Header(description='`"<job id>"`, which it must mean now.')]
IfNoneMatch = Annotated[str | None, Header(description="`*`: it must mean nothing yet.")]


class Target(Strict):
    job: str = Field(min_length=1, max_length=128, description="Id of a finished job, or another alias.")


@router.get("/aliases")
def list_aliases(here: Here) -> dict[str, Any]:
    """Each with the job that it means, and since when."""
    data = [_alias(alias, move) for alias, move in here.aliases.all().items()]
    return {"data": data, "has_more": False, "next_after": None}


@router.get("/aliases/{alias}")
def show(alias: Alias, here: Here, response: Response) -> dict[str, Any]:
    """With its moves, the oldest first; one that was deleted means null and keeps them."""
    return _shown(here, alias, response)


@router.put("/aliases/{alias}")
def move(
    alias: Alias,
    target: Target,
    here: Here,
    response: Response,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> dict[str, Any]:
    """Give a model a name, or move the name to another model; the next prediction is that one's.

    With `If-Match` only from the job that you know of, with `If-None-Match: *` only a new name; else 412.
    """
    _check(alias)
    with here.aliases.alone():
        _expect(here, alias, if_match, if_none_match)
        here.aliases.move(alias, _target(here, target.job))
    return _shown(here, alias, response)


@router.delete("/aliases/{alias}", status_code=HTTP_204_NO_CONTENT)
def delete(alias: Alias, here: Here, if_match: IfMatch = None) -> None:
    """The model stays."""
    with here.aliases.alone():
        here.aliases.find(alias)
        _expect(here, alias, if_match)
        here.aliases.move(alias, None)


def _check(alias: str) -> None:
    if not re.fullmatch(ALIAS, alias):
        message = "an alias begins with a-z or 0-9, goes on with these and . _ -, and is no job id"
        raise Unprocessable(Refusal("path:alias", "alias", message))


def _target(here: Services, name: str) -> str:
    """The job. Unprocessable, NotReady."""
    try:
        found = here.models.find(name)
    except Unknown as error:
        raise Unprocessable(Refusal("/job", "missing", str(error))) from error
    found.card()
    return found.job.id


def _expect(here: Services, alias: str, if_match: str | None, if_none_match: str | None = None) -> None:
    moves = here.aliases.moves(alias)
    now = moves[-1].after if moves else None
    means = f"{alias} means {now or 'nothing'}"
    if if_match is not None and (now is None or if_match.strip() not in ("*", _tag(now))):
        raise PreconditionFailed(f"{means}, and not {if_match}")
    if if_none_match is not None and now is not None and if_none_match.strip() in ("*", _tag(now)):
        raise PreconditionFailed(f"{means} already")


def _shown(here: Services, alias: str, response: Response) -> dict[str, Any]:
    moves = here.aliases.moves(alias)
    if not moves:
        raise AliasUnknown(alias)
    if moves[-1].after:
        response.headers["ETag"] = _tag(moves[-1].after)
    history = [{"at": timestamp(each.at), "from": each.before, "to": each.after} for each in moves]
    return {**_alias(alias, moves[-1]), "history": history}


def _alias(alias: str, move: Move) -> dict[str, Any]:
    return {"alias": alias, "job_id": move.after, "moved_at": timestamp(move.at)}


def _tag(job_id: str) -> str:
    return f'"{job_id}"'
