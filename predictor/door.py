"""How much may be in hand at once: beyond it a request is refused at once rather than answered late."""

from collections.abc import Iterator
from contextlib import contextmanager

from predictor.errors import Busy


class Door:
    """Counts the images, and the encoded bytes, of the requests that have come in and not been answered."""

    def __init__(self, most_images: int, most_bytes: int) -> None:
        self.most_images, self.most_bytes = most_images, most_bytes
        self.images = self.bytes = 0

    @contextmanager
    def enter(self, images: int, size: int) -> Iterator[None]:
        """Busy when there is no room; a request that comes alone always has it, however large."""
        full = self.images + images > self.most_images or self.bytes + size > self.most_bytes
        if full and self.images:
            raise Busy(f"{self.images} images are waiting")
        self.images += images
        self.bytes += size
        try:
            yield
        finally:
            self.images -= images
            self.bytes -= size
