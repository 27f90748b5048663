"""Data sets of one's own: sent, prepared, looked at, deleted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.status import HTTP_201_CREATED, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from app import suspects
from app.datasets import built_in, describe
from app.deps import ExistingDataset, Here, Services
from app.errors import NotReady, Unprocessable
from app.naming import Wanted, wanted
from app.pictures import IMMUTABLE
from app.receiving import Received, receive
from ingest.spec import Preparation
from model.refusal import Refusal
from store import doorbell
from store.dataset import Dataset
from store.datasets import DATASET_ID
from store.errors import DatasetUnknown, SampleMissing, UploadMissing
from store.samples import Samples

router = APIRouter(tags=["datasets"])
LONGEST_WAIT = 60.0  # seconds
MOST_NAMED = 20  # classes, in a refusal; there can be ten thousand

_FIELDS = {
    name: {key: value for key, value in field.items() if key != "title"}
    for name, field in Preparation.model_json_schema()["properties"].items()
}
_NAME = {"type": "string", "description": "Unset: made of the file's name."}
_BINARY = {"type": "string", "format": "binary"}
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": _BINARY, "name": _NAME, **_FIELDS},
            }
        },
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["upload"],
                "properties": {"upload": {"type": "string"}, "name": _NAME, **_FIELDS},
            }
        },
        "application/octet-stream": {"schema": _BINARY},
    },
}


@router.post("/datasets", status_code=HTTP_201_CREATED, openapi_extra={"requestBody": _BODY})
async def submit(request: Request, response: Response, here: Here) -> dict[str, Any]:
    """Send pictures: a zip or tar of class folders, with or without train/val/test on top; a CSV or JSON lines file of
    paths and labels beside them; MNIST's IDX pairs; NumPy arrays; Parquet as Hugging Face has it.

    As a form (`-F file=@flowers.zip -F name=flowers`), as the body itself (fields in the query), or, for large files,
    through `/uploads` and then by its id in JSON. They are prepared in the background: see `progress`, then `/report`.
    The same bytes prepared in the same way are the same data set, however often they are sent.
    """
    received = await receive(request, here, wanted)
    try:
        dataset_id, name, is_new = await run_in_threadpool(_submit, here, received)
    finally:
        if not received.is_announced:  # nobody knows its id
            await run_in_threadpool(received.upload.delete)
    response.status_code = HTTP_201_CREATED if is_new else 200
    response.headers["Location"] = f"/datasets/{dataset_id}"
    return {"name": name, **await run_in_threadpool(_described, here, here.datasets.find(dataset_id))}


def _submit(here: Services, received: Received[Wanted]) -> tuple[str, str, bool]:
    upload, wanted = received.upload, received.wanted
    preparation = wanted.preparation.model_dump(mode="json")
    try:
        if before := upload.became:
            return before, here.datasets.call(before, wanted.name, preparation), False
        sha256, size = upload.sha256(), upload.offset
        if not size:
            raise Unprocessable(Refusal("/file", "empty", "the file is empty"))
        facts = {"filename": received.filename, "bytes": size, "sha256": sha256}
        dataset_id, name, is_new = here.datasets.submit(wanted.name, upload.content, facts, preparation)
        upload.handed_in(dataset_id)
    except (DatasetUnknown, FileNotFoundError) as error:
        raise UploadMissing(upload.id) from error  # it became another set, or is just given up
    if is_new:
        here.import_archive.try_to_keep(dataset_id)
        doorbell.ring(here.import_doorbell)
    return dataset_id, name, is_new


@router.get("/datasets")
def list_datasets(
    here: Here,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(pattern=f"^{DATASET_ID.pattern}$")] = None,
) -> dict[str, Any]:
    """Those that were sent, the newest first; and those that are known by name without being sent."""
    found, names = here.datasets.all(), here.datasets.names()
    start = next((n for n, dataset in enumerate(found, 1) if dataset.id == after), 0)
    shown, has_more = found[start : start + limit], len(found) > start + limit
    return {
        "data": [
            describe(dataset, names.get(dataset.id, []), here.datasets.packed(dataset)) for dataset in shown
        ],
        "has_more": has_more,
        "next_after": shown[-1].id if has_more else None,
        "built_in": built_in(here.settings.home),
    }


@router.get("/datasets/{name}")
async def show(
    dataset: ExistingDataset,
    here: Here,
    wait: Annotated[
        float, Query(ge=0, le=LONGEST_WAIT, description="Seconds, for news of one in preparation.")
    ] = 0,
) -> dict[str, Any]:
    """By id, by name and version as in `flowers:2`, or by name alone: then the newest version that is ready."""
    if wait and not dataset.is_final:
        await here.changes.wait(dataset.id, wait)
        dataset = await run_in_threadpool(here.datasets.find, dataset.id)
    return await run_in_threadpool(_described, here, dataset)


@router.get("/datasets/{name}/report")
def report(dataset: ExistingDataset, here: Here) -> dict[str, Any]:
    """What was wrong with the upload: files that cannot be read, duplicates, leakage, balance, sizes, colours.

    And `suspects`, labels that are likely wrong, once a job has been trained on it: those that the newest one found.
    """
    found = here.datasets.report(dataset)
    if found is None:
        raise NotReady(_why_not(dataset, "there is no report"))
    return {"dataset": dataset.id, **found, "suspects": suspects.newest(here, dataset)}


@router.get("/datasets/{name}/samples")
def samples(
    dataset: ExistingDataset,
    here: Here,
    split: str | None = None,
    label: str | None = None,
    path: Annotated[
        list[str], Query(max_length=1000, description="Files of the upload, as the report names them.")
    ] = [],  # noqa: B006  FastAPI copies it
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    after: Annotated[int | None, Query(ge=0, description="`next_after` of the page before")] = None,
) -> dict[str, Any]:
    """Pictures as trainers see them, of a split, a class or some files, in the order of their files' names."""
    with _samples(here, dataset) as found:
        split, label = _known(found.splits, "split", split), _known(found.classes, "label", label)
        rows, next_after = found.page(split, label, limit, after, frozenset(path))
    data = [{**row, "image": f"/datasets/{dataset.id}/samples/{row['row']}"} for row in rows]
    return {"data": data, "has_more": next_after is not None, "next_after": next_after}


