"""All that is told of a job, gathered from the store."""

import base64
from dataclasses import dataclass
from typing import Any

from app.deps import Services
from model.data.catalog import facts_of
from model.network.layers import Layer, layers
from model.refusal import SpecError
from model.runs.manifest import Manifest, best_of
from model.spec import JobSpec
from store import files
from store.job import Job
from store.job_files import JobFiles, RunFiles

POINTS = 1000  # of a curve
LONGEST_SIDE = 192  # pixels of a picture, which stands in the file three times as large at most
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    job: Job
    spec: JobSpec
    history: list[Facts]  # moves
    events: list[Facts]
    points: list[Facts]
    scores: list[Facts]  # evaluations
    evaluation: Facts | None  # of the finished model
    pictures: dict[int, str]  # of its mistakes, by row: data URIs
    checkpoints: list[tuple[int, Manifest]]  # with the attempt that saved it
    best: Manifest | None
    layers: tuple[Layer, ...]  # none where the shape of the images is not known any more

    @property
    def parameters(self) -> int:
        return sum(layer.parameters for layer in self.layers)


def gathered(here: Services, job: Job) -> Story:
    of_job = JobFiles.of(here.settings.home, job.id)
    run = of_job.run(job.run or 0)
    spec = JobSpec.model_validate(job.body["spec"])
    evaluation = run.read_evaluation() if job.run else None
    checkpoints = of_job.checkpoints()
    return Story(
        job=job,
        spec=spec,
        history=here.jobs.history(job.id),
        events=here.jobs.events(job.id),
        points=here.metrics.thinned(job, 0, POINTS),
        scores=here.metrics.evaluations(job),
        evaluation=evaluation,
        pictures=_pictures(run, evaluation),
        checkpoints=[(run.token, manifest) for run, manifest in checkpoints],
        best=best_of([manifest for _, manifest in checkpoints]),
        layers=_layers(here, spec, run.read_card()),
    )


def _pictures(run: RunFiles, evaluation: Facts | None) -> dict[int, str]:
    found = run.read_pictures()
    if found is None or evaluation is None:
        return {}
    rows = [mistake["index"] for mistake in evaluation["hardest"] if mistake["index"] in found]
    return {
        row: f"data:image/png;base64,{base64.b64encode(found.png(row, LONGEST_SIDE)).decode()}"
        for row in rows
    }


def _layers(here: Services, spec: JobSpec, card: Facts | None) -> tuple[Layer, ...]:
    if card:
        shape = card["channels"], card["image_size"], len(card["classes"])
        return tuple(layers(spec.architecture, *shape))
    try:
        facts = facts_of(spec.data, files.datasets(here.settings.home))
    except SpecError:  # the data set was deleted since
        return ()
    size = spec.data.image_size or facts.image_size
    return tuple(layers(spec.architecture, facts.channels, size, facts.classes))
