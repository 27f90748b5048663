"""What becomes of an upload that is to be a data set: the fields beside the file of `POST /datasets`."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from pydantic import ValidationError

from app.errors import Unprocessable
from ingest.spec import Preparation
from model.data.catalog import BUILT_IN
from model.refusal import Refusal, from_validation
from store.datasets import DATASET_ID, NAME

NAME_CHARACTERS = re.compile(r"[^a-z0-9._-]+")
SUFFIXES = re.compile(r"(\.(zip|tar|tgz|tbz2|txz|gz|bz2|xz|npz|npy|parquet))+$")


@dataclass(frozen=True, slots=True)
class Wanted:
    name: str
    preparation: Preparation


def wanted(filename: str, fields: dict[str, Any]) -> Wanted:
    """Without a name among the fields, one that is made of the file's. Unprocessable."""
    name = fields.pop("name", None)
    if name is None:
        stem = SUFFIXES.sub("", PurePosixPath(filename).name.lower())
        name = NAME_CHARACTERS.sub("-", stem).strip("-._")[:100]
    _check(name)
    try:
        return Wanted(name, Preparation.model_validate(fields))
    except ValidationError as error:
        raise Unprocessable(*from_validation(error, fields, Preparation)) from error


def _check(name: object) -> None:
    if not isinstance(name, str) or not re.fullmatch(NAME, name):
        message = "give a name of small letters, digits, dots, dashes and underscores, 100 at most"
        raise Unprocessable(Refusal("/name", "name", message))
    if name in BUILT_IN or DATASET_ID.fullmatch(name):
        raise Unprocessable(Refusal("/name", "taken", f"{name} is the name of another data set"))
