"""A grid of braille dots, eight to a character."""

from collections.abc import Iterable
from itertools import groupby

from rich.style import Style
from rich.text import Text

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a character: rows of (left, right)
BLANK = 0x2800


class Canvas:
    """`width` x `height` characters, twice as many dots across and four times as many down, the first at the top."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._cells: dict[tuple[int, int], tuple[int, Style]] = {}
        self._marks: dict[tuple[int, int], tuple[str, Style]] = {}

    def dots(self, places: Iterable[tuple[int, int]], style: Style) -> None:
        """Places are (column, row). In a character that has dots of an earlier style, these take their place."""
        for x, y in places:
            cell, dot = (x // 2, y // 4), DOTS[y % 4][x % 2]
            lit, before = self._cells.get(cell, (0, style))
            self._cells[cell] = (lit | dot if before == style else dot, style)

    def mark(self, x: int, y: int, sign: str, style: Style) -> None:
        """One character in place of all dots of the one that the dot lies in."""
        self._marks[x // 2, y // 4] = sign, style

    def rows(self) -> list[Text]:
        return [self._row(y) for y in range(self.height)]

    def _row(self, y: int) -> Text:
        cells = [self._cell(x, y) for x in range(self.width)]
        runs = groupby(cells, key=lambda cell: cell[1])
        return Text.assemble(
            *(("".join(sign for sign, _ in run), style) for style, run in runs), no_wrap=True
        )

    def _cell(self, x: int, y: int) -> tuple[str, Style]:
        if mark := self._marks.get((x, y)):
            return mark
        lit, style = self._cells.get((x, y), (0, Style.null()))
        return chr(BLANK + lit) if lit else " ", style
