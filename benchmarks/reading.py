"""`python -m benchmarks.reading DATASETS NAME`: epochs of a prepared data set, as a trainer reads it."""

import json
import sys
import time
from pathlib import Path

import torch

from model.data.catalog import facts_of
from model.data.dataset import Order, Preprocess
from model.data.datasets import load
from model.spec import Data
from model.training.feed import Feed

BATCH_SIZE = 64
IMAGES = 8192  # epoch after epoch until there were so many: one of some hundred is over in a moment


def main(datasets: Path, name: str) -> None:
    data = Data(dataset=name)
    train = load(facts_of(data, datasets), datasets).train
    preprocess = Preprocess.of(data, train)
    feed = Feed(train, Order(len(train), BATCH_SIZE, 0), torch.device("cpu"))
    started = time.perf_counter()
    images = sum(len(preprocess(feed(step).images)) for step in range(IMAGES // BATCH_SIZE))
    print(json.dumps({"images": images, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
