"""Names of data sets: each has versions 1, 2, 3 ..., and a version is one data set for ever.

A file for each, `<home>/names/<name>/<version>`, that holds the id. It is made in one step that fails where there is
one already, so that two who ask at once get two numbers; a number whose data set was deleted is not given again.
"""

from collections import defaultdict
from pathlib import Path

from model.durable import write_new, write_whole

GONE = ""


class Names:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def give(self, name: str, dataset: str) -> int:
        """The version that `dataset` is of `name`; a new one unless it has been that before."""
        while True:
            known = self._versions(name)
            for version, each in known.items():
                if each == dataset:
                    return version
            version = max(known, default=0) + 1
            if write_new(self._folder / name / str(version), dataset.encode()):
                return version

    def find(self, name: str, version: int) -> str | None:
        """The id."""
        return self._versions(name).get(version) or None

    def newest_first(self, name: str) -> list[str]:
        """Ids of all that are there."""
        return [dataset for _, dataset in sorted(self._versions(name).items(), reverse=True) if dataset]

    def all(self) -> dict[str, list[str]]:
        """`name:version` of each id; the same bytes can have been given several names."""
        found = defaultdict(list)
        for folder in sorted(self._folder.glob("*")):
            for version, dataset in sorted(self._versions(folder.name).items()):
                found[dataset].append(f"{folder.name}:{version}")
        return dict(found)

    def forget(self, dataset: str) -> None:
        """Its numbers stay taken."""
        for each in self.all().get(dataset, ()):
            name, _, version = each.partition(":")
            write_whole(self._folder / name / version, GONE.encode())

    def _versions(self, name: str) -> dict[int, str]:
        files = (path for path in (self._folder / name).glob("[0-9]*") if path.name.isdigit())
        return {int(path.name): path.read_text() for path in files}
