"""Archives that nobody makes by accident, and the refusal that each must meet."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

from ingest.limits import Limits
from tests.ingest.made import FLOWERS, png, tarred, zipped

LIMITS = Limits(total_bytes=1 << 30, ratio_free_bytes=1_000_000)  # under which the bombs can be small
Case = tuple[bytes, str, str]  # the upload, the code of its refusal, and what the message must name

PATHS = {
    "from the root": "/etc/passwd",
    "out of the archive": "train/../../evil.png",
    "out by backslashes": "train\\..\\..\\evil.png",
    "from a drive": "C:\\evil.png",
    "with a line break": "rose/a\nb.png",
    "too long": "rose/" + "x" * 1030,
    "too deep": "a/" * 40 + "1.png",
}
TWINS = {
    "twice": ("rose/1.png", "rose/1.png"),
    "by case": ("rose/1.png", "Rose/1.PNG"),
    "by normalisation": ("ros\u00e9/1.png", "rose\u0301/1.png"),
    "by a dot": ("rose/1.png", "rose/./1.png"),
}


def entry(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, size, "rose/1.png"
    return info


def tar_of(*entries: tarfile.TarInfo) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for info in entries:
            archive.addfile(info, io.BytesIO(bytes(info.size)) if info.isreg() else None)
    return file.getvalue()


def zip_of(*names: str, change: Callable[[zipfile.ZipInfo], None] = lambda info: None) -> bytes:
    """Of files with one letter in them; the names are written as they are."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo("x")
            info.filename = name
            change(info)
            archive.NameToInfo.clear()  # which would warn of a name that is there twice
            archive.writestr(info, b"x")
    return file.getvalue()


def patched(content: bytes, signature: bytes, offset: int, value: bytes) -> bytes:
    """With other bytes after the last place where the signature stands."""
    at = content.rindex(signature) + offset
    return content[:at] + value + content[at + len(value) :]


def central(offset: int, value: bytes) -> bytes:
    """A zip whose last entry's central header lies."""
    return patched(zipped(FLOWERS), b"PK\x01\x02", offset, value)


def sized(size: bytes) -> bytes:
    """A tar whose only header says that size, its checksum right."""
    header = bytearray(tar_of(entry("rose/1.png"))[:512])
    header[124 : 124 + len(size)] = size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(2048)


def mode(kind: int) -> Callable[[zipfile.ZipInfo], None]:
    def change(info: zipfile.ZipInfo) -> None:
        info.create_system, info.external_attr = 3, (kind | 0o644) << 16

    return change


def doubled(content: bytes) -> bytes:
    """Two entries of the directory that are the same bytes of the archive: the start of every good bomb."""
    at = content.rindex(b"PK\x01\x02")
    end = content.rindex(b"PK\x05\x06")
    twin = content[at:end].replace(b"3.png", b"4.png")
    tail = bytearray(content[end:])
    count, size = struct.unpack_from("<HI", tail, 10)
    struct.pack_into("<HHI", tail, 8, count + 1, count + 1, size + len(twin))
    return content[:end] + twin + bytes(tail)


def long_header(size: int) -> bytes:
    """A tar whose file's name is that long."""
    return tarred({"rose/" + "n" * size: b""})


def greedy(xz: bytes) -> bytes:
    """With a header that asks for a dictionary of 4 GiB (xz-file-format.txt, 3.1 and 5.3.1)."""
    size = 4 * (xz[12] + 1)
    header = bytearray(xz[12 : 12 + size])
    header[header.index(b"\x21\x01") + 2] = 40
    header[-4:] = struct.pack("<I", zlib.crc32(header[:-4]))
    return xz[:12] + bytes(header) + xz[12 + size :]


