"""The pass of one image, compiled by the machine's compiler."""

import gc
import shutil
from pathlib import Path

import pytest
import torch

from model.engines import compiled
from model.engines.engine import Body
from model.network.vgg import VGG
from model.spec import JobSpec
from tests.conftest import TINY


def body() -> Body:
    torch.manual_seed(0)
    network = VGG(JobSpec.model_validate(TINY).architecture, 1, 28, 10)
    return Body(network).to(torch.bfloat16).eval().requires_grad_(False)


@pytest.mark.filterwarnings("default")  # of Inductor's, to its own
def test_a_compiled_pass_says_what_the_network_says_or_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which(compiled.COMPILER) is None:
        pytest.skip("there is no C++ compiler here")
    monkeypatch.setattr(compiled, "WORTHWHILE_MS", 0.0)
    network, image, path = body(), torch.rand(1, 1, 28, 28), tmp_path / "one.pt2"
    compiled.write(network, image, path)
    if path.exists():  # it was the faster one
        for ours, theirs in zip(compiled.read(path)(image), network(image), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=0.03, atol=0.01)
    gc.collect()  # what Inductor left open is warned of here, and not in the test after this one


def test_what_takes_no_time_is_not_compiled(tmp_path: Path) -> None:
    compiled.write(body(), torch.rand(1, 1, 28, 28), tmp_path / "one.pt2")
    assert not list(tmp_path.iterdir())
