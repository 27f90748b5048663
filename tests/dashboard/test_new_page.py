import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.conftest import TINY, Service

PARTS = ("Architecture", "Data", "Training")
READ_AGAIN = """async (network) => {
    const { read, written } = await import("/dashboard/parts/notation.js");
    return read(written(network));
}"""
JOB = re.compile(r"#/jobs/(job_[0-9a-f]{28})(?:\?|$)")  # its page adds the tab that is open


def spec(page: Page) -> dict[str, Any]:
    """As the form has it now."""
    return dict(json.loads(page.get_by_label("The spec as JSON").input_value()))


def blocks(page: Page) -> Any:
    return spec(page)["architecture"]["blocks"]


def with_blocks(wanted: list[list[float]]) -> dict[str, Any]:
    return TINY | {"architecture": TINY["architecture"] | {"blocks": wanted}}


def without_refusals(complaints: list[str]) -> None:
    """The browser reports every 422 as an error."""
    complaints[:] = [line for line in complaints if "422" not in line]


def test_a_job_is_made_in_the_form_once_even_if_the_answer_is_lost(
    page: Page, service: Service, complaints: list[str]
) -> None:
    page.goto("/#/new")
    page.get_by_label("Name").fill("lost answer")
    page.get_by_label("As text").fill("4 | 8")
    page.get_by_label("Unit of the length").select_option("steps")
    page.get_by_role("textbox", name="Length").fill("5")

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/jobs", lose, times=1)
    page.get_by_role("button", name="Start training").dblclick()
    expect(page).to_have_url(JOB)
    complaints[:] = [line for line in complaints if "ERR_FAILED" not in line]
    made = [job for job in service.http.get("/jobs").json()["data"] if job["name"] == "lost answer"]
    assert [job["id"] for job in made] == JOB.findall(page.url)
    assert made[0]["spec"]["architecture"]["blocks"] == [[1, 4], [1, 8]]
    assert made[0]["spec"]["training"]["max_steps"] == 5


def test_a_refused_spec_says_why_at_its_field_and_goes_there(page: Page, complaints: list[str]) -> None:
    page.goto("/#/new")
    rate = page.get_by_role("textbox", name="Learning rate")
    rate.fill("-1")
    expect(rate).to_have_accessible_description(re.compile("should be greater than 0"))
    page.get_by_role("button", name="Start training").click()
    expect(rate).to_be_focused()
    page.get_by_label("The spec as JSON").fill(json.dumps(TINY | {"data": {"dataset": "fashon-mnist"}}))
    page.get_by_role("button", name="fashion-mnist", exact=True).click()
    expect(page.get_by_label("Data set")).to_have_value("fashion-mnist")
    expect(page.get_by_text("to be put right")).to_be_hidden()
    without_refusals(complaints)


def test_form_and_json_change_each_other(
    page: Page, accessible: Callable[[], None], screenshot: Callable[[str], None]
) -> None:
    page.goto("/#/new?recipe=fashion-fast")
    page.get_by_label("Batch size").fill("auto")
    page.get_by_role("combobox", name="Optimizer").select_option("adamw")
    assert spec(page)["training"]["batch_size"] == "auto"
    assert spec(page)["training"]["optimizer"] == {
        "name": "adamw",
        "learning_rate": 0.2,
        "weight_decay": 0.0005,
    }
    written = page.get_by_label("The spec as JSON")
    changed = spec(page)
    changed["training"]["optimizer"]["learning_rate"] = 0.001
    written.fill(json.dumps(changed))
    expect(page.get_by_role("textbox", name="Learning rate")).to_have_value("0.001")
    written.fill('{"data": {},\n ]')
    expect(page.get_by_text('Line 2, column 2: expected a name in "…".')).to_be_visible()
    page.reload()
    expect(written).to_have_value('{"data": {},\n ]')
    page.get_by_role("button", name="Discard this text").click()
    assert spec(page) == changed
    expect(page.get_by_text("of 512 images")).to_be_visible()
    accessible()
    screenshot("new")


def test_blocks_are_added_moved_and_removed_by_keys(page: Page) -> None:
    page.goto("/#/new")
    page.get_by_label("As text").fill("8 | 16 16 → 32")
    page.get_by_role("button", name="+ Block").press("Enter")
    expect(page.get_by_label("Channels of block 3")).to_be_focused()
    page.keyboard.press("Alt+ArrowLeft")
    assert blocks(page) == [[1, 8], [1, 32], [2, 16]]
    page.get_by_label("Remove block 1").press("Enter")
    page.get_by_label("Move right block 1").press("Enter")
    expect(page.get_by_label("As text")).to_have_value("16 16 | 32 → 32")
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_label("As text")).to_have_value("32 | 16 16 → 32")


