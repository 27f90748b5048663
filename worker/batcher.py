"""The Celery worker that has models name many pictures: `celery -A worker.batcher worker`."""

from store.predictions import Predictions
from worker.predicting import Predicting
from worker.station import Station

app = Station(Predictions, Predicting).app
