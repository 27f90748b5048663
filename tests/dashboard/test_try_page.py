from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Service
from tests.dashboard.pictures import handed, png, zipped

# How wide a picture is, its first pixel, its lightest.
PIXELS = """image => {
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return [canvas.width, data[0], Math.max(...data.filter((_, place) => place % 4 === 0))];
}"""


@pytest.fixture
def try_page(page: Page, learned: str) -> Page:
    page.goto(f"/#/try?model={learned}")
    expect(page.get_by_role("article")).to_have_attribute("aria-busy", "false")  # the first test picture
    return page


def test_a_picture_gets_a_prediction_and_a_heat_map_of_the_class_that_is_picked(
    try_page: Page,
    service: Service,
    learned: str,
    accessible: Callable[[], None],
    screenshot: Callable[[str], None],
) -> None:
    pictures = service.http.get(f"/jobs/{learned}/pictures").json()["data"]
    boot = next(each for each in pictures if each["label"] == "Ankle boot" and each["sample"])
    picture = service.http.get(boot["image"]).content
    try_page.locator("input[type=file]").first.set_input_files([handed("boot.png", picture)])
    answer = try_page.get_by_role("article").filter(has_text="boot.png")
    expect(answer.get_by_role("heading")).not_to_be_empty()
    expect(answer.locator("canvas.heat")).to_be_visible()
    classes = answer.get_by_role("list").get_by_role("button")
    expect(classes).to_have_count(5)
    expect(classes.first).to_have_attribute("aria-pressed", "true")
    classes.nth(2).click()
    expect(classes.nth(2)).to_have_attribute("aria-pressed", "true")
    expect(classes.first).to_have_attribute("aria-pressed", "false")
    accessible()
    screenshot("try")


def test_a_text_among_pictures_is_refused_on_its_card(try_page: Page, complaints: list[str]) -> None:
    files = [handed("letter.png", b"Dear model, I am no picture."), handed("shirt.png", png(60))]
    try_page.locator("input[type=file]").first.set_input_files(files)
    refused = try_page.get_by_role("article").filter(has_text="letter.png")
    expect(refused.get_by_role("alert")).to_contain_text("not a JPEG, PNG")
    answer = try_page.get_by_role("article").filter(has_text="shirt.png")
    expect(answer.get_by_role("list").get_by_role("button").first).to_contain_text("%")
    assert "422" in complaints.pop()


def test_test_pictures_are_tried_together_and_those_that_are_not_sure_enough_are_counted(
    try_page: Page, screenshot: Callable[[str], None]
) -> None:
    try_page.get_by_role("button", name="Try all 24").click()
    score = try_page.locator(".score")
    expect(score).to_contain_text("24 of 24 answered")
    expect(score).to_contain_text("of 24 right")
    screenshot("try-many")
    try_page.get_by_label("Say nothing below").fill("1")
    expect(score).to_contain_text("not sure enough")
    expect(try_page.get_by_role("heading", name="Not sure enough").first).to_be_visible()


def test_a_drawing_is_predicted_as_it_is_drawn_light_on_dark_as_the_model_knows_pictures(
    try_page: Page, screenshot: Callable[[str], None]
) -> None:
    try_page.get_by_role("tab", name="Draw").click()
    paper = try_page.get_by_role("application")
    paper.focus()
    paper.press("Shift+ArrowUp")
    answer = try_page.get_by_role("article").filter(has_text="your drawing")
    expect(answer.get_by_role("heading")).not_to_be_empty()
    side, corner, lightest = answer.get_by_role("img").evaluate(PIXELS)
    assert (side, corner) == (28, 0)
    assert lightest > 200
    box = paper.bounding_box()
    assert box
    try_page.mouse.move(box["x"] + 60, box["y"] + 60)
    try_page.mouse.down()
    try_page.mouse.move(box["x"] + 200, box["y"] + 220, steps=4)
    try_page.mouse.up()
    expect(answer).to_have_attribute("aria-busy", "false")
    screenshot("draw")
    try_page.get_by_role("button", name="Undo").click()
    try_page.get_by_role("button", name="Clear").click()
    expect(try_page.get_by_role("button", name="Undo")).to_be_disabled()


def test_an_archive_is_predicted_as_a_whole_and_its_table_fetched(try_page: Page) -> None:
    archive = zipped({f"{shade}.png": png(shade) for shade in (40, 80, 120)})
    try_page.locator(".batch input[type=file]").set_input_files(
        [handed("many.zip", archive, "application/zip")]
    )
    whole = try_page.get_by_role("listitem").filter(has_text="many.zip")
    expect(whole).to_contain_text("succeeded", timeout=60_000)
    expect(whole).to_contain_text("3 pictures")
    with try_page.expect_download() as fetched:
        whole.get_by_role("button", name="CSV").click()
    rows = Path(fetched.value.path()).read_text().splitlines()
    assert rows[0].startswith("path,label,predicted")
    assert len(rows) == 4
