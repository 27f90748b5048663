"""The Celery worker that makes data sets of uploads: `celery -A worker.importer worker`."""

from store.datasets import Imports
from worker.importing import Importing
from worker.station import Station

app = Station(Imports, Importing).app
