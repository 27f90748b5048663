"""`python -m app`: the API alone, for a Redis, a worker and a predictor that run elsewhere."""

import argparse

import uvicorn

from app.connection import Connection
from app.main import create_app
from store.settings import settings


def main() -> None:
    argparse.ArgumentParser(prog="python -m app", description=__doc__).parse_args()
    try:
        app = create_app()
    except RuntimeError as error:  # no Redis is named
        raise SystemExit(str(error)) from error
    uvicorn.run(
        app,
        host=settings().host,
        port=settings().port,
        http=Connection,
        timeout_graceful_shutdown=3,  # streams are open for as long as a job runs
        access_log=False,
    )


if __name__ == "__main__":
    main()
