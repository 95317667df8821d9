"""Positions as editors count them: lines and units from 0, where a unit is part of a character in some encoding.

Source: https://microsoft.github.io/language-server-protocol/specifications/lsp/3.18/specification/#position
"""

from __future__ import annotations

from policylint.named_tuple import NamedTuple
from policylint.source import Source

UTF_8, UTF_16, UTF_32 = "utf-8", "utf-16", "utf-32"
_LARGEST_BMP = 0xFFFF


class Place(NamedTuple):
    """A position in a document: a line, and a number of units in it, both from 0."""

    line: int
    unit: int


class Extent(NamedTuple):
    """A half-open range of a document."""

    start: Place
    end: Place


def units(text: str, encoding: str) -> int:
    """Return how many units of an encoding a text has."""
    if encoding == UTF_32 or text.isascii():
        return len(text)
    if encoding == UTF_8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(ord(char) > _LARGEST_BMP for char in text)


def place_at(source: Source, offset: int, encoding: str) -> Place:
    """Return where an offset is."""
    line, column = source.position(offset)
    return Place(line - 1, units(source.line(line)[: column - 1], encoding))


def extent_of(source: Source, start: int, end: int, encoding: str) -> Extent:
    """Return where a range of offsets is."""
    return Extent(place_at(source, start, encoding), place_at(source, end, encoding))


def offset_at(source: Source, place: Place, encoding: str) -> int:
    """Return the offset of a place. One past the end of a line is its end, one in a character the character's start."""
    if place.line < 0:
        return 0
    if place.line >= source.last_line:
        return len(source.text)
    line = source.line(place.line + 1)
    start = source.offset_of_line(place.line + 1)
    if encoding == UTF_32 or line.isascii():
        return start + max(0, min(place.unit, len(line)))
    passed = 0
    for index, char in enumerate(line):
        passed += units(char, encoding)
        if passed > place.unit:
            return start + index
    return start + len(line)


def changed(text: str, extent: Extent, new: str, encoding: str) -> str:
    """Return a text after an editor replaced a range of it; halves of a character that meet are one again.

    In UTF-16 an editor may take out half of a character, or put one in: what is left is kept as it is.
    """
    source = Source("", text)
    if encoding != UTF_16 or (text.isascii() and new.isascii()):
        start, end = (offset_at(source, place, encoding) for place in extent)
        return text[:start] + new + text[max(start, end) :]
    start, end = (_unit_offset(source, place) for place in extent)
    whole = text.encode("utf-16-le", "surrogatepass")
    parts = whole[: 2 * start], new.encode("utf-16-le", "surrogatepass"), whole[2 * max(start, end) :]
    return b"".join(parts).decode("utf-16-le", "surrogatepass")


def _unit_offset(source: Source, place: Place) -> int:
    """Return how many units of UTF-16 there are before a place, which may be inside of a character."""
    if place.line < 0:
        return 0
    if place.line >= source.last_line:
        return units(source.text, UTF_16)
    before = source.text[: source.offset_of_line(place.line + 1)]
    return units(before, UTF_16) + max(0, min(place.unit, units(source.line(place.line + 1), UTF_16)))


def readable(text: str) -> str:
    """Return a text with a replacement character for each half of a character, which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
