"""Activation checkpointing: memory for time (Chen et al. 2016, arXiv 1604.06174)."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


class Recomputed(nn.Sequential):
    """Keeps what goes into each of its modules in training, and computes what is inside again on the way back.

    Costs a second forward pass. Its modules must draw nothing at random.
    """

    def forward(self, maps: Tensor) -> Tensor:
        for module in self:
            maps = _recomputed(module, maps) if self.training else module(maps)
        return maps


def _recomputed(module: nn.Module, maps: Tensor) -> Tensor:
    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _buffers_kept(module)

    result: Tensor = checkpoint(
        module, maps, use_reentrant=False, preserve_rng_state=False, context_fn=contexts
    )
    return result


@contextmanager
def _buffers_kept(module: nn.Module) -> Iterator[None]:
    """Running statistics as they are, whatever happens inside: the first pass has already counted the batch.

    To switch them off in batch normalization instead would change which tensors it saves, which torch refuses.
    """
    before = [buffer.clone() for buffer in module.buffers()]
    try:
        yield
    finally:
        for buffer, value in zip(module.buffers(), before, strict=True):
            buffer.copy_(value)
