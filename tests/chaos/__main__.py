"""`python -m tests.chaos` (`make chaos`): jobs and faults, then the judgement; exit status 1 on a violation."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from tests.chaos.campaign import EXTRA_WORKERS, Campaign
from tests.chaos.invariants import INVARIANTS
from tests.chaos.report import lines

SHOWN = 20  # violations of one invariant that are printed; history.json has the evidence for all


def main() -> int:
    options = _options()
    home = options.home or Path(tempfile.mkdtemp(prefix="trainshed-chaos-"))
    command = f"python -m tests.chaos --jobs {options.jobs} --faults {options.faults} --seed {options.seed}"
    campaign = Campaign(options.jobs, options.faults, options.seed, home.resolve())
    _watch(campaign)
    history = campaign.history
    findings = {name: list(invariant(history)) for name, invariant in INVARIANTS.items()}
    wrong = {name: [one for one in found if one] for name, found in findings.items()}
    for name, found in findings.items():
        print(f"{name}: {len(found):,} checked, {len(wrong[name]):,} violations")
    history.save(home / "history.json")
    if options.report:
        options.report.write_text("\n".join(lines(history, command, EXTRA_WORKERS, findings)) + "\n")
    if any(wrong.values()):
        _complain(wrong, home, command)
        return 1
    if not options.home:
        shutil.rmtree(home)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--faults", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0, help="fixes the jobs and the sequence of faults")
    parser.add_argument(
        "--home", type=Path, help="an empty folder that is kept; unset: one that goes when all is well"
    )
    parser.add_argument("--report", type=Path, help="file for the report, in Markdown")
    return parser.parse_args()


def _watch(campaign: Campaign) -> None:
    """A bar with the time left on a terminal, lines anywhere else."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:32}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("ETA"),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, speed_estimate_period=300, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("references", total=campaign.things)
        for done, word in enumerate(campaign, 1):
            progress.update(task, completed=done, description=word)
            if not console.is_terminal:
                print(f"{done}/{campaign.things} {word}", file=sys.stderr, flush=True)


def _complain(wrong: dict[str, list[str]], home: Path, command: str) -> None:
    for name, found in wrong.items():
        for one in found[:SHOWN]:
            print(f"VIOLATION of {name}: {one}")
    print(f"Evidence: {home} (logs, jobs, history.json). The same jobs and faults again: {command}")


if __name__ == "__main__":
    sys.exit(main())
