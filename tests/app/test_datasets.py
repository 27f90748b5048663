"""Data sets over HTTP, up to where their preparation begins."""

import io
import json
import shutil
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model.data.packed import Packed
from store.datasets import Imports
from tests.app.conftest import Api, StartApi
from tests.conftest import TINY
from tests.packing import write_packed


def ready(api: Api, name: str = "pets") -> str:
    """A data set, prepared by nobody."""
    dataset_id = str(api.http.post("/datasets", files={"file": (f"{name}.zip", name.encode())}).json()["id"])
    imports = Imports(api.redis)
    claim = imports.claim_next("w", 30)
    assert claim
    write_packed(api.home / "datasets" / dataset_id)
    imports.finish(claim, "succeeded", "done")
    return dataset_id


def left(home: Path) -> list[str]:
    """Of uploads."""
    return [path.name for path in (home / "uploads").glob("*")]


def test_a_form_a_body_and_a_query_say_the_same(api: Api) -> None:
    as_form = api.http.post(
        "/datasets",
        files={"file": ("Pets 2.tar.gz", b"abc")},
        data={"image_size": "64", "test_split": "0.25"},
    )
    as_body = api.http.post("/datasets?name=pets-2&image_size=64&test_split=0.25", content=b"abc")
    assert (as_form.status_code, as_body.status_code) == (201, 200)
    assert as_form.json()["id"] == as_body.json()["id"]
    assert as_form.json()["name"] == "pets-2:1"
    assert as_form.json()["preparation"]["test_split"] == 0.25
    assert as_form.headers["Location"] == f"/datasets/{as_form.json()['id']}"
    assert left(api.home) == []


def test_several_files_of_a_form_are_one_archive(api: Api) -> None:
    files = {"train-images": b"images", "train-labels": b"labels"}
    ids = [
        api.http.post(
            "/datasets", files=[("file", (name, files[name])) for name in order], data={"name": "digits"}
        ).json()["id"]
        for order in (list(files), list(reversed(files)))
    ]
    assert ids[0] == ids[1]
    with zipfile.ZipFile(api.home / "imports" / ids[0] / "upload") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files


def test_the_same_bytes_sent_twice_at_once_are_one_data_set(api: Api) -> None:
    content, ids = b"abc" * 500_000, []

    def send() -> None:
        ids.append(api.http.post("/datasets?name=pets", content=content).json()["id"])

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 1
    assert len(api.http.get("/datasets").json()["data"]) == 1
    assert Imports(api.redis).claim_next("w", 30)
    assert Imports(api.redis).claim_next("w", 30) is None


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"name": "Pets!"}, "/name"),
        ({"name": "../etc"}, "/name"),
        ({"name": "fashion-mnist"}, "/name"),
        ({"name": "ds_" + "0" * 32}, "/name"),
        ({"image_size": "4"}, "/image_size"),
        ({"image_size": "large"}, "/image_size"),
        ({"fit": "squeeze"}, "/fit"),
        ({"channels": "2"}, "/channels"),
        ({"imagesize": "64"}, "/imagesize"),
        ({"test_split": "nan"}, "/test_split"),
    ],
)
def test_a_wrong_field_is_named(api: Api, fields: dict[str, str], pointer: str) -> None:
    answer = api.http.post("/datasets", files={"file": ("pets.zip", b"abc")}, data=fields)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert left(api.home) == []


def test_a_misspelled_field_is_told_the_right_one(api: Api) -> None:
    answer = api.http.post("/datasets?name=pets&imagesize=64", content=b"abc")
    assert answer.json()["errors"][0]["suggestion"] == "image_size"


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"", {}),
        (b"--x\r\n", {"content-type": "multipart/form-data; boundary=x"}),
        (b"no form", {"content-type": "multipart/form-data; boundary=x"}),
        (b"abc", {"content-type": "multipart/form-data"}),
        (b"abc", {"content-type": f"multipart/form-data; boundary={'x' * 1000}"}),
        (
            b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\npets\r\n--x--\r\n',
            {"content-type": "multipart/form-data; boundary=x"},
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\nabc',
            {"content-type": "multipart/form-data; boundary=x"},
        ),
        (b"{", {"content-type": "application/json"}),
        (b"[]", {"content-type": "application/json"}),
        (b"{}", {"content-type": "application/json"}),
        (b'{"upload": 1}', {"content-type": "application/json"}),
    ],
)
def test_a_body_that_holds_no_file_is_refused(api: Api, content: bytes, headers: dict[str, str]) -> None:
    answer = api.http.post("/datasets?name=pets", content=content, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), (
        answer.text
    )
    assert left(api.home) == []
    assert api.http.get("/datasets").json()["data"] == []


