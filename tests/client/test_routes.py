"""Every operation of the API is reached by a method of the client, and by a command."""

import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from client import Client, TrainshedError
from tests.client.conftest import Trainshed
from tests.client.scripted import JOB, Server
from tests.conftest import Service


class Route(NamedTuple):
    operation: str
    call: Callable[[Client], object]
    words: str  # capitals are files of the test


FILES = {
    "SPEC": b"{}",
    "IMAGE": b"picture",
    "ARCHIVE": b"archive",
    "REQUEST": b'{"inputs": []}',
    "FOLDER": None,
}
ROUTES = [
    Route("POST /jobs", lambda client: client.submit({}), "submit SPEC"),
    Route("POST /jobs/validate", lambda client: client.validate({}), "validate SPEC"),
    Route("GET /jobs", lambda client: client.jobs(), "list"),
    Route("GET /jobs/{id}", lambda client: client.job("j"), "show j"),
    Route("DELETE /jobs/{id}", lambda client: client.delete("j"), "delete j"),
    Route("POST /jobs/{id}/cancel", lambda client: client.cancel("j"), "cancel j"),
    Route("POST /jobs/{id}/pause", lambda client: client.pause("j"), "pause j"),
    Route("POST /jobs/{id}/resume", lambda client: client.resume("j"), "resume j"),
    Route("GET /queue", lambda client: client.queue(), "queue"),
    Route("GET /jobs/{id}/metrics", lambda client: client.metrics("j"), "metrics j"),
    Route("GET /jobs/{id}/stream", lambda client: list(client.stream("job_1")), "watch job_1"),
    Route("GET /jobs/{id}/evaluation", lambda client: client.evaluation("j"), "evaluate j"),
    Route("GET /jobs/{id}/evaluations", lambda client: client.evaluations("j"), "evaluations j"),
    Route("GET /jobs/{id}/pictures", lambda client: client.pictures("j"), "pictures j"),
    Route(
        "GET /jobs/{id}/pictures/{row}",
        lambda client: client.picture_png("j", 3),
        "pictures job_1 --out FOLDER",
    ),
    Route("GET /jobs/{id}/suspects", lambda client: client.suspects("j"), "suspects j"),
    Route("GET /jobs/{id}/checkpoints", lambda client: client.checkpoints("j"), "checkpoints j"),
    Route("GET /jobs/{id}/logs", lambda client: client.logs("j"), "logs j"),
    Route("GET /jobs/{id}/report", lambda client: client.report("j"), "report j --out FOLDER/j.html"),
    Route("POST /datasets", lambda client: client.upload_dataset("ARCHIVE"), "dataset upload ARCHIVE"),
    Route("GET /datasets", lambda client: client.datasets(), "dataset list"),
    Route("GET /datasets/{name}", lambda client: client.dataset("d"), "dataset show d"),
    Route("DELETE /datasets/{name}", lambda client: client.delete_dataset("d"), "dataset delete d"),
    Route("GET /datasets/{name}/report", lambda client: client.dataset_report("d"), "dataset report d"),
    Route("GET /datasets/{name}/samples", lambda client: client.samples("d"), "dataset samples d"),
    Route(
        "GET /datasets/{name}/samples/{row}",
        lambda client: client.sample_png("d", 3),
        "dataset samples flowers --out FOLDER",
    ),
    Route("POST /datasets/{name}/cancel", lambda client: client.cancel_dataset("d"), "dataset cancel d"),
    Route("OPTIONS /uploads", lambda client: client.upload_limits(), "upload limits"),
    Route("POST /uploads", lambda client: client.upload_dataset("ARCHIVE"), "dataset upload ARCHIVE"),
    Route("HEAD /uploads/{id}", lambda client: client.upload_dataset("ARCHIVE"), "dataset upload ARCHIVE"),
    Route("PATCH /uploads/{id}", lambda client: client.upload_dataset("ARCHIVE"), "dataset upload ARCHIVE"),
    Route("DELETE /uploads/{id}", lambda client: client.delete_upload("u"), "upload delete u"),
    Route("POST /predict", lambda client: client.predict([b"picture"], "m"), "predict IMAGE --model m"),
    Route("POST /predictions", lambda client: client.predict_dataset("m", "d"), "predict-all m --dataset d"),
    Route("GET /predictions", lambda client: client.predictions(), "prediction list"),
    Route("GET /predictions/{id}", lambda client: client.prediction("p"), "prediction fetch p"),
    Route("DELETE /predictions/{id}", lambda client: client.delete_prediction("p"), "prediction delete p"),
    Route(
        "GET /predictions/{id}/result",
        lambda client: list(client.prediction_result("p")),
        "prediction fetch done",
    ),
    Route(
        "POST /predictions/{id}/cancel", lambda client: client.cancel_prediction("p"), "prediction cancel p"
    ),
    Route("GET /models", lambda client: client.models(), "models"),
    Route("GET /models/{name}", lambda client: client.model("m"), "model show m"),
    Route("DELETE /models/{name}", lambda client: client.delete_model("m"), "model delete m"),
    Route("GET /models/{name}/card", lambda client: client.model_card("m"), "model card m"),
    Route(
        "GET /models/{name}/export",
        lambda client: client.export_model("prod", "onnx", Path("never")),
        "model export prod --out FOLDER/m.onnx",
    ),
    Route(
        "GET /models/{name}/export/report",
        lambda client: client.export_report("m", "onnx"),
        "model export m --out FOLDER/m.onnx",
    ),
    Route("GET /aliases", lambda client: client.aliases(), "model aliases"),
    Route("GET /aliases/{alias}", lambda client: client.alias("a"), "model history a"),
    Route("PUT /aliases/{alias}", lambda client: client.move_alias("a", "m"), "model alias a m"),
    Route("DELETE /aliases/{alias}", lambda client: client.delete_alias("a"), "model unalias a"),
    Route("GET /v2", lambda client: client.inference_server(), "inference server"),
    Route("GET /v2/health/live", lambda client: client.inference_live(), "inference live"),
    Route("GET /v2/health/ready", lambda client: client.inference_ready(), "inference ready"),
    Route("GET /v2/models/{name}", lambda client: client.inference_model("m"), "inference model m"),
    Route(
        "GET /v2/models/{name}/versions/{version}",
        lambda client: client.inference_model("m", "1"),
        "inference model m --version 1",
    ),
    Route(
        "GET /v2/models/{name}/ready", lambda client: client.inference_model_ready("m"), "inference ready m"
    ),
    Route(
        "GET /v2/models/{name}/versions/{version}/ready",
        lambda client: client.inference_model_ready("m", "1"),
        "inference ready m --version 1",
    ),
    Route("POST /v2/models/{name}/infer", lambda client: client.infer("m", {}), "inference infer m REQUEST"),
    Route(
        "POST /v2/models/{name}/versions/{version}/infer",
        lambda client: client.infer("m", {}, "1"),
        "inference infer m REQUEST --version 1",
    ),
    Route("GET /presets", lambda client: client.presets(), "presets"),
    Route("GET /healthz", lambda client: client.alive(), "server alive"),
    Route("GET /readyz", lambda client: client.ready(), "server ready"),
    Route("GET /metrics", lambda client: client.prometheus(), "server metrics"),
]


