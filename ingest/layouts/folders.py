"""A folder of pictures for each class, with or without a folder above it for each split, and one above all."""

from collections.abc import Iterator

from ingest.archive import Archive, Member
from ingest.debris import debris, is_archive, is_picture
from ingest.labels import check, tidy
from ingest.limits import Limits
from ingest.names import shown
from ingest.sample import Sample, Split
from ingest.source import Fault
from ingest.splits import named, settle

Place = tuple[str, Split | None]  # class and split
BY_NAME = "its name is not that of a picture"


class Folders:
    def __init__(
        self, archive: Archive, places: list[tuple[Member, Place]], ignored: list[tuple[str, str]]
    ) -> None:
        self._archive = archive
        settled, notes = settle(split for _, (_, split) in places)
        self._places = {member.path: (label, settled[split]) for member, (label, split) in places}
        members = [member for member, _ in places]
        self._nested = [member.path for member in members if is_archive(member.path)]
        self._members = [member for member in members if not is_archive(member.path)]
        self.ignored = ignored
        self.classes = tuple(sorted({label for label, _ in self._places.values()}))
        self.notes = notes + check(self.classes)
        self.count = len(members)

    def __iter__(self) -> Iterator[Sample | Fault]:
        for path in self._nested:
            yield Fault(
                path, "nested_archive", f"{shown(path)} is an archive in the archive, and is not opened."
            )
        for member, content in self._archive.contents(self._members):
            if isinstance(content, Fault):
                yield content
            else:
                yield Sample(member.path, *self._places[member.path], content)


def read(archive: Archive, limits: Limits) -> Folders | str:
    ignored: list[tuple[str, str]] = []
    pictures: list[Member] = []
    for member in archive.members:
        why = debris(member.path)
        if why is None and not (is_picture(member.path) or is_archive(member.path)):
            why = BY_NAME
        if why is None:
            pictures.append(member)
        else:
            ignored.append((member.path, why))
    above = _common(pictures)
    split = _is_split(pictures, above)
    places = []
    for member in pictures:
        place = _place(member.path.split("/")[above:-1], split)
        if isinstance(place, str):
            ignored.append((member.path, place))
        else:
            places.append((member, place))
    if not places:
        return "There are pictures in it, and not a folder for each class." if pictures else ""
    return Folders(archive, places, ignored)


def _common(pictures: list[Member]) -> int:
    """How many folders all pictures that are in folders have in common, splits not counted."""
    folders = [member.path.split("/")[:-1] for member in pictures if "/" in member.path]
    above = 0
    while len({tuple(parts[above : above + 1]) for parts in folders if len(parts) > above}) == 1:
        first = next(parts[above] for parts in folders if len(parts) > above)
        if named(first):
            break
        above += 1
    return above


def _is_split(pictures: list[Member], above: int) -> bool:
    """A class may be called train too, of a railway; then there are others beside it that are no splits."""
    tops = {parts[above] for member in pictures if len(parts := member.path.split("/")) > above + 1}
    splits = {named(top) for top in tops}
    return bool(tops) and (None not in splits or len(splits) > 2)


def _place(folders: list[str], split: bool) -> Place | str:
    """Of a picture in those folders; or why it has none."""
    if not folders:
        return "it is in no folder"
    if not split:
        return tidy(folders[0]), None
    which = named(folders[0])
    if which is None:
        return "it is beside the folders of the splits"
    return (
        (tidy(folders[1]), which)
        if len(folders) > 1
        else "it is in the folder of a split, and in none of a class"
    )
