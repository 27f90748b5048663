"""`python -m app`: the API alone, for a Redis, a worker and a predictor that run elsewhere."""

import uvicorn

from app.connection import Connection
from app.main import create_app
from store.settings import settings

if __name__ == "__main__":
    uvicorn.run(
        create_app(),
        host=settings().host,
        port=settings().port,
        http=Connection,
        timeout_graceful_shutdown=3,  # streams are open for as long as a job runs
        access_log=False,
    )
