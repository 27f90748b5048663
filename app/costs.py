"""What a spec would cost on the workers that are alive, and whether it fits there."""

from typing import Any

from app.deps import Services
from model.data.catalog import facts_of
from model.estimate.cost import Bill, bill
from model.hardware.machine import Machine
from model.refusal import SpecError
from model.spec import JobSpec
from store import files
from store.job import Job
from store.workers import Worker


def cost(here: Services, spec: JobSpec) -> Bill:
    """By the speed of the largest machine that was measured. SpecError where it cannot be built, or cannot fit."""
    workers = here.workers.alive()
    machine = _measured(workers)
    costs = bill(spec, facts_of(spec.data, files.datasets(here.settings.home)), machine)
    limit = here.settings.max_memory_gib
    _check_memory(costs, limit * 2**30 if limit else _room(workers, machine if costs.device else None))
    return costs


def estimate(here: Services, job: Job) -> dict[str, Any] | None:
    """What is expected of a job that has not trained a batch yet; None afterwards."""
    if job.is_final or job.step:
        return None
    spec = JobSpec.model_validate(job.body["spec"])
    try:
        facts = facts_of(spec.data, files.datasets(here.settings.home))
    except SpecError:  # the data set was deleted since
        return None
    costs = bill(spec, facts, _measured(here.workers.alive()))
    names = ("seconds_per_step", "seconds", "no_seconds_because", "training_memory_bytes")
    return {name: getattr(costs, name) for name in names}


def _measured(workers: list[Worker]) -> Machine | None:
    machines = [Machine.model_validate(worker.measured) for worker in workers if worker.measured]
    return max(machines, key=lambda machine: machine.memory_bytes, default=None)


def _room(workers: list[Worker], machine: Machine | None) -> float | None:
    """Of the device that was measured, else of the largest machine; without any worker, no limit is known."""
    if machine:
        return machine.memory_bytes
    return max((worker.memory_bytes for worker in workers), default=None)


def _check_memory(costs: Bill, room: float | None) -> None:
    if room is not None and costs.training_memory_bytes > room:
        need, have = costs.training_memory_bytes / 2**30, room / 2**30
        message = (
            f"training needs about {need:.1f} GiB, and there are {have:.1f}: lower batch_size or image_size"
        )
        raise SpecError("/training/batch_size", "too_large", message)
