"""Text for people: colour where it is wanted, counted nouns, columns."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CODES = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "bold": "1", "dim": "2"}


class Style(NamedTuple):
    """Whether text is coloured, and how wide the screen is."""

    color: bool = False
    width: int = 100

    def paint(self, text: str, *names: str) -> str:
        """Return the text in the named colours, or as it is."""
        if not self.color or not text:
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"

    def state(self, state: str | None) -> str:
        """Return an access state in its colour."""
        colors = {"Allowed": "green", "Quarantined": "yellow", "Blocked": "red"}
        text = state or "not decided here"
        return self.paint(text, colors.get(text, "dim"))


def cells(text: str) -> int:
    """Return how many columns a text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def pad(text: str, width: int) -> str:
    """Return a text filled with spaces to a width."""
    return text + " " * (width - cells(text))


def table(rows: Iterable[Sequence[str]], *, indent: str = "  ", paint: Sequence[object] = ()) -> str:
    """Return rows in aligned columns, two spaces between them, each row ending in a line end."""
    rows = [tuple(row) for row in rows]
    if not rows:
        return ""
    widths = [max(cells(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = []
    for row in rows:
        parts = [pad(cell, width) for cell, width in zip(row, widths, strict=True)]
        for index, function in enumerate(paint):
            if callable(function):
                parts[index] = parts[index].replace(row[index], function(row[index]), 1) if row[index] else parts[index]
        lines.append((indent + "  ".join(parts)).rstrip())
    return "".join(f"{line}\n" for line in lines)


def clean(text: str) -> str:
    """Return a text that cannot steer a terminal: control characters are shown as their code points."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
