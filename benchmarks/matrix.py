"""How fast this machine multiplies matrices with torch: the speed that no training of the same precision can pass."""

import torch

from benchmarks.timing import repeated

SIZE = 4096  # a side; 137 GFLOP a product, enough for any two cores to reach their speed
PRODUCTS = 5
PRECISIONS = {"bf16": torch.bfloat16, "fp32": torch.float32}


def rates() -> dict[str, float]:
    """FLOP/s of the fastest of a few products, by precision."""
    return {precision: _rate(dtype) for precision, dtype in PRECISIONS.items()}


def _rate(dtype: torch.dtype) -> float:
    left, right = (torch.rand(SIZE, SIZE).to(dtype) for _ in range(2))
    product = torch.empty_like(left)  # written again and again: no page faults are timed
    milliseconds = repeated(lambda: torch.mm(left, right, out=product), PRODUCTS)
    return 2 * SIZE**3 / min(milliseconds) * 1000
