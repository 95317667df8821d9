"""Text for people: color where it is wanted, and columns."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from policylint.escape import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_CODES = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "bold": "1", "dim": "2"}

COLORS: Mapping[str, str] = {
    "Allowed": "green",
    "Quarantined": "yellow",
    "Blocked": "red",
    "error": "red",
    "warning": "yellow",
    "info": "blue",
}
"""The color of an access state and of a severity; any other word is dim."""


class Style(NamedTuple):
    """Whether text is colored, and how wide the screen is."""

    color: bool = False
    width: int = 100

    def paint(self, text: str, *names: str) -> str:
        """Return the text in the named colors, or as it is."""
        if not self.color or not text:
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"

    def word(self, word: str, *names: str) -> str:
        """Return an access state or a severity in its color."""
        return self.paint(word, *names, COLORS.get(word, "dim"))


def cells(text: str) -> int:
    """Return how many columns a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


_WIDEST = 200
"""How wide a column becomes: one long cell would fill every row with blanks."""


class Column(NamedTuple):
    """A column of a table: its heading, whether its cells are at the right, the color of a cell."""

    title: str = ""
    right: bool = False
    paint: Callable[[str], str] | None = None


def table(rows: Iterable[Sequence[str]], columns: Sequence[Column] = (), *, indent: str = "  ") -> str:
    """Return rows in aligned columns, two spaces between them, beneath a row of headings where a column has one.

    Columns that are not described have no heading and are at the left. Cells cannot steer a terminal.
    """
    lines = [[clean(cell) for cell in row] for row in rows]
    columns = (*columns, *[Column()] * (max(map(len, lines), default=0) - len(columns)))
    heads = [column.title for column in columns]
    widths = [min(max(map(cells, each)), _WIDEST) for each in zip(heads, *lines, strict=True)]
    headed = [_row(heads, [column._replace(paint=None) for column in columns], widths, indent)] if any(heads) else []
    return "".join([*headed, *(_row(line, columns, widths, indent) for line in lines)])


def _row(row: Sequence[str], columns: Sequence[Column], widths: Sequence[int], indent: str) -> str:
    parts = []
    for cell, column, width in zip(row, columns, widths, strict=True):
        space = " " * max(0, width - cells(cell))
        text = column.paint(cell) if column.paint is not None and cell else cell
        parts.append(space + text if column.right else text + space)
    return (indent + "  ".join(parts)).rstrip() + "\n"
