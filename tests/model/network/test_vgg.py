"""The network against torchvision's."""

import pytest
import torch
import torchvision

from model.network.vgg import ACTIVATIONS, VGG, from_torchvision
from model.spec import Architecture
from model.spec.presets import PRESETS


@pytest.mark.parametrize("preset", [name for name in PRESETS if name.startswith("vgg")])
def test_torchvision_weights_give_the_same_logits(preset: str) -> None:
    torch.manual_seed(0)
    theirs = torchvision.models.get_model(preset, weights=None, init_weights=False).eval()
    with torch.no_grad():
        for weight in theirs.parameters():
            weight *= 6**0.5 if weight.ndim > 1 else 1  # as He et al.: else the maps fade from layer to layer
    with torch.device("meta"):  # all its weights are given
        ours = VGG(Architecture.model_validate({"preset": preset}), 3, 224, 1000).eval()
    ours.load_state_dict(from_torchvision(ours, theirs.state_dict()), assign=True)
    images = torch.rand(1, 3, 224, 224)
    with torch.inference_mode():
        torch.testing.assert_close(ours(images), theirs(images), rtol=1e-4, atol=1e-5)


def test_weights_of_another_architecture_are_refused() -> None:
    with torch.device("meta"):
        theirs = torchvision.models.vgg11(weights=None)
        ours = VGG(Architecture.model_validate({"preset": "vgg11"}), 3, 224, 10)
    with pytest.raises(ValueError, match="not the same architecture"):
        from_torchvision(ours, theirs.state_dict())


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu"])
def test_pooling_before_a_rising_activation_changes_nothing(activation: str) -> None:
    architecture = Architecture.model_validate(
        {"blocks": [[1, 8]], "classifier": [], "activation": activation}
    )
    block = VGG(architecture, 1, 8, 10).features[0]
    images = torch.randn(4, 1, 8, 8)
    convolved = block.get_submodule("conv1")(images)
    the_usual_order = torch.nn.functional.max_pool2d(ACTIVATIONS[activation]()(convolved), 2, 2)
    assert torch.equal(block(images), the_usual_order)
