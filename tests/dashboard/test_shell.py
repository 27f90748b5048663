"""What every page has: the key, the colours, the word that the server is away; and what a first visit costs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.routes.dashboard import FOLDER
from tests.app.conftest import Api, StartApi, start_api  # noqa: F401
from tests.conftest import Service

KEY = "a-key-of-sixteen-letters"


@pytest.fixture
def locked(browser: Browser, start_api: StartApi) -> Iterator[tuple[Api, Page]]:  # noqa: F811
    """An API with a key, and a page of its dashboard."""
    api = start_api(TRAINSHED_API_KEYS=KEY)
    context = browser.new_context(base_url=str(api.http.base_url))
    yield api, context.new_page()
    context.close()


def test_a_server_with_keys_asks_for_one_until_it_is_right(locked: tuple[Api, Page]) -> None:
    _, page = locked
    page.goto("/#/new")  # which asks for much at once, all of which is refused
    for key in ("a-wrong-one", KEY):
        page.get_by_label("Key", exact=True).fill(key)
        page.get_by_role("button", name="Go on").click()
        page.wait_for_load_state("networkidle")
        expect(page.get_by_text("none of them")).to_be_visible(visible=key != KEY)
    expect(page.get_by_role("heading", name="New job")).to_be_visible()
    page.goto("/")
    expect(page.get_by_text("Nothing has been trained yet")).to_be_visible()


def test_a_server_that_is_away_is_said_and_its_return_is_noticed(page: Page, complaints: list[str]) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("The server does not answer")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("The server does not answer")).to_be_hidden()
    complaints[:] = [line for line in complaints if "ERR_INTERNET_DISCONNECTED" not in line]


def test_colours_are_the_users_choice_and_are_remembered(page: Page) -> None:
    page.goto("/")
    for name in ("light", "dark"):
        page.locator("#theme").click()
        expect(page.locator("html")).to_have_attribute("data-theme", name)
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_an_address_that_is_no_page_leads_on(page: Page, complaints: list[str]) -> None:
    page.goto("/#/nothing/here")
    page.get_by_role("link", name="To the jobs").click()
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    page.goto("/#/jobs/100%")
    expect(page.get_by_text("That did not work")).to_be_visible()
    complaints[:] = [line for line in complaints if "404" not in line]


def test_what_leaves_a_list_takes_the_focus_from_no_other_row(page: Page) -> None:
    (file,) = FOLDER.rglob("element.js")
    page.goto("/")
    focused = page.evaluate(
        """async (path) => {
          const { h, Keyed } = await import(path);
          const list = h("ul");
          document.body.append(list);
          const make = (name) => ({ element: h("li", {}, h("button", {}, name)), update() {} });
          const rows = new Keyed(list, (name) => name, make);
          rows.show(["one", "two", "three"]);
          list.children[2].firstChild.focus();
          rows.show(["two", "three", "four"]);
          return [document.activeElement.textContent, list.textContent];
        }""",
        f"/dashboard/{file.relative_to(FOLDER)}",
    )
    assert focused == ["three", "twothreefour"]


def test_a_first_visit_loads_less_than_a_megabyte_beside_the_chart_library(
    page: Page, service: Service
) -> None:
    sizes: dict[str, int] = {}
    page.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}))
    page.goto("/", wait_until="networkidle")
    own = [size for url, size in sizes.items() if url.startswith(f"{service.url}/") and "/uplot/" not in url]
    assert len(own) > 5
    assert sum(own) < 1_000_000


def test_the_dashboard_is_found_by_its_name_and_by_probes_that_want_no_body(service: Service) -> None:
    answer = service.http.get("/dashboard", follow_redirects=True)
    assert (answer.status_code, answer.url.path) == (200, "/")
    assert service.http.head("/").status_code == 200
