"""The tus protocol, spoken by its own client and by hand."""

import io
import os
from typing import Any

import pytest
from tusclient.client import TusClient

from tests.app.conftest import Api, StartApi

CHUNK = {"Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0"}


def announce(api: Api, length: int) -> str:
    answer = api.http.post("/uploads", headers={"Upload-Length": str(length), "Tus-Resumable": "1.0.0"})
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


def send(api: Api, place: str, offset: int, content: bytes, **headers: str) -> Any:
    return api.http.patch(place, content=content, headers={**CHUNK, "Upload-Offset": str(offset), **headers})


def test_the_protocols_own_client_sends_a_file_and_goes_on_after_a_break(api: Api) -> None:
    content = os.urandom(300_000)
    sender = TusClient(f"{api.http.base_url}/uploads".replace("//uploads", "/uploads"))
    first = sender.uploader(
        file_stream=io.BytesIO(content), chunk_size=70_000, metadata={"filename": "rosés.zip"}
    )
    first.upload_chunk()  # type: ignore[no-untyped-call]
    again = sender.uploader(file_stream=io.BytesIO(content), chunk_size=70_000, url=first.url)
    assert again.offset == 70_000
    again.upload()
    upload_id = str(again.url).rsplit("/", 1)[-1]
    answer = api.http.post("/datasets", json={"upload": upload_id})
    assert answer.status_code == 201, answer.text
    dataset = answer.json()
    assert (dataset["name"], dataset["upload"]["filename"]) == ("ros-s:1", "rosés.zip")
    assert (api.home / "imports" / dataset["id"] / "upload").read_bytes() == content


def test_handing_in_an_upload_again_gives_the_same_data_set(api: Api) -> None:
    place = announce(api, 3)
    send(api, place, 0, b"abc")
    body = {"upload": place.rsplit("/", 1)[-1], "name": "abc"}
    first, again = api.http.post("/datasets", json=body), api.http.post("/datasets", json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert api.http.head(place).headers["Upload-Offset"] == "3"
    assert send(api, place, 3, b"def").status_code == 409


def hand_in(api: Api, place: str, **fields: Any) -> Any:
    return api.http.post("/datasets", json={"upload": place.rsplit("/", 1)[-1], **fields})


def test_an_upload_is_handed_in_again_under_another_name(api: Api) -> None:
    place = announce(api, 3)
    send(api, place, 0, b"abc")
    ids = [hand_in(api, place, name=name).json()["id"] for name in ("one", "two")]
    assert ids[0] == ids[1]
    assert api.http.get("/datasets/two:1").json()["names"] == ["one:1", "two:1"]


def test_an_upload_whose_data_set_is_another_or_was_deleted_is_sent_anew(api: Api) -> None:
    place = announce(api, 3)
    send(api, place, 0, b"abc")
    dataset_id = hand_in(api, place, name="abc").json()["id"]
    assert hand_in(api, place, name="abc", image_size=64).status_code == 404
    api.http.post(f"/datasets/{dataset_id}/cancel")
    assert api.http.delete(f"/datasets/{dataset_id}").status_code == 204
    assert hand_in(api, place, name="abc").status_code == 404


def test_an_upload_whose_taker_was_killed_is_handed_in_again(api: Api) -> None:
    place = announce(api, 3)
    send(api, place, 0, b"abc")
    first = api.http.post("/datasets?name=abc", content=b"abc").json()  # as far as it had come
    again = hand_in(api, place, name="abc")
    assert (again.status_code, again.json()["id"]) == (200, first["id"])


def test_an_upload_goes_on_after_the_server_was_killed(start_api: StartApi) -> None:
    before = start_api()
    place = announce(before, 6)
    send(before, place, 0, b"abc")
    os.kill(before.pid, 9)
    after = start_api()
    assert after.http.head(place).headers["Upload-Offset"] == "3"
    assert send(after, place, 3, b"def").headers["Upload-Offset"] == "6"


def test_what_it_speaks_is_said(api: Api) -> None:
    headers = api.http.options("/uploads").headers
    assert (headers["Tus-Version"], headers["Tus-Extension"]) == ("1.0.0", "creation,termination")
    assert int(headers["Tus-Max-Size"]) == 64 * 2**30


def test_an_unfinished_upload_is_no_data_set_yet(api: Api) -> None:
    place = announce(api, 6)
    send(api, place, 0, b"abc")
    answer = api.http.post("/datasets", json={"upload": place.rsplit("/", 1)[-1], "name": "abc"})
    assert answer.status_code == 409
    assert "3 of its 6 bytes" in answer.json()["detail"]
    assert send(api, place, 3, b"def").status_code == 204  # it is still there


@pytest.mark.parametrize(
    ("offset", "content", "headers", "status"),
    [
        (1, b"abc", {}, 409),
        (0, b"abcdefg", {}, 422),
        (0, b"abc", {"Content-Type": "image/png"}, 415),
        (0, b"abc", {"Tus-Resumable": "0.2.2"}, 412),
        (-1, b"abc", {}, 422),
    ],
    ids=["wrong offset", "longer than announced", "content type", "version", "negative offset"],
)
def test_a_piece_that_does_not_fit_is_refused(
    api: Api, offset: int, content: bytes, headers: dict[str, str], status: int
) -> None:
    place = announce(api, 6)
    answer = send(api, place, offset, content, **headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert api.http.head(place).headers["Upload-Offset"] in ("0", "6")


def test_an_upload_that_was_given_up_is_gone(api: Api) -> None:
    place = announce(api, 6)
    assert api.http.delete(place).status_code == 204
    assert api.http.head(place).status_code == 404
    assert send(api, place, 0, b"abc").status_code == 404


@pytest.mark.parametrize("length", ["0", "-1", "many", str(2**62)])
def test_a_length_that_cannot_be_is_refused(api: Api, length: str) -> None:
    answer = api.http.post("/uploads", headers={"Upload-Length": length})
    assert answer.status_code in (413, 422, 507)
    assert answer.headers["content-type"] == "application/problem+json"


def test_metadata_that_is_no_base64_is_refused(api: Api) -> None:
    headers = {"Upload-Length": "6", "Upload-Metadata": "filename ***"}
    assert api.http.post("/uploads", headers=headers).status_code == 422
