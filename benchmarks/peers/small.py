"""examples/fashion-small.json written plainly in PyTorch: images in one tensor, autocast to bf16, torch's defaults."""

import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.peers.idx import train_split
from benchmarks.peers.row import print_batch

BLOCKS = ((1, 64), (2, 128), (2, 256))
CLASSES, BATCH_SIZE, STEPS, PEAK = 10, 64, 1000, 0.1


def main(root: Path) -> None:
    images, labels = load(root)
    network = vgg()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(network.parameters(), lr=PEAK, momentum=0.9, nesterov=True, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK, STEPS, cycle_momentum=False)
    network.train()
    for step, batch in zip(range(1, STEPS + 1), batches(len(images)), strict=False):
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(images[batch])
            loss = criterion(logits, labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        accuracy = (logits.argmax(1) == labels[batch]).float().mean()
        print_batch(step, loss.item(), accuracy.item())


def load(root: Path) -> tuple[Tensor, Tensor]:
    """Normalized images (60000, 1, 28, 28) and labels (60000,)."""
    images, labels = map(torch.from_numpy, train_split(root))
    pixels = images.unsqueeze(1) / 255
    return (pixels - pixels.mean()) / pixels.std(), labels.long()


def batches(images: int) -> Iterator[Tensor]:
    """Indices (64,), epoch after epoch; an incomplete last batch is left out."""
    while True:
        order = torch.randperm(images)
        for start in range(0, images - BATCH_SIZE + 1, BATCH_SIZE):
            yield order[start : start + BATCH_SIZE]


def vgg() -> nn.Sequential:
    """Images (N, 1, 28, 28) to logits (N, 10)."""
    head = nn.AdaptiveMaxPool2d(1)
    return nn.Sequential(*features(), head, nn.Flatten(), nn.Linear(BLOCKS[-1][1], CLASSES))


def features() -> Iterator[nn.Module]:
    inputs = 1
    for convolutions, channels in BLOCKS:
        for _ in range(convolutions):
            yield nn.Conv2d(inputs, channels, kernel_size=3, padding=1)
            yield nn.BatchNorm2d(channels)
            yield nn.ReLU(inplace=True)
            inputs = channels
        yield nn.MaxPool2d(kernel_size=2)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
