"""`python -m benchmarks.forward MODEL PICTURES`: milliseconds of each of the pictures alone through a model's engine.

In a process that does nothing else, with the threads of the service's predictor.
"""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from model import launch

PASSES = 200


def alone(model: Path, pictures: Path) -> list[float]:
    """From a process of its own."""
    command = [sys.executable, "-m", "benchmarks.forward", str(model), str(pictures)]
    environment = {**launch.THREADS, **os.environ}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    found: list[float] = json.loads(said)
    return found


def main() -> None:
    import numpy as np
    from PIL import Image

    from benchmarks.timing import milliseconds
    from model.finished.predict import Model
    from predictor.trials import equip

    folder, pictures = Path(sys.argv[1]), sorted(Path(sys.argv[2]).iterdir())
    model = Model.load(folder)
    equip(model, folder)
    images = [model.preprocess(np.asarray(Image.open(each))[None])[None] for each in pictures]
    for image in images:
        model.look(image)
    passes = (partial(model.look, images[number % len(images)]) for number in range(PASSES))
    print(json.dumps([milliseconds(each) for each in passes]))


if __name__ == "__main__":
    main()
