"""Fully connected layers for one image, of which only the weights of inputs that are not zero are read.

For one image a layer takes about as long as reading its weights, and behind a ReLU most inputs are zero: Han et al.
2016, https://arxiv.org/abs/1602.01528, section 3. So the weights of each input are a row of a table, in 8 bits with a
smallest value and a size of step for each row, and a layer's output is the sum of the rows of the inputs there are,
which is what an embedding bag computes.
"""

import torch
from torch import Tensor, nn


class Rows(nn.Module):
    """A layer as a table. Values (in_features,) to (out_features,)."""

    table: Tensor
    bias: Tensor
    part: Tensor

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        outputs, inputs = linear.weight.shape
        # As many of the outputs' parts as can be equal: a thread each. Smaller parts are rounded no more coarsely.
        parts = next(n for n in range(torch.get_num_threads(), 0, -1) if outputs % n == 0)
        table = (
            linear.weight.detach().T.reshape(inputs, parts, -1).transpose(0, 1).reshape(parts * inputs, -1)
        )
        packed = torch.ops.quantized.embedding_bag_byte_prepack(table.contiguous())
        self.register_buffer("table", packed)
        self.register_buffer("bias", linear.bias.detach())
        self.register_buffer("part", torch.arange(parts)[:, None])
        self.inputs = inputs

    def forward(self, values: Tensor) -> Tensor:
        there = values.nonzero().squeeze(1)
        sums: Tensor = torch.ops.quantized.embedding_bag_byte_rowwise_offsets(
            self.table,
            (there + self.part * self.inputs).flatten(),
            self.part.flatten() * len(there),
            per_sample_weights=values[there].repeat(len(self.part)),
        )
        return sums.flatten() + self.bias


def by_rows(layers: nn.Sequential) -> nn.Sequential:
    """The same layers, each fully connected one as `Rows`."""
    return nn.Sequential(*(Rows(each) if isinstance(each, nn.Linear) else each for each in layers))
