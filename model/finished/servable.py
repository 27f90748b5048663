"""A network together with what is done to images before it and to logits after it, as one module for export."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.network.vgg import VGG


class Servable(nn.Module):
    """uint8 images (N, channels, H, W) of any size to probabilities (N, classes): what `Model` says of them.

    Without what exporters cannot follow: no autocast, and one path for images that shrink and those that grow.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        network: VGG,
        image_size: int,
        mean: Sequence[float],
        deviation: Sequence[float],
        temperature: float,
    ) -> None:
        super().__init__()
        self.network, self.size = network.eval().requires_grad_(False), (image_size, image_size)
        self.temperature = temperature
        self.register_buffer("mean", torch.tensor(mean or (0.0,)).view(1, -1, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation or (1.0,)).view(1, -1, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        # The filter against aliasing has no effect on images that grow: it is plain bilinear interpolation then.
        pixels = F.interpolate(images.float() / 255, self.size, mode="bilinear", antialias=True)
        maps = self.network.head(self.network.features((pixels - self.mean) / self.deviation))
        logits: Tensor = self.network.classifier(maps.flatten(1))
        return logits.div(self.temperature).softmax(1)
