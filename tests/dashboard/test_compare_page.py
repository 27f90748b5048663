import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.conftest import Service


def test_jobs_chosen_from_the_list_are_compared_by_what_differs(
    page: Page,
    service: Service,
    learned: str,
    half: str,
    accessible: Callable[[], None],
    screenshot: Callable[[str], None],
) -> None:
    page.goto("/#/compare")
    for job_id in (learned, half):
        page.locator(f"input[value='{job_id}']").check()
    page.get_by_role("link", name="Compare 2").click()
    expect(page.get_by_label(re.compile(rf"^Loss\. .*…{learned[-6:]} \d"))).to_be_visible()
    differences = page.get_by_label("Differences").get_by_role("row")
    expect(differences).to_have_count(2)
    steps = [service.job(job_id)["progress"]["steps"] for job_id in (learned, half)]
    expect(differences.nth(1)).to_have_text(f"training.max_steps{steps[0]}{steps[1]}")
    page.get_by_label("Axis").select_option("time")
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="All of it").click()
    expect(page.get_by_role("button", name="All of it")).to_be_disabled()
    page.get_by_label("Axis").select_option("step")
    accessible()
    screenshot("compare")
