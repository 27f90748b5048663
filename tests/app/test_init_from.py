"""Jobs that begin with another's model."""

import copy
from pathlib import Path
from typing import Any

import pytest

from store.job_files import JobFiles
from tests.app.conftest import Api
from tests.conftest import TINY


def succeeded(api: Api) -> str:
    """A job with a model that nobody trained, and an export of it."""
    job_id = api.submit()
    claim = api.jobs.claim_next("w", 30)
    assert claim
    model = JobFiles.of(api.home, job_id).run(claim.token).model
    (model / "exports").mkdir(parents=True)
    for name in ("model.safetensors", "familiar.safetensors", "exports/model.onnx", "model.json"):
        (model / name).write_text(name)
    api.jobs.finish(claim, "succeeded", "trained")
    return job_id


def submit(api: Api, init_from: Any, **architecture: Any) -> Any:
    spec = copy.deepcopy(TINY)
    spec["architecture"] |= architecture
    return api.http.post("/jobs", json={**spec, "init_from": init_from})


def initial(home: Path, job_id: str) -> list[str]:
    return sorted(path.name for path in JobFiles.of(home, job_id).initial.glob("*"))


def test_the_model_is_kept_for_the_job_though_its_own_job_is_deleted(api: Api) -> None:
    parent = succeeded(api)
    answer = submit(api, {"job": parent, "freeze": 1}, classifier=[16])
    assert answer.status_code == 201, answer.text
    assert answer.json()["spec"]["init_from"] == {"job": parent, "weights": None, "freeze": 1}
    assert api.http.delete(f"/jobs/{parent}").status_code == 204
    assert initial(api.home, answer.json()["id"]) == ["model.json", "model.safetensors"]


def test_a_job_without_a_model_is_none_to_begin_with(api: Api) -> None:
    for job_id in ("job_" + "0" * 28, api.submit()):
        answer = submit(api, {"job": job_id})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/init_from/job")


def test_other_convolutions_are_refused(api: Api) -> None:
    answer = submit(api, {"job": succeeded(api)}, blocks=[[1, 4], [1, 9]])
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/architecture/blocks")
    assert len(list((api.home / "jobs").iterdir())) == 1


@pytest.mark.parametrize(
    ("init_from", "pointer"),
    [
        ({}, "/init_from"),
        ({"job": "job_" + "0" * 28, "weights": "imagenet"}, "/init_from"),
        ({"job": "x"}, "/init_from/job"),
        ({"weights": "imagenet"}, "/init_from/weights"),
        ({"weights": "imagenet", "freeze": -1}, "/init_from/freeze"),
        ({"weights": "cifar"}, "/init_from/weights"),
        ({"jobs": "x"}, "/init_from/jobs"),
    ],
)
def test_a_wrong_start_is_named(api: Api, init_from: Any, pointer: str) -> None:
    answer = submit(api, init_from)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)
