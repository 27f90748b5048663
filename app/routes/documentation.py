"""The API's documentation as two pages, Swagger UI and ReDoc, of files that fastapi_offline brings and serves."""

import re
from base64 import b64encode
from hashlib import sha256

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse

FILES = "/static-offline-docs"
INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
POLICY = (
    "default-src 'none'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
)

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def swagger(request: Request) -> HTMLResponse:
    root = request.scope.get("root_path", "")
    page = get_swagger_ui_html(
        openapi_url=f"{root}/openapi.json",
        title=f"{request.app.title} - Swagger UI",
        swagger_js_url=f"{root}{FILES}/swagger-ui-bundle.js",
        swagger_css_url=f"{root}{FILES}/swagger-ui.css",
        swagger_favicon_url=f"{root}{FILES}/favicon.png",
    )
    # Its arrows are data; a picture that an operation answers with is a blob.
    return _guarded(page, "style-src 'self'; img-src 'self' data: blob:")


@router.get("/redoc")
def redoc(request: Request) -> HTMLResponse:
    root = request.scope.get("root_path", "")
    page = get_redoc_html(
        openapi_url=f"{root}/openapi.json",
        title=f"{request.app.title} - ReDoc",
        redoc_js_url=f"{root}{FILES}/redoc.standalone.js",
        redoc_favicon_url=f"{root}{FILES}/favicon.png",
        with_google_fonts=False,
    )
    # It makes its styles while it runs, and its search is a worker. Its logo, from another host, is refused.
    return _guarded(page, "style-src 'unsafe-inline'; img-src 'self' data:; worker-src blob:")


def _guarded(page: HTMLResponse, more: str) -> HTMLResponse:
    """Of inline scripts it allows those that FastAPI wrote into this very page, by their hashes."""
    hashes = [b64encode(sha256(script).digest()).decode() for script in INLINE.findall(page.body)]
    scripts = " ".join(["script-src 'self'", *(f"'sha256-{each}'" for each in hashes)])
    page.headers["Content-Security-Policy"] = f"{POLICY}{scripts}; {more}"
    return page
