"""Each layout that is taken: which samples are in it, and what is said of the rest."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from ingest.errors import UploadError
from ingest.limits import USUAL, Limits
from ingest.sample import Sample
from ingest.source import Fault, Source
from ingest.upload import open_upload
from tests.ingest.made import FLOWERS, Array, Files, idx, mnist, npy, npz, parquet, png, tarred, zipped

Read = tuple[list[Sample], list[Fault], Source]


@pytest.fixture
def read(tmp_path: Path) -> "Reader":
    return Reader(tmp_path)


class Reader:
    def __init__(self, folder: Path) -> None:
        self._upload = folder / "upload"

    def __call__(self, content: bytes | Files, limits: Limits = USUAL) -> Read:
        with self.source(content, limits) as source:
            items = list(source)
        assert len(items) == source.count
        samples = [item for item in items if isinstance(item, Sample)]
        assert len({sample.path for sample in samples}) == len(samples)
        assert {sample.label for sample in samples} <= set(source.classes)
        return samples, [item for item in items if isinstance(item, Fault)], source

    @contextmanager
    def source(self, content: bytes | Files, limits: Limits) -> Iterator[Source]:
        self._upload.write_bytes(content if isinstance(content, bytes) else zipped(content))
        with open_upload(self._upload, limits) as source:
            yield source

    def refused(self, content: bytes | Files, limits: Limits = USUAL) -> str:
        with pytest.raises(UploadError) as caught:
            self(content, limits)
        return f"{caught.value.code}: {caught.value} {caught.value.hint}"


def three(samples: list[Sample]) -> list[tuple[str, str, str | None]]:
    return [(sample.path.rpartition("/")[2], sample.label, sample.split) for sample in samples]


def pixels_of(samples: list[Sample]) -> list[Array]:
    return [sample.content for sample in samples if not isinstance(sample.content, bytes)]


def table(text: str, name: str = "labels.csv", pictures: int = 4) -> Files:
    return {name: text.encode()} | {f"img/{n}.png": png(n) for n in range(1, pictures + 1)}


# Folders


def test_class_folders_alone_have_no_split(read: Reader) -> None:
    samples, _, source = read({"rose/1.png": png(1), "rose/deep/er/2.png": png(2), "ant/1.png": png(3)})
    assert three(samples) == [("1.png", "rose", None), ("2.png", "rose", None), ("1.png", "ant", None)]
    assert source.classes == ("ant", "rose")
    assert not source.notes


@pytest.mark.parametrize(
    ("validation", "test"), [("val", "test"), ("Valid", "TEST"), ("validation", "testing"), ("dev", "test")]
)
def test_folders_of_splits_may_have_any_of_their_names(read: Reader, validation: str, test: str) -> None:
    paths = [f"all/{split}/{label}/1.png" for split in ("train", validation, test) for label in ("a", "b")]
    samples, _, source = read(dict.fromkeys(paths, png(1)))
    assert [sample.split for sample in samples] == ["train"] * 2 + ["validation"] * 2 + ["test"] * 2
    assert source.classes == ("a", "b")


def test_validation_is_tested_on_where_there_is_no_test_split_and_a_note_says_so(read: Reader) -> None:
    samples, _, source = read({f"{s}/{c}/1.png": png(1) for s in ("train", "val") for c in "ab"})
    assert {sample.split for sample in samples} == {"train", "test"}
    assert "validation split is tested on" in source.notes[0]


def test_an_upload_without_a_train_split_is_split_anew_and_a_note_says_so(read: Reader) -> None:
    samples, _, source = read({"test/a/1.png": png(1), "test/b/1.png": png(1)})
    assert {sample.split for sample in samples} == {None}
    assert "split anew" in source.notes[0]


def test_a_class_may_be_called_train(read: Reader) -> None:
    _, _, source = read({f"{label}/1.png": png(1) for label in ("bus", "car", "train")})
    assert source.classes == ("bus", "car", "train")


def test_what_is_no_picture_of_a_class_is_ignored_with_a_reason(read: Reader) -> None:
    beside = {
        ".DS_Store": "browser",
        "__MACOSX/flowers/train/rose/._1.png": "macOS",
        "flowers/train/rose/Thumbs.db": "browser",
        "flowers/README": "about",
        "flowers/LICENSE.txt": "about",
        "flowers/train/rose/readme.md": "about",
        "flowers/train/rose/.hidden.png": "hidden",
        "flowers/train/rose/notes.txt": "not that of a picture",
        "flowers/train/stray.png": "in none of a class",
        "flowers/extra/rose/1.png": "beside the folders of the splits",
        "top.png": "in no folder",
    }
    samples, faults, source = read(FLOWERS | dict.fromkeys(beside, b"x"))
    assert len(samples) == 3
    assert not faults
    found = dict(source.ignored)
    assert found.keys() == beside.keys()
    assert all(reason in found[path] for path, reason in beside.items())


def test_a_picture_of_a_licence_is_a_picture(read: Reader) -> None:
    samples, _, _ = read({"plate/license_1.jpg": png(1), "other/README 2.png": png(2)})
    assert len(samples) == 2


def test_labels_that_differ_only_by_case_are_noted(read: Reader) -> None:
    _, _, source = read({"train/Rose/1.png": png(1), "test/rose/2.png": png(2)})
    assert source.classes == ("Rose", "rose")
    assert "differ only by case" in source.notes[0]


@pytest.mark.parametrize(
    "labels", [["one"], ["x" * 201, "b"], ["a\u202eb", "c"], [" ", "b"], map(str, range(10_001))]
)
def test_labels_that_name_no_classes_are_refused(read: Reader, labels: list[str]) -> None:
    assert read.refused({f"train/{label}/1.png": b"" for label in labels}).startswith("labels_refused")


def test_an_upload_with_no_data_set_is_told_what_is_taken(read: Reader) -> None:
    said = read.refused({"a.txt": b"x", "b.pdf": b"y"})
    assert said.startswith("layout_unknown")
    assert all(word in said for word in ("folder", ".csv", "MNIST", ".npz", ".parquet"))


def test_pictures_in_no_folders_of_classes_are_told_so(read: Reader) -> None:
    for files in ({"1.png": png(1), "2.png": png(2)}, {"all/1.png": png(1), "all/2.png": png(2)}):
        assert "a folder for each class" in read.refused(files)


# Tables


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("labels.csv", "file_name,label\nimg/1.png,b\nimg/2.png,a\n"),
        ("anything.CSV", "\ufefflabel,Path\r\nb,img/1.png\r\na,./img\\2.png\r\n"),
        ("x.csv", 'image;class\n"img/1.png";b\nimg/2.png;a'),
        ("img/x.tsv", "filename\tcategory\n1.png\tb\n2.png\ta\n"),
        (
            "deep/down/x.jsonl",
            '{"file": "img/1.png", "target": "b"}\n\n{"file": "img/2.png", "target": "a"}\n',
        ),
    ],
)
def test_a_table_says_what_pictures_are(read: Reader, name: str, text: str) -> None:
    samples, faults, source = read(table(text, name))
    assert three(samples) == [("1.png", "b", None), ("2.png", "a", None)]
    assert not faults
    assert source.classes == ("a", "b")
    assert [path for path, _ in source.ignored] == ["img/3.png", "img/4.png"]


def test_a_line_that_is_of_no_use_is_named_and_the_others_count(read: Reader) -> None:
    text = """file,label,split
