"""Whether a spec and its data set go together: what neither of them can know alone. No torch."""

from model.data.catalog import DatasetFacts
from model.refusal import SpecError
from model.spec import JobSpec


def agree(spec: JobSpec, facts: DatasetFacts) -> None:
    """`SpecError` for the first thing that the data set does not allow."""
    data, training = spec.data, spec.training
    if facts.validation_images and data.validation_split:
        message = f"the set has {facts.validation_images} images of its own to validate on: leave this out"
        raise SpecError("/data/validation_split", "validation_split", message)
    if data.normalization == "imagenet" and facts.channels != 3:
        raise SpecError(
            "/data/normalization", "channels", "imagenet is for colour images, and these are gray"
        )
    if (
        spec.init_from
        and spec.init_from.weights
        and not (spec.architecture.published or "").startswith("vgg")
    ):
        message = "there are ImageNet weights for the blocks of vgg11 to vgg19, with and without batch_norm"
        raise SpecError("/init_from/weights", "no_weights", message)
    weights = training.class_weights
    if isinstance(weights, tuple) and len(weights) != facts.classes:
        message = f"{len(weights)} weights for {facts.classes} classes: give one for each"
        raise SpecError("/training/class_weights", "class_weights", message)
    validated = data.validation_split or facts.validation_images
    if training.early_stopping and not (validated and training.evaluation_interval):
        message = "early_stopping needs data.validation_split and training.evaluation_interval"
        raise SpecError("", "early_stopping", message)
