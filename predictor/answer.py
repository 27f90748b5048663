"""From a request's encoded images to what the network says of each."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from math import isnan
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.data.images import ImageError, ImageTooLarge, decode
from model.finished.predict import Model
from predictor.batcher import Batcher, Row
from predictor.cache import Cache
from predictor.errors import Busy, ModelMissing, ModelUnusable
from predictor.explanation import class_index, drawn
from predictor.reach import within
from predictor.trials import Trials, equip
from predictor.wire import Question, Request

DECODERS = 2  # threads; with 25 million pixels an image takes about 500 MB in each while it is decoded
SMALL_BYTES, SMALL_PIXELS = 2**14, 2**16  # a picture that takes less time than two threads to wake each other
FOLDERS = 1024  # that are known to lie below home

Answer = dict[str, Any]
_Begun = tuple[Tensor, list["asyncio.Future[Row]"]]  # what the network takes, and its rows to come


@dataclass(slots=True)
class _Clock:
    """Where the time of a request went."""

    start: float  # it came in
    loaded: float  # its model was there
    decoded: float  # its last image was
    forward_ms: float = 0.0  # the longest pass that one of its images took part in

    def timing(self) -> dict[str, float]:
        return {
            "decode_ms": round((self.decoded - self.loaded) * 1000, 3),
            "forward_ms": round(self.forward_ms, 3),
            "total_ms": round((perf_counter() - self.start) * 1000, 3),
        }


class Answers:
    """Opens models below `home` only. All but small images are decoded in threads, networks run in the batcher's."""

    def __init__(self, home: Path, max_pixels: int, device: str, batcher: Batcher, cache_bytes: int) -> None:
        self.home, self.max_pixels, self.device = home.resolve(), max_pixels, device
        self._within = lru_cache(FOLDERS)(partial(within, self.home))  # a dozen system calls
        self._batcher = batcher
        self._explaining = asyncio.Lock()
        self._models: Cache[Model] = Cache(self._load, cache_bytes)
        self._trials = Trials(self.home, device, batcher)
        # Each thread computes alone: a team of OpenMP threads of its own would disturb the batcher's.
        self._decoders = ThreadPoolExecutor(DECODERS, "decoder", torch.set_num_threads, (1,))

    async def __call__(self, request: Request, images: Sequence[bytes]) -> Answer:
        """`{predictions, engine, timing}`, a prediction for each image in order. Refusal."""
        start = perf_counter()
        folder = self._within(request.folder)
        model = await self._models.get(folder)
        self._trials.asked(model, folder, len(images))
        if request.target is not None:
            class_index(model.classes, request.target)  # ClassUnknown before anything is computed
        loaded = perf_counter()
        clock = _Clock(start, loaded, loaded)
        turns = asyncio.Semaphore(DECODERS)  # of this request, so that others' images get theirs in between
        asked = [
            self._predict(model, request, name, image, turns, clock)
            for name, image in zip(request.names, images, strict=True)
        ]
        # Most requests have one image, which needs no further task.
        predictions = [await asked[0]] if len(asked) == 1 else await asyncio.gather(*asked)
        return {"predictions": predictions, "engine": model.engine.name, "timing": clock.timing()}

    def close(self) -> None:
        self._decoders.shutdown(wait=False, cancel_futures=True)

    async def _predict(
        self, model: Model, request: Request, name: str, image: bytes, turns: asyncio.Semaphore, clock: _Clock
    ) -> Answer:
        try:
            pixels, rows = await self._begun(model, request, image, turns)
        except ImageError as error:
            return {"filename": name, "error": {"code": error.code, "message": str(error)}}
        finally:
            clock.decoded = perf_counter()
        row = mean([await _finished(row) for row in rows])
        clock.forward_ms = max(clock.forward_ms, row.forward_ms)
        answer = {"filename": name, **ranked(row, model.classes, request)}
        if request.explain:
            answer["explanation"] = await self._explain(model, pixels, row, request.target)
        return answer

    async def _explain(self, model: Model, pixels: Tensor, row: Row, target: str | None) -> Answer:
        """Of all callers one at a time: what others want predicted gets its turn in between."""
        index = int(row.probabilities.argmax()) if target is None else class_index(model.classes, target)
        async with self._explaining:
            with _failures_named():
                heat = await self._batcher.call(lambda: model.explain(pixels, index))
        loop = asyncio.get_running_loop()
        pictures = await loop.run_in_executor(self._decoders, drawn, model.picture(pixels), heat)
        return {"class": {"label": model.classes[index], "index": index}, **pictures}

    async def _begun(self, model: Model, request: Request, image: bytes, turns: asyncio.Semaphore) -> _Begun:
        """In a decoder's thread, unless the picture is small and alone. ImageError."""
        if len(image) <= SMALL_BYTES and len(request.images) == 1:
            with suppress(ImageTooLarge):  # few bytes can be many pixels
                return self._begin(model, image, request.flips, min(SMALL_PIXELS, self.max_pixels))
        loop = asyncio.get_running_loop()
        async with turns:
            return await loop.run_in_executor(
                self._decoders, self._begin, model, image, request.flips, self.max_pixels
            )

    def _begin(self, model: Model, image: bytes, flips: bool, max_pixels: int) -> _Begun:
        """From any thread: it wakes the batcher's without a detour over the event loop. ImageError.

        What the network takes, float (channels, S, S): small, however large the picture. It, and its mirror image with
        `flips`, wait for their pass from here on; the two may share one.
        """
        pixels = model.preprocess(decode(image, model.channels, max_pixels, model.fit))
        views = [pixels, pixels.flip(-1)] if flips else [pixels]
        return pixels, [self._batcher.submit(model, view) for view in views]

    async def _load(self, folder: Path) -> Model:
        def load() -> Model:
            model = Model.load(folder, self.device)
            equip(model, folder)
            return model

        try:
            return await self._batcher.call(load)
        except FileNotFoundError as error:
            raise ModelMissing(f"there is no finished model in {folder}") from error
        except Exception as error:
            raise ModelUnusable(f"the model in {folder} cannot be loaded: {error}") from error


async def _finished(row: "asyncio.Future[Row]") -> Row:
    with _failures_named():
        found = await row
    if not np.isfinite(found.probabilities).all():
        raise ModelUnusable("the network answers with NaN: its training diverged")
    return found


def mean(rows: Sequence[Row]) -> Row:
    """Of the probabilities, as each is calibrated."""
    if len(rows) == 1:
        return rows[0]
    return Row(
        np.mean([row.probabilities for row in rows], axis=0),
        sum(row.unfamiliar for row in rows) / len(rows),
        max(row.forward_ms for row in rows),
    )


@contextmanager
def _failures_named() -> Iterator[None]:
    """Busy, ModelUnusable."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise Busy("the device has no memory left for these images now") from error
    except Exception as error:
        raise ModelUnusable(f"the network failed: {error}") from error


def ranked(row: Row, classes: tuple[str, ...], question: Question) -> Answer:
    """The likeliest class, unless it is not likely enough, and the likeliest (all, where there are fewer) in order."""
    order = np.argsort(-row.probabilities, kind="stable")[: question.top_k].tolist()
    ranking = [
        {"label": classes[index], "index": index, "probability": float(row.probabilities[index])}
        for index in order
    ]
    abstained = ranking[0]["probability"] < question.min_confidence
    return {
        **ranking[0],
        **({"label": None, "index": None} if abstained else {}),
        "abstained": abstained,
        "ood": None if isnan(row.unfamiliar) else row.unfamiliar,
        "top_k": ranking,
    }
