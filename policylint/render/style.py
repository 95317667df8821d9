"""Text for people: color where it is wanted, and columns."""

from __future__ import annotations

import unicodedata
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING

from policylint.escape import clean
from policylint.named_tuple import NamedTuple
from policylint.regex import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

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
    """Whether text is colored, how wide source lines may be, and how wide the screen is: None where there is none."""

    color: bool = False
    width: int = 100
    screen: int | None = None

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


def table(
    rows: Iterable[Sequence[str]],
    columns: Sequence[Column] = (),
    *,
    indent: str = "  ",
    screen: int | None = None,
) -> str:
    """Return rows in aligned columns, two spaces between them, beneath a row of headings where a column has one.

    Columns that are not described have no heading and are at the left. Cells cannot steer a terminal. Where the rows
    are wider than a screen, long cells take several lines; where that leaves little room, the last cell goes below, and
    where words would still be broken, the first one above.
    """
    lines = [[clean(cell) for cell in row] for row in rows]
    columns = (*columns, *[Column()] * (max(map(len, lines), default=0) - len(columns)))
    heads = [column.title for column in columns]
    natural = [max(map(cells, each)) for each in zip(heads, *lines, strict=True)]
    widths, below, above = [min(width, _WIDEST) for width in natural], None, None
    if screen is not None and _total(natural) > screen - len(indent):
        room = screen - len(indent)
        least = [max(_longest_word(cell) for cell in each) for each in zip(heads, *lines, strict=True)]
        widths = _narrowed(natural, least, room)
        if len(widths) > 2 and any(new < min(old, _NARROW) for old, new in zip(natural, widths, strict=True)):
            below, widths = room - len(_BELOW), _narrowed(natural[:-1], least, room)
            if len(widths) > 2 and _total(least[:-1]) > room:
                above, widths = room, _narrowed(natural[1:-1], least[1:], room - len(_BELOW))
    plain = [column._replace(paint=None) for column in columns]
    row = partial(_row, widths=widths, indent=indent, wraps=screen is not None, below=below, above=above)
    return "".join([*([row(heads, plain)] if any(heads) else []), *(row(line, columns) for line in lines)])


_NARROW = 20
"""A column that long texts have to share is not to be narrower than this."""

_BELOW = "  "
"""How far the last cell is indented where it goes below the others."""


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + 2 * (len(widths) - 1)


def _longest_word(cell: str) -> int:
    return max(map(cells, cell.split(" ")))


def _narrowed(widths: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Return the widths of columns that take no more than some room together: the widest ones give way, alike.

    Words stay whole where that leaves room enough.
    """
    for smallest in (least, [1] * len(widths)):
        for level in range(max(min(max(widths), room), 1), 0, -1):
            narrow = [min(width, max(level, word)) for width, word in zip(widths, smallest, strict=False)]
            if _total(narrow) <= room:
                return narrow
    return narrow


def _row(
    row: Sequence[str],
    columns: Sequence[Column],
    *,
    widths: Sequence[int],
    indent: str,
    wraps: bool,
    below: int | None,
    above: int | None,
) -> str:
    """Return the lines of a row: one, unless it wraps and a cell is wider than its column."""
    if above is not None:
        first = "".join(f"{indent}{_painted(part, columns[0])}\n" for part in _wrapped(row[0], above) if part)
        inner = indent + _BELOW
        rest = _row(row[1:], columns[1:], widths=widths, indent=inner, wraps=wraps, below=None, above=None)
        after = "".join(
            f"{inner}{_painted(part, columns[-1])}\n" for part in _wrapped(row[-1], above - len(_BELOW)) if part
        )
        return first + (rest if rest.strip() else "") + after
    parts = [_wrapped(cell, width) if wraps else [cell] for cell, width in zip(row, widths, strict=False)]
    lines = [_line(line, columns, widths, indent) for line in zip_longest(*parts, fillvalue="")]
    if below is not None and row[-1]:
        last = columns[-1]
        lines += [f"{indent}{_BELOW}{_painted(part, last)}\n" for part in _wrapped(row[-1], below)]
    return "".join(lines)


def _line(row: Sequence[str], columns: Sequence[Column], widths: Sequence[int], indent: str) -> str:
    parts = []
    for cell, column, width in zip(row, columns, widths, strict=False):
        space, text = " " * max(0, width - cells(cell)), _painted(cell, column)
        parts.append(space + text if column.right else text + space)
    return (indent + "  ".join(parts)).rstrip() + "\n"


def _painted(cell: str, column: Column) -> str:
    return column.paint(cell) if column.paint is not None and cell else cell


def _wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a cell, at least one; a word that is wider than the cell is broken."""
    if cells(text) <= width:
        return [text]
    lines: list[str] = []
    for word in text.split(" "):
        if lines and cells(joined := f"{lines[-1]} {word}") <= width:
            lines[-1] = joined
        else:
            lines.extend(_pieces(word, width))
    return lines


def _pieces(word: str, width: int) -> Iterator[str]:
    """Yield the pieces of a word, each no wider than a width; a character is never broken."""
    start, taken = 0, 0
    for index, char in enumerate(word):
        taken += cells(char)
        if taken > width and index > start:
            yield word[start:index]
            start, taken = index, cells(char)
    yield word[start:]


_CODE = regex(r"\x1b\[[0-9;]*m")
_WORD = regex(r" *(?:policylint .*|(?:`[^`]*`|[^ `]|`)+)")
"""What a line is not broken in: a word, what is quoted, and a command up to the end of the line: it may be copied."""

_PLAIN_WORD = regex(r" *[^ ]+")


def fitted(text: str, screen: int | None) -> str:
    """Return a text with its lines broken at blanks where they are wider than a screen; what follows is indented."""
    if screen is None:
        return text
    return "\n".join(_broken(line, screen) for line in text.split("\n"))


def _broken(line: str, screen: int) -> str:
    if _visible(line) <= screen:
        return line
    margin = " " * min(len(line) - len(line.lstrip(" ")) + 2, screen // 2)
    lines = [""]
    for word in _words(line, screen - len(margin)):
        if _visible(lines[-1] + word) > screen and lines[-1].strip():
            lines.append(margin + word.lstrip(" "))
        else:
            lines[-1] += word
    return "\n".join(lines)


def _words(line: str, room: int) -> Iterator[str]:
    """Yield the words of a line with the blanks before them; what is quoted is one where it fits."""
    for word in _WORD.findall(line):
        whole = _visible(word) <= room or word.lstrip().startswith("policylint ")
        yield from [word] if whole else _PLAIN_WORD.findall(word)


def _visible(text: str) -> int:
    return cells(_CODE.sub("", text))
