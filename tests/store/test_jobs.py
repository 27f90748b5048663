"""The life of a job, against a real Redis."""

import threading
from pathlib import Path

import pytest
from redis import Redis

from model.training.metrics import BatchMetrics
from store import keys
from store.errors import IdempotencyConflict, JobMissing, LeaseLost, MoveRefused
from store.jobs import Jobs
from store.metrics import Metrics
from store.record import Claim
from store.states import EVENTS, State

LEASE = 30.0


@pytest.fixture
def jobs(redis: Redis) -> Jobs:
    return Jobs(redis)


def submit(jobs: Jobs, key: str = "", priority: int = 0, name: str = "a") -> str:
    body = {"name": name, "labels": {}, "priority": priority, "spec": {"training": {"batch_size": 10}}}
    return jobs.submit(body, steps=100, images_per_epoch=1000, batch_size=10, idempotency_key=key)[0]


def claim(jobs: Jobs, worker: str = "w1", lease: float = LEASE) -> Claim:
    found = jobs.claim_next(worker, lease)
    assert found
    return found


def batches(*steps: int) -> bytes:
    return b"".join(BatchMetrics(step, 0, step / 10, 0.5, 0.1, 100, 1e9 + step).pack() for step in steps)


def test_a_submitted_job_waits_in_the_queue(jobs: Jobs) -> None:
    job_id = submit(jobs)
    assert jobs.get(job_id).state == State.QUEUED
    assert jobs.place(job_id).position == 1


def test_the_queue_is_first_in_first_out_within_a_priority(jobs: Jobs) -> None:
    low, first, second, high = (submit(jobs, priority=p) for p in (-1, 0, 0, 5))
    assert [claim(jobs).job_id for _ in range(4)] == [high, first, second, low]


