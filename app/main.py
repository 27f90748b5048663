"""The application: rooms wired together, nothing decided."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from redis.exceptions import RedisError

from app import errors
from app.changes import Changes
from app.deps import Services
from app.limit import Limit
from app.predictor import PredictorLink
from app.routes import (
    aliases,
    dashboard,
    datasets,
    documentation,
    evaluation,
    exports,
    health,
    inference,
    jobs,
    metrics,
    models,
    predict,
    predictions,
    queue,
    report,
    uploads,
)
from app.security import Security
from app.served import Models
from store import doorbell, files
from store.aliases import Aliases
from store.archive import Archive
from store.connection import connect, url
from store.datasets import Datasets, Imports
from store.jobs import Jobs
from store.metrics import Metrics
from store.predictions import Predictions
from store.queue import Queue
from store.settings import Settings, settings
from store.uploads import Uploads
from store.workers import Workers

LOG = logging.getLogger(__name__)
THREADS = (
    128  # each waits 2 s for a store that hangs; with asyncio's few, a hundred streams made all wait for 33 s
)
TRAINING = (jobs, queue, metrics, evaluation, report, datasets, uploads)
PREDICTING = (predict, predictions, inference, models, exports, aliases)

DESCRIPTION = """Training as a service for VGG networks: post a spec to `/jobs`, read every batch's loss and accuracy
at `/jobs/{id}/metrics` or `/jobs/{id}/stream`, send images to `/predict`, your own pictures to `/datasets`.

Errors are `application/problem+json` (RFC 9457) with JSON pointers to the fields."""


def create_app() -> FastAPI:
    here = _services(settings())

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "store"))
        for archive in (here.archive, here.import_archive, here.prediction_archive):
            await asyncio.to_thread(_rebuild_if_lost, archive)
        listening = asyncio.create_task(here.changes.listen())
        yield
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
        await here.predictor.close()
        here.redis.close()

    app = FastAPIOffline(
        title="Trainshed",
        version=version("trainshed"),
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # the page is in routes/documentation.py; the files that it loads are served
        redoc_url=None,
    )
    app.state.services = here
    app.add_middleware(
        Limit,
        upload_bytes=int(here.settings.max_upload_mib * 2**20),
        dataset_bytes=int(here.settings.max_dataset_gib * 2**30),
    )
    app.add_middleware(Security, settings=here.settings)  # added last, asked first
    errors.install(app)
    for noun in (
        *PREDICTING,
        *TRAINING,
        health,
        dashboard,
        documentation,
    ):  # routes are tried in order, predictions are many
        app.include_router(noun.router)
    for path, files_of in dashboard.FILES.items():
        app.mount(path, files_of)
    return app


def _rebuild_if_lost(archive: Archive) -> None:
    """Another Redis than before, or one whose data is gone: its records come back from disk."""
    try:
        if archive.has_lost():
            LOG.warning("Redis has lost its records; %d were rebuilt from disk", archive.rebuild())
        archive.begin()
    except RedisError as error:
        LOG.warning("The store is away: %s", error)


def _services(chosen: Settings) -> Services:
    redis = connect()
    jobs, aliases = Jobs(redis), Aliases(files.aliases(chosen.home))
    return Services(
        settings=chosen,
        redis=redis,
        jobs=jobs,
        queue=Queue(redis),
        metrics=Metrics(redis, chosen.home),
        aliases=aliases,
        models=Models(chosen.home, jobs, aliases),
        archive=Archive(redis, chosen.home),
        datasets=Datasets(redis, chosen.home),
        import_archive=Archive(redis, chosen.home, Imports),
        import_doorbell=doorbell.celery(Imports.KEYS),
        predictions=Predictions(redis),
        prediction_archive=Archive(redis, chosen.home, Predictions),
        prediction_doorbell=doorbell.celery(Predictions.KEYS),
        uploads=Uploads(files.uploads(chosen.home)),
        workers=Workers(redis),
        importers=Workers(redis, Imports.KEYS),
        batchers=Workers(redis, Predictions.KEYS),
        doorbell=doorbell.celery(),
        changes=Changes(url()),
        predictor=PredictorLink(files.predictor_socket(chosen.home)),
    )
