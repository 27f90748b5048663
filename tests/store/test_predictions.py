"""The life of a prediction of many pictures, against a real Redis."""

from pathlib import Path

import pytest
from redis import Redis

from store.archive import Archive
from store.datasets import Datasets, Imports
from store.errors import DatasetUnknown, InUse, PredictionUnknown
from store.prediction_files import PredictionFiles
from store.predictions import Predictions
from store.states import State
from tests.store.test_datasets import Shelf

BODY = {"job_id": "job_1", "run": 1, "top_k": 5}
LEASE = 30.0


@pytest.fixture
def predictions(redis: Redis) -> Predictions:
    return Predictions(redis)


def test_a_data_set_is_held_until_the_prediction_has_ended(
    predictions: Predictions, redis: Redis, tmp_path: Path
) -> None:
    dataset_id = Shelf(redis, tmp_path).ready()
    datasets = Datasets(redis, tmp_path)
    prediction_id, _ = predictions.submit(tmp_path, BODY, 9, dataset=dataset_id)
    with pytest.raises(InUse, match=prediction_id):
        datasets.delete(datasets.find(dataset_id))
    predictions.ask(prediction_id, "cancel")
    datasets.delete(datasets.find(dataset_id))
    with pytest.raises(DatasetUnknown):
        predictions.submit(tmp_path, BODY, 9, dataset=dataset_id)
    assert [each.id for each in predictions.page(10)] == [prediction_id]


def test_an_upload_is_there_until_the_end_and_gone_then(
    predictions: Predictions, redis: Redis, tmp_path: Path
) -> None:
    (tmp_path / "sent").write_bytes(b"zip")
    prediction_id, _ = predictions.submit(tmp_path, BODY, upload=tmp_path / "sent")
    of_prediction = PredictionFiles.of(tmp_path, prediction_id)
    archive = Archive(redis, tmp_path, Predictions)
    archive.keep(prediction_id)
    assert of_prediction.upload.read_bytes() == b"zip"
    claim = predictions.claim_next("w", LEASE)
    assert claim
    of_prediction.result.write_bytes(b"{}")
    predictions.report(claim, LEASE, fields={"step": 1, "steps": 1, "unreadable": 0, "accuracy": 0.5})
    predictions.finish(claim, "succeeded", "done")
    archive.keep(prediction_id)
    assert not of_prediction.upload.exists()
    assert of_prediction.result.exists()
    found = predictions.get(prediction_id)
    assert (found.state, found.accuracy, found.unreadable) == (State.SUCCEEDED, 0.5, 0)


def test_redis_that_is_lost_gets_its_predictions_back_and_those_that_ran_wait_again(
    predictions: Predictions, redis: Redis, tmp_path: Path
) -> None:
    archive = Archive(redis, tmp_path, Predictions)
    ids = [predictions.submit(tmp_path, BODY, 9)[0] for _ in range(2)]
    claim = predictions.claim_next("w", LEASE)
    for each in ids:
        archive.keep(each)
    redis.flushall()
    assert archive.has_lost()
    assert archive.rebuild() == 2
    assert [predictions.get(each).state for each in ids] == [State.QUEUED, State.QUEUED]
    assert claim
    again = predictions.claim_next("w", LEASE)
    assert again
    assert (again.job_id, again.token) == (claim.job_id, 2)


def test_ids_of_other_work_are_no_predictions(predictions: Predictions, redis: Redis) -> None:
    for name in ("job_" + "0" * 28, "pred_1", "pred_" + "0" * 28):
        with pytest.raises(PredictionUnknown):
            predictions.get(name)
    assert Imports(redis).page(10) == []
