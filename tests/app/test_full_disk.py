"""A disk without room: a tmpfs that only the API sees."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from model.runs.manifest import Manifest
from model.training.metrics import RECORD
from store.job_files import JobFiles
from tests.app.conftest import Api, StartApi
from tests.conftest import TINY

KIBIBYTES = 512  # of the disk
STEP = 12_000  # 281 KiB of series, for which there is room once


def namespace(*command: str) -> tuple[str, ...]:
    """A command that runs the rest of its arguments with mounts of its own."""
    return ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", *command)


def permitted() -> bool:
    command = namespace("mount -t tmpfs none /mnt")
    return bool(shutil.which("unshare")) and subprocess.run(command, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not permitted(), reason="no file system may be mounted here")


@pytest.fixture
def small(start_api: StartApi, tmp_path: Path) -> Api:
    mount = f'mount -t tmpfs -o size={KIBIBYTES}k none {tmp_path} && exec "$0" "$@"'
    return start_api(namespace(mount), TMPDIR=str(tmp_path))


def seen(api: Api) -> Path:
    """The API's data folder, from here."""
    return Path(f"/proc/{api.pid}/root{api.home}")


def test_a_picture_to_predict_needs_no_disk(small: Api) -> None:
    images = {"image": ("large.png", b"\0" * (4 * 2**20))}
    answer = small.http.post("/predict", files=images, data={"job_id": "job_1"})
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no alias job_1")
    assert small.http.get("/jobs").status_code == 200


def chunks(count: int) -> Iterator[bytes]:
    """Without a word on how many there will be."""
    return (b"\0" * 2**14 for _ in range(count))


def test_a_data_set_is_answered_507_and_leaves_nothing_behind(small: Api) -> None:
    half = b"\0" * (KIBIBYTES * 400)  # there is room for two, and not for an archive of them
    form = [("file", ("a.png", half)), ("file", ("b.png", half))]
    for answer in (
        small.http.post("/datasets?name=a", content=chunks(64)),
        small.http.post("/datasets?name=a", content=b"\0" * (2 * KIBIBYTES * 1024)),
        small.http.post("/datasets?name=a", files=form),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (507, "application/problem+json")
        assert list((seen(small) / "uploads").iterdir()) == []
    assert small.http.get("/datasets").json()["data"] == []


def test_an_upload_goes_on_where_the_disk_was_full(small: Api) -> None:
    headers = {"Upload-Length": str(2**18)}
    place = small.http.post("/uploads", headers=headers).headers["Location"]
    filler = seen(small) / "filler"
    filler.write_bytes(b"\0" * (KIBIBYTES - 128) * 1024)
    headers = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    assert small.http.patch(place, content=chunks(16), headers=headers).status_code == 507
    filler.unlink()
    arrived = int(small.http.head(place).headers["Upload-Offset"])
    headers["Upload-Offset"] = str(arrived)
    rest = small.http.patch(place, content=b"\0" * (2**18 - arrived), headers=headers)
    assert (rest.status_code, rest.headers["Upload-Offset"]) == (204, str(2**18))


def test_a_job_that_should_go_on_is_answered_507_and_leaves_nothing_behind(small: Api) -> None:
    parent = small.submit()
    run = JobFiles.of(seen(small), parent).run(1)
    run.checkpoints.mkdir(parents=True)
    manifest = Manifest(STEP, 4, "0" * 64, 1e9, "0" * 16)
    run.series.write_bytes(bytes(STEP * RECORD.itemsize))
    (run.checkpoints / manifest.state).write_bytes(b"none")
    (run.checkpoints / manifest.name).write_text(json.dumps(asdict(manifest)))
    body = TINY | {"resume_from": {"job": parent}}
    body["training"] = body["training"] | {"max_steps": STEP + 1}
    answer = small.http.post("/jobs", json=body)
    assert answer.status_code == 507, answer.text
    assert [path.name for path in (seen(small) / "jobs").iterdir()] == [parent]
    assert [job["id"] for job in small.http.get("/jobs").json()["data"]] == [parent]


def test_a_job_is_taken_though_it_cannot_be_written_down(small: Api) -> None:
    (seen(small) / "filler").write_bytes(b"\0" * (KIBIBYTES - 8) * 1024)
    with pytest.raises(OSError, match="No space left"):
        (seen(small) / "more").write_bytes(b"\0" * 2**20)
    job_id = small.submit()
    assert small.http.get(f"/jobs/{job_id}").json()["state"] == "queued"
    assert not JobFiles.of(seen(small), job_id).record.exists()
    for filler in ("filler", "more"):
        (seen(small) / filler).unlink()
    small.http.post(f"/jobs/{job_id}/pause")
    assert JobFiles.of(seen(small), job_id).record.exists()
