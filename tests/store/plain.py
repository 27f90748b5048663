"""The store as one would write it without Redis: what docs/architecture.md and docs/reliability.md promise of a job."""

import copy
from collections import Counter
from dataclasses import dataclass, field

ENDED = {"succeeded", "failed", "cancelled"}
ASKED = {  # by a client: the state before, and after
    "cancel": {
        "queued": "cancelled",
        "paused": "cancelled",
        "running": "cancelling",
        "pausing": "cancelling",
    },
    "pause": {"queued": "paused", "running": "pausing"},
    "resume": {"paused": "queued"},
}
LET_GO = {  # by its worker, or in its stead
    "running": {"succeeded": "succeeded", "failed": "failed", "stopped": "queued", "lost": "queued"},
    "pausing": {"succeeded": "succeeded", "failed": "failed", "stopped": "paused", "lost": "paused"},
    "cancelling": dict.fromkeys(("succeeded", "failed", "stopped", "lost"), "cancelled"),
}


@dataclass
class Job:
    """`lease` is "valid" or "over" while a worker holds the job, `rest` the same of a queued job that rests."""

    id: str
    number: int  # of submissions so far
    priority: int
    state: str = "queued"
    token: int = 0
    worker: str | None = None
    lease: str | None = None
    rest: str | None = None
    step: int = 0
    losses: dict[int, float] = field(default_factory=dict)
    evaluations: dict[int, float] = field(default_factory=dict)
    best: tuple[float, int] | None = None  # accuracy and step of an evaluation
    events: dict[tuple[int, int], str] = field(default_factory=dict)
    path: list[tuple[str | None, str, int]] = field(default_factory=lambda: [(None, "queued", 0)])
    checkpoint: int = 0
    crashed_at: int = -1  # the newest checkpoint at the last crash
    crashes: int = 0  # in a row, without a new checkpoint
    run: int | None = None
    error: str | None = None

    def move(self, state: str) -> None:
        self.path.append((self.state, state, self.token))
        self.state, self.rest = state, None

    def let_go(self, event: str) -> None:
        self.worker = self.lease = None
        self.move(LET_GO[self.state][event])

    def crash(self, limit: int) -> None:
        self.crashes = 1 if self.checkpoint > self.crashed_at else self.crashes + 1
        self.crashed_at = self.checkpoint
        self.let_go("failed" if self.crashes >= limit else "lost")

    @property
    def series(self) -> list[tuple[int, float]]:
        return [(step, self.losses[step]) for step in range(1, self.step + 1)]


@dataclass
class Store:
    jobs: dict[str, Job] = field(default_factory=dict)
    disk: dict[str, Job] = field(default_factory=dict)  # as they were when last written down
    runs: dict[str, int] = field(default_factory=dict)  # the newest run's folder of each job
    saved: dict[str, tuple[int, dict[int, float]]] = field(
        default_factory=dict
    )  # newest checkpoint: step, curve
    keys: dict[str, tuple[object, str]] = field(default_factory=dict)  # used before: for what, and which job
    happened: Counter[str] = field(default_factory=Counter)

    def queue(self) -> list[str]:
        waiting = [job for job in self.jobs.values() if job.state == "queued" and not job.rest]
        return [job.id for job in sorted(waiting, key=lambda job: (-job.priority, job.number))]

    def claim(self, worker: str, lease: str) -> Job | None:
        for job in self.jobs.values():
            job.rest = None if job.rest == "over" else job.rest
        queue = self.queue()
        if not queue:
            return None
        job = self.jobs[queue[0]]
        job.token += 1
        job.worker, job.lease = worker, lease
        job.move("running")
        self.runs[job.id] = job.token
        self.happened["claimed"] += 1
        return job

    def held(self, job_id: str, token: int) -> Job | None:
        """None for a claim that is no longer one."""
        job = self.jobs.get(job_id)
        if job and job.lease and job.token == token:
            return job
        self.happened["refused"] += 1
        return None

    def reap(self) -> set[str]:
        overdue = [job for job in self.jobs.values() if job.lease == "over"]
        for job in overdue:
            job.let_go("lost")
        self.happened["reaped"] += len(overdue)
        return {job.id for job in overdue}

    def keep(self, job_id: str) -> None:
        self.disk[job_id] = copy.deepcopy(self.jobs[job_id])

    def delete(self, job_id: str) -> None:
        for of_jobs in (self.jobs, self.disk, self.runs, self.saved):
            of_jobs.pop(job_id, None)

    def lose_and_rebuild(self) -> None:
        self.jobs, self.keys = copy.deepcopy(self.disk), {}
        self.happened = Counter(restored=len(self.jobs)) if self.jobs else Counter()
        for job in self.jobs.values():
            job.token = max(job.token, self.runs.get(job.id, 0))
            job.rest = None
            if job.state not in ENDED:
                job.step, losses = self.saved.get(job.id, (0, {}))
                job.losses = dict(losses)
            if job.state in LET_GO:
                job.let_go("lost")
