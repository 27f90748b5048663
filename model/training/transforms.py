"""torchvision's random changes to images, by the names that specs have for them.

A module of their own because torchvision brings torch's compiler, which takes as long to import as torch itself:
trainings that ask for none of them do without.
"""

from collections.abc import Callable
from typing import Any

from torchvision.transforms import InterpolationMode, v2

SMOOTH = InterpolationMode.BILINEAR
# Of one image of a size (H, W), by the augmentation's fields.
CHANGES: dict[str, Callable[[Any, tuple[int, int]], v2.Transform]] = {
    "resized_crop": lambda spec, size: v2.RandomResizedCrop(size, spec.scale, spec.ratio, SMOOTH),
    "rotation": lambda spec, size: v2.RandomRotation(spec.degrees, SMOOTH),
    "color": lambda spec, size: v2.ColorJitter(spec.brightness, spec.contrast, spec.saturation, spec.hue),
    "rand_augment": lambda spec, size: v2.RandAugment(spec.operations, spec.magnitude, interpolation=SMOOTH),
    "trivial_augment": lambda spec, size: v2.TrivialAugmentWide(interpolation=SMOOTH),
    "erasing": lambda spec, size: v2.RandomErasing(spec.probability, spec.scale),
}
BLENDS: dict[str, type[v2.MixUp | v2.CutMix]] = {"mixup": v2.MixUp, "cutmix": v2.CutMix}  # of a batch