@pytest.fixture
def answering(server: Server) -> Server:
    """It finds only what has to be found before something else is asked."""
    at = "2026-11-23T20:00:00Z"
    parity = {"split": "test", "images": 1}
    server.says("GET /jobs/job_1", JOB)
    server.says("GET /jobs/job_1/pictures", {"job_id": "job_1", "data": [{"row": 3, "label": "rose"}]})
    server.says("GET /datasets/flowers/samples", {"data": [{"row": 3, "split": "test", "label": "rose"}]})
    server.says("GET /models/prod/export/report", {"format": "onnx", "sha256": "", "parity": parity})
    server.says(
        "GET /predictions/done", {"id": "done", "state": "succeeded", "job_id": "j", "created_at": at}
    )
    server.says("POST /uploads", {"id": "up_1"}, 201)
    server.refuses("POST /datasets", 409)  # until all bytes have come
    server.says("HEAD /uploads/up_1", b"", Upload_Offset="0")
    server.says("PATCH /uploads/up_1", b"", 204, Upload_Offset=str(len(b"archive")))
    return server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with what is sent."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, content in FILES.items():
        if content is None:
            (tmp_path / name).mkdir()
        else:
            (tmp_path / name).write_bytes(content)
    return tmp_path


def test_every_operation_of_the_api_has_a_method_and_a_command(service: Service) -> None:
    paths = service.http.get("/openapi.json").json()["paths"]
    operations = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert operations
    assert not {form(operation) for operation in operations} - {form(route.operation) for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
@pytest.mark.usefixtures("folder")
def test_a_method_asks_for_its_operation(answering: Server, client: Client, route: Route) -> None:
    with suppress(TrainshedError):
        route.call(client)
    assert form(route.operation) in forms(answering)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.words)
@pytest.mark.usefixtures("folder")
def test_a_command_asks_for_its_operation_and_speaks_json(
    answering: Server, trainshed: Trainshed, route: Route
) -> None:
    ended = trainshed(*route.words.split(), "--json")
    assert form(route.operation) in forms(answering)
    assert is_json(ended.out)
    for line in ended.err.splitlines():
        assert json.loads(line)["exit_code"] == ended.code


def is_json(text: str) -> bool:
    """One document, or one a line, or nothing."""
    try:
        json.loads(text or "{}")
    except ValueError:
        return all(json.loads(line) for line in text.splitlines())
    return True


def form(operation: str) -> str:
    """An operation without the names of what is in braces."""
    return re.sub(r"\{\w+\}", "{}", operation)


def forms(server: Server) -> set[str]:
    """Of what was asked: the operations that its lines are of."""
    known = {form(route.operation) for route in ROUTES}
    return {found for request in server.requests if (found := _form_of(request.line, known))}


def _form_of(line: str, known: Iterable[str]) -> str | None:
    """The one with the fewest braces: /jobs/validate is no job."""
    fitting = [each for each in known if re.fullmatch(re.escape(each).replace(r"\{\}", "[^/]+"), line)]
    return min(fitting, key=lambda each: each.count("{}"), default=None)
