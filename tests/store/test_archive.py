"""Redis loses everything, and the disk gives it back."""

import json
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from model.durable import write_whole
from model.runs.manifest import Manifest
from store import keys
from store.archive import Archive
from store.errors import JobMissing, LeaseLost
from store.job_files import JobFiles
from store.jobs import Jobs, new_id
from store.metrics import Metrics
from store.record import Claim
from store.states import State
from tests.store.test_jobs import LEASE, batches, claim, submit

ERROR = {"code": "crashed", "message": "the trainer was killed", "hint": "", "retryable": True}


class Shed:
    """A store, its disk, and what befalls them."""

    def __init__(self, redis: Redis, home: Path) -> None:
        self.redis: Any = redis
        self.home = home
        self.jobs, self.archive, self.metrics = Jobs(redis), Archive(redis, home), Metrics(redis, home)

    def files(self, job_id: str) -> JobFiles:
        return JobFiles.of(self.home, job_id)

    def keep(self, *job_ids: str) -> None:
        for job_id in job_ids:
            self.archive.keep(job_id)

    def lose(self) -> None:
        self.redis.flushall()

    def lose_and_rebuild(self) -> int:
        self.lose()
        return self.archive.rebuild()

    def submit(self, **chosen: Any) -> str:
        job_id = submit(self.jobs, **chosen)
        self.keep(job_id)
        return job_id

    def claim(self, lease: float = LEASE) -> Claim:
        """By a worker whose trainer has made its folder."""
        held = claim(self.jobs, lease=lease)
        self.files(held.job_id).run(held.token).folder.mkdir(parents=True)
        return held

    def ended(self, event: str = "succeeded") -> str:
        """A job of three batches, an evaluation and an event."""
        job_id = self.submit()
        held = self.claim()
        score, news = (
            {3: {"step": 3, "loss": 0.5, "accuracy": 0.9}},
            {1: {"event": "disk_full", "step": 2, "message": "full"}},
        )
        self.jobs.report(held, LEASE, 0, batches(1, 2, 3), {"step": 3, "device": "cpu"}, score, news)
        self.jobs.finish(held, event, "over", ERROR if event == "failed" else None)
        self.keep(job_id)
        return job_id

    def told(self, job_id: str) -> tuple[Any, ...]:
        """All that anybody can ask of it."""
        job = self.jobs.get(job_id)
        series = self.metrics.points(job, 0, 1000)
        return (
            job,
            series,
            self.jobs.history(job_id),
            self.jobs.events(job_id),
            self.metrics.evaluations(job),
            self.jobs.place(job_id),
        )


@pytest.fixture
def shed(redis: Redis, tmp_path: Path) -> Shed:
    return Shed(redis, tmp_path)


@pytest.mark.parametrize("end", ["succeeded", "failed"])
def test_an_ended_job_comes_back_whole_with_its_curve(shed: Shed, end: str) -> None:
    job_id = shed.ended(end)
    before = shed.told(job_id)
    assert len(before[1]) == 3
    assert shed.lose_and_rebuild() == 1
    assert shed.told(job_id) == before
    assert [job.id for job in shed.jobs.page(10, state=State(end))] == [job_id]


def test_an_ended_jobs_curve_is_read_from_disk_once_redis_has_let_it_go(shed: Shed) -> None:
    job_id = shed.ended()
    before = shed.told(job_id)
    assert 0 < shed.redis.ttl(keys.TRAINING.metrics(job_id)) <= 7 * 24 * 3600
    shed.jobs.archived(job_id, 0)  # a week later
    assert not shed.redis.exists(keys.TRAINING.metrics(job_id))
    assert shed.told(job_id) == before


def test_a_job_that_has_not_ended_keeps_its_curve_in_redis_for_good(shed: Shed) -> None:
    job_id = shed.submit()
    shed.jobs.report(shed.claim(), LEASE, 0, batches(1), {"step": 1})
    shed.keep(job_id)
    shed.jobs.archived(job_id, 0)
    assert shed.redis.ttl(keys.TRAINING.metrics(job_id)) == -1


def test_the_queue_comes_back_in_its_order_and_goes_on_behind_it(shed: Shed) -> None:
    low, first, second, high = (shed.submit(priority=priority) for priority in (-1, 0, 0, 5))
    shed.lose_and_rebuild()
    third = shed.submit()
    assert [shed.claim().job_id for _ in range(5)] == [high, first, second, third, low]


