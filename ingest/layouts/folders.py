"""A folder of pictures for each class, with or without a folder above it for each split, and one above all."""

from collections.abc import Iterator

from ingest.archives.archive import Archive
from ingest.archives.names import shown
from ingest.layouts.debris import debris, is_archive, is_picture, unopened
from ingest.layouts.labels import check, tidy
from ingest.layouts.splits import named, settle
from ingest.limits import Limits
from ingest.sample import Sample, Split
from ingest.source import Fault

Place = tuple[str, Split | None]  # class and split


class Folders:
    def __init__(
        self, archive: Archive, places: dict[str, Place], nested: list[str], ignored: list[tuple[str, str]]
    ) -> None:
        """`places` and `nested` by path."""
        self._archive, self._places, self._nested, self.ignored = archive, places, nested, ignored
        self._settled, notes = settle(split for _, split in places.values())
        self.classes = tuple(sorted({label for label, _ in places.values()}))
        self.notes = notes + check(self.classes)
        self.count = len(places) + len(nested)

    def __iter__(self) -> Iterator[Sample | Fault]:
        yield from map(unopened, self._nested)
        members = (member for member in self._archive.members if member.path in self._places)
        for member, content in self._archive.contents(members):
            label, split = self._places[member.path]
            if isinstance(content, Fault):
                yield content
            else:
                yield Sample(member.path, label, self._settled[split], content)


def read(archive: Archive, limits: Limits) -> Folders | str:
    pictures, nested, ignored = [], [], []
    for member in archive.members:
        if why := debris(member.path):
            ignored.append((member.path, why))
        elif is_picture(member.path):
            pictures.append((member.path, member.path.rpartition("/")[0]))
        elif is_archive(member.path):
            nested.append(member.path)
        else:
            ignored.append((member.path, "its name is not that of a picture"))
    meant = _meant({folder for _, folder in pictures})
    places = {}
    for path, folder in pictures:
        place = meant[folder]
        if isinstance(place, str):
            ignored.append((path, place))
        else:
            places[path] = place
    if places:
        return Folders(archive, places, nested, ignored)
    if nested:
        return f"The archive {shown(nested[0])} in it is not opened: send it alone."
    return "There are pictures in it, and not a folder for each class." if pictures else ""


def _meant(folders: set[str]) -> dict[str, Place | str]:
    """What a picture in each folder is; or why it is nothing."""
    paths = {folder: folder.split("/") if folder else [] for folder in folders}
    above = _common([path for path in paths.values() if path])
    below = {folder: path[above:] for folder, path in paths.items()}
    split = _is_split({path[0] for path in below.values() if path})
    return {folder: _place(path, split) for folder, path in below.items()}


def _common(paths: list[list[str]]) -> int:
    """How many folders all of them have in common, splits not counted."""
    above = 0
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1 or named(names[0]):
            break
        above += 1
    return above


def _is_split(tops: set[str]) -> bool:
    """A class may be called train too, of a railway; then there are others beside it that are no splits."""
    splits = {named(top) for top in tops}
    return bool(tops) and (None not in splits or len(splits) > 2)


def _place(path: list[str], split: bool) -> Place | str:
    if not path:
        return "it is in no folder"
    if not split:
        return tidy(path[0]), None
    which = named(path[0])
    if which is None:
        return "it is beside the folders of the splits"
    return (
        (tidy(path[1]), which) if len(path) > 1 else "it is in the folder of a split, and in none of a class"
    )
