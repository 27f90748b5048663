"""What is refused as a whole, what is only left out, and that damage of any kind ends in one of the two."""

import io
import random
import struct
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.errors import UploadError
from ingest.limits import Limits
from ingest.sample import Sample
from ingest.source import Fault
from ingest.upload import open_upload
from tests.ingest.hostile import CASES, LIMITS, central, zip_of
from tests.ingest.made import FLOWERS, Files, mnist, npy, npz_of_two, parquet, png, tarred, zipped


def opened(folder: Path, content: bytes, limits: Limits = LIMITS) -> list[Sample | Fault]:
    """All of it, twice, and the second time must be as the first."""
    upload = folder / "upload"
    upload.write_bytes(content)
    with open_upload(upload, limits) as source:
        found = list(source)
        assert [type(item) for item in source] == [type(item) for item in found]
        assert len(found) == source.count
    return found


def refusal(folder: Path, content: bytes, limits: Limits = LIMITS) -> UploadError:
    with pytest.raises(UploadError) as caught:
        opened(folder, content, limits)
    return caught.value


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_archive_is_refused_by_name(name: str, tmp_path: Path) -> None:
    content, code, names = CASES[name]
    error = refusal(tmp_path, content)
    assert error.code == code
    assert names in str(error)
    assert error.hint
    assert str(error).isprintable()


@pytest.mark.parametrize(
    "upload",
    [
        zipped(FLOWERS),
        zipped(FLOWERS, zipfile.ZIP_STORED),
        zipped(FLOWERS, zipfile.ZIP_BZIP2),
        *(tarred(FLOWERS, compression) for compression in ("", "gz", "bz2", "xz")),
        tarred({f"./{name}": content for name, content in FLOWERS.items()}),
        zip_of(*(name.replace("/", "\\") for name in FLOWERS)),
    ],
)
def test_the_same_files_are_the_same_samples_in_every_kind_of_archive(upload: bytes, tmp_path: Path) -> None:
    found = opened(tmp_path, upload)
    assert [item.path for item in found] == list(FLOWERS)
    assert {(item.label, item.split) for item in found if isinstance(item, Sample)} == {
        ("rose", "train"),
        ("tulip", "train"),
        ("rose", "test"),
    }


def test_the_bytes_of_a_picture_arrive_unchanged(tmp_path: Path) -> None:
    for upload in (zipped(FLOWERS), tarred(FLOWERS), tarred(FLOWERS, "gz"), tarred(FLOWERS, "xz")):
        found = opened(tmp_path, upload)
        assert {item.path: item.content for item in found if isinstance(item, Sample)} == FLOWERS


def test_a_picture_whose_checksum_is_wrong_is_left_out_and_the_others_are_not(tmp_path: Path) -> None:
    content = bytearray(zipped(FLOWERS, zipfile.ZIP_STORED))
    content[content.index(FLOWERS["flowers/train/tulip/2.png"]) + 40] ^= 1
    kinds = [(item.path, type(item)) for item in opened(tmp_path, bytes(content))]
    assert kinds == [
        ("flowers/train/rose/1.png", Sample),
        ("flowers/train/tulip/2.png", Fault),
        ("flowers/test/rose/3.png", Sample),
    ]


@pytest.mark.parametrize("size", [3, 1 << 20])
def test_a_zip_that_lies_about_the_size_of_a_picture_loses_that_picture(size: int, tmp_path: Path) -> None:
    """Less memory is taken than either it or its bytes say."""
    found = opened(tmp_path, central(24, struct.pack("<I", size)), replace(LIMITS, ratio_free_bytes=1 << 24))
    assert [type(item) for item in found] == [Sample, Sample, Fault]


def test_zips_that_were_written_as_a_stream_or_for_huge_files_are_taken(tmp_path: Path) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError("a pipe has no place")

    for file in (Pipe(), io.BytesIO()):
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in FLOWERS.items():
                with archive.open(name, "w", force_zip64=True) as entry:
                    entry.write(content)
        found = opened(tmp_path, file.getvalue())
        assert {item.path: item.content for item in found if isinstance(item, Sample)} == FLOWERS


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tars_of_every_format_are_taken(form: int, tmp_path: Path) -> None:
    name = "r\u00f6se" * 25 + "/" + "n" * 90 + ".png"
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for path in (name, "tulip/1.png"):
            entry = tarfile.TarInfo(path)
            archive.addfile(entry)
    assert [item.path for item in opened(tmp_path, file.getvalue())] == [name, "tulip/1.png"]


def test_a_picture_that_is_too_large_is_left_out_by_name(tmp_path: Path) -> None:
    files = {**FLOWERS, "flowers/train/rose/9.png": bytes(5000)}
    for upload in (zipped(files), tarred(files, "gz")):
        faults = [
            item
            for item in opened(tmp_path, upload, replace(LIMITS, entry_bytes=4000))
            if isinstance(item, Fault)
        ]
        assert [(fault.path, fault.code) for fault in faults] == [
            ("flowers/train/rose/9.png", "limit_exceeded")
        ]


