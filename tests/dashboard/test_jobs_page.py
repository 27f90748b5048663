from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.conftest import ENDLESS, Service


def test_jobs_are_listed_with_what_became_of_them(
    page: Page, service: Service, learned: str, screenshot: Callable[[str], None]
) -> None:
    page.goto("/")
    job = page.get_by_role("listitem").filter(has=page.locator(f"a[href='#/jobs/{learned}']"))
    steps = service.job(learned)["progress"]["steps"]
    expect(job).to_contain_text("succeeded")
    expect(job).to_contain_text("fashion-mnist")
    expect(job).to_contain_text(f"{steps} of {steps}")
    expect(job.get_by_role("img").first).to_be_visible()
    screenshot("jobs")


def test_a_running_job_is_cancelled_from_the_list(page: Page, service: Service) -> None:
    job_id = service.submit(max_steps=ENDLESS)
    service.wait_for_step(job_id, 5)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/")
    job = page.get_by_role("listitem").filter(has=page.locator(f"a[href='#/jobs/{job_id}']"))
    job.get_by_role("button", name="Cancel").click()
    expect(job).to_contain_text("cancelled")
    expect(job.get_by_role("button", name="Delete")).to_be_visible()
