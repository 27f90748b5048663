"""Tests of a network, typed."""

from pydantic import Field

from client.records.record import Record


class Score(Record):
    """Mean loss and accuracy over a whole split, after `step` batches of training."""

    step: int
    split: str = "test"
    loss: float | None = None
    accuracy: float | None = None
    images: int | None = None


class ClassScore(Record):
    """One class of a test; a ratio without a denominator is None."""

    index: int
    label: str
    images: int = 0
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None


class Mistake(Record):
    """A test image (`index` in its split) that the network got most wrong; `image` where the job kept it."""

    index: int
    label: str
    predicted: str
    probability: float | None = None
    loss: float | None = None
    image: str | None = None


class Confidence(Record):
    """A bin of a reliability diagram: test images by the probability of their likeliest class."""

    lower: float
    upper: float
    images: int = 0
    confidence: float | None = None
    accuracy: float | None = None


class Calibration(Record):
    """How far probabilities can be trusted; "before" is without the temperature that logits are divided by."""

    temperature: float
    fitted_on: str = ""
    measured_on: str = ""
    images: int = 0
    ece_before: float | None = None  # expected calibration error
    ece: float | None = None
    nll_before: float | None = None
    nll: float | None = None
    bins: list[Confidence] = Field(default_factory=list)


class Evaluation(Score):
    """The newest test of a job in full; `confusion_matrix` has true classes as rows."""

    job_id: str
    top_k: dict[str, float] = Field(default_factory=dict)
    classes: list[ClassScore] = Field(default_factory=list)
    confusion_matrix: list[list[int]] = Field(default_factory=list)
    hardest: list[Mistake] = Field(default_factory=list)
    calibration: Calibration | None = None  # older jobs have none
