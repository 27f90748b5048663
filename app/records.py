"""What the API says of a job: its record as JSON, RFC 3339 times, progress and links."""

from datetime import UTC, datetime
from statistics import mean
from typing import Any

from store.job import Job
from store.record import Place

RECENT = 50  # batches that the time left is reckoned from


def timestamp(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def summary(job: Job, recent: list[dict[str, Any]]) -> dict[str, Any]:
    """A job as it stands in a list; `recent` are its last batches, of one that has ended perhaps none."""
    return {
        "id": job.id,
        "state": job.state,
        "name": job.body["name"],
        "labels": job.body["labels"],
        "priority": job.body["priority"],
        "created_at": timestamp(job.created_at),
        "started_at": timestamp(job.started_at),
        "finished_at": timestamp(job.finished_at),
        "attempt": job.attempt,
        "worker": job.worker,
        "device": job.device,
        "hardware": job.hardware,
        "precision": job.precision,
        "threads": job.threads,
        "versions": job.versions,
        "batch_size": job.batch_size,
        "spec": job.body["spec"],
        "dataset": job.body.get("dataset"),
        "resume_from": job.body.get("resume_from"),
        "progress": _progress(job, recent),
        "evaluation": job.evaluation,
        "best": job.best,
        "lr_range": job.lr_range,
        "error": job.error,
        "links": _links(job),
    }


def record(
    job: Job,
    place: Place,
    recent: list[dict[str, Any]],
    history: list[dict[str, Any]],
    events: list[dict[str, Any]],
    estimate: dict[str, Any] | None,
) -> dict[str, Any]:
    """A job alone: with what it is expected to take, its place in the queue and all that happened."""
    whole = summary(job, recent)
    whole["queue_position"], whole["not_before"] = place.position, timestamp(place.not_before)
    whole["progress"]["estimate"] = estimate
    whole["progress"]["eta_seconds"] = estimate["seconds"] if estimate else whole["progress"]["eta_seconds"]
    whole["transitions"] = [{**entry, "at": timestamp(entry["at"])} for entry in history]
    whole["events"] = [{**event, "at": timestamp(event["at"])} for event in events]
    return whole


def _progress(job: Job, recent: list[dict[str, Any]]) -> dict[str, Any]:
    """With the last batch, and the time that is left at the recent speed."""
    last = recent[-1] if recent else None
    names = ("loss", "accuracy", "learning_rate", "images_per_second")
    return {
        "step": job.step,
        "steps": job.steps,
        "epoch": round(job.step / job.steps_per_epoch, 4),
        **{name: last and last[name] for name in names},
        "eta_seconds": _eta(job, recent),
    }


def _eta(job: Job, recent: list[dict[str, Any]]) -> float | None:
    speeds = [point["images_per_second"] for point in recent if point["images_per_second"]]
    if job.is_final or not speeds:
        return None
    seconds_per_image: float = mean(1 / speed for speed in speeds)
    images = (job.steps - job.step) * job.batch_size
    return round(images * seconds_per_image, 1)


def _links(job: Job) -> dict[str, str]:
    here = f"/jobs/{job.id}"
    return {"self": here} | {
        name: f"{here}/{name}"
        for name in (
            "metrics",
            "stream",
            "evaluation",
            "pictures",
            "suspects",
            "checkpoints",
            "logs",
            "report",
        )
    }
