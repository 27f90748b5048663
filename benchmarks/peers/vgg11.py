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
    """From the image to the logits, weights before biases, the n-th tensor of one is the n-th of the other."""
    network, tensors = vgg11(), load_file(weights)
    names = sorted(tensors, key=_place)
    network.load_state_dict(
        {mine: tensors[name] for mine, name in zip(network.state_dict(), names, strict=True)}
    )
    return network.eval()


def _place(name: str) -> tuple[bool, str, bool]:
    """`features.0.conv1.weight` comes before `features.0.conv1.bias`, and both before `classifier.linear1.weight`."""
    layer, _, kind = name.rpartition(".")
    return not layer.startswith("features"), layer, kind == "bias"


def answer(probabilities: Tensor) -> dict[str, float]:
    """Of one image's (classes,)."""
    index = int(probabilities.argmax())
    return {"index": index, "probability": float(probabilities[index])}
