"""Opens what a stranger sent, and tells which samples are in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.archives.archive import Archive
from ingest.archives.bare import Bare
from ingest.archives.tar import UNPACK, Tar
from ingest.archives.zip import Zip
from ingest.errors import NotAnArchive
from ingest.layouts import recognise
from ingest.limits import USUAL, Limits
from ingest.source import Source

Opener = Callable[[Path, Limits], Archive]
# By their first bytes, whatever the file is called.
KINDS: tuple[tuple[int, bytes, Opener], ...] = (
    (0, b"PK\x03\x04", Zip),
    (0, b"PK\x05\x06", Zip),  # with nothing in it
    (0, b"PAR1", lambda path, limits: Bare(path, limits, "upload.parquet")),
    (257, b"ustar", Tar),
    *(
        (0, magic, lambda path, limits, unpack=unpack: Tar(path, limits, unpack))
        for magic, unpack in UNPACK.items()
    ),
)
OTHERS = (
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstandard"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a single array without labels"),
    (b"\x89PNG", "a single picture"),
    (b"\xff\xd8\xff", "a single picture"),
    (b"<", "a web page or another text"),
)


@contextmanager
def open_upload(
    path: Path, limits: Limits = USUAL, read: Callable[[Archive, Limits], Source] = recognise
) -> Iterator[Source]:
    """UploadError where it is refused as a whole. OSError is the disk's own."""
    with _opened(path, limits) as archive:
        yield read(archive, limits)


def _opened(path: Path, limits: Limits) -> Archive:
    with path.open("rb") as file:
        first = file.read(512)
    if not first:
        raise NotAnArchive("The upload is empty.")
    for place, magic, opener in KINDS:
        if first.startswith(magic, place):
            return opener(path, limits)
    what = next((f": it is {what}" for magic, what in OTHERS if first.startswith(magic)), "")
    raise NotAnArchive(f"The upload is not an archive that is taken{what}.")
