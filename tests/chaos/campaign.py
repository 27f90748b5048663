"""A run from start to end: references, the service, jobs and faults in turns, quiet, the last look at everything."""

import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from redis import Redis

from store import keys
from tests.chaos import plan
from tests.chaos.faults import FAULTS, Scene
from tests.chaos.history import History, Trace
from tests.chaos.plan import Strike
from tests.chaos.reference import references, sha256
from tests.chaos.sampler import Sampler
from tests.chaos.site import LEASE_SECONDS, Site
from tests.chaos.visitor import Visitor

EXTRA_WORKERS = 2
LEAD = 1.25  # jobs are posted ahead of the faults, that there is always one to hit
SETTLE_SECONDS, SETTLE_SECONDS_A_JOB = 120.0, 30.0  # to end after the faults, generous on a slow machine


class Campaign:
    """Iterate it: it yields a word for each thing that was done, of `things` in all. Then `history` is complete.

    Must be iterated on one thread that lives on, since everything it starts dies with that thread.
    """

    def __init__(self, jobs: int, faults: int, seed: int, home: Path) -> None:
        self._orders, self._faults, self._home = plan.orders(jobs, seed), faults, home
        self._strikes = plan.strikes({name: fault.weight for name, fault in FAULTS.items()}, seed)
        self.history = History(seed, LEASE_SECONDS)
        self.things = len({order.reference for order in self._orders}) + faults + jobs

    def __iter__(self) -> Iterator[str]:
        site = Site(self._home, EXTRA_WORKERS)
        for name, reference in references(self._orders, self._home, site.environment):
            self.history.references[name] = reference
            yield f"reference: {name}"
        begun = time.monotonic()
        sampler = Sampler(self._home, self.history, begun)
        visitor = Visitor(site.url, self.history, begun)
        scene = Scene(self._home, visitor)
        sampler.start()
        try:
            site.start()
            visitor.start()
            attacked = time.monotonic()
            yield from self._attack(site, scene)
            yield from self._settle(site, scene)
            self.history.seconds = time.monotonic() - attacked
            site.start()  # whatever was hit last may not be back yet
            visitor.end()
            visitor.collect()
            self._look_at_what_is_kept(site)
        finally:
            scene.all_go_on()
            self.history.leftovers = site.stop()
            sampler.end()

    def _attack(self, site: Site, scene: Scene) -> Iterator[str]:
        """A fault that finds nobody to hit is passed over, and comes back with its turn; not for ever."""
        orders, done = iter(self._orders), 0
        posted = 0
        for strike in islice(self._strikes, 3 * self._faults):
            due = min(len(self._orders), int(LEAD * done * len(self._orders) / self._faults) + 3)
            scene.visitor.post(list(islice(orders, due - posted)))
            posted = due
            hit = self._hits(site, scene, strike)
            counts = self.history.faults if hit else self.history.missed
            counts[strike.fault] = counts.get(strike.fault, 0) + 1
            if hit:
                done += 1
                yield strike.fault
            if done == self._faults:
                break
            site.wait(strike.pause)
            scene.visitor.check()
        scene.visitor.post(list(orders))

    def _hits(self, site: Site, scene: Scene, strike: Strike) -> bool:
        deadline = time.monotonic() + FAULTS[strike.fault].patience
        while not FAULTS[strike.fault].act(scene, strike):
            if time.monotonic() > deadline:
                return False
            site.wait(0.2)
        return True

    def _settle(self, site: Site, scene: Scene) -> Iterator[str]:
        """Until every job has ended, or it has taken too long."""
        scene.all_go_on()
        self.history.quiet_since = time.time()
        visitor, told = scene.visitor, 0
        deadline = time.monotonic() + SETTLE_SECONDS + SETTLE_SECONDS_A_JOB * visitor.open
        while visitor.open and time.monotonic() < deadline:
            visitor.resume_all()
            site.wait(1)
            visitor.check()
            for _ in range(told, len(self._orders) - visitor.open):
                told += 1
                yield f"{len(self._orders) - told} jobs to end"

    def _look_at_what_is_kept(self, site: Site) -> None:
        with Redis.from_url(str(site.redis_url())) as redis:
            for job_id, trace in self.history.traces.items():
                token = redis.hget(keys.TRAINING.job(job_id), "token")
                trace.token = None if token is None else int(token)
                _look_into(self._home / "jobs" / job_id, trace)


def _look_into(folder: Path, trace: Trace) -> None:
    """Models lie in `model/`, in the job's folder or in one for each of its claims."""
    for path in folder.rglob("model/model.safetensors"):
        trace.models[str(path.relative_to(folder))] = sha256(path)
    trace.parts = [str(path.relative_to(folder)) for path in folder.rglob("*.part")]
