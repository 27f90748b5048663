"""One job's page: its curve as it grows and when the server is away, what can be done, what the run left."""

import os
import re
import signal
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from app.routes.dashboard import FOLDER
from tests.conftest import ENDLESS, Service

OUTAGE = 10_000  # milliseconds
READ = """(plot) => {
  const said = plot.parentElement.querySelector("[role=status]");
  const heard = new Set();
  plot.dispatchEvent(new FocusEvent("blur"));
  for (;;) {
    plot.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
    if (heard.has(said.textContent)) return [...heard];
    heard.add(said.textContent);
  }
}"""


def read(chart: Locator) -> list[tuple[int, float]]:
    """(step, value) of every batch of a chart, by the arrow keys."""
    lines = [re.match(r"Step ([\d,]+) .*?batches ([\d.e-]+)", line) for line in chart.evaluate(READ)]
    return [(int(line[1].replace(",", "")), float(line[2])) for line in lines if line]


def test_a_curve_grows_and_has_no_gap_after_the_server_was_away_and_the_trainer_crashed(
    page: Page, service: Service, complaints: list[str]
) -> None:
    job_id = service.submit(max_steps=ENDLESS, batch_size=256, checkpoint_interval=10)
    service.wait_for_step(job_id, 15)
    page.goto(f"/#/jobs/{job_id}")
    loss = page.get_by_label("Loss. At step")
    expect(loss).to_be_visible()
    first = len(read(loss))
    expect(loss).not_to_have_attribute("aria-label", str(loss.get_attribute("aria-label")))
    assert len(read(loss)) > first
    (trainer,) = service.trainers(job_id)
    page.context.set_offline(True)
    os.kill(trainer, signal.SIGKILL)
    os.kill(service.pid_of("api"), signal.SIGKILL)
    expect(page.get_by_text("The server does not answer.")).to_be_visible()
    page.wait_for_timeout(OUTAGE)
    page.context.set_offline(False)
    expect(page.get_by_label("What happened")).to_contain_text("Resumed", timeout=60_000)
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("resumed")
    expect(page.get_by_text("The server does not answer.")).to_be_hidden()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Delete")).to_be_visible()
    kept = service.losses(job_id)
    expect(page.get_by_label(f"Loss. At step {kept[-1][0]:,}:")).to_be_visible()
    seen = read(loss)
    assert [step for step, _ in seen] == [step for step, _ in kept]
    assert [value for _, value in seen] == pytest.approx([value for _, value in kept], rel=1e-3)
    complaints.clear()  # the browser's own, of a server that did not answer


def test_a_trained_job_shows_how_good_it_is_and_what_it_takes_for_what(
    page: Page,
    service: Service,
    learned: str,
    accessible: Callable[[], None],
    screenshot: Callable[[str], None],
) -> None:
    report: dict[str, Any] = service.http.get(f"/jobs/{learned}/evaluation").json()
    page.goto(f"/#/jobs/{learned}")
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text(f"{report['accuracy'] * 100:.1f} %")
    classes = panel.get_by_label("Classes")
    classes.get_by_role("button", name="Accuracy").click()
    best = max(report["classes"], key=lambda each: each["recall"])
    expect(classes.get_by_role("row").nth(1)).to_contain_text(best["label"])
    panel.get_by_role("grid").get_by_role("gridcell").first.focus()
    page.keyboard.press("ArrowRight")
    expect(panel).to_contain_text(f"T-shirt/top taken for Trouser: {report['confusion_matrix'][0][1]} ")
    mistake = panel.get_by_role("img", name=f"Test image {report['hardest'][0]['index']}: ")
    mistake.scroll_into_view_if_needed()
    expect(mistake).to_have_js_property("naturalWidth", 28)
    accessible()
    screenshot("job")


def test_a_zoom_reads_that_stretch_again_and_the_report_is_a_document_of_its_own(
    page: Page, learned: str
) -> None:
    page.goto(f"/#/jobs/{learned}")
    with page.expect_request(lambda request: "until=" in request.url) as closer:
        page.get_by_role("button", name="Zoom in").click()
    asked = parse_qs(urlsplit(closer.value.url).query)
    assert 0 <= int(asked["after"][0]) < int(asked["until"][0])
    with page.expect_popup() as report:
        page.get_by_role("button", name="Report").click()
    expect(report.value.get_by_role("heading", level=1)).to_be_visible()


def test_a_model_gets_a_name_and_becomes_a_file(page: Page, service: Service, trained: str) -> None:
    page.goto(f"/#/jobs/{trained}?tab=model")
    page.get_by_role("textbox", name="Name").fill("job-page")
    page.get_by_role("button", name="Give it to this model").click()
    expect(page.get_by_role("listitem").filter(has_text="job-page")).to_be_visible()
    assert service.http.get("/aliases/job-page").json()["job_id"] == trained
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="Download safetensors").click()
    assert download.value.path().stat().st_size > 0
    expect(page.get_by_role("tabpanel")).to_contain_text("agrees on 100 % of 128 images")
    service.http.delete("/aliases/job-page")


def test_a_job_that_failed_says_what_to_do_next(page: Page, service: Service) -> None:
    job_id = service.submit(device="cuda:7")
    error = service.wait(job_id, "failed")["error"]
    page.goto(f"/#/jobs/{job_id}")
    expect(page.get_by_text(error["message"])).to_be_visible()
    expect(page.get_by_text(error["hint"])).to_be_visible()


def test_of_a_thousand_classes_the_most_frequent_mistakes_are_listed_in_place_of_a_map(page: Page) -> None:
    (file,) = FOLDER.rglob("confusion.js")
    page.goto("/")
    told = page.evaluate(
        """async (path) => {
          const { confusion } = await import(path);
          const classes = Array.from({ length: 1000 }, (_, number) => ({ label: `class ${number}` }));
          const rows = classes.map((_, truth) => classes.map((_, taken) => (taken === truth ? 3 : 0)));
          [rows[5][7], rows[1][2]] = [2, 1];
          const made = confusion({ classes, confusion_matrix: rows });
          const items = [...made.querySelectorAll("li")].map((item) => item.textContent);
          return [made.querySelectorAll("td").length, ...items];
        }""",
        f"/dashboard/{file.relative_to(FOLDER)}",
    )
    assert told == [
        0,
        "class 5 taken for class 7: 2 (40.0 % of its images)",
        "class 1 taken for class 2: 1 (25.0 % of its images)",
    ]
