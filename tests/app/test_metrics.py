"""Every batch, once, however a client asks: by cursor, by waiting, as a stream, thinned, as CSV."""

import csv
import io
import json
import threading
import time
from typing import Any

import pytest

from tests.conftest import ENDLESS

Story = list[tuple[str, str | None, dict[str, Any]]]  # (event, id, data)


def events(response: Any) -> Story:
    """Of a stream that ended."""
    found = []
    for block in response.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != ":")
        if "data" in fields:
            found.append((fields["event"], fields.get("id"), json.loads(fields["data"])))
    return found


def test_pages_give_every_batch_once(service: Any, trained: str) -> None:
    steps, after = [], 0
    while True:
        page = service.http.get(f"/jobs/{trained}/metrics", params={"after": after, "limit": 7}).json()
        steps += [point["step"] for point in page["points"]]
        after = page["next_after"]
        if page["complete"]:
            break
    assert steps == list(range(1, 41))


def test_a_point_has_what_training_said(service: Any, trained: str) -> None:
    point = service.http.get(f"/jobs/{trained}/metrics", params={"limit": 1}).json()["points"][0]
    assert set(point) == {"step", "epoch", "loss", "accuracy", "learning_rate", "images_per_second", "time"}
    assert point["loss"] == pytest.approx(2.3, abs=0.7)
    assert point["learning_rate"] == 0.1
    assert abs(point["time"] - time.time()) < 3600


@pytest.mark.parametrize("thinned", [{}, {"max_points": 10}])
def test_csv_has_the_same_rows(service: Any, trained: str, thinned: dict[str, int]) -> None:
    points = service.http.get(f"/jobs/{trained}/metrics", params=thinned).json()["points"]
    text = service.http.get(f"/jobs/{trained}/metrics", params={"format": "csv", **thinned}).text
    rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(io.StringIO(text))]
    assert rows == points


def test_thinning_keeps_the_ends_and_the_extremes(service: Any, trained: str) -> None:
    whole = service.http.get(f"/jobs/{trained}/metrics").json()["points"]
    thin = service.http.get(f"/jobs/{trained}/metrics", params={"max_points": 10}).json()["points"]
    assert len(thin) <= 10
    assert (thin[0]["step"], thin[-1]["step"]) == (1, 40)
    assert {max(p["loss"] for p in whole), min(p["loss"] for p in whole)} <= {p["loss"] for p in thin}


def test_a_range_of_steps_is_read_in_pages_as_json_and_as_csv(service: Any, trained: str) -> None:
    whole = service.http.get(f"/jobs/{trained}/metrics").json()["points"]
    asked = {"after": 10, "until": 20, "limit": 7}
    first = service.http.get(f"/jobs/{trained}/metrics", params=asked).json()
    assert (first["points"], first["next_after"], first["complete"]) == (whole[10:17], 17, False)
    rest = service.http.get(f"/jobs/{trained}/metrics", params={**asked, "after": 17}).json()
    assert (rest["points"], rest["next_after"], rest["complete"]) == (whole[17:20], 20, True)
    none = service.http.get(f"/jobs/{trained}/metrics", params={**asked, "after": 20, "wait": 60}).json()
    assert (none["points"], none["next_after"], none["complete"]) == ([], 20, True)
    text = service.http.get(f"/jobs/{trained}/metrics", params={**asked, "format": "csv"}).text
    assert [int(row["step"]) for row in csv.DictReader(io.StringIO(text))] == list(range(11, 18))


def test_a_range_is_thinned_by_its_own_extremes(service: Any, trained: str) -> None:
    whole = service.http.get(f"/jobs/{trained}/metrics").json()["points"][15:35]
    asked = {"after": 15, "until": 35, "max_points": 10}
    page = service.http.get(f"/jobs/{trained}/metrics", params=asked).json()
    thin = page["points"]
    assert len(thin) <= 10
    assert (thin[0]["step"], thin[-1]["step"], page["complete"]) == (16, 35, True)
    for name in ("loss", "accuracy"):
        for extreme in (min, max):
            assert extreme(point[name] for point in whole) in {point[name] for point in thin}


def test_waiting_ends_as_soon_as_there_is_news_and_a_range_is_not_complete_while_the_job_trains_on(
    service: Any,
) -> None:
    job_id = service.submit(max_steps=ENDLESS)
    page = service.http.get(f"/jobs/{job_id}/metrics", params={"wait": 60}).json()
    assert page["points"]
    service.wait_for_step(job_id, 5)
    page = service.http.get(f"/jobs/{job_id}/metrics", params={"until": 5}).json()
    assert ([point["step"] for point in page["points"]], page["complete"]) == ([1, 2, 3, 4, 5], False)
    service.http.post(f"/jobs/{job_id}/cancel")
    service.wait(job_id, "cancelled")


def test_waiting_for_what_will_not_come_ends_with_the_job(service: Any, trained: str) -> None:
    page = service.http.get(f"/jobs/{trained}/metrics", params={"after": 40, "wait": 60}).json()
    assert (page["points"], page["complete"], page["next_after"]) == ([], True, 40)


def test_a_cursor_never_goes_back_though_a_resumed_run_does(service: Any, trained: str) -> None:
    page = service.http.get(f"/jobs/{trained}/metrics", params={"after": 90}).json()
    assert (page["points"], page["next_after"], page["last_step"]) == ([], 90, 40)


@pytest.mark.parametrize(
    "params",
    [
        {"after": -1},
        {"limit": 0},
        {"wait": 61},
        {"wait": "nan"},
        {"max_points": 1},
        {"until": 0},
        {"until": 9, "after": 10},
        {"format": "xml"},
        {"after": "x"},
    ],
)
def test_a_wrong_parameter_is_a_422_that_names_it(service: Any, trained: str, params: dict[str, Any]) -> None:
    answer = service.http.get(f"/jobs/{trained}/metrics", params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"query:{next(iter(params))}"


def test_many_streams_of_one_job_tell_the_whole_story_and_end(service: Any) -> None:
    job_id = service.submit(evaluation_interval=20)
    heard: list[Story] = []

    def listen() -> None:
        heard.append(events(service.http.get(f"/jobs/{job_id}/stream")))

    threads = [threading.Thread(target=listen) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == 20
    for story in heard:
        assert [data["state"] for event, _, data in story if event == "state"][-1] == "succeeded"
        steps = [point["step"] for event, _, data in story if event == "metrics" for point in data["points"]]
        assert steps == list(range(1, 41))
        assert [data["step"] for event, _, data in story if event == "evaluation"] == [20, 40]
        assert story[-1][0] == "end"


def test_a_stream_that_was_cut_off_goes_on_after_its_last_id(service: Any, trained: str) -> None:
    story = events(service.http.get(f"/jobs/{trained}/stream", headers={"Last-Event-ID": "33"}))
    (metrics,) = [(number, data) for event, number, data in story if event == "metrics"]
    assert [point["step"] for point in metrics[1]["points"]] == list(range(34, 41))
    assert metrics[0] == "40"


def test_the_evaluation_is_of_the_whole_test_split(service: Any, trained: str) -> None:
    report = service.http.get(f"/jobs/{trained}/evaluation").json()
    assert report["images"] == 10_000 == sum(map(sum, report["confusion_matrix"]))
    assert len(report["classes"]) == 10
    assert report["classes"][9]["label"] == "Ankle boot"
    assert set(report["top_k"]) == {"1", "5"}


def test_logs_say_what_the_trainer_wrote(service: Any, trained: str) -> None:
    answer = service.http.get(f"/jobs/{trained}/logs")
    assert answer.headers["content-type"].startswith("text/plain")
