"""How fast the tutorial's VGG-11 is trained, examples/vgg11-seed.json, by our engine and by others, in turns.

`PEERS=all` adds the tutorial's own stack, TensorFlow 1 graphs and tf_slim.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from benchmarks import contest, fashion, matrix
from benchmarks.contender import Contender, Peer, ours
from benchmarks.contest import Course, Turns
from benchmarks.record import Figure, of, percentile
from benchmarks.service import datasets
from model.data.catalog import facts_of
from model.estimate.cost import bill
from model.spec import JobSpec

SPEC = Path(__file__).parents[1] / "examples" / "vgg11-seed.json"
PRECISIONS = ("bf16", "fp32")
PEERS = (
    Peer("plain PyTorch", "fp32", "plain"),
    Peer("Keras on TensorFlow", "bf16", "keras"),
)
ALL_PEERS = (
    *PEERS,
    Peer("TensorFlow graph with tf_slim", "fp32", "slim", {"TF_USE_LEGACY_KERAS": "1"}),
)
ROUNDS, WARM_UP, TIMED = 3, 2, 6


def measure() -> list[Figure]:
    spec = json.loads(SPEC.read_text())
    course = Course(ROUNDS, WARM_UP, TIMED, spec["training"]["batch_size"])
    peers = ALL_PEERS if os.environ.get("PEERS") == "all" else PEERS
    with tempfile.TemporaryDirectory() as folder, fashion.unpacked() as data:
        mine = [ours(spec, precision, Path(folder)) for precision in PRECISIONS]
        others = [contender for peer in peers if (contender := peer.contender(data))]
        before = matrix.rates()
        turns = contest.held([*mine, *others], course)
        after = matrix.rates()
    rates = {precision: max(before[precision], after[precision]) for precision in PRECISIONS}
    flops = flops_per_image(JobSpec.model_validate(spec))
    return [
        *(contest.speed(contender, turns) for contender in turns),
        *(contest.ratio(our, peer, turns) for peer in others for our in mine if _comparable(our, peer)),
        *_work(turns, flops, rates),
        *_memory(turns),
    ]


def flops_per_image(spec: JobSpec) -> int:
    """Forward and backward: three products a layer, the layer's own and the gradients of its weights and its input.

    Only the first layer has no third one: nothing asks for the gradient of the images. VGG-11 at 96x96 takes
    2.800 GFLOP forward, 0.011 of them in its first layer: 3 x 2.800 - 0.011 = 8.389.
    """
    forward = bill(spec, facts_of(spec.data, datasets()))
    return 3 * forward.flops_per_image - forward.layers[0].flops


def _comparable(our: Contender, peer: Contender) -> bool:
    """The same precision, and against all of them the fastest we have."""
    return our.precision in (PRECISIONS[0], peer.precision)


def _work(turns: Turns, flops: int, rates: Mapping[str, float]) -> Iterator[Figure]:
    for precision, rate in rates.items():
        yield of(f"matrix product of torch, {precision}, the fastest", "TFLOP/s", rate / 1e12)
    for contender, taken in turns.items():
        reached = median(turn.images_per_second for turn in taken) * flops
        share = reached / rates[contender.precision]
        n, versions = len(taken), contender.versions
        yield Figure(f"{contender}: convolutions and products", "TFLOP/s", n, [reached / 1e12], versions)
        yield Figure(f"{contender}: share of the matrix product's", "%", n, [share * 100], versions)


def _memory(turns: Turns) -> Iterator[Figure]:
    for contender, taken in turns.items():
        peaks = [turn.peak_bytes / 2**20 for turn in taken if turn.peak_bytes]
        if peaks:
            yield percentile(
                f"{contender}: peak memory, the most of the rounds", "MiB", peaks, 100, contender.versions
            )
