"""A model card (Mitchell et al. 2019, arXiv 1810.03993): what a model is, how good it is and where it fails."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

CONFUSIONS = 5  # of two classes, the most frequent first
Model = dict[str, Any]
SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~]")  # of CommonMark and its tables


def markdown(model: Model, report: dict[str, Any]) -> str:
    """`model` as `GET /models/{name}` tells it, `report` its evaluation in full, empty where there is none."""
    parts = (_title(model), _results(report), _failures(report), _data(model), _network(model), _use(model))
    return "\n".join(chain.from_iterable(parts)) + "\n"


def _title(model: Model) -> Iterator[str]:
    yield f"# {plain(model['name'] or model['job_id'])}"
    yield ""
    yield (
        f"A VGG network that tells {len(model['classes'])} classes of images apart: "
        f"{', '.join(map(plain, model['classes']))}."
    )


def _results(report: dict[str, Any]) -> Iterator[str]:
    if not report:
        return
    yield from _heading("How good it is")
    top = "".join(f", top-{k} {_percent(share)}" for k, share in report["top_k"].items() if k != "1")
    yield (
        f"On {report['images']:,} images of the {report['split']} split: accuracy {_percent(report['accuracy'])}{top}, "
        f"loss {report['loss']:.4f}."
    )
    if calibration := report.get("calibration"):
        yield (
            f"Expected calibration error {_percent(calibration['ece'])}, "
            f"on {calibration['images']:,} images of {calibration['measured_on']}."
        )
    yield ""
    rows = (
        (
            plain(each["label"]),
            f"{each['images']:,}",
            *(_percent(each[name]) for name in ("recall", "precision", "f1")),
        )
        for each in report["classes"]
    )
    yield from _table(("class", "images", "recall", "precision", "F1"), rows)


def _failures(report: dict[str, Any]) -> Iterator[str]:
    found = [
        (count, true, called)
        for true, row in enumerate(report.get("confusion_matrix", ()))
        for called, count in enumerate(row)
        if count and true != called
    ]
    if not found:
        return
    yield from _heading("Where it fails")
    labels = [plain(each["label"]) for each in report["classes"]]
    for count, true, called in sorted(found, reverse=True)[:CONFUSIONS]:
        yield f"- {count:,} of {sum(report['confusion_matrix'][true]):,} {labels[true]} were called {labels[called]}."
    yield ""
    yield "It names one of its classes whatever the picture shows, also where none of them is in it."


def _data(model: Model) -> Iterator[str]:
    yield from _heading("What it was trained on")
    named = model["dataset"]
    marks = ", ".join(f"{name} `{named[name]}`" for name in ("id", "sha256") if named[name])
    yield plain(named["name"]) + (f" ({marks})" if marks else "") + "."


def _network(model: Model) -> Iterator[str]:
    seen = model["preprocessing"]
    colours = {1: "gray", 3: "RGB"}.get(seen["channels"], f"{seen['channels']} channels")
    yield from _heading("What it is")
    yield f"- {model['parameters']:,} parameters, {model['bytes']:,} bytes, SHA-256 `{model['sha256']}`"
    yield f"- Input: {seen['image_size']}x{seen['image_size']}, {colours}, values divided by 255{_shift(seen)}"
    if seen["fit"]:
        yield f"- Pictures are made square first: {seen['fit']['how']} to {seen['fit']['size']} pixels"
    if model["calibration"]["fitted_on"]:
        temperature, images = (model["calibration"][name] for name in ("temperature", "fitted_on"))
        yield f"- Logits are divided by {temperature:.4f} before the softmax: calibrated on {images}"
    yield f"- From job `{model['job_id']}`, attempt {model['attempt']}, step {model['step']:,}"


def _use(model: Model) -> Iterator[str]:
    yield from _heading("How to use it")
    yield "```"
    yield f'curl -F image=@picture.png -F model={model["job_id"]} "$TRAINSHED_URL/predict"'
    yield f"trainshed model export {model['job_id']} --format onnx --out model.onnx"
    yield "```"
    yield ""
    yield "The exported network takes pixels as they are in the file:"
    yield ""
    yield "```python"
    yield f"images = ...  # uint8 (N, {model['preprocessing']['channels']}, height, width), of any size"
    yield "session = onnxruntime.InferenceSession('model.onnx')"
    yield "(probabilities,) = session.run(None, {'images': images})  # (N, classes)"
    yield "```"


def _shift(seen: dict[str, Any]) -> str:
    if not seen["mean"]:
        return ""
    mean, deviation = (", ".join(f"{value:.4f}" for value in seen[name]) for name in ("mean", "deviation"))
    return f", less {mean}, divided by {deviation}"


def _heading(text: str) -> Iterator[str]:
    yield from ("", f"## {text}", "")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in (head, ("---", *("---:" for _ in head[1:])), *rows):
        yield f"| {' | '.join(row)} |"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f} %"


def plain(text: str) -> str:
    """Names are their owners' and may be anything: as text, whatever Markdown would make of it."""
    return SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))
