"""VGG-11 at 96x96 as a tutorial of PyTorch has it: torchvision's data set and transforms, a DataLoader, eager fp32.

`num_workers` stays at 0, DataLoader's default and what PyTorch's own tutorial on Fashion-MNIST uses. On a CPU workers
would take their cores from the network, and resizing 64 images is less than a hundredth of a step.
"""

import sys
from collections.abc import Iterator

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import FashionMNIST
from torchvision.transforms import Compose, Resize, ToTensor

from benchmarks.peers.row import print_batch

BLOCKS = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))
SIZE, HIDDEN, CLASSES = 96, 4096, 10


def main(root: str) -> None:
    dataset = FashionMNIST(root, train=True, transform=Compose([Resize(SIZE), ToTensor()]))
    loader = DataLoader(dataset, batch_size=64, shuffle=True)
    network = vgg11()
    network.apply(initialize)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    network.train()
    for step, (images, labels) in enumerate(loader, start=1):
        logits = network(images)
        loss = criterion(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        accuracy = (logits.argmax(1) == labels).float().mean()
        print_batch(step, loss.item(), accuracy.item())


def vgg11() -> nn.Sequential:
    """Images (N, 1, 96, 96) to logits (N, 10)."""
    maps = SIZE // 2 ** len(BLOCKS)
    return nn.Sequential(
        *features(),
        nn.Flatten(),
        nn.Linear(BLOCKS[-1][1] * maps * maps, HIDDEN),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(HIDDEN, HIDDEN),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(HIDDEN, CLASSES),
    )


def features() -> Iterator[nn.Module]:
    inputs = 1
    for convolutions, channels in BLOCKS:
        for _ in range(convolutions):
            yield nn.Conv2d(inputs, channels, kernel_size=3, padding=1)
            yield nn.ReLU(inplace=True)
            inputs = channels
        yield nn.MaxPool2d(kernel_size=2, stride=2)


def initialize(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)  # type: ignore[arg-type]  # every layer here has one


if __name__ == "__main__":
    main(sys.argv[1])
