"""A job as one HTML file."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from app.deps import ExistingJob, Here
from app.report.page import POLICY, file_name, html
from app.report.story import gathered

router = APIRouter(prefix="/jobs/{job_id}", tags=["report"])


@router.get("/report", response_class=HTMLResponse)
def report(job: ExistingJob, here: Here) -> Response:
    """To send to a colleague: curves, evaluation, mistakes with their pictures, the spec; all inside, without scripts.

    Of a job that has not ended it shows what there is.
    """
    headers = {
        "Content-Disposition": f'inline; filename="{file_name(job)}"',
        "Content-Security-Policy": f"{POLICY}; frame-ancestors 'self'",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(html(gathered(here, job)), headers=headers)
