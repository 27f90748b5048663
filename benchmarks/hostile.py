"""What a small picture costs that would unpack to half a gigabyte: time, and the memory of who looks at it."""

import io
import json
import time
from pathlib import Path

import httpx2
from PIL import Image

from benchmarks.record import Figure, of, percentile
from benchmarks.served import Server
from benchmarks.timing import repeated

SIDE = 13_000  # pixels
TIMES = 20


def measure(server: Server, home: Path) -> list[Figure]:
    """`server` is our stack, with its data below `home`."""
    content = bomb()
    with (
        server.run() as place,
        httpx2.Client(base_url=f"http://127.0.0.1:{place.port}", timeout=60, trust_env=False) as http,
    ):
        children = json.loads((home / "run" / "stack.json").read_text())["children"]
        processes = [int(children[name]["pid"]) for name in ("api", "predictor")]

        def ask() -> None:
            answer = http.post(place.path, files={"image": ("bomb.png", content)})
            assert answer.status_code == 422, answer.text

        ask()
        time.sleep(1)
        before = sum(memory(process, "VmRSS") for process in processes)
        for process in processes:
            Path(f"/proc/{process}/clear_refs").write_text("5")  # forgets the peak
        milliseconds = repeated(ask, TIMES)
        grown = sum(memory(process, "VmHWM") for process in processes) - before
    what = f"a PNG of {len(content):,} bytes and {SIDE:,}x{SIDE:,} pixels"
    return [
        percentile(f"{what}: refused after, slowest", "ms", milliseconds, 100),
        of(f"{what}: memory that API and predictor take for it", "MB", grown / 1e6),
    ]


def bomb() -> bytes:
    file = io.BytesIO()
    Image.new("1", (SIDE, SIDE)).save(file, "PNG", compress_level=9)
    return file.getvalue()


def memory(process: int, field: str) -> int:
    """Bytes: VmRSS now, VmHWM at most. Linux alone tells."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) * 1024
