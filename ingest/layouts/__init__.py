"""The layouts that an upload can have, a file each; the first that knows an upload reads it.

A layout is a function of an archive and the limits. It gives a source; or, where the upload is not laid out so, the
reason, which is empty unless the upload nearly was. What is laid out so and is wrong raises UploadError.
"""

from collections.abc import Callable

from ingest.archives.archive import Archive
from ingest.errors import LayoutUnknown
from ingest.layouts import arrays, folders, idx, parquet, table
from ingest.limits import Limits
from ingest.source import Source

Layout = Callable[[Archive, Limits], Source | str]
LAYOUTS: tuple[Layout, ...] = (parquet.read, idx.read, arrays.read, table.read, folders.read)
TAKEN = """It can hold:
- a folder of pictures for each class, such as rose/1.jpg, also below train, val and test folders
- pictures and a table of them: .csv, .tsv or .jsonl with the columns file_name and label, and split if you like
- MNIST's files: train-images-idx3-ubyte and train-labels-idx1-ubyte, also as .gz
- arrays: .npz or .npy with x_train and y_train, x_test and y_test; or images and labels; or X and y
- .parquet files with the columns image and label, such as Hugging Face's"""


def recognise(archive: Archive, limits: Limits) -> Source:
    """UploadError."""
    nearly = []
    for layout in LAYOUTS:
        found = layout(archive, limits)
        if not isinstance(found, str):
            return found
        if found:
            nearly.append(found)
    raise LayoutUnknown(" ".join(["There is no data set in the upload.", *nearly]), TAKEN)
