from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.conftest import Service


def test_jobs_chosen_from_the_list_are_compared_by_what_differs(
    page: Page,
    service: Service,
    trained: str,
    accessible: Callable[[], None],
    screenshot: Callable[[str], None],
) -> None:
    other = service.submit(max_steps=20)  # may wait, train or have ended
    page.goto("/#/compare")
    for job_id in (trained, other):
        page.locator(f"input[value='{job_id}']").check()
    page.get_by_role("link", name="Compare 2").click()
    expect(page.get_by_label(f"Loss. job …{trained[-6:]} ")).to_be_visible()
    differences = page.get_by_label("Differences").get_by_role("row")
    expect(differences).to_have_count(2)
    expect(differences.nth(1)).to_have_text("training.max_steps4020")
    page.get_by_label("Axis").select_option("time")
    page.get_by_role("button", name="Zoom in").click()
    expect(page.get_by_role("button", name="All of it")).to_be_enabled()
    accessible()
    screenshot("compare")
