"""int8 and bf16 by OpenVINO, on the CPU. An extra: without the package neither is tried.

In int8 an image that comes alone takes a graph that ends before the classifier, and `rows.py`, where that costs less.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.export import Dim

from model import telemetry
from model.engines.cost import costs
from model.engines.engine import Body, Kind, See, Seen
from model.engines.quantization import quantized
from model.engines.rows import by_rows
from model.hardware.device import has_native_bf16
from model.network.vgg import VGG

GRAPH, TRUNK = "openvino.xml", "openvino-trunk.xml"  # and beside each a .bin of weights


def _openvino() -> Any:
    telemetry.switch_off()
    return import_module("openvino")


def _graph(network: VGG, examples: Tensor) -> Any:
    body = copy.deepcopy(Body(network)).requires_grad_(False)
    program = torch.export.export(body, (examples[:2],), dynamic_shapes=({0: Dim("images")},))
    return _openvino().convert_model(program)


def _write(network: VGG, examples: Tensor, folder: Path) -> None:
    _save(_graph(network, examples), folder / GRAPH)


def _write_int8(network: VGG, examples: Tensor, folder: Path) -> None:
    graph = quantized(_graph(network, examples), examples.numpy(), torch.get_num_threads())
    _save(graph, folder / GRAPH)
    if len(network.classifier) == 1:
        return  # its last layer is the model's own, so there is nothing to leave out
    _save(_trunk(graph), folder / TRUNK)
    alone, together = costs([_alone(network, folder)[0], _together(folder)], examples)
    if alone >= together:
        for each in (folder / TRUNK, (folder / TRUNK).with_suffix(".bin")):
            each.unlink()


def _save(graph: Any, path: Path) -> None:
    _openvino().save_model(graph, path, compress_to_fp16=False)


def _trunk(graph: Any) -> Any:
    """A quantized graph up to its first product with a matrix: what the classifier takes, and `Seen.peaks`."""
    cut = graph.clone()
    product = next(node for node in cut.get_ordered_ops() if node.get_type_name() == "MatMul")
    reduced = product.input_value(0).get_node().input_value(0)  # before it is rounded
    peaks = cut.output(1).get_node().input_value(0)
    return _openvino().Model([reduced, peaks], cut.get_parameters())


def _request(graph: Path) -> Callable[[Tensor], list[Tensor]]:
    plan = {
        "INFERENCE_PRECISION_HINT": "bf16" if has_native_bf16(torch.device("cpu")) else "f32",
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "NUM_STREAMS": 1,  # two of half the threads would take twice as long for one image
        "ENABLE_CPU_PINNING": False,  # a trainer's threads go where they find room
    }
    request = _openvino().Core().compile_model(graph, "CPU", plan).create_infer_request()

    def outputs(images: Tensor) -> list[Tensor]:
        found = request.infer([images.contiguous().numpy()], share_inputs=True)
        return [torch.from_numpy(values) for values in found.values()]

    return outputs


def _together(folder: Path) -> See:
    request = _request(folder / GRAPH)
    return lambda images: Seen(*request(images))


def _alone(network: VGG, folder: Path) -> tuple[See, int]:
    request, layers = _request(folder / TRUNK), by_rows(network.classifier[:-1])

    def see(image: Tensor) -> Seen:
        reduced, peaks = request(image)
        return Seen(layers(reduced[0])[None], peaks)

    tables = sum(each.nbytes for each in layers.buffers())
    return see, sum(each.numel() for each in network.features.parameters()) + tables


def _open_int8(network: VGG, folder: Path) -> tuple[See, int]:
    together, size = _open(network, folder, weight_bytes=1)
    if not (folder / TRUNK).exists():
        return together, size
    alone, more = _alone(network, folder)
    return lambda images: (alone if len(images) == 1 else together)(images), size + more


def _open(network: VGG, folder: Path, weight_bytes: int) -> tuple[See, int]:
    return _together(folder), sum(each.numel() for each in network.parameters()) * weight_bytes


@contextmanager
def one_thread() -> Iterator[None]:
    """Beside an engine's own threads, as a second team would take their cores from them while it waits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _is_usable(device: torch.device) -> bool:
    return device.type == "cpu" and find_spec("openvino") is not None


def _has_bf16(device: torch.device) -> bool:
    return _is_usable(device) and has_native_bf16(device)


INT8 = Kind(_is_usable, _open_int8, _write_int8, one_thread)
BF16 = Kind(_has_bf16, partial(_open, weight_bytes=2), _write, one_thread)