def test_an_archive_in_the_archive_is_not_opened(tmp_path: Path) -> None:
    files = {**FLOWERS, "more.zip": zipped(FLOWERS)}
    faults = [item for item in opened(tmp_path, zipped(files)) if isinstance(item, Fault)]
    assert [(fault.path, fault.code) for fault in faults] == [("more.zip", "nested_archive")]
    assert "send it alone" in str(refusal(tmp_path, zipped({"more.tar.gz": tarred(FLOWERS, "gz")})))


def test_more_entries_than_are_taken_are_refused_whatever_the_end_of_the_zip_says(tmp_path: Path) -> None:
    many: Files = {f"rose/{number}.png": b"" for number in range(11)}
    end = zipped(many).rindex(b"PK\x05\x06")
    lying = bytearray(zipped(many))
    lying[end + 8 : end + 12] = b"\x05\x00\x05\x00"
    for content in (zipped(many), bytes(lying), tarred(many), tarred(many, "gz")):
        assert refusal(tmp_path, content, replace(LIMITS, entries=10)).code == "limit_exceeded"


@pytest.mark.parametrize(
    ("raw", "printed"),
    [("é".encode(), "é"), (b"\x82", "é"), ("花".encode(), "花")],
    ids=["utf-8", "cp437", "chinese"],
)
def test_names_in_old_encodings_become_text(raw: bytes, printed: str, tmp_path: Path) -> None:
    """Of a zip that says no encoding."""
    stand_in = b"#" * len(raw)
    files = {f"{stand_in.decode()}/1.png": png(1), "rose/2.png": png(2)}
    for content in (zipped(files), tarred(files)):
        changed = content.replace(stand_in + b"/", raw + b"/")
        if content[:2] != b"PK":
            changed = resummed(changed)
        labels = {item.label for item in opened(tmp_path, changed) if isinstance(item, Sample)}
        assert labels == {printed, "rose"}


def resummed(tar: bytes) -> bytes:
    """With the checksum of the first header made right again."""
    header = bytearray(tar[:512])
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + tar[512:]


PICTURES = {"1.png": png(1), "2.png": png(2)}
PARQUET = {"train.parquet": parquet([0, 1], ["zebra", "ant"])}
WHOLE = {
    "zip": zipped(FLOWERS),
    "tar": tarred(FLOWERS),
    "tar.gz": tarred(FLOWERS, "gz"),
    "tar.bz2": tarred(FLOWERS, "bz2"),
    "tar.xz": tarred(FLOWERS, "xz"),
    "npz": npz_of_two(),
    "parquet": PARQUET["train.parquet"],
}
FILES: dict[str, Files] = {
    "csv": {"labels.csv": b"file,label,split\n1.png,a,train\n2.png,b,test\n", **PICTURES},
    "json": {"x.jsonl": b'{"file":"1.png","label":1}\n{"file":"2.png","label":2}\n', **PICTURES},
    "idx": mnist("train", [0, 1]) | mnist("t10k", [0, 1], ".gz"),
    "npy": {"images.npy": npy(np.zeros((2, 4, 5), np.uint8)), "labels.npy": npy(np.array(["a", "b"]))},
    "npz": {"data.npz": npz_of_two()},
    "parquet": PARQUET,
}


def hurt(content: bytes, rng: random.Random) -> bytes:
    """Cut or not, and with some bytes changed, most of them where headers are."""
    changed = bytearray(content)
    if rng.random() < 0.2:
        del changed[rng.randrange(len(changed)) :]
    for _ in range(rng.choice((1, 1, 3, 20)) if changed else 0):
        near = min(len(changed), rng.choice((100, 1 << 20)))
        changed[rng.randrange(near)] = rng.choice((0, 255, *b"(0,'9{", rng.randrange(256)))
    return bytes(changed)


@pytest.mark.parametrize("kind", WHOLE)
def test_any_damage_is_refused_or_left_out_and_never_a_traceback(kind: str, tmp_path: Path) -> None:
    rng = random.Random(kind)
    assert refusals(tmp_path, [hurt(WHOLE[kind], rng) for _ in range(150)])


@pytest.mark.parametrize("kind", FILES)
def test_any_damage_within_the_files_of_an_archive_is_too(kind: str, tmp_path: Path) -> None:
    rng = random.Random(kind)
    damaged = [{name: hurt(content, rng) for name, content in FILES[kind].items()} for _ in range(150)]
    assert refusals(tmp_path, [tarred(files) for files in damaged])


def refusals(folder: Path, uploads: list[bytes]) -> int:
    """How many are refused as a whole."""
    number = 0
    for content in uploads:
        try:
            opened(folder, content)
        except UploadError:
            number += 1
    return number
