"""What part of the training of a spec torch spends inside its operators: `python -m benchmarks.kernels < SPEC`.

Reckoned by torch's profiler: the self CPU time of all operators, forward, backward and update, over the wall
time of the same steps. Their dispatch in C++ counts as inside; Python, autograd's own work and the profiler's, which
lengthens every step, as outside. So the share without a profiler is rather higher.
"""

import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping
from itertools import islice
from typing import Any

from torch.profiler import ProfilerActivity, profile

from benchmarks.service import datasets
from model.data.catalog import facts_of
from model.data.datasets import load
from model.spec import JobSpec
from model.training.train import Trainer

WARM_UP, PROFILED = 20, 100
OPERATORS = ("aten::", "_InC")  # torch's, and model/network/pooling.py's
QUIET = {"KINETO_LOG_LEVEL": "99"}  # the profiler tells its own life on standard error otherwise


def share(spec: Mapping[str, Any], environment: Mapping[str, str]) -> float:
    """Of 1. In a process of its own, because glibc reads its settings only when a process starts."""
    command = [sys.executable, "-m", "benchmarks.kernels"]
    told = subprocess.run(
        command,
        env={**environment, **QUIET},
        input=json.dumps(spec),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(told.stdout)


def main(spec: JobSpec) -> None:
    batches = iter(Trainer(spec, load(facts_of(spec.data, datasets()), datasets())))
    deque(islice(batches, WARM_UP), maxlen=0)
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        started = time.perf_counter()
        deque(islice(batches, PROFILED), maxlen=0)
        wall = time.perf_counter() - started
    events = profiler.key_averages()
    inside = sum(event.self_cpu_time_total for event in events if event.key.startswith(OPERATORS))
    print(inside / 1e6 / wall)


if __name__ == "__main__":
    main(JobSpec.model_validate_json(sys.stdin.read()))
