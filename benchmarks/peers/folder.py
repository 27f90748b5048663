"""An epoch of pictures in folders as torchvision's users read them: ImageFolder, Resize, ToTensor, DataLoader."""

import json
import sys
import time
from pathlib import Path

from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import Compose, Resize, ToTensor

IMAGE_SIZE, BATCH_SIZE, WORKERS = 224, 64, 2


def main(root: Path) -> None:
    transform = Compose([Resize((IMAGE_SIZE, IMAGE_SIZE)), ToTensor()])
    loader = DataLoader(ImageFolder(root, transform), BATCH_SIZE, shuffle=True, num_workers=WORKERS)
    started = time.perf_counter()
    images = sum(len(pixels) for pixels, _ in loader)
    print(json.dumps({"images": images, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
