"""How fast examples/fashion-small.json is trained, by our engine and by a plain loop in PyTorch, in turns."""

import json
import tempfile
from pathlib import Path

from benchmarks import contest, fashion, kernels
from benchmarks.contender import Peer, ours
from benchmarks.contest import Course
from benchmarks.record import Figure

SPEC = Path(__file__).parents[1] / "examples" / "fashion-small.json"
PEER = Peer("plain PyTorch", "bf16", "small")
ROUNDS, WARM_UP, TIMED = 3, 20, 200


def measure() -> list[Figure]:
    spec = json.loads(SPEC.read_text())
    spec["training"]["precision"] = PEER.precision
    course = Course(ROUNDS, WARM_UP, TIMED, spec["training"]["batch_size"])
    with tempfile.TemporaryDirectory() as folder, fashion.unpacked() as data:
        engine, peer = ours(spec, PEER.precision, Path(folder)), PEER.contender(data)
        assert peer
        turns = contest.held([engine, peer], course)
        inside = kernels.share(spec, engine.environment)
    return [
        contest.speed(engine, turns),
        contest.speed(peer, turns),
        contest.ratio(engine, peer, turns),
        Figure(f"{engine}: share of the time inside operators", "%", kernels.PROFILED, [inside * 100]),
    ]
