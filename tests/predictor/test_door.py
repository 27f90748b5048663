"""Who comes in, and who is sent away."""

import pytest

from predictor.door import Door
from predictor.errors import Busy


@pytest.mark.parametrize(("images", "size"), [(3, 1), (1, 91)])
def test_more_than_there_is_room_for_is_busy(images: int, size: int) -> None:
    door = Door(most_images=4, most_bytes=100)
    with door.enter(2, 10), pytest.raises(Busy), door.enter(images, size):
        pass
    assert (door.images, door.bytes) == (0, 0)


def test_a_request_that_fills_the_room_exactly_comes_in() -> None:
    door = Door(most_images=4, most_bytes=100)
    with door.enter(2, 10), door.enter(2, 90):
        assert (door.images, door.bytes) == (4, 100)


def test_a_request_alone_comes_in_however_large() -> None:
    door = Door(most_images=4, most_bytes=100)
    with door.enter(1000, 1000), pytest.raises(Busy), door.enter(1, 1):
        pass


def test_who_fails_inside_leaves_too() -> None:
    door = Door(most_images=4, most_bytes=100)
    with pytest.raises(ZeroDivisionError), door.enter(4, 100):
        1 / 0  # noqa: B018
    assert (door.images, door.bytes) == (0, 0)
