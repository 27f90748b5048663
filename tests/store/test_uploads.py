"""Files on their way in."""

import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from store.errors import UploadBusy, UploadMissing, UploadUnfinished, WrongOffset
from store.uploads import KEPT_SECONDS, Uploads


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "uploads")


def test_an_upload_comes_in_pieces_and_is_found_again(uploads: Uploads) -> None:
    upload_id = uploads.create("flowers.zip", 6).id
    for offset, piece in ((0, b"abc"), (3, b"def")):
        with uploads.get(upload_id).appending(offset) as file:
            file.write(piece)
    upload = uploads.get(upload_id)
    assert (upload.filename, upload.offset) == ("flowers.zip", 6)
    assert upload.sha256() == hashlib.sha256(b"abcdef").hexdigest()


def test_what_was_written_before_a_break_stays(uploads: Uploads) -> None:
    upload = uploads.create(length=6)

    def send() -> None:
        with upload.appending(0) as file:
            file.write(b"ab")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        send()
    assert upload.offset == 2
    with pytest.raises(UploadUnfinished):
        upload.sha256()


def test_a_piece_goes_where_the_last_one_ended(uploads: Uploads) -> None:
    upload = uploads.create(length=6)
    with pytest.raises(WrongOffset) as refused, upload.appending(1):
        pass
    assert refused.value.offset == 0


def test_one_writes_at_a_time(uploads: Uploads) -> None:
    upload = uploads.create(length=6)
    with upload.appending(0), pytest.raises(UploadBusy), upload.appending(0):
        pass


@pytest.mark.parametrize("upload_id", ["up_" + "0" * 32, "up_x", "../jobs", "..", ""])
def test_an_id_that_is_none_leads_nowhere(uploads: Uploads, upload_id: str) -> None:
    with pytest.raises(UploadMissing):
        uploads.get(upload_id)


def test_who_has_not_gone_on_for_a_day_is_forgotten(uploads: Uploads) -> None:
    old, new = uploads.create(), uploads.create()
    past = time.time() - KEPT_SECONDS - 1
    for path in (*old.folder.iterdir(), old.folder):
        os.utime(path, (past, past))
    uploads.expire()
    assert uploads.get(new.id)
    with pytest.raises(UploadMissing):
        uploads.get(old.id)


def test_uploads_that_come_and_go_do_not_disturb_each_other(uploads: Uploads) -> None:
    def come_and_go(_: int) -> None:
        uploads.create().delete()

    with ThreadPoolExecutor(16) as senders:
        list(senders.map(come_and_go, range(400)))
