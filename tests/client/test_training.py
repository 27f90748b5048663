"""Commands of what a job's training says and leaves."""

import json
import re

from tests.client.conftest import Trainshed
from tests.client.scripted import EVALUATION, Server, point


def test_checkpoints_are_listed_with_the_best_one_starred(server: Server, trainshed: Trainshed) -> None:
    evaluation = {"split": "validation", "loss": 0.25, "accuracy": 0.91}
    kept = [
        {"step": 400, "attempt": 1, "bytes": 2048, "loss": 0.3, "evaluation": evaluation, "best": True},
        {"step": 500, "attempt": 2, "bytes": 2048, "loss": 0.2, "evaluation": None, "best": False},
    ]
    server.says("GET /jobs/job_1/checkpoints", {"data": kept})
    out = trainshed("checkpoints", "job_1").out
    assert [line.split()[:2] for line in out.splitlines() if line.startswith(("4", "5", " "))][-2:] == [
        ["400", "*"],
        ["500", "2"],
    ]
    assert "91.0 %" in out
    assert [one["step"] for one in json.loads(trainshed("checkpoints", "job_1", "--json").out)["data"]] == [
        400,
        500,
    ]


def test_metrics_are_printed_as_a_table_as_rows_and_as_csv(server: Server, trainshed: Trainshed) -> None:
    page = {"job_id": "job_1", "state": "succeeded", "points": [point(1)], "next_after": 1, "complete": True}
    server.says("GET /jobs/job_1/metrics", page)
    assert re.search(r"1 +0\.100 +1\.0000 +50\.0 % +0\.1 +640", trainshed("metrics", "job_1").out)
    assert json.loads(trainshed("metrics", "job_1", "--json").out)["step"] == 1
    server.answers.clear()
    server.says("GET /jobs/job_1/metrics", b"step,loss\n1,0.5\n", kind="text/csv")
    server.says("GET /jobs/job_1/metrics", b"step,loss\n", kind="text/csv")
    assert trainshed("metrics", "job_1", "--csv").out == "step,loss\n1,0.5\n"


def test_evaluate_tells_how_far_probabilities_can_be_trusted(server: Server, trainshed: Trainshed) -> None:
    calibration = {"temperature": 1.8, "fitted_on": "validation", "ece_before": 0.053, "ece": 0.012}
    server.says("GET /jobs/job_1/evaluation", EVALUATION | {"job_id": "job_1", "calibration": calibration})
    out = trainshed("evaluate", "job_1").out
    assert "calibration error 5.3 % before, 1.2 % after division by temperature 1.8" in out


def test_evaluate_shows_the_accuracy_of_each_class(server: Server, trainshed: Trainshed) -> None:
    classes = [{"index": 6, "label": "Shirt", "images": 1000, "precision": 0.8, "recall": 0.754, "f1": 0.77}]
    server.says("GET /jobs/job_1/evaluation", EVALUATION | {"job_id": "job_1", "classes": classes})
    out = trainshed("evaluate", "job_1").out
    assert "accuracy 91.2 %" in out
    assert re.search(r"Shirt +1,000 +75\.4 %", out)
