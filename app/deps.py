"""What routes ask for: the store, the predictor, the settings, each made once for the application."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from celery import Celery
from fastapi import Depends, Query, Request
from redis import Redis

from app.changes import Changes
from app.predictor import PredictorLink
from app.served import Models, Served
from store.aliases import Aliases
from store.archive import Archive
from store.dataset import Dataset
from store.datasets import Datasets
from store.job import Job
from store.jobs import JOB_ID, Jobs
from store.metrics import Metrics
from store.prediction import Prediction
from store.predictions import Predictions
from store.queue import Queue
from store.settings import Settings
from store.uploads import Uploads
from store.workers import Workers


@dataclass(frozen=True)
class Services:
    settings: Settings
    redis: Redis
    jobs: Jobs
    queue: Queue
    metrics: Metrics
    aliases: Aliases
    models: Models
    archive: Archive
    datasets: Datasets
    import_archive: Archive
    import_doorbell: Celery
    predictions: Predictions
    prediction_archive: Archive
    prediction_doorbell: Celery
    uploads: Uploads
    workers: Workers
    importers: Workers
    batchers: Workers
    doorbell: Celery
    changes: Changes
    predictor: PredictorLink

    async def get_job(self, job_id: str) -> Job:
        """For routes that run on the event loop. JobMissing."""
        return await asyncio.to_thread(self.jobs.get, job_id)


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Here = Annotated[Services, Depends(_services)]


async def _existing(job_id: str, here: Here) -> Job:
    return await here.get_job(job_id)


ExistingJob = Annotated[Job, Depends(_existing)]
"""The job in the path, read before anything is answered: an unknown one is a 404."""


async def _existing_model(name: str, here: Here) -> Served:
    return await asyncio.to_thread(here.models.find, name)


ExistingModel = Annotated[Served, Depends(_existing_model)]
"""The model in the path, by the id of its job or by an alias."""


async def _existing_dataset(name: str, here: Here) -> Dataset:
    return await asyncio.to_thread(here.datasets.find, name)


ExistingDataset = Annotated[Dataset, Depends(_existing_dataset)]
"""The data set in the path, by id, `name:version` or name."""


async def _existing_prediction(prediction_id: str, here: Here) -> Prediction:
    return await asyncio.to_thread(here.predictions.get, prediction_id)


ExistingPrediction = Annotated[Prediction, Depends(_existing_prediction)]

Cursor = Annotated[
    str | None, Query(pattern=f"^{JOB_ID.pattern}$", description="`next_after` of the page before")
]
