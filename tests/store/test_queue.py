"""The queue as it is seen, against a real Redis."""

import random

import pytest
from redis import Redis

from store import keys
from store.jobs import Jobs
from store.queue import Page, Queue, Waiting
from store.states import State

DEEP = 10_000  # jobs
LEASE = 30.0


@pytest.fixture
def jobs(redis: Redis) -> Jobs:
    return Jobs(redis)


@pytest.fixture
def queue(redis: Redis) -> Queue:
    return Queue(redis)


def submit(jobs: Jobs, priority: int = 0, name: str = "a") -> str:
    body = {"name": name, "labels": {}, "priority": priority, "spec": {}}
    return jobs.submit(body, steps=100, images_per_epoch=1000, batch_size=10)[0]


def pages(queue: Queue, limit: int) -> list[Page]:
    found = [queue.page(limit)]
    while found[-1].next_after:
        found.append(queue.page(limit, found[-1].next_after))
    return found


def waiting(queue: Queue, limit: int = 1000) -> list[Waiting]:
    return [job for page in pages(queue, limit) for job in page.waiting]


def test_an_empty_queue_is_one_empty_page(queue: Queue) -> None:
    assert queue.page(50) == Page(dict.fromkeys(UNDER_WAY, 0), [], None)


def test_ten_thousand_jobs_are_paged_by_priority_and_first_in_first_out_within_one(
    jobs: Jobs, queue: Queue
) -> None:
    chance = random.Random(0)
    priorities = [chance.choice((-100, -1, 0, 1, 100)) for _ in range(DEEP)]
    submitted = [submit(jobs, priority) for priority in priorities]
    expected = [i for _, i in sorted((-priority, i) for i, priority in enumerate(priorities))]
    shown = waiting(queue)
    assert [job.id for job in shown] == [submitted[i] for i in expected]
    assert [job.priority for job in shown] == sorted(priorities, reverse=True)
    assert [job.position for job in shown] == list(range(1, DEEP + 1))
    assert queue.page(1).counts[State.QUEUED] == DEEP


def test_positions_are_those_that_the_jobs_say_themselves_and_the_order_is_that_of_claims(
    jobs: Jobs, queue: Queue
) -> None:
    for priority in (0, 3, -2, 3, 0):
        submit(jobs, priority)
    shown = waiting(queue, limit=2)
    assert [jobs.place(job.id).position for job in shown] == [job.position for job in shown]
    claims = [jobs.claim_next("w", LEASE) for _ in shown]
    assert [claim and claim.job_id for claim in claims] == [job.id for job in shown]


def test_who_goes_on_from_a_page_misses_nobody_though_that_page_has_run_meanwhile(
    jobs: Jobs, queue: Queue
) -> None:
    submitted = [submit(jobs) for _ in range(6)]
    first = queue.page(3)
    for _ in first.waiting:
        jobs.claim_next("w", LEASE)
    rest = queue.page(3, first.next_after)
    assert [job.id for job in first.waiting + rest.waiting] == submitted
    assert [job.position for job in rest.waiting] == [1, 2, 3]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
def test_only_a_page_that_others_follow_has_a_cursor(jobs: Jobs, queue: Queue, count: int) -> None:
    for _ in range(count):
        submit(jobs)
    assert [len(page.waiting) for page in pages(queue, 2)] == {
        0: [0],
        1: [1],
        2: [2],
        3: [2, 1],
        4: [2, 2],
        5: [2, 2, 1],
    }[count]


def test_jobs_that_are_held_are_counted_by_state_and_wait_no_more(jobs: Jobs, queue: Queue) -> None:
    running, pausing, cancelling, queued = (submit(jobs) for _ in range(4))
    for _ in range(3):
        jobs.claim_next("w", LEASE)
    jobs.ask(pausing, "pause")
    jobs.ask(cancelling, "cancel")
    page = queue.page(50)
    assert page.counts == dict.fromkeys(UNDER_WAY, 1)
    assert [job.id for job in page.waiting] == [queued]
    assert jobs.get(running).state == State.RUNNING


def test_a_waiting_job_tells_its_name_and_when_it_was_submitted(jobs: Jobs, queue: Queue) -> None:
    job_id = submit(jobs, name="mine")
    (shown,) = queue.page(1).waiting
    assert (shown.name, shown.created_at) == ("mine", jobs.get(job_id).created_at)


def test_a_record_that_is_gone_while_the_queue_is_read_leaves_the_others_their_positions(
    jobs: Jobs, queue: Queue, redis: Redis
) -> None:
    first, gone, last = (submit(jobs) for _ in range(3))
    redis.delete(keys.TRAINING.job(gone))
    assert [(job.id, job.position) for job in queue.page(50).waiting] == [(first, 1), (last, 3)]


UNDER_WAY = (State.QUEUED, State.RUNNING, State.PAUSING, State.CANCELLING)


def test_a_job_that_crashed_stands_at_the_end_until_it_may_run_again(jobs: Jobs, queue: Queue) -> None:
    crashed, other = submit(jobs), submit(jobs)
    held = jobs.claim_next("w", LEASE)
    assert held
    jobs.crash(held, 9, "crashed", {})
    last = waiting(queue, limit=10)[-1]
    assert [job.id for job in waiting(queue, limit=10)] == [other, crashed]
    assert (last.position, last.not_before) == jobs.place(crashed)
    assert last.not_before is not None
