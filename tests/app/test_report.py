"""The report of a job: one file, right in its numbers, whatever somebody has named his job."""

import base64
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.report import figures
from app.report.axis import Axis
from app.report.chart import chart
from app.report.page import network
from model.spec import Architecture
from tests.app.conftest import StartApi
from tests.conftest import TINY, Service

OUTWARD = {"src", "href", "srcset", "action", "data", "poster", "background", "formaction", "xlink:href"}
Facts = dict[str, Any]


class Page(HTMLParser):
    """Its elements with their attributes, its rows of cells, and the text of each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)
        self.texts.setdefault(tag, []).append("")
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data
        if {"th", "td"} & set(self._open):
            self.rows[-1][-1] += data.strip()

    def values(self, *names: str) -> list[str]:
        return [
            value or ""
            for _, attributes in self.elements
            for name, value in attributes.items()
            if name in names
        ]


@pytest.fixture(scope="module")
def text(service: Service, trained: str) -> str:
    answer = service.http.get(f"/jobs/{trained}/report")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return answer.text


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_nothing_outside_of_it_is_asked_for(text: str, page: Page) -> None:
    assert all(value.startswith("data:image/png;base64,") for value in page.values(*OUTWARD))
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & {
        tag for tag, _ in page.elements
    }
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import", text)


def test_a_browser_is_told_that_it_needs_no_script_and_its_name_as_a_file(
    service: Service, trained: str
) -> None:
    headers = service.http.get(f"/jobs/{trained}/report").headers
    assert headers["content-security-policy"].startswith(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    )
    assert headers["content-disposition"] == f'inline; filename="{trained}.html"'


def test_its_evaluation_is_that_of_the_api(service: Service, trained: str, page: Page) -> None:
    told = service.http.get(f"/jobs/{trained}/evaluation").json()
    rows = {row[0]: row[1:] for row in page.rows if len(row) == 5 and row[0]}
    for each in told["classes"]:
        percents = [each[name] for name in ("recall", "precision", "f1")]
        assert rows[each["label"]] == [f"{each['images']:,}", *map(figures.percent, percents)]
    counted = [row[1:] for row in page.rows if len(row) == 11][1:]
    matrix = [[int(cell.replace(",", "") or 0) for cell in row] for row in counted]
    assert matrix == told["confusion_matrix"]
    shown = page.texts["dd"]
    for value in (
        figures.percent(told["accuracy"]),
        figures.percent(told["top_k"]["5"]),
        figures.loss(told["loss"]),
    ):
        assert any(text.startswith(value) for text in shown)


def test_its_mistakes_are_shown_with_the_very_pictures(service: Service, trained: str, page: Page) -> None:
    hardest = service.http.get(f"/jobs/{trained}/evaluation").json()["hardest"]
    images = [attributes for tag, attributes in page.elements if tag == "img"]
    assert [image["alt"] for image in images] == [
        f"Test image {each['index']}: {each['label']}" for each in hardest
    ]
    first = base64.b64decode((images[0]["src"] or "").partition(",")[2])
    assert first == service.http.get(hardest[0]["image"]).content


def test_its_curve_is_told_in_words_with_its_extremes(service: Service, trained: str, page: Page) -> None:
    points = service.http.get(f"/jobs/{trained}/metrics").json()["points"]
    losses = [(point["loss"], point["step"]) for point in points]
    told = plain(page.texts["desc"][0])
    for loss, step in (losses[0], losses[-1], min(losses), max(losses)):
        assert f"{loss:.4f} at step {step}" in told
    (line, *_) = [value for value in page.values("d") if value]
    assert line.count("L") == len(points) - 1


def test_its_layers_are_those_that_were_costed_and_its_spec_can_be_submitted(
    service: Service, trained: str, page: Page
) -> None:
    spec = json.loads(page.texts["pre"][-1])
    plan = service.http.post("/jobs/validate", json=spec).json()
    rows = {row[0]: row[1:] for row in page.rows if len(row) == 4}
    for layer in plan["layers"]:
        shape, parameters = "×".join(map(str, layer["output"])), layer["parameters"]
        assert rows[layer["name"]] == [layer["kind"], shape, f"{parameters:,}" if parameters else ""]
    assert f"{plan['parameters']:,}" in page.texts["dd"]
    assert spec == service.job(trained)["spec"]


@pytest.mark.parametrize("state", ["queued", "cancelled"])
def test_names_and_labels_are_text_whatever_they_would_be_in_html(start_api: StartApi, state: str) -> None:
    api, name = start_api(), "\"'><script>alert(1)</script><!-- {{ 7 * 7 }}"
    labels = {"</style><img src=x onerror=alert(1)>": "</dd><svg onload=alert(2)>"}
    job_id = api.http.post("/jobs", json={**TINY, "name": name, "labels": labels}).json()["id"]
    if state == "cancelled":
        api.http.post(f"/jobs/{job_id}/cancel")
    answer = api.http.get(f"/jobs/{job_id}/report")
    page = Page(answer.text)
    assert (answer.status_code, page.texts["h1"], page.texts["span"][0]) == (200, [name], state)
    assert not {"script", "img", "svg"} & {tag for tag, _ in page.elements}
    assert ("has not ended" in answer.text) == (state == "queued")
    assert next(iter(labels)) in page.texts["dt"]
    assert answer.headers["content-disposition"] == 'inline; filename="script-alert-1-script-7-7.html"'


POINTS: list[Facts] = [
    {"step": step, "loss": loss, "accuracy": 0.5} for step, loss in enumerate((4.0, None, 1.0, 2.0), 1)
]


def test_a_loss_that_is_no_number_is_a_gap() -> None:
    drawn = chart("loss", POINTS, [], [])
    assert drawn
    assert [piece.count("L") for piece in drawn.batches.split("M")[1:]] == [0, 1]
    assert "highest 4.0000 at step 1" in drawn.caption


def test_evaluations_of_two_splits_are_two_lines_on_the_same_axis_and_events_stand_at_their_steps() -> None:
    scores = [
        {"step": step, "split": split, "loss": 1.0, "accuracy": 0.25}
        for step, split in ((2, "validation"), (4, "validation"), (4, "test"))
    ]
    drawn = chart("accuracy", POINTS, scores, [{"step": 1, "event": "rolled_back"}])
    assert drawn
    assert drawn.evaluations == "M500.0 750.0L1000.0 750.0M1000.0 750.0"
    assert [(dot.x, dot.y) for dot in drawn.dots] == [(50, 75), (100, 75), (100, 75)]
    assert [(mark.x, mark.text) for mark in drawn.events] == [(25, "step 1: rolled_back")]


def test_nothing_is_drawn_of_a_job_without_a_batch() -> None:
    assert chart("loss", [], [], []) is None


@given(st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1))
@example([1e9, 1e-300])
def test_ticks_are_few_rise_and_lie_on_the_axis(values: list[float]) -> None:
    axis = Axis.of(values)
    ticks = axis.ticks()
    assert 1 <= len(ticks) <= 9
    assert ticks == sorted(set(ticks))
    assert all(-1e-9 <= axis.share(value) <= 1 + 1e-9 for value in [*values, *ticks])


def test_ticks_are_round_and_by_decades_where_values_differ_by_much() -> None:
    assert Axis.of([0.3, 2.3]).ticks() == [0, 0.5, 1, 1.5, 2]
    assert Axis.of([0.01, 2.3]).ticks() == [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]
    assert Axis.of([1e-5, 2.0]).ticks() == [1e-5, 1e-3, 1e-1]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_for_people_is_the_same_json(value: Any) -> None:
    assert json.loads(figures.lines(value)) == value


@pytest.mark.parametrize(
    ("architecture", "line"),
    [
        ({"preset": "vgg11"}, "64 | 128 | 256 256 | 512 512 | 512 512 → 4096 4096"),
        ({"blocks": [[1, 4], [2, 8]], "classifier": [], "head": "max"}, "4 | 8 8 → max"),
    ],
)
def test_a_network_is_one_line(architecture: Facts, line: str) -> None:
    assert network(Architecture.model_validate(architecture)) == line


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.2, "1 s"), (61, "1 min 1 s"), (7500, "2 h 5 min"), (90_000, "1 d 1 h"), (None, "–")],
)
def test_durations_are_told_in_two_units(seconds: float | None, told: str) -> None:
    assert plain(figures.duration(seconds)) == told
