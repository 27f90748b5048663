"""Models by job and by alias: described, named, moved, exported, deleted. The whole stack runs."""

import base64
import hashlib
import io
import json
import shutil
import time
from dataclasses import asdict

import httpx2
import numpy as np
import onnxruntime
import pytest
from PIL import Image
from redis import Redis

from model.finished import tried
from model.finished.exported import FORMATS
from store import files
from store.job_files import JobFiles
from store.jobs import Jobs
from tests.conftest import Service

PICTURE = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
MISSING = "job_" + "0" * 28


def finished(service: Service) -> str:
    job_id = service.submit(max_steps=3)
    assert service.wait(job_id, "succeeded", "failed")["state"] == "succeeded"
    return job_id


@pytest.fixture(scope="module")
def other(service: Service) -> str:
    """Another model than `trained`."""
    return finished(service)


def ask(service: Service, **named: str) -> httpx2.Response:
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, "PNG")
    return service.http.post("/predict", data={"top_k": "10", **named}, files={"image": buffer.getvalue()})


def put(service: Service, alias: str, job: str, **headers: str) -> httpx2.Response:
    return service.http.put(f"/aliases/{alias}", json={"job": job}, headers=headers)


def exported(service: Service, name: str, kind: str, part: str = "") -> httpx2.Response:
    """As soon as it is made; until then the answer is to ask again."""
    deadline = time.monotonic() + 240
    while True:
        answer = service.http.get(f"/models/{name}/export{part}", params={"format": kind, "wait": 1})
        assert time.monotonic() < deadline
        if answer.status_code != 202:
            return answer
        assert (answer.json()["state"], int(answer.headers["retry-after"]) > 0) == ("exporting", True)


def test_a_model_says_how_good_it_is_and_where_it_comes_from(service: Service, trained: str) -> None:
    model = service.http.get(f"/models/{trained}").json()
    weights = next((service.home / "jobs" / trained).glob("*/model/model.safetensors")).read_bytes()
    report = service.http.get(f"/jobs/{trained}/evaluation").json()
    assert model["dataset"] == {"name": "fashion-mnist", "id": None, "sha256": None}
    assert (model["bytes"], model["sha256"]) == (len(weights), hashlib.sha256(weights).hexdigest())
    assert (model["job_id"], model["attempt"], model["step"]) == (trained, 1, 40)
    assert model["evaluation"]["accuracy"] == report["accuracy"]
    assert model["classes"][9] == "Ankle boot"
    assert model["spec"]["architecture"]["batch_norm"] is True
    seen = model["preprocessing"]
    assert (seen["channels"], seen["image_size"], seen["mean"], seen["fit"]) == (1, 28, [], None)


def test_a_model_tells_which_engines_were_tried_for_it(service: Service, trained: str) -> None:
    model = service.home / "jobs" / trained / "1" / "model"
    made = tried.Trial(
        "torch bf16",
        2000,
        [tried.Outcome("torch bf16", 2000, 0.999, 0.01)],
        {"device": "cpu", "cpu": "elsewhere"},
    )
    path = tried.path(model, made.machine)
    path.parent.mkdir(parents=True)
    path.write_bytes(tried.content(made))
    try:
        found = service.http.get(f"/models/{trained}").json()["trials"]
    finally:
        shutil.rmtree(path.parent)
    assert asdict(made) in found


def test_a_model_card_tells_the_same_to_people(service: Service, trained: str) -> None:
    answer = service.http.get(f"/models/{trained}/card")
    assert answer.headers["content-type"].startswith("text/markdown")
    accuracy = service.http.get(f"/models/{trained}").json()["accuracy"]
    for words in ("fashion-mnist", f"accuracy {accuracy * 100:.1f} %", "| Ankle boot | 1,000 |", trained):
        assert words in answer.text


def test_predictions_by_an_alias_are_those_of_its_job_and_a_move_is_seen_at_once(
    service: Service, trained: str, other: str
) -> None:
    by_job = {job: ask(service, job_id=job).json()["predictions"] for job in (trained, other)}
    assert by_job[trained] != by_job[other]
    for job in (trained, other, trained):
        assert put(service, "moving", job).status_code == 200
        answer = ask(service, model="moving").json()
        assert answer["predictions"] == by_job[job]
        assert (answer["model"]["job_id"], answer["model"]["alias"]) == (job, "moving")
    assert ask(service, model=other).json()["model"]["alias"] is None
    history = service.http.get("/aliases/moving").json()["history"]
    assert [(move["from"], move["to"]) for move in history] == [
        (None, trained),
        (trained, other),
        (other, trained),
    ]


def test_a_move_can_depend_on_what_the_alias_means(service: Service, trained: str, other: str) -> None:
    first = put(service, "guarded", trained, **{"If-None-Match": "*"})
    assert (first.status_code, first.headers["etag"]) == (200, f'"{trained}"')
    assert put(service, "guarded", other, **{"If-None-Match": "*"}).status_code == 412
    assert put(service, "guarded", other, **{"If-Match": f'"{other}"'}).status_code == 412
    assert service.http.get("/aliases/guarded").json()["job_id"] == trained
    assert put(service, "guarded", other, **{"If-Match": first.headers["etag"]}).json()["job_id"] == other
    stale = service.http.delete("/aliases/guarded", headers={"If-Match": f'"{trained}"'})
    assert stale.status_code == 412
    assert service.http.delete("/aliases/guarded").status_code == 204
    assert put(service, "guarded", other, **{"If-Match": "*"}).status_code == 412


