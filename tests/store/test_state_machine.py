"""Whatever is said to the store, in whatever order: it does what a plain model of it does."""

import copy
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis import Redis

from model.runs.manifest import Manifest
from model.training.metrics import BatchMetrics
from store import keys
from store.archive import Archive
from store.errors import IdempotencyConflict, JobMissing, LeaseLost, MoveRefused
from store.job_files import JobFiles
from store.jobs import Jobs
from store.metrics import Metrics
from store.record import Claim
from store.states import State
from store.work import CRASH_PAUSE_SECONDS
from tests.store.plain import ASKED, ENDED, Job, Store

LEASE_SECONDS = {"valid": 1e6, "over": 0.0}
REST_SECONDS = 1e6
CRASHES = 3  # that fail a job
ERROR = {"code": "crashed", "message": "the trainer was killed"}
FEW = 4  # jobs at once, so that much happens to each
LOSSES = tuple(n / 8 for n in range(8))  # equal in fp32 and in Python

some_lease = st.sampled_from(["valid", "valid", "over"])


class StoreMachine(RuleBasedStateMachine):
    jobs = Bundle("jobs")
    claims = Bundle("claims")

    def __init__(self, redis: Redis, home: Path) -> None:
        super().__init__()
        redis.flushall()
        (home / "jobs").mkdir(parents=True)
        self.redis: Any = redis
        self.home = home
        self.real, self.metrics, self.archive = Jobs(redis), Metrics(redis, home), Archive(redis, home)
        self.plain = Store()
        self.submitted = 0
        self.seen: dict[str, Job] = {}  # as each was when last looked at

    def teardown(self) -> None:
        try:
            for job in self.plain.jobs.values():
                self.look_at(job)
        finally:
            shutil.rmtree(self.home / "jobs")

    # What is said

    @precondition(lambda self: len(self.plain.jobs) < FEW)
    @rule(
        target=jobs, priority=st.integers(-2, 2), key=st.sampled_from(["", "", "", "k"]), name=st.booleans()
    )
    def submit(self, priority: int, key: str, name: bool) -> Any:
        body = {"name": str(name), "labels": {}, "priority": priority, "spec": {"mode": "train"}}
        self.submitted += 1
        own_id = f"job_{self.submitted:028x}"
        known_body, known_id = self.plain.keys.get(key, (body, own_id))
        if known_body != body:
            with pytest.raises(IdempotencyConflict):
                self.real.submit(body, 100, 1000, 10, key, own_id)
            return multiple()
        assert self.real.submit(body, 100, 1000, 10, key, own_id) == (known_id, known_id == own_id)
        if key:
            self.plain.keys[key] = (body, known_id)
        if known_id == own_id:
            self.plain.jobs[own_id] = Job(own_id, self.submitted, priority)
            self.keep(own_id)
        return own_id if known_id == own_id else multiple()

    @rule(target=claims, worker=st.sampled_from(["w1", "w2", "w3"]), lease=some_lease)
    def claim_next(self, worker: str, lease: str) -> Any:
        claim = self.real.claim_next(worker, LEASE_SECONDS[lease])
        expected = self.plain.claim(worker, lease)
        if expected is None:
            assert claim is None
            return multiple()
        assert claim == (expected.id, expected.token)
        JobFiles.of(self.home, claim.job_id).run(claim.token).folder.mkdir(parents=True)  # by the trainer
        return claim

    @rule(
        claim=claims,
        lease=some_lease,
        back=st.integers(0, 6),
        losses=st.lists(st.sampled_from(LOSSES), max_size=6),
        saves=st.booleans(),
        events=st.dictionaries(st.integers(1, 3), st.sampled_from(["resumed", "disk_full"]), max_size=2),
        evaluation=st.none() | st.sampled_from(LOSSES),
        times=st.integers(1, 2),
    )
    def report(
        self,
        claim: Claim,
        lease: str,
        back: int,
        losses: list[float],
        saves: bool,
        events: dict[int, str],
        evaluation: float | None,
        times: int,
    ) -> None:
        """Batches from a step on that is at most the next one; the same again after a time-out.

        What is told again under the number of an event that is known already is not taken for news.
        """
        known = self.plain.jobs.get(claim.job_id)
        first = max(1, (known.step if known else 0) + 1 - back)
        last = first + len(losses) - 1
        batches = {first + i: loss for i, loss in enumerate(losses)}
        fields = {"step": last, **({"checkpoint": last} if saves else {})} if losses else {}
        scores = (
            {}
            if evaluation is None
            else {last: {"step": last, "loss": evaluation, "accuracy": 1 - evaluation}}
        )
        for n in range(times):
            news = {number: {"event": f"{event} {n}"} for number, event in events.items()}
            job = self.plain.held(*claim)
            if job and batches and saves:
                self.save(claim, last, {step: job.losses[step] for step in range(1, first)} | batches)
            told = (claim, LEASE_SECONDS[lease], 24 * (first - 1), pack(batches), fields, scores, news)
            if job is None:
                with pytest.raises(LeaseLost):
                    self.real.report(*told)
                continue
            assert self.real.report(*told) == job.state
            job.lease = lease
            job.losses |= batches
            job.step = fields.get("step", job.step)
            job.checkpoint = fields.get("checkpoint", job.checkpoint)
            job.evaluations |= {step: score["loss"] for step, score in scores.items()}
            for step, score in scores.items():
                if job.best is None or (score["accuracy"], -step) > (job.best[0], -job.best[1]):
                    job.best = score["accuracy"], step
            told_now = {(claim.token, number): each["event"] for number, each in news.items()}
            job.events = told_now | job.events

    def save(self, claim: Claim, step: int, losses: dict[int, float]) -> None:
        """A checkpoint, as far as the store looks into it, in place of the one before."""
        run = JobFiles.of(self.home, claim.job_id).run(claim.token)
        shutil.rmtree(run.checkpoints, ignore_errors=True)
        run.checkpoints.mkdir(parents=True)
        manifest = Manifest(step, 4, "0" * 64, 1e9, "0" * 16)
        run.series.write_bytes(pack(losses))
        (run.checkpoints / manifest.name).write_text(json.dumps(asdict(manifest)))
        self.plain.saved[claim.job_id] = step, losses

    @rule(
        claim=consumes(claims), event=st.sampled_from(["succeeded", "failed", "stopped"]), rests=st.booleans()
    )
    def finish(self, claim: Claim, event: str, rests: bool) -> None:
        job = self.plain.held(*claim)
        told = (claim, event, event, ERROR if event == "failed" else None, REST_SECONDS * rests)
        if job is None:
            with pytest.raises(LeaseLost):
                self.real.finish(*told)
            return
        job.let_go(event)
        assert self.real.finish(*told) == job.state
        job.run = claim.token if event == "succeeded" else job.run
        job.error = ERROR["code"] if event == "failed" else job.error
        job.rest = "resting" if rests and job.state == "queued" else None
        self.say_again(claim)

    @rule(claim=consumes(claims), rests=st.booleans(), trained=st.integers(0, 1))
    def crash(self, claim: Claim, rests: bool, trained: int) -> None:
        """Perhaps after one more checkpoint. The rest is as long as promised; it is over then, or is made very long."""
        self.report(claim, "valid", 0, [0.5] * trained, True, {}, None, 1)
        job = self.plain.held(*claim)
        before = self.milliseconds()
        if job is None:
            with pytest.raises(LeaseLost):
                self.real.crash(claim, CRASHES, "killed", ERROR)
            return
        job.crash(CRASHES)
        assert self.real.crash(claim, CRASHES, "killed", ERROR) == job.state
        self.plain.happened["crashed"] += 1
        job.error = ERROR["code"] if job.crashes >= CRASHES else job.error
        if job.state == "queued":
            rest = 1000 * CRASH_PAUSE_SECONDS * 2 ** (job.crashes - 1)
            assert before <= self.redis.zscore(keys.TRAINING.resting, job.id) - rest <= self.milliseconds()
            self.redis.zadd(
                keys.TRAINING.resting, {job.id: rests * (self.milliseconds() + 1000 * REST_SECONDS)}
            )
            job.rest = "resting" if rests else "over"
        self.say_again(claim)

    @rule(trained=st.lists(st.integers(0, 1), min_size=2, max_size=4))
    def crash_in_a_row(self, trained: list[int]) -> None:
        """Attempts that crash, after a checkpoint or without: by chance alone these rarely follow one another."""
        for batches in trained:
            claim = self.claim_next("w1", "valid")
            if isinstance(claim, Claim):
                self.crash(claim, False, batches)

    def say_again(self, claim: Claim) -> None:
        """Who has let go has no say any more."""
        assert self.plain.held(*claim) is None
        with pytest.raises(LeaseLost):
            self.real.finish(claim, "failed", "again", ERROR)

    @rule(job_id=jobs)
    def let_time_pass(self, job_id: str) -> None:
        """Until it has rested, if it does."""
        self.redis.zadd(keys.TRAINING.resting, {job_id: 0}, xx=True)
        if (job := self.plain.jobs.get(job_id)) and job.rest:
            job.rest = "over"

    @rule()
    def reap(self) -> None:
        assert self.real.overdue() == sum(job.lease == "over" for job in self.plain.jobs.values())
        freed = self.real.reap()
        assert len(freed) == len(set(freed))
        assert set(freed) == self.plain.reap()

    @rule(job_id=jobs, event=st.sampled_from(sorted(ASKED)))
    def ask(self, job_id: str, event: str) -> None:
        job = self.plain.jobs.get(job_id)
        if job is None:
            with pytest.raises(JobMissing):
                self.real.ask(job_id, event)
        elif job.state not in ASKED[event]:
            with pytest.raises(MoveRefused) as refused:
                self.real.ask(job_id, event)
            assert refused.value.state == job.state
        else:
            job.move(ASKED[event][job.state])
            assert self.real.ask(job_id, event) == job.state

    @rule(job_id=jobs)
    def delete(self, job_id: str) -> None:
        job = self.plain.jobs.get(job_id)
        if job is None or job.state not in ENDED:
            with pytest.raises(MoveRefused if job else JobMissing):
                self.real.delete(job_id)
            return
        self.real.delete(job_id)
        JobFiles.of(self.home, job_id).delete()
        self.plain.delete(job_id)
        assert [key for key in self.redis.scan_iter(count=1000) if job_id.encode() in key] == []

    @rule(job_id=jobs)
    def keep(self, job_id: str) -> None:
        """A rebuild beside records that are all there changes nothing."""
        if job_id in self.plain.jobs:
            self.archive.keep(job_id)
            self.plain.keep(job_id)
        assert self.archive.rebuild() == 0

    @precondition(lambda self: self.plain.runs)
    @rule(rare=st.integers(0, 2), kept=st.booleans())
    def lose_everything_and_rebuild(self, rare: int, kept: bool) -> None:
        """What was written down of each job may be older than what is lost."""
        if rare:
            return
        for job_id in self.plain.jobs if kept else ():
            self.keep(job_id)
        self.redis.flushall()
        assert self.archive.has_lost()
        assert self.archive.rebuild() == len(self.plain.disk)
        assert not self.archive.has_lost()
        self.plain.lose_and_rebuild()

    # Each name once more makes it twice as likely.
    claim_too, claim_often, report_too, finish_too = claim_next, claim_next, report, finish

    # What is there then

    @invariant()
    def every_record_and_every_list_is_as_the_model_says(self) -> None:
        jobs, real = self.plain.jobs, self.real.page(1000)
        assert [job.id for job in real] == sorted(jobs, reverse=True)
        for job in real:
            expected = jobs[job.id]
            assert (job.state, job.attempt, job.worker) == (expected.state, expected.token, expected.worker)
            assert (job.step, job.run) == (expected.step, expected.run)
            assert (job.error or {}).get("code") == expected.error
            assert (job.finished_at is not None) == job.is_final == (expected.state in ENDED)
        pipeline = self.redis.pipeline(transaction=False)
        for key in (
            keys.TRAINING.queue,
            keys.TRAINING.leases,
            keys.TRAINING.resting,
            *map(keys.TRAINING.in_state, State),
        ):
            pipeline.zrange(key, 0, -1)
        queue, *lists = ([raw.decode() for raw in found] for found in pipeline.execute())
        assert queue == self.plain.queue()
        of_state = [{job.id for job in jobs.values() if job.state == state} for state in State]
        leased, resting = ({job.id for job in jobs.values() if getattr(job, of)} for of in ("lease", "rest"))
        assert [set(found) for found in lists] == [leased, resting, *of_state]
        assert self.real.counters() == +self.plain.happened

    @invariant()
    def what_changed_is_whole(self) -> None:
        for job in self.plain.jobs.values():
            if job != self.seen.get(job.id):
                self.look_at(job)
                self.seen[job.id] = copy.deepcopy(job)

    def look_at(self, job: Job) -> None:
        real, queue = self.real.get(job.id), self.plain.queue()
        place = self.real.place(job.id)
        assert place.position == (queue.index(job.id) + 1 if job.id in queue else None)
        assert (place.not_before is not None) == (job.rest is not None)
        path = [(move["from"], move["to"], move["attempt"]) for move in self.real.history(job.id)]
        assert path == job.path
        events = [(event["attempt"], event["event"]) for event in self.real.events(job.id)]
        assert events == [(token, job.events[token, n]) for token, n in sorted(job.events)]
        assert [(p["step"], p["loss"]) for p in self.metrics.points(real, 0, 10**6)] == job.series
        assert (real.best and (real.best["accuracy"], real.best["step"])) == job.best
        scores = [(each["step"], each["loss"]) for each in self.metrics.evaluations(real)]
        assert scores == [pair for pair in sorted(job.evaluations.items()) if pair[0] <= job.step]

    def milliseconds(self) -> int:
        seconds, microseconds = self.redis.time()
        return int(seconds) * 1000 + int(microseconds) // 1000


def pack(batches: dict[int, float]) -> bytes:
    return b"".join(BatchMetrics(s, 0, loss, 0.5, 0.1, 100, 1e9 + s).pack() for s, loss in batches.items())


def test_the_store_does_what_a_plain_model_does(redis: Redis, tmp_path: Path) -> None:
    """`--hypothesis-profile long` tries ten thousand lives of a store, each of fifty things said to it."""

    class Machine(StoreMachine):
        def __init__(self) -> None:
            super().__init__(redis, tmp_path)

    long = settings.get_current_profile_name() == "long"
    run_state_machine_as_test(
        Machine, settings=settings() if long else settings(max_examples=100, deadline=None)
    )
