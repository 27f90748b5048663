"""The verb of images."""

from collections.abc import Sequence
from pathlib import Path

from client.connection.transport import given
from client.errors import TrainshedError
from client.records.prediction import Predictions
from client.verbs.verbs import Verbs

Image = Path | str | bytes | tuple[str, bytes]


class PredictVerbs(Verbs):
    def predict(
        self,
        images: Sequence[Image],
        model: str,
        top_k: int = 5,
        min_confidence: float | None = None,
        flips: bool = False,
        explain: str | None = None,
        explained_class: str | int | None = None,
    ) -> Predictions:
        """By the model of a job, or that of an alias. `images` are paths, bytes, or (name, bytes).

        A bad image among good ones is reported in its place. Below `min_confidence` no label is given. `flips` averages
        over the mirror image. `explain="gradcam"`, for 16 images at most, adds a map of where the class is seen: the
        likeliest, or `explained_class`, a label or an index.
        """
        files = [("image", _file(image, number)) for number, image in enumerate(images, start=1)]
        options = given(min_confidence=min_confidence, flips=flips or None, explain=explain)
        explained = given(**{"class": explained_class})
        form = {name: str(value) for name, value in {"top_k": top_k, **options, **explained}.items()}
        form["model"] = model
        return self._server.ask(Predictions, "POST", "/predict", data=form, files=files, timeout=120.0)


def _file(image: Image, number: int) -> tuple[str, bytes]:
    if isinstance(image, bytes):
        return f"image-{number}", image
    if isinstance(image, tuple):
        return image
    try:
        return Path(image).name, Path(image).read_bytes()
    except OSError as error:
        raise TrainshedError(f"{image}: {error.strerror}") from error
