"""`python -m benchmarks [name...]` (`make bench`): measures, prints, and adds to records.jsonl."""

import argparse
from collections.abc import Callable

from benchmarks import (
    estimate,
    ingest,
    larger,
    machine,
    overhead,
    pooling,
    precision,
    predict,
    queue,
    recipes,
    record,
    seed,
    series,
    shared,
    small,
    spinning,
    train,
    unfamiliar,
)
from benchmarks.record import Figure

# In the order in which they run: the longest last.
BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "series": series.measure,
    "queue": queue.measure,
    "predict": predict.measure,
    "shared": shared.measure,
    "spinning": spinning.measure,
    "small": small.measure,
    "pooling": pooling.measure,
    "unfamiliar": unfamiliar.measure,
    "overhead": overhead.measure,
    "estimate": estimate.measure,
    "ingest": ingest.measure,
    "larger": larger.measure,
    "train": train.measure,
    "seed": seed.measure,
    "recipes": recipes.measure,
    "precision": precision.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="name", help=f"of {', '.join(BENCHMARKS)}; all without one"
    )
    parser.add_argument(
        "--readme", action="store_true", help="show the newest records there, measure nothing"
    )
    arguments = parser.parse_args()
    wrong = set(arguments.names) - set(BENCHMARKS)
    if wrong:
        parser.error(f"no benchmark is called {', '.join(sorted(wrong))}")
    names = arguments.names or list(BENCHMARKS)
    if arguments.readme:
        record.show(names)
    else:
        run(names)


def run(names: list[str]) -> None:
    for name in names:
        facts = machine.facts()
        print(f"{name}: measuring, at a load of {facts['load']}", flush=True)
        made = record.today(name, facts, BENCHMARKS[name]())
        record.keep(made)
        print(*made.lines(), sep="\n", end="\n\n", flush=True)


if __name__ == "__main__":
    main()