def test_a_job_is_claimed_by_one_worker_however_many_ask_at_once(jobs: Jobs) -> None:
    submit(jobs)
    claims: list[Claim | None] = []
    threads = [threading.Thread(target=lambda: claims.append(jobs.claim_next("w", LEASE))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([found for found in claims if found]) == 1


def test_the_same_idempotency_key_gives_the_same_job(jobs: Jobs) -> None:
    assert submit(jobs, key="k") == submit(jobs, key="k")
    assert jobs.count(State.QUEUED) == 1


def test_the_same_idempotency_key_with_another_body_is_refused(jobs: Jobs) -> None:
    submit(jobs, key="k")
    with pytest.raises(IdempotencyConflict):
        submit(jobs, key="k", name="b")


def test_fifty_submissions_at_once_under_one_key_make_one_job(jobs: Jobs) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(submit(jobs, key="k"))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 50
    assert len(set(found)) == 1


def test_reported_batches_are_read_back_in_order_and_once(jobs: Jobs, redis: Redis, tmp_path: Path) -> None:
    job_id = submit(jobs)
    held = claim(jobs)
    jobs.report(held, LEASE, 0, batches(1, 2, 3), {"step": 3})
    jobs.report(held, LEASE, 0, batches(1, 2, 3), {"step": 3})  # repeated after a time-out
    jobs.report(held, LEASE, 3 * 24, batches(4), {"step": 4})
    points = Metrics(redis, tmp_path).points(jobs.get(job_id), after=0, limit=100)
    assert [(point["step"], point["loss"]) for point in points] == [(1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4)]


def test_the_newest_batches_of_many_jobs_are_read_together(jobs: Jobs, redis: Redis, tmp_path: Path) -> None:
    long, short, none = (submit(jobs) for _ in range(3))
    jobs.report(claim(jobs), LEASE, 0, batches(1, 2, 3, 4), {"step": 4})
    jobs.report(claim(jobs), LEASE, 0, batches(1), {"step": 1})
    found = Metrics(redis, tmp_path).newest([jobs.get(each) for each in (none, long, short)], 2)
    assert [[point["step"] for point in points] for points in found] == [[], [3, 4], [1]]


def test_a_worker_whose_lease_was_taken_changes_nothing(jobs: Jobs, redis: Redis) -> None:
    job_id = submit(jobs)
    stale = claim(jobs, lease=0)
    assert jobs.reap() == [job_id]
    fresh = claim(jobs, "w2")
    with pytest.raises(LeaseLost):
        jobs.report(stale, LEASE, 0, batches(1), {"step": 1})
    with pytest.raises(LeaseLost):
        jobs.finish(stale, "succeeded", "trained")
    assert jobs.get(job_id).step == 0
    assert jobs.report(fresh, LEASE) == State.RUNNING


def test_a_late_worker_whose_job_nobody_took_keeps_it(jobs: Jobs) -> None:
    submit(jobs)
    held = claim(jobs, lease=0)
    assert jobs.report(held, LEASE) == State.RUNNING
    assert jobs.reap() == []


def test_cancel_is_final_at_once_for_a_queued_job(jobs: Jobs) -> None:
    job_id = submit(jobs)
    assert jobs.ask(job_id, "cancel") == State.CANCELLED
    assert jobs.claim_next("w", LEASE) is None


def test_cancel_reaches_the_worker_with_its_next_report(jobs: Jobs) -> None:
    job_id = submit(jobs)
    held = claim(jobs)
    assert jobs.ask(job_id, "cancel") == State.CANCELLING
    assert jobs.report(held, LEASE) == State.CANCELLING
    assert jobs.finish(held, "stopped", "as asked") == State.CANCELLED


def test_a_worker_lost_while_cancelling_leaves_the_job_cancelled(jobs: Jobs) -> None:
    job_id = submit(jobs)
    claim(jobs, lease=0)
    jobs.ask(job_id, "cancel")
    jobs.reap()
    assert jobs.get(job_id).state == State.CANCELLED


def test_pause_and_resume_give_the_job_its_old_place_back(jobs: Jobs) -> None:
    job_id, later = submit(jobs), submit(jobs)
    held = claim(jobs)
    jobs.ask(job_id, "pause")
    assert jobs.finish(held, "stopped", "as asked") == State.PAUSED
    jobs.ask(job_id, "resume")
    assert (jobs.place(job_id).position, jobs.place(later).position) == (1, 2)


ERROR = {"code": "crashed", "message": "the trainer was killed", "hint": "", "retryable": True}


def crash(jobs: Jobs, redis: Redis, checkpoint: int = 0) -> State:
    """One attempt that saves a checkpoint, perhaps, and crashes; its rest is over."""
    held = claim(jobs)
    if checkpoint:
        jobs.report(held, LEASE, fields={"checkpoint": checkpoint})
    state = jobs.crash(held, 3, "the trainer was killed", ERROR)
    if jobs.place(held.job_id).not_before:
        redis.zadd(keys.TRAINING.resting, {held.job_id: 0})
    return state


def test_a_job_that_keeps_crashing_is_failed_with_the_reason(jobs: Jobs, redis: Redis) -> None:
    job_id = submit(jobs)
    assert [crash(jobs, redis) for _ in range(3)] == [State.QUEUED, State.QUEUED, State.FAILED]
    assert jobs.get(job_id).error == ERROR
    assert jobs.history(job_id)[-1]["reason"] == "the trainer was killed, 3 times"


def test_crashes_with_a_new_checkpoint_between_them_do_not_add_up(jobs: Jobs, redis: Redis) -> None:
    job_id = submit(jobs)
    assert {crash(jobs, redis, checkpoint=10 * n) for n in range(1, 9)} == {State.QUEUED}
    assert [crash(jobs, redis) for _ in range(2)] == [State.QUEUED, State.FAILED]
    assert jobs.get(job_id).attempt == 10


def test_a_job_that_crashed_rests_twice_as_long_each_time_and_lets_others_run(
    jobs: Jobs, redis: Redis
) -> None:
    crashed, other = submit(jobs), submit(jobs)
    rests = []
    for _ in range(2):
        jobs.crash(claim(jobs), 9, "crashed", ERROR)
        place, now = jobs.place(crashed), redis.time()[0] * 1000
        assert place.position is None
        assert place.not_before is not None
        rests.append(place.not_before - now)
        redis.zadd(keys.TRAINING.resting, {crashed: now - 1})
    assert rests[1] > rests[0] + 500
    redis.zadd(keys.TRAINING.resting, {crashed: 2**50})
    assert claim(jobs).job_id == other
    assert jobs.claim_next("w", LEASE) is None
    assert jobs.ask(crashed, "cancel") == State.CANCELLED


def test_a_cancel_that_was_promised_is_kept_by_a_job_that_had_just_finished(jobs: Jobs) -> None:
    job_id = submit(jobs)
    held = claim(jobs)
    jobs.ask(job_id, "cancel")
    assert jobs.finish(held, "succeeded", "trained") == State.CANCELLED


def test_an_event_that_is_told_twice_is_kept_once_and_in_order(jobs: Jobs) -> None:
    job_id = submit(jobs)
    held = claim(jobs)
    jobs.report(held, LEASE, events={1: {"event": "resumed"}})
    jobs.report(held, LEASE, events={n: {"event": f"e{n}"} for n in range(1, 12)})
    told = [event["event"] for event in jobs.events(job_id)]
    assert told == ["resumed", *(f"e{n}" for n in range(2, 12))]


def test_history_tells_every_move_with_its_attempt(jobs: Jobs) -> None:
    job_id = submit(jobs)
    jobs.finish(claim(jobs), "succeeded", "trained")
    moves = [(entry["from"], entry["to"], entry["attempt"]) for entry in jobs.history(job_id)]
    assert moves == [(None, "queued", 0), ("queued", "running", 1), ("running", "succeeded", 1)]


@pytest.mark.parametrize("event", ["cancel", "pause", "resume"])
@pytest.mark.parametrize("end", ["succeeded", "failed"])
def test_a_finished_job_moves_no_more(jobs: Jobs, event: str, end: str) -> None:
    job_id = submit(jobs)
    jobs.finish(claim(jobs), end, "over")
    with pytest.raises(MoveRefused) as refused:
        jobs.ask(job_id, event)
    assert refused.value.state == end


def test_only_a_finished_job_is_deleted_and_nothing_of_it_stays(jobs: Jobs, redis: Redis) -> None:
    job_id = submit(jobs)
    with pytest.raises(MoveRefused):
        jobs.delete(job_id)
    jobs.ask(job_id, "cancel")
    jobs.delete(job_id)
    assert [key for key in redis.scan_iter() if job_id.encode() in key] == []
    with pytest.raises(JobMissing):
        jobs.get(job_id)


@pytest.mark.parametrize("job_id", ["", "job_", "../../etc/passwd", "job_" + "g" * 28, "job_*", "x" * 10_000])
def test_an_id_that_is_none_is_missing_and_never_becomes_a_key(jobs: Jobs, job_id: str) -> None:
    for ask in (jobs.get, jobs.delete, lambda wrong: jobs.ask(wrong, "cancel")):
        with pytest.raises(JobMissing):
            ask(job_id)


def test_pages_list_every_job_once_newest_first(jobs: Jobs) -> None:
    made = [submit(jobs) for _ in range(7)]
    first = jobs.page(3)
    rest = jobs.page(10, after=first[-1].id)
    assert [job.id for job in first + rest] == sorted(made, reverse=True)


def test_pages_filter_by_state(jobs: Jobs) -> None:
    cancelled, _ = submit(jobs), submit(jobs)
    jobs.ask(cancelled, "cancel")
    assert [job.id for job in jobs.page(10, state=State.CANCELLED)] == [cancelled]


def test_every_event_of_the_table_leads_to_a_state_and_final_states_to_nowhere() -> None:
    moves = [(start, end) for event in EVENTS.values() for start, end in event.items()]
    assert {state for move in moves for state in move} == set(State)
    assert not {start for start, _ in moves} & {State.SUCCEEDED, State.FAILED, State.CANCELLED}
