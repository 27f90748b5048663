"""How workers share a machine."""

from store.workers import Worker
from worker import machine


def a_worker(where: str) -> Worker:
    return Worker("w", 2**30, 1, where)


def test_one_worker_has_all_cores_and_two_share_them() -> None:
    here = machine.identity()
    assert machine.threads([a_worker(here)]) == machine.cores()
    assert machine.threads([a_worker(here)] * 2) == max(1, machine.cores() // 2)


def test_workers_elsewhere_take_nothing() -> None:
    assert machine.threads([a_worker(machine.identity()), a_worker("elsewhere")]) == machine.cores()


def test_a_worker_that_has_not_been_announced_yet_has_all_cores() -> None:
    assert machine.threads([]) == machine.cores()
