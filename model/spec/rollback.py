"""What a run does about numbers that are none."""

from pydantic import Field

from model.spec.fields import Strict


class Rollback(Strict):
    """Back to the last checkpoint, and on from there with a lower learning rate, again and again up to a limit."""

    times: int = Field(3, ge=1, le=20, description="In the whole run; after that the job fails.")
    factor: float = Field(
        0.5, gt=0, lt=1, description="Of the schedule's rates, once more for each rollback."
    )