WHOLE_ZIP, WHOLE_TAR = zipped(FLOWERS), tarred(FLOWERS)
LAST = "flowers/test/rose/3.png"
CASES: dict[str, Case] = {
    "nothing": (b"", "not_an_archive", "empty"),
    "noise": (b"hello" * 200, "not_an_archive", "not an archive"),
    "a picture": (png(1), "not_an_archive", "picture"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(100), "not_an_archive", "7z"),
    "an empty zip": (zipped({}), "archive_damaged", "no files"),
    "an empty tar": (tarred({}), "not_an_archive", ""),
    "a gzip of no tar": (gzip.compress(b"hello" * 500), "archive_damaged", "no tar archive"),
    "folders only": (zipped({"rose/": b"", "tulip/": b""}), "archive_damaged", "no files"),
    "a zip cut short": (WHOLE_ZIP[:-30], "archive_damaged", ""),
    "half a zip": (WHOLE_ZIP[: len(WHOLE_ZIP) // 2], "archive_damaged", ""),
    "a tar cut in an entry": (WHOLE_TAR[:2100], "archive_damaged", "tulip/2.png"),
    "a tar cut between entries": (WHOLE_TAR[:3072], "archive_damaged", LAST),
    "a tar.gz cut short": (tarred(FLOWERS, "gz")[:-20], "archive_damaged", ""),
    "a tar.gz with a wrong checksum": (tarred(FLOWERS, "gz")[:-8] + bytes(8), "archive_damaged", ""),
    "a tar.xz cut short": (tarred(FLOWERS, "xz")[:-20], "archive_damaged", ""),
    "a tar with a wrong header": (
        patched(WHOLE_TAR, b"flowers/test", 0, b"f!owers"),
        "archive_damaged",
        "tulip/2.png",
    ),
    "a tar that goes on after its end": (WHOLE_TAR + WHOLE_TAR, "archive_damaged", "goes on"),
    "a tar with a size below zero": (sized(b"\xff" * 11 + b"\x00"), "archive_damaged", ""),
    "a tar with a huge size": (sized(b"\x80" + b"\x7f" * 11), "limit_exceeded", "rose/1.png"),
    "a tar with a huge header": (long_header(1 << 20), "entry_forbidden", "no name needs"),
    "an xz that wants gigabytes": (greedy(tarred(FLOWERS, "xz")), "archive_damaged", "emory"),
    "a zip entry of deflate64": (central(10, struct.pack("<H", 9)), "entry_forbidden", "deflate64"),
    "a zip entry of an unknown method": (central(10, struct.pack("<H", 77)), "entry_forbidden", "method 77"),
    "a zip entry of lzma": (zipped(FLOWERS, zipfile.ZIP_LZMA), "entry_forbidden", "lzma"),
    "an encrypted zip entry": (central(8, struct.pack("<H", 1)), "entry_forbidden", "encrypted"),
    "a zip entry without a name": (zip_of("rose/1.png", ""), "entry_forbidden", "no name"),
    "a NUL in a name": (zip_of("rose/1.png\x00.exe"), "entry_forbidden", "control"),
    "zip entries that overlap": (doubled(WHOLE_ZIP), "entry_forbidden", "overlap"),
    "a zip entry beyond the end": (central(20, struct.pack("<I", 1 << 20)), "archive_damaged", LAST),
    "a zip that says it unpacks to much": (central(24, struct.pack("<I", 2 << 30)), "limit_exceeded", LAST),
    "a zip that counts wrong": (
        patched(WHOLE_ZIP, b"PK\x05\x06", 8, struct.pack("<HH", 2, 2)),
        "archive_damaged",
        "entries",
    ),
    "a bomb": (zipped({"rose/1.png": bytes(2_000_000)}), "limit_exceeded", "rose/1.png"),
    "a bomb in a tar.gz": (
        gzip.compress(tarred({"rose/1.png": bytes(2_000_000)})),
        "limit_exceeded",
        "rose/1.png",
    ),
    **{
        f"a zip path {name}": (zip_of("a/1.png", path), "entry_forbidden", "refused")
        for name, path in PATHS.items()
    },
    **{
        f"a tar path {name}": (tarred({path: b""}), "entry_forbidden", "refused")
        for name, path in PATHS.items()
    },
    **{f"a zip name {name}": (zip_of(*names), "entry_forbidden", "twice") for name, names in TWINS.items()},
    **{
        f"a tar name {name}": (tar_of(*map(entry, names)), "entry_forbidden", "twice")
        for name, names in TWINS.items()
    },
    **{
        f"a {name} in a tar": (
            tar_of(entry("rose/1.png"), entry("rose/2.png", kind)),
            "entry_forbidden",
            "rose/2.png",
        )
        for name, kind in {
            "symbolic link": tarfile.SYMTYPE,
            "hard link": tarfile.LNKTYPE,
            "character device": tarfile.CHRTYPE,
            "block device": tarfile.BLKTYPE,
            "pipe": tarfile.FIFOTYPE,
        }.items()
    },
    "a symbolic link in a zip": (zip_of("rose/1.png", change=mode(0o120000)), "entry_forbidden", "link"),
    "a device in a zip": (zip_of("rose/1.png", change=mode(0o020000)), "entry_forbidden", "not a file"),
}
