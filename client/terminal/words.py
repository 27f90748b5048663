"""What is said of a job in a line or two."""

from rich.text import Text

from client.records.job import JobError, LrRange, Progress
from client.records.score import Score
from client.terminal import figures

STYLES = {
    "queued": "yellow",
    "running": "cyan",
    "preparing": "cyan",
    "pausing": "yellow",
    "paused": "yellow",
    "cancelling": "magenta",
    "succeeded": "green",
    "ready": "green",
    "failed": "red",
    "cancelled": "magenta",
}


def state(name: str) -> Text:
    return Text(name, style=STYLES.get(name, ""))


def summary(progress: Progress) -> str:
    """A line of step, loss, accuracy, speed and time to go."""
    return " · ".join(
        [
            f"step {progress.step}/{progress.steps or figures.DASH}",
            f"loss {figures.loss(progress.loss)}",
            f"accuracy {figures.percent(progress.accuracy)}",
            f"{figures.count(progress.images_per_second)} images/s",
            f"ETA {figures.duration(progress.eta_seconds)}",
        ]
    )


def tested(score: Score) -> str:
    return (
        f"{score.split} after step {score.step}: "
        f"loss {figures.loss(score.loss)} · accuracy {figures.percent(score.accuracy)}"
    )


def found(test: LrRange) -> str:
    """A line of what a range test found."""
    return (
        f"suggested learning rate {figures.rate(test.suggestion)} · "
        f"steepest fall of the loss at {figures.rate(test.steepest_learning_rate)} · "
        f"diverged at {figures.rate(test.diverged_at)}"
    )


def failure(error: JobError) -> Text:
    """What went wrong, what to do, and the trainer's last words."""
    text = Text(f"{error.code}: {error.message}", style="red")
    for line in error.log:
        text.append(f"\n  {line}", style="dim")
    if error.hint:
        text.append(f"\nHint: {error.hint}", style="yellow")
    return text