@pytest.mark.parametrize("upload", ["up_" + "0" * 32, "../jobs", "\0", "\ud800"])
def test_an_unknown_upload_is_a_404(api: Api, upload: str) -> None:
    body = json.dumps({"upload": upload, "name": "a"})
    answer = api.http.post("/datasets", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["detail"] == f"there is no upload {upload}"


def test_a_name_may_be_a_number(api: Api) -> None:
    answer = api.http.post("/datasets", files={"file": ("pets.zip", b"abc")}, data={"name": "2024"})
    assert answer.json()["name"] == "2024:1"
    assert api.http.post("/datasets?name=1e5", content=b"abc").json()["name"] == "1e5:1"


def test_a_client_that_goes_away_leaves_nothing_behind(api: Api) -> None:
    host, port = api.http.base_url.host, api.http.base_url.port
    with socket.create_connection((host, port)) as connection:
        head = f"POST /datasets?name=pets HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 1000000\r\n\r\n"
        connection.sendall(head.encode() + b"abc" * 1000)
        wait_until(lambda: left(api.home) != [])
    wait_until(lambda: left(api.home) == [])
    assert api.http.get("/datasets").json()["data"] == []


def test_an_upload_larger_than_allowed_is_refused_and_leaves_nothing(start_api: StartApi) -> None:
    api = start_api(TRAINSHED_MAX_DATASET_GIB=str(2**-10))

    def chunks() -> Iterator[bytes]:
        yield from [b" " * 2**16] * 20

    for content in (b" " * (2**20 + 1), chunks()):
        answer = api.http.post("/datasets?name=pets", content=content)
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    wait_until(lambda: left(api.home) == [])


def test_more_than_the_disk_can_hold_is_refused_before_it_is_sent(
    start_api: StartApi, tmp_path: Path
) -> None:
    api = start_api(TRAINSHED_MAX_DATASET_GIB=str(2**20))
    length = shutil.disk_usage(tmp_path).free + 2**30
    assert api.http.post("/uploads", headers={"Upload-Length": str(length)}).status_code == 507
    host, port = api.http.base_url.host, api.http.base_url.port
    with socket.create_connection((host, port), timeout=30) as connection:
        head = f"POST /datasets?name=a HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {length}\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(64).split()[1] == b"507"
    assert left(api.home) == []


def test_what_is_not_ready_has_no_pictures_and_trains_no_job(api: Api) -> None:
    dataset_id = api.http.post("/datasets?name=pets", content=b"abc").json()["id"]
    for path in (f"/datasets/{dataset_id}/samples", "/datasets/pets/report", "/datasets/pets:1/samples/0"):
        assert api.http.get(path).status_code == 409
    answer = api.http.post("/jobs", json={**TINY, "data": {"dataset": "pets"}})
    assert answer.status_code == 409
    assert "queued" in answer.json()["detail"]


def test_an_unknown_data_set_is_told_the_name_that_was_probably_meant(api: Api) -> None:
    ready(api)
    for name, meant in (("pet:1", "pets:1"), ("fashion-mnits", "fashion-mnist")):
        answer = api.http.post("/jobs/validate", json={**TINY, "data": {"dataset": name}})
        assert answer.status_code == 422
        error = answer.json()["errors"][0]
        assert (error["pointer"], error["suggestion"]) == ("/data/dataset", meant)
    assert api.http.get("/datasets/pet").status_code == 404


def test_a_job_keeps_what_it_was_trained_on(api: Api) -> None:
    dataset_id = ready(api)
    answer = api.http.post("/jobs", json={**TINY, "data": {"dataset": "pets"}})
    assert answer.status_code == 201, answer.text
    job = answer.json()
    assert job["dataset"] == {
        "name": "pets",
        "id": dataset_id,
        "sha256": Packed.read(api.home / "datasets" / dataset_id).sha256,
    }
    assert job["spec"]["data"]["dataset"] == dataset_id


def test_a_repeated_submission_is_the_same_job_though_the_name_means_another_set_now(api: Api) -> None:
    ready(api)
    body, key = {**TINY, "data": {"dataset": "pets"}}, {"Idempotency-Key": "k"}
    first = api.http.post("/jobs", json=body, headers=key)
    api.http.post("/datasets?name=pets", content=b"newer")
    claim = Imports(api.redis).claim_next("w", 30)
    assert claim
    write_packed(api.home / "datasets" / claim.job_id)
    Imports(api.redis).finish(claim, "succeeded", "done")
    again = api.http.post("/jobs", json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201), again.text
    assert first.json()["id"] == again.json()["id"]


def test_a_data_set_that_a_job_needs_is_not_deleted(api: Api) -> None:
    dataset_id = ready(api)
    job_id = api.http.post("/jobs", json={**TINY, "data": {"dataset": dataset_id}}).json()["id"]
    refused = api.http.delete("/datasets/pets")
    assert (refused.status_code, refused.json()["users"]) == (409, [job_id])
    api.http.post(f"/jobs/{job_id}/cancel")
    assert api.http.delete("/datasets/pets").status_code == 204
    assert api.http.get(f"/datasets/{dataset_id}").status_code == 404
    assert api.http.get(f"/jobs/{job_id}").json()["dataset"]["id"] == dataset_id


def test_pictures_are_listed_and_seen(api: Api) -> None:
    dataset_id = ready(api)
    page = api.http.get("/datasets/pets/samples", params={"label": "owl", "limit": 2}).json()
    assert [sample["path"] for sample in page["data"]] == ["owl/4.png", "owl/5.png"]
    assert page["data"][0]["image"] == f"/datasets/{dataset_id}/samples/4"
    files = api.http.get("/datasets/pets/samples", params={"path": ["owl/8.png", "cat/0.png"]}).json()
    assert [sample["row"] for sample in files["data"]] == [0, 8]
    rest = api.http.get("/datasets/pets/samples", params={"label": "owl", "after": page["next_after"]}).json()
    assert ([sample["path"] for sample in rest["data"]], rest["has_more"]) == (["owl/8.png"], False)
    png = api.http.get(page["data"][0]["image"])
    assert (png.headers["content-type"], png.content[:4]) == ("image/png", b"\x89PNG")
    assert api.http.get("/datasets/pets/samples/9").status_code == 404
    for query, pointer in (({"split": "dev"}, "query:split"), ({"label": "cow"}, "query:label")):
        answer = api.http.get("/datasets/pets/samples", params=query)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


def test_pictures_that_are_gone_from_the_disk_are_told_as_that(api: Api) -> None:
    dataset_id = ready(api)
    shutil.rmtree(api.home / "datasets" / dataset_id)
    for path in ("", "/0"):
        answer = api.http.get(f"/datasets/pets/samples{path}")
        assert (answer.status_code, "gone" in answer.json()["detail"]) == (409, True)
    again = api.http.post("/datasets", files={"file": ("pets.zip", b"pets")})
    assert (again.status_code, again.json()["id"]) == (201, dataset_id)


def test_one_in_preparation_tells_how_far_it_is_and_can_be_cancelled(api: Api) -> None:
    dataset_id = api.http.post("/datasets?name=pets", content=b"abc").json()["id"]
    imports = Imports(api.redis)
    claim = imports.claim_next("w", 30)
    assert claim
    imports.report(claim, 30, fields={"stage": "decode", "step": 5, "steps": 10})
    shown = api.http.get("/datasets/pets").json()
    assert shown["state"] == "preparing"
    assert (shown["progress"]["stage"], shown["progress"]["step"], shown["progress"]["steps"]) == (
        "decode",
        5,
        10,
    )
    assert api.http.post(f"/datasets/{dataset_id}/cancel").json()["state"] == "cancelling"
    imports.finish(claim, "stopped", "as asked")
    waited: Any = api.http.get("/datasets/pets", params={"wait": 20}).json()
    assert waited["state"] == "cancelled"
    assert api.http.post(f"/datasets/{dataset_id}/cancel").status_code == 409


def test_the_list_has_pages_and_those_that_are_known_by_name(api: Api) -> None:
    ids = [ready(api, name) for name in ("one", "two", "three")]
    first = api.http.get("/datasets", params={"limit": 2}).json()
    rest = api.http.get("/datasets", params={"limit": 2, "after": first["next_after"]}).json()
    assert [each["id"] for each in first["data"] + rest["data"]] == ids[::-1]
    assert first["data"][0]["names"] == ["three:1"]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert "fashion-mnist" in [each["name"] for each in first["built_in"]]


def wait_until(condition: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_zip_of_gigabytes_costs_the_server_no_memory(start_api: StartApi) -> None:
    """Sent in pieces, and never held as a whole."""
    api = start_api()  # whose peak is not that of earlier tests
    before = peak_kibibytes(api.pid)
    piece = io.BytesIO(b"\0" * 2**20).getvalue()
    answer = api.http.post("/datasets?name=large", content=(piece for _ in range(256)))
    assert answer.status_code == 201
    assert peak_kibibytes(api.pid) - before < 64 * 1024


def peak_kibibytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
