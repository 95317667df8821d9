"""Where a value was written: a text with a name, and half-open spans of it.

Positions are kept as offsets into the text, which costs two integers a value; lines and columns, which only people
need, are worked out when they are asked for.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from policylint.named_tuple import NamedTuple
from policylint.regex import regex

LINE_END = regex(r"\r\n|\r|\n")


def with_line_ends(text: str, end: str) -> str:
    """Return a text with every line end as given."""
    return LINE_END.sub(end, text)


class Position(NamedTuple):
    """A place in a text. Lines and columns count from 1, columns in code points."""

    line: int
    column: int


class _Text(NamedTuple):
    path: str
    text: str


class Source(_Text):
    """A text and the path it was read from, as the path is to be shown to people."""

    def __repr__(self) -> str:
        return f"Source({self.path!r})"

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in LINE_END.finditer(self.text))]

    @property
    def line_end(self) -> str:
        """Return the line end of the first line, a line feed where the text is a single one."""
        first = LINE_END.search(self.text)
        return first[0] if first else "\n"

    def position(self, offset: int) -> Position:
        """Return the line and column of an offset; offsets past the end are the end."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1] + 1)

    @property
    def last_line(self) -> int:
        """Return the number of the last line; what follows the last line end is a line of its own."""
        return len(self._line_starts)

    def line(self, number: int) -> str:
        """Return a line without its line end; the empty text where there is no such line."""
        starts = self._line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def offset_of_line(self, number: int) -> int:
        """Return the offset at which a line begins."""
        return self._line_starts[max(0, min(number, len(self._line_starts)) - 1)]


class Span(NamedTuple):
    """A half-open range of a source."""

    source: Source
    start: int
    end: int

    @property
    def path(self) -> str:
        """Return the path of the source."""
        return self.source.path

    @property
    def begin(self) -> Position:
        """Return the position of the first character."""
        return self.source.position(self.start)

    @property
    def finish(self) -> Position:
        """Return the position just past the last character."""
        return self.source.position(self.end)

    @property
    def last(self) -> Position:
        """Return the position of the last character; a line end belongs to the line that it ends."""
        return self.source.position(max(self.start, self.end - 1))

    @property
    def sort_key(self) -> tuple[str, int, int]:
        """Return a key that orders spans by path and place."""
        return (self.source.path, self.start, self.end)

    def __str__(self) -> str:
        begin = self.begin
        return f"{self.path}:{begin.line}:{begin.column}"
