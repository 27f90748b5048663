"""Test images of a job and its mistakes among them, as JSON with links."""

from typing import Any

from store.job import Job
from store.job_files import RunFiles

IMMUTABLE = {"Cache-Control": "private, max-age=31536000, immutable"}  # a row is the same picture for ever


def described(job: Job, run: RunFiles, report: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The hardest mistakes first, then samples of each class; None where the run kept none."""
    found = run.read_pictures()
    if found is None:
        return None
    names = [each["label"] for each in report["classes"]]
    mistakes = {each["index"]: each for each in report["hardest"]}
    return [
        {
            **facts,
            "label": names[facts["label"]],
            "mistake": _mistake(mistakes.get(facts["row"])),
            "image": link(job, facts["row"]),
        }
        for facts in found.facts()
    ]


def linked(job: Job, run: RunFiles, report: dict[str, Any]) -> dict[str, Any]:
    """An evaluation whose mistakes have an `image`, where there is one."""
    found = run.read_pictures()
    kept = {each["index"] for each in report["hardest"] if found is not None and each["index"] in found}
    hardest = [
        {**each, "image": link(job, each["index"]) if each["index"] in kept else None}
        for each in report["hardest"]
    ]
    return {**report, "hardest": hardest}


def link(job: Job, row: int) -> str:
    return f"/jobs/{job.id}/pictures/{row}"


def _mistake(found: dict[str, Any] | None) -> dict[str, Any] | None:
    return found and {name: found[name] for name in ("predicted", "probability", "loss", "path")}