def test_of_thousands_of_blocks_as_many_are_drawn_as_a_network_may_have_and_all_are_sent(
    page: Page, complaints: list[str]
) -> None:
    page.goto("/#/new")
    text = page.get_by_label("The spec as JSON")
    pasted = with_blocks([[1, 8]] * 5000)
    with page.expect_request(lambda request: request.post_data == json.dumps(pasted, separators=(",", ":"))):
        text.fill(json.dumps(pasted))
    expect(page.get_by_text("at most 32 items")).to_be_visible()
    expect(page.get_by_text("and 4,968 more, not drawn")).to_be_visible()
    expect(page.get_by_label(re.compile("^Channels of block"))).to_have_count(32)
    expect(page.get_by_label("Move right block 32")).to_be_disabled()
    page.get_by_role("button", name="+ Block").press("Enter")
    expect(page.get_by_role("button", name="+ Block")).to_be_focused()
    assert blocks(page) == [*[[1, 8]] * 5000, [1, 16]]
    text.fill(json.dumps(with_blocks([[1, 8]] * 33)))
    channels = page.get_by_label("Channels of block 2", exact=True)
    channels.fill("0")
    expect(channels).to_have_accessible_description(re.compile("greater than or equal to 1"))
    expect(page.get_by_text("and 1 more, not drawn")).to_be_visible()
    page.get_by_label("Remove block 2", exact=True).press("Enter")
    expect(page.get_by_text("not drawn")).to_be_hidden()
    without_refusals(complaints)


def test_a_fraction_of_a_convolution_is_refused_at_its_block(page: Page, complaints: list[str]) -> None:
    page.goto("/#/new")
    page.get_by_label("The spec as JSON").fill(json.dumps(with_blocks([[1.5, 8]])))
    expect(page.get_by_label("Channels of block 1")).to_have_accessible_description(
        re.compile("valid integer")
    )
    expect(page.get_by_label("As text")).to_have_value("1.5x8")
    without_refusals(complaints)


@pytest.mark.parametrize("resume", ["", "&resume=last"])
def test_a_job_is_cloned_or_gone_on_from(page: Page, trained: str, resume: str) -> None:
    page.goto(f"/#/new?from={trained}{resume}")
    expect(page.get_by_label("As text")).to_have_value("4 | 8")
    resumed = {"resume_from": {"job": trained, "checkpoint": "last"}} if resume else {}
    assert spec(page) == TINY | resumed


def test_a_test_of_learning_rates_becomes_a_training_at_the_rate_that_it_found(
    page: Page, service: Service
) -> None:
    test = service.http.post("/jobs", json=TINY | {"mode": "lr_range"}).json()["id"]
    service.http.post(f"/jobs/{test}/cancel")
    page.goto(f"/#/new?from={test}&learning_rate=0.09")
    expect(page.get_by_role("textbox", name="Learning rate")).to_have_value("0.09")
    training = TINY["training"] | {"optimizer": {"name": "sgd", "learning_rate": 0.09}}
    assert spec(page) == TINY | {"training": training}


def test_every_field_of_the_spec_is_in_the_form_and_every_published_network_is_a_line(
    page: Page, service: Service
) -> None:
    page.goto("/#/new")
    expect(page.get_by_text("94,410", exact=True)).to_be_visible()
    schemas = service.http.get("/openapi.json").json()["components"]["schemas"]
    names = [f"{part.lower()}-{name}" for part in PARTS for name in schemas[part]["properties"]]
    names += [name for name in schemas["Submission"]["properties"] if name.title() not in PARTS]
    missing = [name for name in names if not page.locator(f"#field-{name}").count()]
    assert set(missing) == {"architecture-blocks", "data-classes", "data-channels", "mode"}
    for preset, network in service.http.get("/presets").json()["architectures"].items():
        assert page.evaluate(READ_AGAIN, network) == {
            name: network[name] for name in ("blocks", "classifier")
        }, preset


def test_a_draft_that_a_browser_cannot_keep_is_still_one(page: Page) -> None:
    page.goto("/#/new")
    text = page.locator("#json")
    text.fill("{" + " " * 6_000_000)  # browsers keep five million characters
    text.fill('{"data": {"dataset": "mnist"}}')
    expect(page.locator("#json-wrong")).to_be_empty()
    page.reload()
    expect(text).to_have_value(re.compile("mnist"))
