"""The network: a spec's architecture as an `nn.Module`.

Very Deep Convolutional Networks for Large-Scale Image Recognition, Simonyan and Zisserman 2014, arXiv 1409.1556.
"""

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.network.layers import layers
from model.network.pooling import MaxPoolReLU
from model.spec import Architecture, Block

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}
RISING = {"relu", "leaky_relu", "elu"}  # they never fall, so they commute exactly with max-pooling
HEADS: dict[str, Callable[[Tensor], Tensor]] = {
    "flatten": lambda maps: maps,
    # A window as large as the map: torch's adaptive poolings have no repeatable gradient on CUDA.
    "average": lambda maps: F.avg_pool2d(maps, maps.shape[-2:]),
    "max": lambda maps: F.max_pool2d(maps, maps.shape[-2:]),
}
INITS: dict[str, Callable[[Tensor], Tensor]] = {
    "xavier_uniform": nn.init.xavier_uniform_,
    "xavier_normal": nn.init.xavier_normal_,
    "kaiming_uniform": nn.init.kaiming_uniform_,
    "kaiming_normal": nn.init.kaiming_normal_,
}


class Head(nn.Module):
    """Maps (N, C, h, w) to (N, C, h, w) or (N, C, 1, 1)."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.pool = HEADS[kind]

    def forward(self, maps: Tensor) -> Tensor:
        return self.pool(maps)


class VGG(nn.Module):
    """Images (N, channels, image_size, image_size) to logits (N, classes)."""

    def __init__(self, architecture: Architecture, channels: int, image_size: int, classes: int) -> None:
        super().__init__()
        table = list(layers(architecture, channels, image_size, classes))  # SpecError before any weight
        width = [layer for layer in table if not layer.name.startswith("classifier")][-1].values
        self.features = nn.Sequential()
        for block in architecture.blocks:
            self.features.append(_named(_block(block, architecture, channels)))
            channels = block.channels
        self.head = Head(architecture.head)
        self.classifier = _named(_classifier(architecture, width, classes))
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                INITS[architecture.init](module.weight)
                nn.init.zeros_(module.bias)  # type: ignore[arg-type]  # every layer here has a bias

    def forward(self, images: Tensor) -> Tensor:
        return self.classify(self.features(images))

    def classify(self, maps: Tensor) -> Tensor:
        """What comes out of the last block (N, C, h, w) to logits (N, classes)."""
        return self.decide(self.reduce(maps))

    def reduce(self, maps: Tensor) -> Tensor:
        """What comes out of the last block (N, C, h, w) to what the last layer takes (N, width)."""
        hidden: Tensor = self.classifier[:-1](self.head(maps).flatten(1))
        return hidden

    def decide(self, hidden: Tensor) -> Tensor:
        """The last layer, (N, width) to logits (N, classes)."""
        # It is always fp32, whatever autocast says: while a plain VGG has not begun to learn, its logits differ between
        # images by less than bf16 resolves (`python -m benchmarks precision`). It costs nothing.
        with torch.autocast(hidden.device.type, enabled=False):
            logits: Tensor = self.classifier[-1](hidden.float())
        return logits


Named = Iterator[tuple[str, nn.Module]]


def _block(block: Block, architecture: Architecture, channels: int) -> Named:
    padding = block.kernel_size // 2 if block.padding is None else block.padding
    for number in range(1, block.convolutions + 1):
        stride = block.stride if number == 1 else 1
        yield f"conv{number}", nn.Conv2d(channels, block.channels, block.kernel_size, stride, padding)
        if architecture.batch_norm:
            yield f"norm{number}", nn.BatchNorm2d(block.channels)
        channels = block.channels
        if number == block.convolutions and block.pool:
            yield from _pooling(block.pool, number, architecture.activation)
        else:
            yield f"activation{number}", ACTIVATIONS[architecture.activation]()


def _pooling(window: int, number: int, activation: str) -> Named:
    """The end of a block. A rising activation after the pooling gives the same maps from a quarter of the values."""
    if (activation, window) == ("relu", 2):
        yield "pool", MaxPoolReLU()
    elif activation in RISING:
        yield "pool", nn.MaxPool2d(window, 2)
        yield f"activation{number}", ACTIVATIONS[activation]()
    else:
        yield f"activation{number}", ACTIVATIONS[activation]()
        yield "pool", nn.MaxPool2d(window, 2)


def _classifier(architecture: Architecture, width: int, classes: int) -> Named:
    for number, units in enumerate(architecture.classifier, start=1):
        yield f"linear{number}", nn.Linear(width, units)
        yield f"activation{number}", ACTIVATIONS[architecture.activation]()
        yield f"dropout{number}", nn.Dropout(architecture.dropout)
        width = units
    yield "logits", nn.Linear(width, classes)


def _named(modules: Named) -> nn.Sequential:
    sequence = nn.Sequential()
    for name, module in modules:
        sequence.add_module(name, module)
    return sequence


def from_torchvision(network: VGG, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """torchvision's VGG `state_dict` under the names of `network`.

    The key map: both list their layers from the image to the logits, and each layer's tensors in the same order,
    so the n-th key of one is the n-th key of the other. torchvision pools to 7x7 before its classifier, which
    changes nothing at 224x224, where the two networks are equal. ValueError when the shapes disagree.
    """
    ours = network.state_dict()
    pairs = list(zip(ours, weights, strict=True))
    wrong = [
        f"{mine} {tuple(ours[mine].shape)} != {their}"
        for mine, their in pairs
        if ours[mine].shape != weights[their].shape
    ]
    if wrong:
        raise ValueError(f"not the same architecture: {wrong[0]}")
    return {mine: weights[their] for mine, their in pairs}
