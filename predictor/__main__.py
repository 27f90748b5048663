"""`python -m predictor`: predictions of the models below TRAINSHED_HOME, until SIGTERM."""

import argparse
import asyncio
import logging
import signal
import socket
from contextlib import suppress
from pathlib import Path

import torch
import uvloop

from model.hardware.device import choose_device
from model.priority import give_way
from predictor.answer import Answers
from predictor.batcher import Batcher
from predictor.door import Door
from predictor.exports import Exports
from predictor.server import AlreadyRunning, Server, listening
from store.files import predictor_socket
from store.settings import settings

MOST_IMAGES = 256  # in hand: half a second of a small network's work
MOST_BYTES = 256 * 2**20  # encoded
CACHE_BYTES = 2 * 2**30  # of weights: three VGG-16 for 224x224
# Half the weight of a trainer: beside one both keep about half their speed (`benchmarks shared`).
NICENESS = 3
GRACE = 3.0  # seconds for what is in hand at SIGTERM

log = logging.getLogger("predictor")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m predictor", description=__doc__)
    parser.add_argument(
        "--device", default="auto", help="auto (default: the GPU if there is one), cpu, cuda, cuda:1"
    )
    device = str(choose_device(parser.parse_args().device))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    _offer_to_die_first()
    give_way(NICENESS)
    path = predictor_socket(settings().home)
    try:
        with listening(path) as listener:
            log.info("predictions on %s, computed by %s", path, device)
            uvloop.run(serve(listener, device))
    except AlreadyRunning as error:
        raise SystemExit(str(error)) from error


async def serve(listener: socket.socket, device: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    door = Door(MOST_IMAGES, MOST_BYTES)
    batcher = Batcher(lambda: door.images)
    max_pixels = int(settings().max_image_megapixels * 1e6)
    answers = Answers(settings().home, max_pixels, device, batcher, CACHE_BYTES)
    batcher.start()
    torch.set_num_threads(1)  # this thread prepares small pictures: a team would disturb the batcher's
    try:
        await Server(answers, door, Exports(settings().home)).serve(listener, stop, GRACE)
    finally:
        answers.close()
        batcher.stop(timeout=1.0)


def _offer_to_die_first() -> None:
    """Should memory run out, Linux ends this process, which is soon back, and neither Redis nor a trainer."""
    with suppress(OSError):  # only Linux has the file
        Path("/proc/self/oom_score_adj").write_text("500")


if __name__ == "__main__":
    main()
