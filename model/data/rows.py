"""Images of a prepared data set in their memory-mapped file: gathered batch by batch, never all of them."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.data.packed import INDEX, Packed
from model.data.readahead import Readahead

SHARE = 3  # a third of a GPU's free memory may go to images
AT_ONCE = 256  # images that are copied to a device together


@dataclass(frozen=True, slots=True)
class Rows:
    """Like a uint8 tensor (N, C, S, S) to those that index it. The page cache keeps what memory there is for it."""

    folder: Path
    card: Packed
    pixels: NDArray[np.uint8]  # the whole file, (rows, S * S * C): flat rows are gathered fastest
    places: Tensor  # int64 (N,), the row of each image
    readahead: Readahead  # of `pixels`

    def __len__(self) -> int:
        return len(self.places)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return len(self), self.card.channels, self.card.image_size, self.card.image_size

    @property
    def statistics(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Mean and deviation of each channel, in [0, 1], of all training images of the set.

        Also where some are held out to validate on: to read the others again would take as long as an epoch.
        """
        return self.card.mean, self.card.deviation

    def __getitem__(self, which: Tensor | slice) -> Tensor:
        """Channels last in memory."""
        _, channels, height, width = self.shape
        places = self.places[which].numpy()
        self.readahead(places)
        rows = np.take(self.pixels, places, axis=0)
        return torch.from_numpy(rows.reshape(-1, height, width, channels)).permute(0, 3, 1, 2)

    def part(self, indices: Tensor) -> "Rows":
        """Of these images alone, in no more memory than their numbers take."""
        return replace(self, places=self.places[indices])

    def to(self, device: torch.device) -> "Tensor | Rows":
        """All of them on a GPU that has room; else as they are."""
        size = len(self) * self.pixels.shape[1]
        if device.type != "cuda" or size > torch.cuda.mem_get_info(device)[0] // SHARE:
            return self
        images = torch.empty(self.shape, dtype=torch.uint8, device=device, memory_format=torch.channels_last)
        for start in range(0, len(self), AT_ONCE):
            images[start : start + AT_ONCE] = self[start : start + AT_ONCE].to(device)
        return images

    def paths(self, indices: Sequence[int]) -> list[str | None]:
        """Of the uploaded files; costs a pass over the index. None where the set was deleted in the meantime."""
        places = self.places[torch.tensor(indices, dtype=torch.int64)].tolist()
        wanted, found = set(places), dict[int, str]()
        with suppress(FileNotFoundError), (self.folder / INDEX).open(encoding="utf-8") as lines:
            for place, line in enumerate(lines):
                if place in wanted:
                    found[place] = str(json.loads(line)["path"])
        return [found.get(place) for place in places]
