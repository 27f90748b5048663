"""A job's live events, and following them across lost connections."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from httpx2 import EventSource, ServerSentEvent
from pydantic import ValidationError

from client.connection.patience import Patience
from client.errors import Misunderstood, TrainshedError, Unreachable
from client.records import JobError, LrRange, Point, Record, Score


class Metrics(Record):
    """Batches, in order of step."""

    points: list[Point]


class StateChanged(Record):
    """The job's state; the first event of a stream says the present one."""

    state: str
    error: JobError | None = None
    lr_range: LrRange | None = None


class Ended(Record):
    """The job is finished; no event follows."""

    state: str


@dataclass(frozen=True)
class Lost:
    """The connection is gone; the next try is in `retry_in` seconds. Made by the client, not the server."""

    reason: TrainshedError
    retry_in: float


Event = Metrics | StateChanged | Score | Ended | Lost
KINDS: dict[str, type[Metrics | StateChanged | Score | Ended]] = {
    "metrics": Metrics,
    "state": StateChanged,
    "evaluation": Score,
    "end": Ended,
}

Connect = Callable[[int], AbstractContextManager[EventSource]]


def read(message: ServerSentEvent) -> Event | None:
    """None for a kind of event that this client does not know."""
    kind = KINDS.get(message.event)
    if kind is None:
        return None
    try:
        return kind.model_validate_json(message.data)
    except ValidationError as error:
        raise Misunderstood(f"the stream's {message.event} event is not as agreed: {error}") from error


class Seen:
    """What has been handed on already: a server repeats state and evaluation to whoever reconnects."""

    def __init__(self, after: int) -> None:
        self.step = after
        self._state: StateChanged | None = None
        self._tested = -1  # step of the last evaluation

    def fresh(self, event: Event | None) -> Event | None:
        """The part of the event that is news; None if there is none."""
        match event:
            case Metrics():
                points = [point for point in event.points if point.step > self.step]
                self.step = points[-1].step if points else self.step
                return Metrics(points=points) if points else None
            case StateChanged():
                known, self._state = self._state, event
                return event if event != known else None
            case Score():
                known_step, self._tested = self._tested, max(event.step, self._tested)
                return event if event.step > known_step else None
        return event


def follow(connect: Connect, after: int, patience: Patience) -> Iterator[Event]:
    """Every event to the end, each once; connects again from the last step whenever the stream breaks.

    Raises the last error when `patience` runs out, and at once when trying again is of no use (404, 401).
    """
    seen = Seen(after)
    while True:
        try:
            with connect(seen.step) as source:
                patience.renew()
                for message in source:
                    event = seen.fresh(read(message))
                    if event is not None:
                        yield event
                    if isinstance(event, Ended):
                        return
            raise Unreachable("the stream broke off before the job had ended")
        except TrainshedError as error:
            delay = patience.delay(error)
            yield Lost(error, delay)
            time.sleep(delay)
