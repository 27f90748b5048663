"""The API's documentation, in a browser that holds it to its content security policy."""

from playwright.sync_api import Page, expect

from tests.conftest import Service

POLICY = "content-security-policy"


def tried(page: Page, path: str, *values: str) -> None:
    """The operation is opened, filled in and executed."""
    page.locator(f'.opblock-summary-path[data-path="{path}"]').click()
    page.get_by_role("button", name="Try it out").click()
    for field, value in zip(page.locator(".parameters input").all(), values, strict=True):
        field.fill(value)
    page.get_by_role("button", name="Execute").click()


def test_an_operation_is_tried_out_under_a_policy_without_unsafe_anything(
    page: Page, service: Service
) -> None:
    answer = page.goto("/docs")
    assert answer
    assert "unsafe" not in answer.headers[POLICY]
    assert answer.headers[POLICY].startswith("default-src 'none'; connect-src 'self'")
    operations = service.http.get("/openapi.json").json()["paths"].values()
    expect(page.locator(".opblock")).to_have_count(sum(map(len, operations)))
    tried(page, "/presets")
    expect(page.locator(".live-responses-table tbody")).to_contain_text("fashion-fast")


def test_a_picture_that_an_operation_answers_with_is_shown(
    page: Page, service: Service, trained: str
) -> None:
    kept = service.http.get(f"/jobs/{trained}/pictures").json()["data"]
    page.goto("/docs")
    tried(page, "/jobs/{job_id}/pictures/{row}", str(kept[0]["row"]), trained)
    picture = page.locator(".live-responses-table img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("each => each.naturalWidth") > 0


def test_a_script_that_somebody_else_wrote_into_the_documentation_is_not_run(
    page: Page, complaints: list[str]
) -> None:
    page.goto("/docs")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), { text: 'foreign = 1' }))"
    )
    assert page.evaluate("typeof foreign") == "undefined"
    assert "script-src" in complaints.pop()
