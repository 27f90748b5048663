import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from client import TrainshedError
from examples import demo

LABELS = np.array([9, 9, 2, 1, 2, 6], np.uint8)
IMAGES = np.arange(6 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(6, 28, 28)
OWN = Path("datasets", "fashion-mnist")


@pytest.mark.parametrize("folder", [OWN, OWN / "FashionMNIST" / "raw"])
@pytest.mark.parametrize(("suffix", "pack"), [("", bytes), (".gz", gzip.compress)])
def test_samples_are_pictures_of_different_classes(
    tmp_path: Path, folder: Path, suffix: str, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / f"t10k-labels-idx1-ubyte{suffix}").write_bytes(pack(bytes(8) + LABELS.tobytes()))
    (tmp_path / folder / f"t10k-images-idx3-ubyte{suffix}").write_bytes(pack(bytes(16) + IMAGES.tobytes()))
    monkeypatch.setattr(demo, "SYSTEM", tmp_path / "nothing")
    samples = demo.samples(tmp_path, 3)
    assert [label for _, label in samples] == [9, 2, 1]
    with Image.open(samples[1][0]) as picture:
        assert np.array_equal(np.asarray(picture), IMAGES[2])


def test_a_stack_that_is_no_longer_there_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "stack.json").write_text(json.dumps({"pid": 1, "url": "http://127.0.0.1:9"}))
    assert demo.running(tmp_path) is None


def test_a_stack_that_does_not_start_shows_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "demo.log"
    log.write_text("first\nNo Redis on this machine\n")
    with subprocess.Popen([sys.executable, "-c", ""]) as stack:
        stack.wait()
    with pytest.raises(TrainshedError, match="No Redis on this machine"):
        demo.ready(stack, tmp_path, log)


def test_a_stack_that_ignores_the_first_request_is_asked_again() -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as stack:
        assert stack.stdout
        stack.stdout.readline()
        demo.stop(stack, seconds=0.2)
    assert stack.returncode == -9


def test_a_spec_that_is_not_there_fails_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRAINSHED_HOME", str(tmp_path / "home"))
    assert demo.main([str(tmp_path / "missing.json")]) == 1
    assert "missing.json" in capsys.readouterr().err
    assert not (tmp_path / "home").exists()
