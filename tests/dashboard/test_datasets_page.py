import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.dashboard.pictures import handed, png, zipped

SHADES = {"day": range(100, 127, 3), "night": range(20, 47, 3)}


def archive(**more: bytes) -> bytes:
    """Nine pictures of each of two classes; `more` makes the archive another one."""
    pictures = {f"{label}/{shade}.png": png(shade) for label, shades in SHADES.items() for shade in shades}
    return zipped(pictures | {f"day/{name}.png": content for name, content in more.items()})


def test_an_upload_becomes_a_data_set_whose_report_and_pictures_can_be_looked_at(
    page: Page, accessible: Callable[[], None], screenshot: Callable[[str], None]
) -> None:
    page.goto("/#/datasets")
    content = archive(copy=png(20), cut=png(50)[:60])
    page.locator("input[type=file]").first.set_input_files([handed("hours.zip", content, "application/zip")])
    page.get_by_role("button", name="Send").click()
    item = page.get_by_role("listitem").filter(has_text="hours:1")
    expect(item).to_contain_text("ready", timeout=60_000)
    expect(item).to_contain_text("19 pictures")
    accessible()
    screenshot("datasets")
    item.get_by_role("link", name="hours:1").click()
    expect(page.get_by_role("heading", name="hours:1")).to_be_visible()
    page.get_by_text("Image truncated").click()
    expect(page.get_by_text("day/cut.png")).to_be_visible()
    page.get_by_text("Duplicates with different labels").click()
    same = page.locator(".same li")
    expect(same).to_have_count(2)
    expect(same.first.get_by_role("img", name="day")).to_have_js_property("naturalWidth", 28)
    page.get_by_role("button", name="night").click()
    expect(page.locator("li[title^='night/']").last.get_by_role("img")).to_have_js_property(
        "naturalWidth", 28
    )
    expect(page.locator("li[title^='day/'] figure")).to_have_count(1)  # of the duplicates
    accessible()
    screenshot("dataset")


def test_an_upload_goes_on_after_its_connection_broke_and_a_wrong_name_is_refused_at_its_field(
    page: Page, complaints: list[str]
) -> None:
    page.goto("/#/datasets")
    page.locator("input[type=file]").first.set_input_files(
        [handed("days.zip", archive(more=png(60)), "application/zip")]
    )
    name = page.get_by_label("Name")
    name.fill("Not a name!")
    breaks = iter([True])

    def fail_once(route: Route) -> None:
        if route.request.method == "PATCH" and next(breaks, False):
            route.abort()
        else:
            route.continue_()

    page.route("**/uploads/*", fail_once)
    page.get_by_role("button", name="Send").click()
    expect(name).to_have_accessible_description(re.compile("Give a name of small letters"))
    expect(name).to_be_focused()
    name.fill("days")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("listitem").filter(has_text="days:1")).to_contain_text("ready", timeout=60_000)
    assert ["ERR_FAILED" in complaints[0], "422" in complaints[1]] == [True, True]
    complaints.clear()
