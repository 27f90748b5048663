"""A real Chromium that looks at the running service, and complains of what a user would not see."""

import copy
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize, sync_playwright

from tests.conftest import Service
from tests.dashboard.pictures import small

DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PICTURES = os.environ.get("TRAINSHED_SCREENSHOTS")  # a folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium; without one, that which `playwright install chromium` brings."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """Errors on the console, and requests to other hosts. A test that provokes some removes them."""
    return []


@pytest.fixture
def page(browser: Browser, service: Service, complaints: list[str]) -> Iterator[Page]:
    """A page of the dashboard; none may end with something in `complaints`."""
    context = browser.new_context(viewport=DESK, base_url=service.url, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    page = context.new_page()
    host = urlsplit(service.url).netloc

    def hear(line: ConsoleMessage) -> None:
        if line.type == "error":
            complaints.append(line.text)

    def see(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("blob", "data") and parts.netloc != host:
            complaints.append(request.url)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", see)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def accessible(page: Page) -> Callable[[], None]:
    """Holds that axe finds nothing serious on the page, in either theme."""

    def check() -> None:
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page).response["violations"]
            serious = [each for each in found if each["impact"] in ("serious", "critical")]
            assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in serious] == []
        page.emulate_media(color_scheme="light")

    return check


@pytest.fixture(scope="session")
def learned(service: Service, request: pytest.FixtureRequest) -> str:
    """`trained`, or where pictures are taken a job that learned enough to be worth looking at."""
    if PICTURES is None:
        return str(request.getfixturevalue("trained"))
    spec = json.loads(Path("examples/fashion-fast.json").read_text())
    spec["training"] |= {"max_steps": 400, "batch_size": 64, "evaluation_interval": 50}
    job_id = str(service.http.post("/jobs", json=spec).json()["id"])
    assert service.wait(job_id, "succeeded", "failed", seconds=300)["state"] == "succeeded"
    return job_id


@pytest.fixture(scope="session")
def half(service: Service, learned: str) -> str:
    """A job like `learned` with half the steps. It may wait, train or have ended; where pictures are taken, it has."""
    job = service.job(learned)
    spec = copy.deepcopy(job["spec"])
    spec["training"]["max_steps"] //= 2
    job_id = str(service.http.post("/jobs", json=spec | {"name": job["name"]}).json()["id"])
    if PICTURES:
        service.wait(job_id, "succeeded", "failed", seconds=300)
    return job_id


@pytest.fixture
def screenshot(page: Page) -> Callable[[str], None]:
    """Keeps how the top of the page looks, wide and on a phone, light and dark, where PICTURES are wanted."""

    def take(name: str) -> None:
        if PICTURES is None:
            return
        for size, viewport in (("desk", DESK), ("phone", PHONE)):
            for scheme in SCHEMES:
                page.set_viewport_size(viewport)
                page.emulate_media(color_scheme=scheme)
                page.evaluate("scrollTo(0, 0)")
                page.evaluate("document.activeElement.blur()")
                picture = small(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
                picture.save(Path(PICTURES, f"{name}-{size}-{scheme}.png"), optimize=True)
        page.set_viewport_size(DESK)
        page.emulate_media(color_scheme="light")

    return take
