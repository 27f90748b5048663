"""The VGG-11 that peers serve: torchvision's transforms before it, and the weights that our service trained.

`tuned` is what a careful user adds: bf16, maps channels-last, inference mode rather than no_grad.
"""

import io
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.transforms import Compose, Grayscale, Resize, ToTensor

from benchmarks.peers.plain import SIZE, vgg11

PIXELS = Compose([Grayscale(), Resize((SIZE, SIZE)), ToTensor()])


class Classifier:
    def __init__(self, weights: Path, tuned: bool) -> None:
        self.tuned = tuned
        self.network = loaded(weights)
        if tuned:
            self.network.to(torch.bfloat16, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def pixels(self, content: bytes) -> Tensor:
        """A picture file to (1, SIZE, SIZE)."""
        with Image.open(io.BytesIO(content)) as image:
            pixels: Tensor = PIXELS(image)
        return pixels

    def __call__(self, batch: Tensor) -> Tensor:
        """(N, 1, SIZE, SIZE) to probabilities (N, classes)."""
        if not self.tuned:
            with torch.no_grad():
                return self._probabilities(batch)
        with torch.inference_mode():
            return self._probabilities(batch.to(torch.bfloat16, memory_format=torch.channels_last))

    def _probabilities(self, batch: Tensor) -> Tensor:
        logits: Tensor = self.network(batch)
        return logits.float().softmax(1)


def loaded(weights: Path) -> nn.Sequential:
    """Both networks list their tensors from the image to the logits, so the n-th of one is the n-th of the other."""
    network = vgg11()
    theirs = load_file(weights).values()
    network.load_state_dict(dict(zip(network.state_dict(), theirs, strict=True)))
    return network.eval()


def answer(probabilities: Tensor) -> dict[str, float]:
    """Of one image's (classes,)."""
    index = int(probabilities.argmax())
    return {"index": index, "probability": float(probabilities[index])}
