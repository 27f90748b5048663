"""Pictures that lie anywhere, without labels: those that somebody wants to be told."""

from collections.abc import Iterator

from ingest.archives.archive import Archive
from ingest.errors import LayoutUnknown
from ingest.layouts.debris import debris, is_archive, is_picture, unopened
from ingest.limits import Limits
from ingest.sample import Sample
from ingest.source import Fault

TAKEN = "Put pictures into it, in folders or without: files such as 1.jpg, garden/2.png."


class Pictures:
    """In the order of the archive; all are of the class without a name."""

    classes: tuple[str, ...] = ()

    def __init__(
        self, archive: Archive, paths: set[str], nested: list[str], ignored: list[tuple[str, str]]
    ) -> None:
        self._archive, self._paths, self._nested = archive, paths, nested
        self.ignored, self.notes, self.count = ignored, list[str](), len(paths) + len(nested)

    def __iter__(self) -> Iterator[Sample | Fault]:
        yield from map(unopened, self._nested)
        members = (member for member in self._archive.members if member.path in self._paths)
        for member, content in self._archive.contents(members):
            yield content if isinstance(content, Fault) else Sample(member.path, "", None, content)


def read(archive: Archive, limits: Limits) -> Pictures:
    """LayoutUnknown where there are none."""
    paths, nested, ignored = set[str](), list[str](), list[tuple[str, str]]()
    for member in archive.members:
        if why := debris(member.path):
            ignored.append((member.path, why))
        elif is_picture(member.path):
            paths.add(member.path)
        elif is_archive(member.path):
            nested.append(member.path)
        else:
            ignored.append((member.path, "its name is not that of a picture"))
    if not paths:
        raise LayoutUnknown("There is no picture in the upload.", TAKEN)
    return Pictures(archive, paths, nested, ignored)
