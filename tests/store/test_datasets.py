"""The life of a data set, against a real Redis."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from store.archive import Archive
from store.datasets import Datasets, Imports
from store.errors import DatasetUnknown, InUse, LeaseLost, MoveRefused
from store.import_files import ImportFiles
from store.jobs import Jobs
from store.names import Names
from store.states import State
from tests.packing import write_packed

LEASE = 30.0
BODY: dict[str, Any] = {"name": "a", "labels": {}, "priority": 0, "spec": {"training": {"batch_size": 10}}}


class Shelf:
    """Data sets, and what one needs to get them there."""

    def __init__(self, redis: Redis, home: Path) -> None:
        self.redis, self.home = redis, home
        self.datasets, self.jobs = Datasets(redis, home), Jobs(redis)
        self.archive = Archive(redis, home, Imports)

    def send(self, name: str = "flowers", content: str = "zip", **preparation: Any) -> tuple[str, str, bool]:
        upload = self.home / "sent"
        upload.write_text(content)
        facts = {"filename": "flowers.zip", "bytes": len(content), "sha256": content}
        return self.datasets.submit(name, upload, facts, preparation)

    def end(self, event: str) -> None:
        """Of the first in the queue."""
        claim = self.datasets.imports.claim_next("w", LEASE)
        assert claim
        if event == "succeeded":
            write_packed(self.home / "datasets" / claim.job_id)
        self.datasets.imports.finish(claim, event, "said so")
        self.archive.keep(claim.job_id)

    def ready(self, name: str = "flowers", content: str = "zip") -> str:
        dataset_id, _, _ = self.send(name, content)
        self.end("succeeded")
        return dataset_id

    def train_on(self, dataset_id: str) -> str:
        return self.jobs.submit(BODY, 100, 1000, 10, dataset=dataset_id)[0]


@pytest.fixture
def shelf(redis: Redis, tmp_path: Path) -> Shelf:
    return Shelf(redis, tmp_path)


def test_the_same_bytes_prepared_in_the_same_way_are_one_data_set(shelf: Shelf) -> None:
    first, again = shelf.send(image_size=64), shelf.send(image_size=64)
    assert first == (again[0], "flowers:1", True)
    assert again[1:] == ("flowers:1", False)
    assert shelf.send("blumen", image_size=64) == (first[0], "blumen:1", False)
    others = (shelf.send(image_size=96), shelf.send(content="other", image_size=64))
    assert [(other[1], other[2]) for other in others] == [("flowers:2", True), ("flowers:3", True)]
    assert len({first[0], *(other[0] for other in others)}) == 3


def test_a_name_means_its_newest_version_that_is_ready(shelf: Shelf) -> None:
    first = shelf.ready(content="1")
    second, name, _ = shelf.send(content="2")
    assert shelf.datasets.find("flowers").id == first
    assert shelf.datasets.find(name).id == shelf.datasets.find(second).id == second
    shelf.end("succeeded")
    assert shelf.datasets.find("flowers").id == second
    assert shelf.datasets.find("flowers:1").id == first


@pytest.mark.parametrize(
    "name", ["flowers", "flowers:1", "ds_" + "0" * 32, "../jobs", "a:b:c", "flowers:0", ""]
)
def test_a_name_that_nobody_gave_is_unknown(shelf: Shelf, name: str) -> None:
    with pytest.raises(DatasetUnknown):
        shelf.datasets.find(name)


@pytest.mark.parametrize("end", ["failed", "cancel"])
def test_one_that_came_to_no_good_end_is_tried_again_when_it_is_sent_again(shelf: Shelf, end: str) -> None:
    dataset_id, _, _ = shelf.send()
    if end == "cancel":
        shelf.datasets.imports.ask(dataset_id, "cancel")
    else:
        shelf.end("failed")
    assert shelf.send() == (dataset_id, "flowers:1", True)
    assert shelf.datasets.imports.claim_next("w", LEASE)


def test_one_whose_files_somebody_removed_is_made_anew_when_it_is_sent_again(shelf: Shelf) -> None:
    dataset_id = shelf.ready()
    (shelf.home / "datasets" / dataset_id / "dataset.json").unlink()
    assert shelf.send() == (dataset_id, "flowers:1", True)


def test_a_data_set_is_not_deleted_while_a_job_needs_it(shelf: Shelf) -> None:
    dataset_id = shelf.ready()
    waiting, running = shelf.train_on(dataset_id), shelf.train_on(dataset_id)
    claim = shelf.jobs.claim_next("w", LEASE)
    assert claim
    assert claim.job_id == waiting
    with pytest.raises(InUse) as refused:
        shelf.datasets.delete(shelf.datasets.find(dataset_id))
    assert refused.value.users == sorted([waiting, running])
    shelf.jobs.finish(claim, "succeeded", "trained")
    shelf.jobs.ask(running, "cancel")
    shelf.datasets.delete(shelf.datasets.find(dataset_id))
    assert not (shelf.home / "datasets" / dataset_id).exists()
    assert not (shelf.home / "imports" / dataset_id).exists()


def test_a_job_that_goes_back_into_the_queue_still_needs_its_data_set(shelf: Shelf) -> None:
    dataset_id = shelf.ready()
    job_id = shelf.train_on(dataset_id)
    claim = shelf.jobs.claim_next("w", LEASE)
    assert claim
    shelf.jobs.finish(claim, "stopped", "worker is stopping")
    shelf.jobs.ask(job_id, "pause")
    with pytest.raises(InUse):
        shelf.datasets.delete(shelf.datasets.find(dataset_id))


def test_nobody_trains_on_a_data_set_that_was_deleted(shelf: Shelf) -> None:
    dataset_id = shelf.ready()
    shelf.datasets.delete(shelf.datasets.find(dataset_id))
    with pytest.raises(DatasetUnknown):
        shelf.train_on(dataset_id)
    with pytest.raises(DatasetUnknown):
        shelf.datasets.find("flowers")


def test_a_data_set_in_preparation_is_cancelled_before_it_is_deleted(shelf: Shelf) -> None:
    dataset_id, _, _ = shelf.send()
    with pytest.raises(MoveRefused):
        shelf.datasets.delete(shelf.datasets.find(dataset_id))


def test_one_that_is_being_cancelled_is_not_taken_again_before_that_is_done(shelf: Shelf) -> None:
    dataset_id, _, _ = shelf.send()
    claim = shelf.datasets.imports.claim_next("w", LEASE)
    assert claim
    shelf.datasets.imports.ask(dataset_id, "cancel")
    with pytest.raises(MoveRefused, match="cancelling"):
        shelf.send()
    shelf.datasets.imports.finish(claim, "stopped", "as asked")
    assert shelf.send() == (dataset_id, "flowers:1", True)


def test_one_that_was_cancelled_at_the_last_moment_can_be_sent_again(shelf: Shelf) -> None:
    dataset_id, _, _ = shelf.send()
    claim = shelf.datasets.imports.claim_next("w", LEASE)
    assert claim
    write_packed(shelf.home / "datasets" / dataset_id)
    shelf.datasets.imports.ask(dataset_id, "cancel")
    assert shelf.datasets.imports.finish(claim, "succeeded", "done") == State.CANCELLED
    assert shelf.send() == (dataset_id, "flowers:1", True)
    assert shelf.datasets.imports.claim_next("w", LEASE)


def test_a_name_that_was_given_just_before_its_giver_was_killed_hides_no_other_version(shelf: Shelf) -> None:
    first = shelf.ready()
    Names(shelf.home / "names").give("flowers", "ds_" + "0" * 32)
    assert shelf.datasets.find("flowers").id == first
    with pytest.raises(DatasetUnknown):
        shelf.datasets.find("flowers:2")


def test_an_upload_that_lies_there_without_a_record_is_cleared_away_by_the_next(shelf: Shelf) -> None:
    lost = ImportFiles.of(shelf.home, "ds_" + "0" * 32)
    lost.folder.mkdir(parents=True)
    lost.upload.write_text("zip")
    unwritten, _, _ = shelf.send(content="1")  # whose record is in Redis alone
    shelf.send(content="2")
    assert not lost.folder.exists()
    assert ImportFiles.of(shelf.home, unwritten).upload.exists()


def test_sending_and_deleting_at_once_leaves_a_data_set_that_is_whole_or_none(shelf: Shelf) -> None:
    upload = shelf.home / "sent"
    upload.write_text("zip")
    facts = {"filename": "flowers.zip", "bytes": 3, "sha256": "zip"}

    def send(name: str) -> None:
        dataset_id, _, is_new = shelf.datasets.submit(name, upload, facts, {})
        if is_new:
            shelf.datasets.imports.ask(dataset_id, "cancel")

    def delete(name: str) -> None:
        with suppress(DatasetUnknown, MoveRefused):
            shelf.datasets.delete(shelf.datasets.find(name))

    with ThreadPoolExecutor(8) as people:
        list(people.map(lambda n: (send, delete)[n % 2](f"n{n % 4 // 2}"), range(200)))
    dataset_id, name, is_new = shelf.datasets.submit("n0", upload, facts, {})
    assert is_new
    assert shelf.datasets.find(name).id == dataset_id
    assert ImportFiles.of(shelf.home, dataset_id).upload.read_text() == "zip"


def test_a_worker_of_an_earlier_life_changes_nothing_when_it_wakes(shelf: Shelf) -> None:
    dataset_id, _, _ = shelf.send()
    imports = shelf.datasets.imports
    stale = imports.claim_next("stopped", 0)
    assert stale
    assert imports.reap() == [dataset_id]
    imports.ask(dataset_id, "cancel")
    shelf.send()
    assert imports.claim_next("w", LEASE)
    with pytest.raises(LeaseLost):
        imports.finish(stale, "succeeded", "done")
    assert shelf.datasets.find(dataset_id).state == State.RUNNING


def test_one_that_is_sent_again_while_its_failure_is_written_down_keeps_its_upload(shelf: Shelf) -> None:
    dataset_id, _, _ = shelf.send()
    of_import = ImportFiles.of(shelf.home, dataset_id)
    with ThreadPoolExecutor(2) as people:
        for _ in range(20):
            claim = shelf.datasets.imports.claim_next("w", LEASE)
            assert claim
            of_import.attempt(claim.token).mkdir()
            for number in range(500):  # so that clearing up takes a while
                (of_import.attempt(claim.token) / str(number)).touch()
            shelf.datasets.imports.finish(claim, "failed", "said so")
            kept = people.submit(shelf.archive.keep, dataset_id)
            assert people.submit(shelf.send).result() == (dataset_id, "flowers:1", True)
            kept.result()
            assert of_import.upload.read_text() == "zip"


def test_data_sets_and_who_needs_them_survive_a_loss_of_redis(shelf: Shelf) -> None:
    ready, (waiting, _, _) = shelf.ready(content="1"), shelf.send(content="2")
    job_id = shelf.train_on(ready)
    jobs = Archive(shelf.redis, shelf.home)
    for archive, work_id in ((shelf.archive, waiting), (jobs, job_id)):
        archive.keep(work_id)
        archive.begin()
    shelf.redis.flushall()
    assert shelf.archive.has_lost()
    assert (shelf.archive.rebuild(), jobs.rebuild()) == (2, 1)
    assert shelf.datasets.find("flowers:1").is_ready
    assert shelf.datasets.find("flowers:2").state == State.QUEUED
    with pytest.raises(InUse):
        shelf.datasets.delete(shelf.datasets.find(ready))


def test_the_newest_is_listed_first(shelf: Shelf) -> None:
    ids = [shelf.ready(content=str(number)) for number in range(3)]
    assert [dataset.id for dataset in shelf.datasets.all()] == ids[::-1]