@pytest.mark.parametrize(("asked", "state"), [(None, "queued"), ("pause", "paused"), ("cancel", "cancelled")])
def test_a_job_that_was_held_is_free_again_as_the_table_says(
    shed: Shed, asked: str | None, state: str
) -> None:
    job_id = shed.submit()
    stale = shed.claim()
    if asked:
        shed.jobs.ask(job_id, asked)
    shed.keep(job_id)
    shed.lose_and_rebuild()
    assert (shed.jobs.get(job_id).state, shed.jobs.get(job_id).worker) == (state, None)
    assert shed.jobs.history(job_id)[-1]["reason"] == "Redis lost its records; rebuilt from disk"
    with pytest.raises(LeaseLost):
        shed.jobs.report(stale, LEASE)


def save(shed: Shed, held: Claim, step: int) -> None:
    """A checkpoint, as far as the store looks into it."""
    run = shed.files(held.job_id).run(held.token)
    manifest = Manifest(step, 4, "0" * 64, 1e9, "0" * 16)
    write_whole(run.series, batches(*range(1, step + 1)))
    write_whole(run.checkpoints / manifest.name, json.dumps(asdict(manifest)).encode())


@pytest.mark.parametrize(("asked", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_a_job_that_had_not_ended_has_its_curve_up_to_its_newest_checkpoint(
    shed: Shed, asked: str, state: str
) -> None:
    job_id = shed.submit()
    held = shed.claim()
    shed.jobs.report(
        held, LEASE, 0, batches(1, 2, 3, 4), {"step": 4}, {2: {"step": 2, "loss": 0.5, "accuracy": 0.9}}
    )
    save(shed, held, 2)
    save(shed, held, 3)
    shed.jobs.ask(job_id, asked)
    shed.keep(job_id)
    shed.lose_and_rebuild()
    job = shed.jobs.get(job_id)
    assert (job.state, job.step) == (state, 3)
    assert [point["step"] for point in shed.metrics.points(job, 0, 100)] == [1, 2, 3]
    assert [each["step"] for each in shed.metrics.evaluations(job)] == [2]


def test_a_new_attempt_is_numbered_above_every_run_on_disk(shed: Shed) -> None:
    """The record that was written down may be older than the runs, if the disk was full at a claim."""
    job_id = shed.submit()
    stale = shed.claim(lease=0)
    shed.jobs.reap()
    shed.claim(lease=0)
    shed.lose_and_rebuild()
    assert shed.claim() == (job_id, 3)
    with pytest.raises(LeaseLost):
        shed.jobs.report(stale, LEASE)


def test_rebuilding_twice_changes_nothing(shed: Shed) -> None:
    job_ids = [shed.ended(), shed.submit()]
    shed.lose_and_rebuild()
    before = [shed.told(job_id) for job_id in job_ids]
    assert shed.archive.rebuild() == 0
    assert [shed.told(job_id) for job_id in job_ids] == before


def test_a_rebuild_touches_no_record_that_is_there(shed: Shed) -> None:
    job_id, other = shed.submit(), shed.submit()
    shed.redis.delete(keys.TRAINING.job(other))
    held = shed.claim()
    shed.jobs.report(held, LEASE, 0, batches(1, 2), {"step": 2})
    before = shed.told(job_id)
    assert shed.archive.rebuild() == 1
    assert shed.told(job_id) == before
    assert shed.jobs.report(held, LEASE) == State.RUNNING


def test_a_deleted_job_does_not_come_back(shed: Shed) -> None:
    job_id = shed.ended()
    shed.jobs.delete(job_id)
    shed.files(job_id).delete()
    assert shed.lose_and_rebuild() == 0
    with pytest.raises(JobMissing):
        shed.jobs.get(job_id)


def altered(record: dict[str, Any], path: str, value: Any) -> bytes:
    """With another value at "noun/name", or without it where the value is None."""
    *nouns, name = path.split("/")
    of = record[nouns[0]] if nouns else record
    of.pop(name) if value is None else of.update({name: value})
    return json.dumps(record).encode()


FOREIGN = [
    *((name, None) for name in ("fields", "history", "evaluations", "events")),
    *(
        (f"fields/{name}", None)
        for name in ("body", "token", "state", "order", "created_at", "step", "steps")
    ),
    ("fields", []),
    ("fields/state", "retired"),
    ("fields/order", "first"),
    ("fields/step", 3.5),
    ("fields/body", "{}"),
    ("fields/body", "no JSON"),
    ("history", {"from": None}),
    ("history", [{"from": None}]),
    ("evaluations", [1]),
    ("events", {"first": "{}"}),
]


@pytest.mark.parametrize(("path", "value"), FOREIGN)
def test_a_foreign_record_is_left_alone_and_named_and_the_others_come_back(
    shed: Shed, caplog: pytest.LogCaptureFixture, path: str, value: Any
) -> None:
    bad, good = shed.submit(), shed.submit()
    record = shed.files(bad).record
    content = altered(json.loads(record.read_bytes()), path, value)
    record.write_bytes(content)
    assert shed.lose_and_rebuild() == 1
    assert [job.id for job in shed.jobs.page(10)] == [good]
    assert not [key for key in shed.redis.scan_iter() if bad.encode() in key]
    assert [str(record) in said.getMessage() for said in caplog.records] == [True]
    assert record.read_bytes() == content


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_a_cut_record_is_left_alone(shed: Shed, caplog: pytest.LogCaptureFixture, cut: int) -> None:
    record = shed.files(shed.submit()).record
    record.write_bytes(record.read_bytes()[:cut])
    assert shed.lose_and_rebuild() == 0
    assert str(record) in caplog.text


def test_folders_that_are_no_jobs_are_passed_over(shed: Shed, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("job_", "job_" + "g" * 28, "lost+found", new_id()):  # the last one has no record
        (shed.home / "jobs" / name).mkdir(parents=True)
    (shed.home / "jobs" / "job_note").write_text("a file")
    assert not shed.archive.has_lost()
    assert shed.archive.rebuild() == 0
    assert not caplog.records


def race(*contestants: Any, times: int = 1) -> None:
    """All at once, and each is heard to its end."""
    start = threading.Barrier(len(contestants))
    failures: list[BaseException] = []

    def run(contestant: Any) -> None:
        start.wait()
        try:
            for _ in range(times):
                contestant()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(each,)) for each in contestants]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def test_of_writers_that_race_the_newest_state_stays(shed: Shed) -> None:
    job_id = shed.submit()

    def live() -> None:
        """Through two moves, each written down as the API does it."""
        for event in ("pause", "resume"):
            shed.jobs.ask(job_id, event)
            shed.archive.keep(job_id)

    def watch() -> None:
        shed.archive.keep(job_id)

    race(live, watch, watch, times=50)
    written = json.loads(shed.files(job_id).record.read_bytes())
    assert [json.loads(entry) for entry in written["history"]] == shed.jobs.history(job_id)
    assert len(written["history"]) == 101
    assert written["fields"]["state"] == "queued"
    assert not list(shed.files(job_id).folder.glob("*.part"))


def test_writers_of_one_file_that_race_leave_what_one_of_them_wrote(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    contents = [bytes([65 + n]) * 10_000 * n for n in range(1, 5)]
    for _ in range(20):
        race(*(lambda content=content: write_whole(path, content) for content in contents))
        assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


def test_a_job_that_is_deleted_while_it_is_written_down_stays_deleted(shed: Shed) -> None:
    shed.archive.begin()
    for _ in range(30):
        job_id = shed.ended()

        def delete(job_id: str = job_id) -> None:
            shed.jobs.delete(job_id)
            shed.files(job_id).delete()

        race(delete, *[lambda job_id=job_id: shed.archive.try_to_keep(job_id)] * 4)
        assert not shed.files(job_id).folder.exists()


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process may grow, which fails as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_undoes_nothing_and_the_next_change_is_written(
    shed: Shed, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = shed.submit()
    record = shed.files(job_id).record
    before = record.read_bytes()
    with full_disk():
        shed.jobs.ask(job_id, "pause")
        shed.archive.try_to_keep(job_id)
    assert job_id in caplog.text
    assert shed.jobs.get(job_id).state == State.PAUSED
    assert record.read_bytes() == before
    assert list(record.parent.iterdir()) == [record]
    shed.jobs.ask(job_id, "resume")
    shed.archive.try_to_keep(job_id)
    moves = [json.loads(entry)["to"] for entry in json.loads(record.read_bytes())["history"]]
    assert moves == ["queued", "paused", "queued"]


def test_it_is_lost_when_the_disk_knows_jobs_and_redis_never_held_one(shed: Shed) -> None:
    assert not shed.archive.has_lost()  # a first start
    shed.archive.begin()
    shed.submit()
    assert not shed.archive.has_lost()
    shed.lose()
    assert shed.archive.has_lost()
    shed.archive.rebuild()
    assert not shed.archive.has_lost()
    shed.lose()
    shed.archive.begin()
    assert not shed.archive.has_lost()  # somebody has decided so


def test_what_befell_a_job_before_counts_after_a_rebuild_too(shed: Shed) -> None:
    """Two crashes, a loss of Redis, one more: that is the third."""
    job_id = shed.submit()
    states = []
    for _ in range(3):
        shed.redis.zadd(keys.TRAINING.resting, {job_id: 0}, xx=True)
        states.append(shed.jobs.crash(shed.claim(), 3, "killed", ERROR))
        shed.keep(job_id)
        shed.lose_and_rebuild()
    assert states == [State.QUEUED, State.QUEUED, State.FAILED]
    assert shed.jobs.get(job_id).error == ERROR
