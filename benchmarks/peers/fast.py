"""VGG-11 behind plain FastAPI: as its documentation has a path operation that blocks, and tuned.

`python -m benchmarks.peers.fast WEIGHTS PORT [--tuned]`. Tuned means bf16, and `async def`, so that passes run one at a
time with all cores each: threads that predict at once disturb one another.
"""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, UploadFile

from benchmarks.peers.vgg11 import Classifier, answer


def app(weights: Path, tuned: bool) -> FastAPI:
    classifier, served = Classifier(weights, tuned), FastAPI()

    def predict(image: UploadFile) -> dict[str, float]:
        return answer(classifier(classifier.pixels(image.file.read())[None])[0])

    async def predict_in_turn(image: UploadFile) -> dict[str, float]:
        return answer(classifier(classifier.pixels(await image.read())[None])[0])

    served.post("/predict")(predict_in_turn if tuned else predict)
    return served


if __name__ == "__main__":
    uvicorn.run(app(Path(sys.argv[1]), "--tuned" in sys.argv), port=int(sys.argv[2]), log_level="warning")
