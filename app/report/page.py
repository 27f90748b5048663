"""A story as HTML. Everything in it is escaped: names, labels, paths and classes are whatever somebody sent."""

import re
from importlib.metadata import version
from pathlib import Path
from time import time
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.report import figures
from app.report.chart import chart
from app.report.story import Facts, Story
from model.spec import Architecture
from store.job import Job

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
MATRIX = 50  # classes: a larger matrix of confusions cannot be read
CONFUSIONS = 20  # the most frequent ones, in its place
ROWS = 200  # of any other table

PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
PAGES.filters |= {
    name: getattr(figures, name)
    for name in ("percent", "count", "loss", "short", "moment", "duration", "size")
}


def html(story: Story) -> str:
    job, now = story.job, 1000 * time()
    charts = [chart(name, story.points, story.scores, story.events) for name in ("loss", "accuracy")]
    return PAGES.get_template("page.html").render(
        story=story,
        job=job,
        policy=POLICY,
        rows=ROWS,
        title=job.body["name"] or job.id,
        written=now,
        seconds=job.started_at and ((job.finished_at or now) - job.started_at) / 1000,
        network=network(story.spec.architecture),
        charts=[each for each in charts if each],
        spec=figures.lines(_spec(job)),
        happened=_happened(story),
        confusions=_confusions(story.evaluation),
        matrix=MATRIX,
        version=version("trainshed"),
    )


def file_name(job: Job) -> str:
    """In letters that every system takes."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", job.body["name"] or "").strip("-")[:60]
    return f"{name or job.id}.html"


def network(architecture: Architecture) -> str:
    """`64 | 128 | 256 256 → 4096 4096`: channels of convolutions between poolings, then widths of the classifier."""
    blocks = (" ".join([str(block.channels)] * block.convolutions) for block in architecture.blocks)
    head = [] if architecture.head == "flatten" else [architecture.head]
    widths = " ".join(map(str, architecture.classifier))
    return " → ".join([" | ".join(blocks), *head, *([widths] if widths else [])])


def _spec(job: Job) -> Facts:
    """As it can be submitted again."""
    beside = {name: job.body.get(name) for name in ("name", "labels", "priority", "resume_from")}
    return {**{name: value for name, value in beside.items() if value}, **job.body["spec"]}


def _happened(story: Story) -> list[Facts]:
    """Moves and events by time."""
    moves = [{**move, "what": move["to"], "message": move["reason"]} for move in story.history]
    events = [{**event, "what": event["event"].replace("_", " ")} for event in story.events]
    return sorted([*moves, *events], key=lambda each: float(each["at"]))


def _confusions(evaluation: Facts | None) -> list[tuple[int, int, str, str]]:
    """How many of how many were taken for what, the most frequent first."""
    if evaluation is None:
        return []
    labels = [each["label"] for each in evaluation["classes"]]
    found: list[Any] = [
        (images, sum(row), labels[true], labels[called])
        for true, row in enumerate(evaluation["confusion_matrix"])
        for called, images in enumerate(row)
        if images and true != called
    ]
    return sorted(found, key=lambda each: -each[0])[:CONFUSIONS]
