"""What the service says of images, typed."""

from pydantic import Base64Bytes, Field

from client.records.record import Record


class Guess(Record):
    """One of the `top_k` classes."""

    label: str
    index: int
    probability: float


class Refusal(Record):
    """Why an image could not be read."""

    code: str
    message: str = ""


class ExplainedClass(Record):
    label: str
    index: int


class Explanation(Record):
    """Where the network sees a class: a gray map, and it over what the network saw of the image; PNG in base64."""

    of: ExplainedClass = Field(alias="class")
    heatmap: Base64Bytes
    overlay: Base64Bytes


class Prediction(Record):
    """One image's answer: either `error`, or the rest.

    `ood` is the share of held-out images that are more like the training images than this one is.
    """

    filename: str | None = None
    label: str | None = None  # None also where it abstained
    index: int | None = None
    probability: float | None = None  # of the likeliest class
    abstained: bool = False
    ood: float | None = None
    top_k: list[Guess] = Field(default_factory=list)
    explanation: Explanation | None = None
    error: Refusal | None = None


class ModelStep(Record):
    """Which weights answered."""

    job_id: str
    alias: str | None = None
    step: int | None = None
    engine: str | None = None  # what computed it: "torch fp32", "openvino bf16"


class Predictions(Record):
    """Answers in the order of the images sent; `timing` in milliseconds."""

    model: ModelStep
    predictions: list[Prediction]
    timing: dict[str, float] = Field(default_factory=dict)