img/1.png,a,train
img/2.png,b,test
nowhere.png,a,train
img/3.png,,train
img/3.png,a,moon
img/1.png,b,train
img/4.png,a
"img/4.png"x,a,train
../img/4.png,a,train
"""
    samples, faults, _ = read(table(text))
    assert three(samples) == [("1.png", "a", "train"), ("2.png", "b", "test")]
    assert [(fault.path, fault.code) for fault in faults] == [
        ("labels.csv:4", "missing_file"),
        ("labels.csv:5", "bad_label"),
        ("labels.csv:6", "bad_split"),
        ("labels.csv:7", "repeated_file"),
        ("labels.csv:8", "bad_line"),
        ("labels.csv:9", "bad_line"),
        ("labels.csv:10", "missing_file"),
    ]


def test_labels_that_are_numbers_are_ordered_as_numbers(read: Reader) -> None:
    _, _, source = read(table("file,label\nimg/1.png,10\nimg/2.png,9\nimg/3.png,100\n"))
    assert source.classes == ("9", "10", "100")


def test_tables_named_as_splits_are_those(read: Reader) -> None:
    files = table("file,label\nimg/1.png,a\nimg/2.png,b\n", "train.csv")
    files["test.csv"] = b"file,label\nimg/3.png,a\n"
    assert three(read(files)[0]) == [("1.png", "a", "train"), ("2.png", "b", "train"), ("3.png", "a", "test")]


def test_of_several_tables_the_one_named_metadata_counts(read: Reader) -> None:
    files = table("file,label\nimg/1.png,a\nimg/2.png,b\n", "metadata.csv") | {
        "z.csv": b"file,label\nimg/3.png,c\n"
    }
    assert read(files)[2].classes == ("a", "b")
    del files["metadata.csv"]
    files["y.csv"] = files["z.csv"]
    assert "metadata.csv" in read.refused(files)


def test_a_table_wins_over_folders_only_if_it_names_pictures_that_are_there(read: Reader) -> None:
    folders = {"rose/1.png": png(1), "tulip/2.png": png(2)}
    named = folders | {"x.csv": b"file,label\nrose/1.png,red\ntulip/2.png,blue\n"}
    assert read(named)[2].classes == ("blue", "red")
    elsewhere = folders | {"x.csv": b"file,label\nother/1.png,red\nother/2.png,blue\n"}
    assert read(elsewhere)[2].classes == ("rose", "tulip")
    assert "names no picture" in read.refused({"x.csv": elsewhere["x.csv"], "1.png": png(1)})


def test_a_table_that_is_not_utf_8_is_refused(read: Reader) -> None:
    said = read.refused({"labels.csv": "file,label\n1.png,ros\u00e9\n".encode("latin-1"), "1.png": png(1)})
    assert "UTF-8" in said


def test_a_stray_table_does_not_hide_the_folders(read: Reader) -> None:
    stray = {"notes.csv": "who,what\nros\u00e9,1\n".encode("latin-1")}
    assert read(FLOWERS | stray)[2].classes == ("rose", "tulip")
    assert "notes.csv" in read.refused(stray)


def test_a_table_finds_pictures_whose_accents_are_written_in_another_way(read: Reader) -> None:
    text = "file,label\nros\u00e9/1.png,a\n2.png,b\n"
    samples, faults, _ = read({"labels.csv": text.encode(), "rose\u0301/1.png": png(1), "2.png": png(2)})
    assert len(samples) == 2
    assert not faults


def test_more_lines_than_are_taken_are_refused(read: Reader) -> None:
    text = "file,label\n" + "img/1.png,a\n" * 20
    assert read.refused(table(text), Limits(entries=10)).startswith("limit_exceeded")


# IDX


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_mnist_as_it_is_published_is_taken(read: Reader, suffix: str) -> None:
    files = mnist("train", [7, 10, 2], suffix) | mnist("t10k", [2], suffix)
    for upload in (zipped(files), tarred({f"raw/{name}": content for name, content in files.items()}, "gz")):
        samples, _, source = read(upload)
        first = [int(picture[0, 0, 0]) for picture in pixels_of(samples)]
        assert {(s.label, s.split, n) for s, n in zip(samples, first, strict=True)} == {
            ("7", "train", 0),
            ("10", "train", 1),
            ("2", "train", 2),
            ("2", "test", 0),
        }
        assert source.classes == ("2", "7", "10")
        assert {picture.shape for picture in pixels_of(samples)} == {(4, 5, 1)}


def test_idx_files_may_have_any_stem_and_colour(read: Reader) -> None:
    pixels = np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3)
    samples, _, _ = read(
        {"my.images.idx4-ubyte": idx(pixels), "my.labels.idx1-ubyte": idx(np.array([0, 1], np.uint8))}
    )
    assert [sample.split for sample in samples] == [None, None]
    assert np.array_equal(pixels_of(samples), pixels)


def test_idx_files_that_do_not_belong_together_are_refused(read: Reader) -> None:
    whole = mnist("train", [0, 1])
    images, labels = whole
    assert "no labels" in read.refused({images: whole[images]})
    assert "2 pictures and 3 labels" in read.refused(whole | {labels: idx(np.array([0, 1, 1], np.uint8))})
    assert images in read.refused(whole | {images: whole[images][:-1]})
    assert images in read.refused(whole | {images: whole[images] + b"x"})
    assert images in read.refused(whole | {images: whole[labels]})
    assert "plain and as .gz" in read.refused(whole | mnist("train", [0, 1], ".gz"))
    assert "2 files of train images" in read.refused(whole | mnist("a/train", [0, 1]))


# Arrays


@pytest.mark.parametrize(
    ("pixels", "upright"),
    [
        (np.arange(40, dtype=np.uint8).reshape(2, 4, 5), (0, 1, 2)),
        (np.arange(40, dtype=np.uint8).reshape(2, 4, 5, 1), (0, 1, 2, 3)),
        (np.arange(120, dtype=np.uint8).reshape(2, 4, 5, 3), (0, 1, 2, 3)),
        (np.arange(120, dtype=np.uint8).reshape(2, 3, 4, 5), (0, 2, 3, 1)),
    ],
)
def test_arrays_of_every_shape_are_pictures(read: Reader, pixels: Array, upright: tuple[int, ...]) -> None:
    expected = pixels.transpose(upright).reshape(2, 4, 5, -1)
    both = {"images": pixels, "labels": np.array([3, 1])}
    files = {f"{name}.npy": npy(array) for name, array in both.items()}
    for upload in (npz(**both), zipped(files), tarred(files, "gz"), zipped({"in/data.npz": npz(**both)})):
        samples, _, source = read(upload)
        assert np.array_equal(pixels_of(samples), expected)
        assert [sample.label for sample in samples] == ["3", "1"]
        assert source.classes == ("1", "3")


def test_an_npz_is_opened_in_an_archive_and_not_in_another_npz(read: Reader) -> None:
    once = zipped({"data.npz": npz(images=GRAY, labels=TWO)})
    assert len(read(once)[0]) == 2
    assert read.refused({"data.npz": once}).startswith("layout_unknown")


def test_arrays_named_as_keras_does_have_their_splits(read: Reader) -> None:
    pixels = np.zeros((2, 4, 5), np.uint8)
    labels = np.array([["cat"], ["dog"]])
    samples, _, source = read(npz(x_train=pixels, y_train=labels, x_test=pixels, y_test=labels, extra=labels))
    assert three(samples) == [
        ("x_train.npy#0", "cat", "train"),
        ("x_train.npy#1", "dog", "train"),
        ("x_test.npy#0", "cat", "test"),
        ("x_test.npy#1", "dog", "test"),
    ]
    assert [path for path, _ in source.ignored] == ["extra.npy"]


GRAY, TWO = np.zeros((2, 4, 5), np.uint8), np.array([0, 1])


@pytest.mark.parametrize(
    ("images", "labels", "why"),
    [
        (GRAY / 255, TWO, "255"),
        (GRAY.astype(np.int64), TWO, "int64"),
        (np.asfortranarray(GRAY), TWO, "ascontiguousarray"),
        (np.zeros((2, 4, 5, 4), np.uint8), TWO, "shape"),
        (np.zeros((2, 4), np.uint8), TWO, "shape"),
        (np.zeros((2, 0, 5), np.uint8), TWO, "without pixels"),
        (GRAY, np.eye(2, dtype=np.int64), "argmax"),
        (GRAY, TWO / 2, "float64"),
        (GRAY, np.array([0, 1, 2]), "2 pictures and 3 labels"),
        (GRAY, np.array(["a", 1], object), "never unpickled"),
        (GRAY, np.array([0x110000, 1], np.uint32).view("<U1"), "not Unicode"),
    ],
)
def test_arrays_that_are_no_pictures_are_refused_with_a_cure(
    read: Reader, images: Array, labels: Array, why: str
) -> None:
    assert why in read.refused(npz(X=images, y=labels))


def test_an_array_whose_header_promises_more_than_there_is_is_refused_before_memory_is_taken(
    read: Reader,
) -> None:
    content = npy(GRAY).replace(b"(2, 4, 5), ", b"(2, 4, 99999),")
    assert "x.npy" in read.refused({"x.npy": content, "y.npy": npy(TWO)})
    labels = npy(TWO).replace(b"(2,), }     ", b"(999999,), }")
    assert "y.npy" in read.refused({"x.npy": npy(GRAY), "y.npy": labels})


# Parquet


def test_parquet_as_hugging_face_keeps_it_is_taken(read: Reader) -> None:
    names = ["zebra", "ant", "never seen"]
    train, test = parquet([0, 1, 1, 0, 1], names, group=2), parquet([0, -1], names)
    files = {
        "data/train-00000-of-00001.parquet": train,
        "data/test-00000-of-00001.parquet": test,
        "README.md": b"x",
    }
    for upload in (zipped(files), tarred(files), tarred(files, "gz")):
        samples, faults, source = read(upload)
        assert [(sample.label, sample.split) for sample in samples] == [
            ("zebra", "train"),
            ("ant", "train"),
            ("ant", "train"),
            ("zebra", "train"),
            ("ant", "train"),
            ("zebra", "test"),
        ]
        assert [sample.content for sample in samples] == [png(n) for n in (0, 1, 2, 3, 4, 0)]
        assert [fault.code for fault in faults] == ["bad_label"]
        assert source.classes == ("zebra", "ant", "never seen")


@pytest.mark.parametrize(("labels", "classes"), [([10, 9, 9], ("9", "10")), (["b", "a", "b"], ("a", "b"))])
def test_a_bare_parquet_file_is_taken(
    read: Reader, labels: list[int] | list[str], classes: tuple[str, ...]
) -> None:
    samples, _, source = read(parquet(labels))
    assert [sample.label for sample in samples] == list(map(str, labels))
    assert source.classes == classes


def test_a_split_without_labels_is_ignored(read: Reader) -> None:
    names = ["zebra", "ant"]
    files = {"train.parquet": parquet([0, 1], names), "test.parquet": parquet([-1, -1], names)}
    samples, faults, source = read(files)
    assert {sample.split for sample in samples} == {"train"}
    assert not faults
    assert source.ignored == [("test.parquet", "none of its rows has a label")]


def test_a_stray_parquet_file_does_not_hide_the_pictures(read: Reader) -> None:
    stray = parquet([0, 1]).replace(b"label", b"lapel")
    assert read(FLOWERS | {"stray.parquet": stray})[2].classes == ("rose", "tulip")
    assert "no column label" in read.refused(stray)


def test_parquet_with_more_rows_than_are_taken_is_refused(read: Reader) -> None:
    assert read.refused(parquet([0, 1] * 10), Limits(entries=10)).startswith("limit_exceeded")