@router.get("/datasets/{name}/samples/{row}", response_class=Response)
def sample(row: int, dataset: ExistingDataset, here: Here) -> Response:
    """One of them, as PNG."""
    with _samples(here, dataset) as found:
        if not 0 <= row < len(found):
            raise SampleMissing(f"{row}: {dataset.id} has {len(found)}")
        return Response(found.png(row), media_type="image/png", headers=IMMUTABLE)


@router.post("/datasets/{name}/cancel", status_code=HTTP_202_ACCEPTED)
def cancel(name: str, here: Here) -> dict[str, Any]:
    """Give up its preparation; of a name alone, that of its newest version. Sending the same again starts anew."""
    dataset = here.datasets.find(name, newest=True)
    here.datasets.imports.ask(dataset.id, "cancel")
    here.import_archive.try_to_keep(dataset.id)
    return _described(here, here.datasets.find(dataset.id))


@router.delete("/datasets/{name}", status_code=HTTP_204_NO_CONTENT)
def delete(dataset: ExistingDataset, here: Here) -> None:
    """One that no job under way needs. Models that were trained on it stay."""
    here.datasets.delete(dataset)


def _described(here: Services, dataset: Dataset) -> dict[str, Any]:
    names = here.datasets.names().get(dataset.id, [])
    return describe(dataset, names, here.datasets.packed(dataset))


@contextmanager
def _samples(here: Services, dataset: Dataset) -> Iterator[Samples]:
    if not dataset.is_ready:
        raise NotReady(_why_not(dataset, "there are no pictures to be seen"))
    try:
        yield Samples(here.datasets.folder(dataset))
    except FileNotFoundError as error:
        raise NotReady(f"{dataset.id} is gone from the server's disk: send it again") from error


def _why_not(dataset: Dataset, what: str) -> str:
    reason = f": {dataset.error['message']}" if dataset.error else ""
    return f"{dataset.id} is {dataset.condition}, {what}{reason}"


def _known(names: tuple[str, ...], field: str, value: str | None) -> str | None:
    if value is not None and value not in names:
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        message = f"there are {', '.join(names[:MOST_NAMED])}{more}"
        raise Unprocessable(Refusal(f"query:{field}", "unknown", message))
    return value
