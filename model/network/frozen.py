"""Which layers of a network keep the weights that they began with. No torch."""

from collections.abc import Sequence
from difflib import get_close_matches

from model.network.layers import Layer
from model.refusal import SpecError
from model.spec import JobSpec

POINTER = "/init_from/freeze"


def frozen(spec: JobSpec, table: Sequence[Layer]) -> tuple[str, ...]:
    """Names of layers with parameters, normalizations after frozen convolutions among them. SpecError."""
    freeze = spec.init_from.freeze if spec.init_from else 0
    weighted = [layer for layer in table if layer.parameters]
    chosen = _first(freeze, weighted) if isinstance(freeze, int) else _named(freeze, weighted)
    if len(chosen) == len(weighted):
        raise SpecError(POINTER, "nothing_to_train", f"all {len(weighted)} layers would be frozen")
    return chosen


def _first(count: int, weighted: Sequence[Layer]) -> tuple[str, ...]:
    """A normalization goes with its convolution and does not count."""
    names, seen = [], 0
    for layer in weighted:
        seen += layer.kind != "batch normalization"
        if seen > count:
            break
        names.append(layer.name)
    if seen < count:
        raise SpecError(POINTER, "too_many", f"there are {seen} layers")
    return tuple(names)


def _named(wanted: Sequence[str], weighted: Sequence[Layer]) -> tuple[str, ...]:
    chosen = []
    for name in wanted:
        below = [layer.name for layer in weighted if f"{layer.name}.".startswith(f"{name}.")]
        if not below:
            near = get_close_matches(name, [layer.name for layer in weighted], 1)
            raise SpecError(POINTER, "unknown_layer", f"no layer is called {name}", near[0] if near else None)
        chosen += below
    return tuple(layer.name for layer in weighted if layer.name in chosen)
