"""8-bit integers in place of an OpenVINO graph's floats, wherever weights are multiplied with what comes in.

Weights are rounded to -127 ... 127 steps of a size of their own for each output channel, inputs to 256 steps between
the smallest and the largest value that example images bring there: Jacob et al. 2018, https://arxiv.org/abs/1712.05877,
and Krishnamoorthi 2018, https://arxiv.org/abs/1806.08342, sections 2 and 3. Sums stay in 32 bits.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

WEIGHT_STEPS, INPUT_STEPS = 127, 256
TOGETHER = 4  # example images in one pass
SMALLEST = 1e-12  # range: of a layer that only ever sees zeros
CHANNEL_AXES = {"Convolution": (0,), "GroupConvolution": (0, 1)}  # of weights; what is left is summed over


class _Range(NamedTuple):
    low: float
    high: float


def quantized(graph: Any, examples: NDArray[np.float32], threads: int) -> Any:
    """A copy of a graph whose one input is images (N, channels, S, S)."""
    copied = graph.clone()
    for node, found in zip(_weighted(copied), _ranges(graph, examples, threads), strict=True):
        node.input(0).replace_source_output(_rounded(node.input_value(0), found))
        node.input(1).replace_source_output(_integers(node))
    copied.validate_nodes_and_infer_types()
    return copied


def _ops() -> Any:
    return import_module("openvino.opset13")


def _weighted(graph: Any) -> Iterator[Any]:
    """Convolutions and products with constant weights, in the order of computation."""
    for node in graph.get_ordered_ops():
        is_product = node.get_type_name() in (*CHANNEL_AXES, "MatMul")
        if is_product and node.input_value(1).get_node().get_type_name() == "Constant":
            yield node


def _ranges(graph: Any, examples: NDArray[np.float32], threads: int) -> list[_Range]:
    """Of what each of the weighted nodes takes."""
    openvino, ops = import_module("openvino"), _ops()
    copied = graph.clone()
    ends = [
        reduce(taken, list(range(len(taken.get_partial_shape()))), keep_dims=False)
        for taken in (node.input_value(0) for node in _weighted(copied))
        for reduce in (ops.reduce_min, ops.reduce_max)
    ]
    plan = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads}
    ranges = openvino.compile_model(openvino.Model(ends, copied.get_parameters()), "CPU", plan)
    parts = (examples[start : start + TOGETHER] for start in range(0, len(examples), TOGETHER))
    found = np.array([[float(end) for end in ranges([part]).values()] for part in parts])
    lows, highs = found[:, 0::2].min(0).tolist(), found[:, 1::2].max(0).tolist()
    return [_Range(low, high) for low, high in zip(lows, highs, strict=True)]


def _rounded(taken: Any, found: _Range) -> Any:
    """Steps from zero on behind a ReLU, else as many below zero as above it."""
    high = max(found.high, -found.low, SMALLEST)
    low = 0.0 if found.low >= 0 else -high * INPUT_STEPS / (INPUT_STEPS - 2)
    ends = [np.float32(end) for end in (low, high)]
    return _ops().fake_quantize(taken, *ends, *ends, levels=INPUT_STEPS).output(0)


def _integers(node: Any) -> Any:
    """Its weights as int8, and what they are to be multiplied with."""
    weights = node.input_value(1).get_node().data
    axes = CHANNEL_AXES.get(node.get_type_name()) or _matrix_axes(node)
    summed = tuple(axis for axis in range(weights.ndim) if axis not in axes)
    largest = np.abs(weights).max(summed, keepdims=True).clip(SMALLEST)
    scale = (largest / WEIGHT_STEPS).astype(np.float32)
    integers = np.rint(weights / scale).astype(np.int8)
    ops = _ops()
    return ops.multiply(ops.convert(ops.constant(integers), "f32"), ops.constant(scale)).output(0)


def _matrix_axes(node: Any) -> tuple[int, ...]:
    """A matrix lies on its side where it is said to be transposed."""
    return (0,) if node.get_attributes()["transpose_b"] else (1,)