def test_one_alias_can_be_moved_to_what_another_means(service: Service, trained: str) -> None:
    put(service, "candidate", trained)
    assert put(service, "promoted", "candidate").json()["job_id"] == trained
    assert {"candidate", "promoted"} <= set(service.http.get(f"/models/{trained}").json()["aliases"])
    listed = {each["alias"]: each["job_id"] for each in service.http.get("/aliases").json()["data"]}
    assert listed["promoted"] == trained


def test_names_that_mean_nothing_are_refused_by_field(service: Service, trained: str) -> None:
    def pointer(answer: httpx2.Response) -> tuple[int, str]:
        return answer.status_code, answer.json()["errors"][0]["pointer"]

    assert pointer(put(service, "Prod!", trained)) == (422, "path:alias")
    assert pointer(put(service, "job_mine", trained)) == (422, "path:alias")
    assert pointer(put(service, "prod", MISSING)) == (422, "/job")
    assert pointer(put(service, "prod", "no-such-alias")) == (422, "/job")
    assert pointer(ask(service)) == (422, "/job_id")
    assert pointer(ask(service, job_id=trained, model=trained)) == (422, "/model")
    assert ask(service, model="no-such-alias").status_code == 404
    assert service.http.get("/models/no-such-alias").status_code == 404
    assert service.http.get(f"/models/{MISSING}").status_code == 404
    assert service.http.get("/aliases/no-such-alias").status_code == 404
    assert service.http.delete("/aliases/no-such-alias").status_code == 404


@pytest.mark.parametrize("by", ["this API", "another"])
def test_a_model_that_has_predicted_is_unknown_as_soon_as_its_job_is_deleted(
    service: Service, by: str
) -> None:
    job_id = finished(service)
    assert ask(service, model=job_id).status_code == 200
    if by == "another":
        with Redis.from_url(files.redis_url(service.home).read_text()) as redis:
            Jobs(redis).delete(job_id)
        JobFiles.of(service.home, job_id).delete()
    else:
        assert service.http.delete(f"/jobs/{job_id}").status_code == 204
    assert ask(service, model=job_id).status_code == 404


def test_a_model_that_has_predicted_goes_on_while_the_store_is_away(service: Service, trained: str) -> None:
    assert ask(service, model=trained).status_code == 200
    with service.stopped("redis"):
        assert ask(service, model=trained).status_code == 200


def test_a_model_is_deleted_alone_and_not_while_an_alias_means_it(service: Service) -> None:
    job_id = finished(service)
    put(service, "held", job_id)
    for path in (f"/models/{job_id}", "/models/held", f"/jobs/{job_id}"):
        refused = service.http.delete(path)
        assert (refused.status_code, refused.json()["aliases"]) == (409, ["held"])
    assert ask(service, model="held").status_code == 200
    service.http.delete("/aliases/held")
    assert service.http.delete(f"/models/{job_id}").status_code == 204
    assert not list((service.home / "jobs" / job_id).rglob("model*"))
    assert len(service.losses(job_id)) == 3
    assert job_id not in [model["job_id"] for model in service.http.get("/models").json()["data"]]
    gone = [
        ask(service, model=job_id),
        service.http.get(f"/models/{job_id}"),
        service.http.get(f"/models/{job_id}/export", params={"format": "onnx"}),
        put(service, "again", job_id),
    ]
    assert [(answer.status_code, "is gone" in answer.json()["detail"]) for answer in gone] == [
        (409, True)
    ] * 4


@pytest.mark.parametrize("kind", FORMATS)
def test_an_export_comes_with_its_certificate(service: Service, trained: str, kind: str) -> None:
    answer = exported(service, trained, kind)
    assert answer.status_code == 200, answer.text
    report = exported(service, trained, kind, "/report").json()
    digest = hashlib.sha256(answer.content)
    assert report["sha256"] == digest.hexdigest()
    assert answer.headers["repr-digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert (report["parity"]["split"], report["parity"]["agreement"]) == ("test", 1)
    assert report["parity"]["largest_difference"] < 1e-5
    assert report in [
        {"job_id": trained, **each} for each in service.http.get(f"/models/{trained}").json()["exports"]
    ]


def test_an_exported_model_answers_as_the_service_does_and_is_calibrated(
    service: Service, other: str
) -> None:
    """Of a model that is asked about too seldom for a trial to give it another engine."""
    session = onnxruntime.InferenceSession(
        exported(service, other, "onnx").content, providers=["CPUExecutionProvider"]
    )
    temperature = service.http.get(f"/models/{other}").json()["calibration"]["temperature"]
    assert json.loads(session.get_modelmeta().custom_metadata_map["temperature"]) == temperature != 1
    (probabilities,) = session.run(None, {"images": PICTURE[None, None]})
    (prediction,) = ask(service, model=other).json()["predictions"]
    for guess in prediction["top_k"]:
        assert probabilities[0, guess["index"]] == pytest.approx(guess["probability"], abs=1e-5)


def test_a_format_that_nobody_knows_is_refused(service: Service, trained: str) -> None:
    answer = service.http.get(f"/models/{trained}/export", params={"format": "caffe"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query:format")
