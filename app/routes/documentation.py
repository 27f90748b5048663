"""The API's documentation as a page, Swagger UI, of files that fastapi_offline brings and serves."""

import re
from base64 import b64encode
from hashlib import sha256

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

FILES = "/static-offline-docs"
INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
# Its arrows are data; a picture that an operation answers with is a blob.
POLICY = (
    "default-src 'none'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
    "style-src 'self'; img-src 'self' data: blob:; script-src 'self'"
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
    # Of inline scripts it allows those that FastAPI wrote into this very page, by their hashes.
    hashes = [b64encode(sha256(script).digest()).decode() for script in INLINE.findall(page.body)]
    page.headers["Content-Security-Policy"] = " ".join([POLICY, *(f"'sha256-{each}'" for each in hashes)])
    return page
