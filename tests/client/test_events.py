import threading
from collections.abc import Callable, Iterable

import pytest

from client import Client, Misunderstood, NotFound, Unreachable
from client.connection.events import Ended, Event, Lost, Metrics, StateChanged
from client.records import Score
from tests.client.scripted import Server, batch

STREAM = "GET /jobs/job_1/stream"
RUNNING = ("state", {"state": "running", "error": None})
END = ("end", {"state": "succeeded"})


def test_a_stream_that_breaks_off_goes_on_without_gap_or_duplicate(server: Server, client: Client) -> None:
    server.streams(STREAM, RUNNING, batch(1, 2), torn='event: metrics\ndata: {"points": [{"st')
    server.streams(STREAM, RUNNING, batch(2, 3), batch(4), torn="event: met")
    server.streams(STREAM, RUNNING, batch(5), END)
    events = list(client.stream("job_1"))
    assert steps(events) == [1, 2, 3, 4, 5]
    assert [type(event) for event in events].count(StateChanged) == 1
    assert [type(event) for event in events].count(Lost) == 2
    assert isinstance(events[-1], Ended)
    assert [request.query["after"] for request in server.requests] == ["0", "2", "4"]


def test_a_stream_outlives_a_restart_of_the_server(server: Server, start: Callable[[int], Server]) -> None:
    def restart() -> None:
        start(server.server_port).streams(STREAM, batch(2), END)

    server.streams(STREAM, RUNNING, batch(1))
    with Client(server.url, reconnect=20) as client:
        events = client.stream("job_1")
        seen = [next(events), next(events)]
        server.stop()
        threading.Timer(0.5, restart).start()
        assert steps([*seen, *events]) == [1, 2]


def test_a_stream_starts_after_the_step_that_it_is_given(server: Server, client: Client) -> None:
    server.streams(STREAM, batch(7, 8), END)
    assert steps(client.stream("job_1", after=7)) == [8]
    assert server.requests[0].query == {"after": "7"}


def test_an_evaluation_that_is_repeated_after_a_break_is_told_once(server: Server, client: Client) -> None:
    first, second = (("evaluation", {"step": step, "split": "test", "accuracy": 0.9}) for step in (5, 10))
    server.streams(STREAM, batch(5), first)
    server.streams(STREAM, first, batch(10), second, END)
    told = [event.step for event in client.stream("job_1") if isinstance(event, Score)]
    assert told == [5, 10]


def test_kinds_of_events_of_a_newer_server_are_passed_over(server: Server, client: Client) -> None:
    server.streams(STREAM, ("gradient_norm", [1, 2]), batch(1), END)
    metrics, end = client.stream("job_1")
    assert isinstance(metrics, Metrics)
    assert isinstance(end, Ended)


def test_a_stream_of_an_unknown_job_is_not_tried_again(server: Server, client: Client) -> None:
    server.refuses(STREAM, 404, detail="There is no job job_1.")
    with pytest.raises(NotFound, match="no job job_1"):
        list(client.stream("job_1"))
    assert len(server.requests) == 1


def test_a_stream_gives_up_when_its_patience_is_over(server: Server) -> None:
    server.hangs_up(STREAM)
    with Client(server.url, reconnect=0.4) as client, pytest.raises(Unreachable):
        list(client.stream("job_1"))


def test_an_event_that_is_not_as_agreed_is_an_error(server: Server, client: Client) -> None:
    server.streams(STREAM, ("metrics", {"points": "many"}), END)
    with pytest.raises(Misunderstood, match="metrics event"):
        list(client.stream("job_1"))


def test_a_page_that_is_no_stream_is_an_error(server: Server, client: Client) -> None:
    server.says(STREAM, b"<h1>It works!</h1>", kind="text/html")
    with pytest.raises(Misunderstood, match="text/event-stream"):
        list(client.stream("job_1"))


def steps(events: Iterable[Event]) -> list[int]:
    return [point.step for event in events if isinstance(event, Metrics) for point in event.points]
