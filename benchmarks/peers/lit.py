"""VGG-11 behind LitServe: as its documentation batches, and tuned.

`python -m benchmarks.peers.lit WEIGHTS PORT [--tuned]`. Tuned means bf16 and batches of 32 that wait for 2 ms.
"""

import sys
from pathlib import Path

import litserve as ls
import torch
from torch import Tensor

from benchmarks.peers.vgg11 import Classifier, answer

BATCH, TIMEOUT = 8, 0.01  # images, seconds: the documentation's example for small models
TUNED_BATCH, TUNED_TIMEOUT = 32, 0.002


class Served(ls.LitAPI):  # type: ignore[misc]  # untyped
    def __init__(self, weights: Path, tuned: bool) -> None:
        batch, timeout = (TUNED_BATCH, TUNED_TIMEOUT) if tuned else (BATCH, TIMEOUT)
        super().__init__(max_batch_size=batch, batch_timeout=timeout)
        self.weights, self.tuned = weights, tuned

    def setup(self, device: str) -> None:
        self.classifier = Classifier(self.weights, self.tuned)

    def decode_request(self, request) -> Tensor:  # type: ignore[no-untyped-def]  # a form, as long as none is named
        return self.classifier.pixels(request["image"].file.read())

    def batch(self, inputs: list[Tensor]) -> Tensor:
        return torch.stack(inputs)

    def predict(self, batch: Tensor) -> Tensor:
        return self.classifier(batch)

    def unbatch(self, output: Tensor) -> list[Tensor]:
        return list(output)

    def encode_response(self, output: Tensor) -> dict[str, float]:
        return answer(output)


if __name__ == "__main__":
    server = ls.LitServer(Served(Path(sys.argv[1]), "--tuned" in sys.argv), accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", generate_client_file=False)
