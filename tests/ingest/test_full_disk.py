"""A disk without room: the preparation fails, and leaves nothing that takes room or looks whole."""

import errno
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ingest.prepare import Prepare
from ingest.spec import Preparation
from model.data.packed import Packed
from tests.ingest.folders import opened

MOUNT = 'mount -t tmpfs -o size=2m trainshed "$0" && echo mounted && read line'
SPEC = Preparation(image_size=64, channels=3)
PICTURE = 64 * 64 * 3  # bytes


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """2 MiB, mounted where only a process of this test sees it; others reach it through that process."""
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare(1) here, which mounts without being root")
    mounted = tmp_path / "disk"
    mounted.mkdir()
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT, str(mounted)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin
        assert holder.stdout
        try:
            if holder.stdout.readline() != "mounted\n":
                pytest.skip("no user may mount anything here")
            yield Path(f"/proc/{holder.pid}/root{mounted}")
        finally:
            holder.stdin.close()


def upload(root: Path, count: int) -> Path:
    random = np.random.default_rng(0)
    for n in range(count):
        file = root / "ab"[n % 2] / f"{n}.bmp"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (64, 64, 3), np.uint8)).save(file)
    return root


@pytest.mark.parametrize("count", [2**21 // PICTURE + 10, 2**21 // PICTURE * 2 // 3])
def test_a_disk_that_fills_while_decoding_or_packing_is_left_empty(
    count: int, disk: Path, tmp_path: Path
) -> None:
    root = upload(tmp_path / "upload", count)
    with pytest.raises(OSError, match="No space") as caught:
        list(Prepare(lambda: opened(root), SPEC, disk / "out"))
    assert caught.value.errno == errno.ENOSPC
    assert not list((disk / "out").iterdir())


def test_once_there_is_room_the_same_preparation_succeeds(disk: Path, tmp_path: Path) -> None:
    root = upload(tmp_path / "upload", 60)
    filler = disk / "filler"
    filler.write_bytes(bytes(3 * 2**19))
    with pytest.raises(OSError, match="No space"):
        list(Prepare(lambda: opened(root), SPEC, disk / "out"))
    filler.unlink()
    assert list(Prepare(lambda: opened(root), SPEC, disk / "out"))[-1]["kind"] == "done"
    assert sum(Packed.read(disk / "out").images.values()) == 60
