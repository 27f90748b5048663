"""int8 and bf16 by OpenVINO, on the CPU. An extra: without the package neither is tried."""

import copy
from collections.abc import Iterator
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
from model.engines.engine import Body, Kind, See, Seen
from model.engines.quantization import quantized
from model.hardware.device import has_native_bf16
from model.network.vgg import VGG

GRAPH = "openvino.xml"  # and a .bin of weights beside it


def _openvino() -> Any:
    telemetry.switch_off()
    return import_module("openvino")


def _graph(network: VGG, examples: Tensor) -> Any:
    body = copy.deepcopy(Body(network)).requires_grad_(False)
    program = torch.export.export(body, (examples[:2],), dynamic_shapes=({0: Dim("images")},))
    return _openvino().convert_model(program)


def _write(network: VGG, examples: Tensor, folder: Path) -> None:
    _openvino().save_model(_graph(network, examples), folder / GRAPH, compress_to_fp16=False)


def _write_int8(network: VGG, examples: Tensor, folder: Path) -> None:
    graph = quantized(_graph(network, examples), examples.numpy(), torch.get_num_threads())
    _openvino().save_model(graph, folder / GRAPH, compress_to_fp16=False)


def _open(network: VGG, folder: Path, weight_bytes: int) -> tuple[See, int]:
    plan = {
        "INFERENCE_PRECISION_HINT": "bf16" if has_native_bf16(torch.device("cpu")) else "f32",
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "NUM_STREAMS": 1,  # two of half the threads would take twice as long for one image
        "ENABLE_CPU_PINNING": False,  # a trainer's threads go where they find room
    }
    request = _openvino().Core().compile_model(folder / GRAPH, "CPU", plan).create_infer_request()

    def see(images: Tensor) -> Seen:
        found = request.infer([images.contiguous().numpy()], share_inputs=True)
        return Seen(*(torch.from_numpy(values) for values in found.values()))

    return see, sum(each.numel() for each in network.parameters()) * weight_bytes


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


INT8 = Kind(_is_usable, partial(_open, weight_bytes=1), _write_int8, one_thread)
BF16 = Kind(_has_bf16, partial(_open, weight_bytes=2), _write, one_thread)
