"""The dashboard: files for a browser. All that it shows, it asks the public API for."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent.parent / "dashboard"
HEADERS = {
    # uPlot places its parts with inline styles; pictures that need a key are fetched, and shown as blobs.
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",  # asked for each time, answered 304: an upgrade is seen at once
}

router = APIRouter()


@router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
def dashboard() -> FileResponse:
    return FileResponse(FOLDER / "index.html", headers=HEADERS)


@router.get("/dashboard", include_in_schema=False)
def meant() -> RedirectResponse:
    """What people type who remember its name; relative, as a proxy may put it all below a path of its own."""
    return RedirectResponse(".")


class Files(StaticFiles):
    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(HEADERS)
        return response


def _chart_library() -> Path:
    """Found without being imported: the package draws in notebooks, and loads much for that."""
    found = find_spec("uplot")
    assert found
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / "static"


FILES = {  # the longer path first
    "/dashboard/uplot": Files(directory=_chart_library()),
    "/dashboard": Files(directory=FOLDER),
}
