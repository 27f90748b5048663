"""The frames, and socket paths that are too long for the system."""

import asyncio
import os
import socket
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.wire import (
    MAX_ADDRESS,
    MAX_BLOBS,
    MAX_HEADER,
    PREFIX,
    End,
    Header,
    Steps,
    WireError,
    pack,
    read_header,
    skip,
    within_reach,
)
from tests.frames import take


async def read(stream: bytes) -> tuple[Header, int, asyncio.StreamReader]:
    reader = asyncio.StreamReader()
    reader.feed_data(stream)
    reader.feed_eof()
    return *await take(reader, read_header()), reader


TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from("\udc80\x00\n"))


@given(st.integers(), st.lists(TEXT), st.lists(st.binary(max_size=99), max_size=4))
def test_what_was_packed_is_read(number: int, names: list[str], blobs: list[bytes]) -> None:
    async def story() -> None:
        header, size, reader = await read(b"".join(pack({"id": number, "names": names}, blobs)))
        assert header == {"id": number, "names": names}
        assert await reader.readexactly(size) == b"".join(blobs)
        assert reader.at_eof()

    asyncio.run(story())


class Kept(End):
    def read(self) -> Steps[NoReturn]:
        self.frames: list[tuple[Header, bytes]] = []
        while True:
            header, size = yield from read_header()
            self.frames.append((header, (yield size)))


@given(st.lists(st.integers(0, 200), max_size=9))
def test_frames_are_the_same_in_whatever_pieces_they_come(cuts: list[int]) -> None:
    async def story() -> None:
        stream = b"".join([*pack({"id": 1}), *pack({"id": 2}, [b"blob", b""]), *pack({"id": 3}, [bytes(99)])])
        end = Kept()
        for start, stop in pairwise([0, *sorted(cuts), len(stream)]):
            end.data_received(stream[start:stop])
        assert end.frames == [({"id": 1}, b""), ({"id": 2}, b"blob"), ({"id": 3}, bytes(99))]

    asyncio.run(story())


def test_skipped_blobs_leave_the_next_frame() -> None:
    async def story() -> None:
        stream = b"".join(pack({"id": 1}, [bytes(200_000)]) + pack({"id": 2}))
        _, size, reader = await read(stream)
        await take(reader, skip(size))
        assert (await take(reader, read_header()))[0] == {"id": 2}

    asyncio.run(story())


@pytest.mark.parametrize(
    "stream",
    [
        PREFIX.pack(MAX_HEADER + 1, 0),
        PREFIX.pack(2, MAX_BLOBS + 1),
        PREFIX.pack(2, 0) + b"{]",
        PREFIX.pack(2, 0) + b"\xff\xfe",
        PREFIX.pack(2, 0) + b"{}",
        PREFIX.pack(2, 0) + b"[]",
        PREFIX.pack(10, 0) + b'{"id":"1"}',
        PREFIX.pack(200_000, 0) + b"[" * 200_000,
    ],
)
def test_what_is_no_frame_is_refused(stream: bytes) -> None:
    with pytest.raises(WireError):
        asyncio.run(read(stream))


def test_a_frame_that_is_cut_short_ends_the_stream() -> None:
    with pytest.raises(asyncio.IncompleteReadError):
        asyncio.run(read(pack({"id": 1})[0][:-1]))


def test_a_frame_beyond_the_caps_is_not_packed() -> None:
    half = bytes(MAX_BLOBS // 2)
    with pytest.raises(WireError, match="the most"):
        pack({"id": 1}, [half, half, b"1"])
    with pytest.raises(WireError, match="the most"):
        pack({"id": 1, "names": ["x" * MAX_HEADER]})


def test_a_short_path_is_used_as_it_is() -> None:
    with within_reach(Path("/run/predictor.sock")) as address:
        assert address == "/run/predictor.sock"


def test_a_socket_at_a_long_path_is_bound_and_reached(tmp_path: Path) -> None:
    path = tmp_path / ("long" * 40) / "predictor.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        with within_reach(path) as address:
            assert len(os.fsencode(address)) <= MAX_ADDRESS
            listener.bind(address)
        assert path.is_socket()
        listener.listen()
        with within_reach(path) as address:
            client.connect(address)


def test_the_link_to_a_long_path_is_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with TemporaryDirectory(dir="/tmp") as short:
        monkeypatch.setattr("tempfile.tempdir", short)
        with within_reach(tmp_path / ("long" * 40) / "predictor.sock") as address:
            assert address.startswith(short)
        assert not list(Path(short).iterdir())
