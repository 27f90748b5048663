"""How a server is, and what it knows by name, as tables."""

from typing import Any

from rich.console import Console
from rich.text import Text

from client.records.server import Presets, Ready, UploadLimits
from client.terminal import figures
from client.terminal.tables.table import facts, pairs, table


def ready(console: Console, record: Ready) -> None:
    """A line each for what it needs."""
    console.print(record.status, style="green" if record.ok else "red", highlight=False)
    facts(
        console,
        ((name, Text(word, style="" if word == "ok" else "red")) for name, word in record.checks.items()),
    )


def presets(console: Console, record: Presets) -> None:
    """Recipes, then networks."""
    recipes = (
        [
            name,
            str(spec.get("data", {}).get("dataset", "")),
            pairs(spec.get("architecture", {})),
            pairs({key: spec.get("training", {}).get(key) for key in ("batch_size", "max_steps", "epochs")}),
        ]
        for name, spec in record.recipes.items()
    )
    console.print(table(["recipe", "data set", "network", "training"], recipes))
    networks = ([name, _layers(spec)] for name, spec in record.architectures.items())
    console.print(table(["network", "convolutions, a pooling at each bar, then hidden layers"], networks))


def _layers(network: dict[str, Any]) -> str:
    """64 | 128 | 256 256 → 4096 4096."""
    blocks = network.get("blocks", [])
    counted = [
        (each["convolutions"], each["channels"]) if isinstance(each, dict) else each for each in blocks
    ]
    convolutions = " | ".join(" ".join([str(channels)] * count) for count, channels in counted)
    return " → ".join(filter(None, (convolutions, " ".join(map(str, network.get("classifier", []))))))


def limits(console: Console, record: UploadLimits) -> None:
    size = figures.DASH if record.max_size is None else figures.size(record.max_size)
    protocol = f"tus {record.version}, {', '.join(record.extensions)}"
    facts(console, [("largest upload", size), ("protocol", protocol)])
