"""How numbers and times are written in a report; None, which is not known or not a number, is a dash."""

import json
import math
from datetime import UTC, datetime
from typing import Any

DASH = "–"
LINE = 100  # characters of JSON


def percent(share: float | None, digits: int = 1) -> str:
    return DASH if share is None else f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def count(number: float | None) -> str:
    return DASH if number is None else f"{number:,.0f}"


def loss(nats: float | None) -> str:
    return DASH if nats is None else f"{nats:.4g}" if abs(nats) >= 1000 else f"{nats:.4f}"


def short(number: float | None) -> str:
    """At most four significant digits."""
    return DASH if number is None else f"{number:.4g}"


def moment(milliseconds: float | None) -> str:
    """27 Nov 2026, 05:57:33 UTC."""
    if milliseconds is None:
        return DASH
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%-d %b %Y, %H:%M:%S} UTC"


def duration(seconds: float | None) -> str:
    """The two largest units: 2 h 5 min."""
    if seconds is None:
        return DASH
    left, parts = max(1, round(seconds)), []
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        number, left = divmod(left, size)
        parts += [f"{number}\N{NO-BREAK SPACE}{unit}"] if number else []
    return " ".join(parts[:2])


def size(number: float) -> str:
    """Of a file, in powers of 1024."""
    power = max(0, int(math.log2(max(1, number)) // 10))
    unit = ("bytes", "KiB", "MiB", "GiB", "TiB")[power]
    return f"{number / 1024**power:,.{1 if power else 0}f} {unit}"


def lines(value: Any, indent: int = 0) -> str:
    """JSON for people: what fits on a line stands on one."""
    whole = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or indent + len(whole) <= LINE:
        return whole
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(name, ensure_ascii=False)}: {lines(each, indent + 2)}"
            for name, each in value.items()
        ]
        return "{\n" + ",\n".join(pad + part for part in parts) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(pad + lines(each, indent + 2) for each in value) + "\n" + " " * indent + "]"
