"""How numbers are written for people; None, which stands for NaN or not yet known, is a dash."""

from datetime import timedelta

DASH = "–"


def loss(nats: float | None) -> str:
    return DASH if nats is None else f"{nats:.4g}" if abs(nats) >= 1000 else f"{nats:.4f}"


def rate(learning_rate: float | None) -> str:
    return DASH if learning_rate is None else f"{learning_rate:.3g}"


def percent(fraction: float | None) -> str:
    return DASH if fraction is None else f"{100 * fraction:.1f} %"


def count(number: float | None) -> str:
    return DASH if number is None else f"{number:,.0f}"


def duration(seconds: float | None) -> str:
    """Hours, minutes and seconds: 0:00:41."""
    return DASH if seconds is None else str(timedelta(seconds=round(seconds)))


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.3g} ms" if seconds < 1 else f"{seconds:,.3g} s"


def size(number: float, unit: str = "B") -> str:
    """In powers of 1024 for bytes, of 1000 for anything else."""
    base, prefixes = (1024, ("", "Ki", "Mi", "Gi", "Ti")) if unit == "B" else (1000, ("", "k", "M", "G", "T"))
    power = 0
    while number >= base and power < len(prefixes) - 1:
        number, power = number / base, power + 1
    return f"{number:.{1 if power else 0}f} {prefixes[power]}{unit}"
