"""The published networks, as data: Table 1 of Simonyan and Zisserman 2014 (arXiv 1409.1556) and AlexNet.

A VGG block is (number of 3x3 convolutions, output channels) and ends in a 2x2 max-pooling.
"""

from typing import Any

VGG_BLOCKS = {  # columns A, B, D and E of the paper's table
    "vgg11": ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512)),
    "vgg13": ((2, 64), (2, 128), (2, 256), (2, 512), (2, 512)),
    "vgg16": ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)),
    "vgg19": ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512)),
}

ALEXNET_BLOCKS = (  # one tower of Krizhevsky et al. 2012: 3x3 poolings that overlap, and two wide kernels
    {"convolutions": 1, "channels": 96, "kernel_size": 11, "stride": 4, "padding": 0, "pool": 3},
    {"convolutions": 1, "channels": 256, "kernel_size": 5, "pool": 3},
    {"convolutions": 2, "channels": 384, "pool": None},
    {"convolutions": 1, "channels": 256, "pool": 3},
)

PRESETS: dict[str, dict[str, Any]] = {
    **{name: {"blocks": blocks, "batch_norm": False} for name, blocks in VGG_BLOCKS.items()},
    **{f"{name}_bn": {"blocks": blocks, "batch_norm": True} for name, blocks in VGG_BLOCKS.items()},
    "alexnet": {"blocks": ALEXNET_BLOCKS},
}
