"""Random changes to the images of a batch, each drawn for itself: our own for whole batches, the others torchvision's.

torchvision's draw once for all that they are given, so they are given one image after another.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from model.spec.augmentation import Augmentation

Augment = Callable[[Tensor, torch.Generator], Tensor]


def augmenter(augmentations: Sequence[Augmentation]) -> Augment:
    """uint8 images (B, C, H, W) to as many of the same size, by all of them in order. Draws from the stream given."""
    chain = [WHOLE.get(each.name) or _one_by_one(each) for each in augmentations]

    def augment(images: Tensor, random: torch.Generator) -> Tensor:
        for change in chain:
            images = change(images, random)
        return images

    return augment


def _flip(dimension: int) -> Augment:
    def flip(images: Tensor, random: torch.Generator) -> Tensor:
        flips = torch.rand(len(images), generator=random) < 0.5
        return torch.where(flips.view(-1, 1, 1, 1).to(images.device), images.flip(dimension), images)

    return flip


def _pad_crop(images: Tensor, random: torch.Generator) -> Tensor:
    """Shift by up to an eighth of the size in each direction, black coming in (He et al. 2015, section 4.2)."""
    n, _, height, width = images.shape
    reach = max(1, height // 8)
    padded = F.pad(images, [reach] * 4)
    top, left = torch.randint(0, 2 * reach + 1, (2, n), generator=random).to(images.device)
    rows = (top[:, None] + torch.arange(height, device=images.device))[:, :, None]  # (n, height, 1)
    columns = (left[:, None] + torch.arange(width, device=images.device))[:, None, :]  # (n, 1, width)
    which = torch.arange(n, device=images.device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[which, rows, columns].permute(0, 3, 1, 2)


WHOLE: dict[str, Augment] = {"horizontal_flip": _flip(-1), "vertical_flip": _flip(-2), "pad_crop": _pad_crop}


def _one_by_one(spec: Augmentation) -> Augment:
    from model.training.transforms import CHANGES  # torchvision, only where it is needed

    def change(images: Tensor, random: torch.Generator) -> Tensor:
        height, width = images.shape[-2:]
        transform = CHANGES[spec.name](spec, (height, width))
        with torch.random.fork_rng(devices=()):  # torchvision draws from the global stream, on the CPU
            torch.set_rng_state(random.get_state())
            changed = torch.stack([transform(image) for image in images])
            random.set_state(torch.get_rng_state())
        return changed

    return change
