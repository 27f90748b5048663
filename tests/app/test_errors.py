"""What no route expects is a problem too."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import errors


def test_a_fault_of_ours_is_a_problem_that_gives_nothing_away() -> None:
    app = FastAPI()
    errors.install(app)

    @app.get("/")
    def fail() -> None:
        raise KeyError("secret")

    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text
