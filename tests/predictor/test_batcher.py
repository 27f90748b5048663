"""Which images share a pass, and for how long they wait for one another."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable

import pytest
import torch
from torch import Tensor

from predictor.batcher import Batcher, Row

FOREVER = 60.0  # a patience that no test should need


class Recorder:
    """A network that answers with each image's only value, keeps the passes, and can be held up."""

    def __init__(self) -> None:
        self.passes: list[list[float]] = []
        self.threads: set[str] = set()
        self.held = threading.Event()
        self.held.set()
        self.memory = 1000  # images

    def look(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        self.held.wait(10)
        if len(batch) > self.memory:
            raise torch.OutOfMemoryError("no memory left")
        self.threads.add(threading.current_thread().name)
        self.passes.append(batch.flatten().tolist())
        return batch.reshape(-1, 1), batch.flatten() / 2


def image(value: float) -> Tensor:
    return torch.full((1, 1, 1), value)


def with_batcher(
    story: Callable[[Batcher], Awaitable[None]],
    on_their_way: int = 0,
    most: int = 32,
    patience: float = 0.002,
) -> None:
    async def run() -> None:
        batcher = Batcher(lambda: on_their_way, most, patience)
        batcher.start()
        try:
            await asyncio.wait_for(story(batcher), 20)
        finally:
            batcher.stop(5)

    asyncio.run(run())


def test_a_caller_who_is_alone_does_not_wait() -> None:
    network = Recorder()

    async def story(batcher: Batcher) -> None:
        for value in range(5):
            row: Row = await batcher.submit(network, image(value))
            assert (row.probabilities.tolist(), row.unfamiliar) == ([value], value / 2)
            assert row.forward_ms < 1000

    with_batcher(story, on_their_way=1, patience=FOREVER)
    assert network.passes == [[0], [1], [2], [3], [4]]


def test_images_known_to_be_on_their_way_are_waited_for() -> None:
    network = Recorder()

    async def story(batcher: Batcher) -> None:
        rows = []
        for value in range(3):
            rows.append(batcher.submit(network, image(value)))
            await asyncio.sleep(0.02)
        assert [row.probabilities.item() for row in await asyncio.gather(*rows)] == [0, 1, 2]

    with_batcher(story, on_their_way=3, patience=FOREVER)
    assert network.passes == [[0, 1, 2]]


def test_patience_ends() -> None:
    network = Recorder()

    async def story(batcher: Batcher) -> None:
        start = time.monotonic()
        await batcher.submit(network, image(1))
        assert 0.05 <= time.monotonic() - start < 5

    with_batcher(story, on_their_way=3, patience=0.05)
    assert network.passes == [[1]]


def test_callers_who_were_served_together_are_expected_together_again() -> None:
    network = Recorder()

    async def story(batcher: Batcher) -> None:
        network.held.clear()
        first = batcher.submit(network, image(0))
        await asyncio.sleep(0.05)  # that pass has begun
        others = [batcher.submit(network, image(value)) for value in (1, 2, 3)]
        network.held.set()
        await asyncio.gather(first, *others)
        again = []
        for value in (4, 5, 6):
            again.append(batcher.submit(network, image(value)))
            await asyncio.sleep(0.02)
        await asyncio.gather(*again)

    with_batcher(story, patience=FOREVER)
    assert network.passes == [[0], [1, 2, 3], [4, 5, 6]]


def test_a_pass_takes_no_more_than_the_most() -> None:
    network = Recorder()

    async def story(batcher: Batcher) -> None:
        rows = await asyncio.gather(*(batcher.submit(network, image(value)) for value in range(70)))
        assert [row.probabilities.item() for row in rows] == list(range(70))

    with_batcher(story, on_their_way=70)
    assert [len(each) for each in network.passes] == [32, 32, 6]


def test_networks_are_not_mixed_and_take_turns() -> None:
    one, two = Recorder(), Recorder()
    one.held.clear()

    async def story(batcher: Batcher) -> None:
        rows = [batcher.submit(one, image(0))]
        await asyncio.sleep(0.05)  # that pass has begun
        rows += [batcher.submit(network, image(value)) for value in (1, 2, 3) for network in (one, two)]
        one.held.set()
        await asyncio.gather(*rows)

    with_batcher(story, most=2)
    assert one.passes == [[0], [1, 2], [3]]
    assert two.passes == [[1, 2], [3]]


def test_an_image_that_nobody_waits_for_is_not_computed() -> None:
    network = Recorder()
    network.held.clear()

    async def story(batcher: Batcher) -> None:
        first = batcher.submit(network, image(0))
        await asyncio.sleep(0.05)
        given_up, kept = batcher.submit(network, image(1)), batcher.submit(network, image(2))
        given_up.cancel()
        network.held.set()
        await asyncio.gather(first, kept)

    with_batcher(story)
    assert network.passes == [[0], [2]]


def test_a_failed_pass_reaches_its_callers_only() -> None:
    network = Recorder()

    async def story(batcher: Batcher) -> None:
        odd = batcher.submit(network, torch.zeros(1, 2, 2)), batcher.submit(network, torch.zeros(1, 3, 3))
        failures = await asyncio.gather(*odd, return_exceptions=True)  # images of two sizes do not stack
        assert [type(failure) for failure in failures] == [RuntimeError] * 2
        assert (await batcher.submit(network, image(5))).probabilities.tolist() == [5]

    with_batcher(story, on_their_way=2, patience=1)


def test_a_pass_too_large_for_the_device_is_halved() -> None:
    network = Recorder()
    network.memory = 3

    async def story(batcher: Batcher) -> None:
        rows = await asyncio.gather(*(batcher.submit(network, image(value)) for value in range(8)))
        assert [row.probabilities.item() for row in rows] == list(range(8))
        assert [2 * row.unfamiliar for row in rows] == list(range(8))
        network.memory = 0
        with pytest.raises(torch.OutOfMemoryError):
            await batcher.submit(network, image(1))

    with_batcher(story, on_their_way=8)
    assert network.passes == [[0, 1], [2, 3], [4, 5], [6, 7]]


def test_work_and_passes_run_in_one_thread_that_is_not_the_loops() -> None:
    network = Recorder()

    async def story(batcher: Batcher) -> None:
        assert await batcher.call(lambda: threading.current_thread().name) == "torch"
        await batcher.submit(network, image(1))
        with pytest.raises(ZeroDivisionError):
            await batcher.call(lambda: 1 / 0)

    with_batcher(story)
    assert network.threads == {"torch"}


def test_it_computes_with_the_threads_that_it_began_with_whatever_others_set() -> None:
    before = torch.get_num_threads()
    found: list[int] = []

    async def story(batcher: Batcher) -> None:
        torch.set_num_threads(1)
        found.append(await batcher.call(torch.get_num_threads))

    try:
        torch.set_num_threads(2)
        with_batcher(story)
    finally:
        torch.set_num_threads(before)
    assert found == [2]
