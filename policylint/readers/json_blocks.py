"""Long runs of JSON objects that are alike: many at once, with what reading them one by one gives.

A block begins with an object and ends before what divides two objects, which is taken from the file: the commas and
blanks between two objects, and the first name of the second. The block is decoded as a whole, so nothing is trusted: a
block that was cut in a wrong place does not decode. Whatever is unusual is left to the reader of single objects.
"""

from __future__ import annotations

import json
import re
from io import BytesIO
from itertools import accumulate, repeat
from typing import TYPE_CHECKING, Any

from policylint.named_tuple import NamedTuple
from policylint.readers.json_values import TIME, fraction, no_number, plain
from policylint.regex import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from policylint.readers.json_structs import Layout

_BLANK = rb"[ \t\r\n]*+"
_LEAD = regex(rb'\{%b"[^"\\]*+"%b:' % (_BLANK, _BLANK))
_BETWEEN_ITEMS = regex(rb"(?<=\})[ \t\r\n]*,[ \t\r\n]*\Z")
_BETWEEN_VALUES = regex(rb"(?<=\})[ \t\r\n]*\Z")
_FAR = 256
LARGEST = 1 << 17
"""How many bytes a block has at most: what stays in the caches of a processor is read faster."""

_TRIES = 16
"""How often a file may begin to have objects with other names before that is no longer counted on."""

_ESCAPE = regex(r"\\u")
_HALF = regex(r"\\u[dD][89a-fA-F]")
_BEGIN_OF_TIME = regex(re.escape(TIME))
_MEMBER = regex(r'"[ \t\r\n]*+:')
_FLAT = frozenset({str, int, float, bool, type(None)})


class Block(NamedTuple):
    """Objects and the line of each, where in the window they end, and how many line feeds are before that."""

    rows: Sequence[Mapping[str, Any]]
    lines: Iterable[int]
    end: int
    line_feeds: int


class BlockReader:
    """Reads blocks of the items of a list, or of values one after the other.

    `is_page` tells the objects that are to be left to the reader of single objects.
    """

    def __init__(self, is_page: Callable[[Mapping[str, Any]], bool]) -> None:
        self._is_page = is_page
        self._lead = self._between = b""
        self._layout: Layout | None = None
        self._tries = _TRIES

    def read(self, window: bytes, at: int, line: int, *, in_list: bool) -> Block | None:
        """Return the block that begins at a place in a window and on a line, as long as may be.

        Returns None where its objects are not alike, or not as they mostly are.
        """
        if not self._divide(window, at, in_list=in_list):
            return None
        end = window.rfind(self._between + self._lead, at, at + LARGEST)
        block = window[at:end]
        rows = self._decode(block, in_list=in_list) if end > at else None
        found = self._lines(block, len(rows), line) if rows else None
        if not rows or found is None:
            return None
        lines, line_feeds = found
        return Block(rows, lines, end, line_feeds)

    def _divide(self, window: bytes, at: int, *, in_list: bool) -> bool:
        """Find out what divides the objects, and return whether that could be found."""
        if self._lead and window.startswith(self._lead, at) and self._between.count(b",") == in_list:
            return True
        match = _LEAD.match(window, at)
        second = window.find(match[0], match.end()) if match is not None else -1
        if match is None or second < 0:
            return False
        pattern = _BETWEEN_ITEMS if in_list else _BETWEEN_VALUES
        between = pattern.search(window[max(at, second - _FAR) : second])
        if between is None:
            return False
        self._lead, self._between = match[0], between[0]
        return True

    def _decode(self, block: bytes, *, in_list: bool) -> Sequence[Mapping[str, Any]] | None:
        rows = self._decode_alike(block, in_list=in_list)
        if rows is None:
            self._layout = self._new_layout(block)
            rows = self._decode_alike(block, in_list=in_list)
        return rows or self._decode_plainly(block.decode(), in_list=in_list)

    def _decode_alike(self, block: bytes, *, in_list: bool) -> Sequence[Mapping[str, Any]] | None:
        """Return the objects of a block where each has the names of the layout."""
        if self._layout is None:
            return None
        rows = self._layout.decode(block, in_list=in_list)
        if rows is None and (wider := self._layout.widened(block, in_list=in_list)) is not None:
            self._layout = wider
            rows = wider.decode(block, in_list=in_list)
        return rows

    def _new_layout(self, block: bytes) -> Layout | None:
        """Return what objects like the first of a block have, None where that is not known or cannot be used."""
        if not self._tries:
            return None
        self._tries -= 1
        try:
            from policylint.readers.json_structs import layout_of
        except ImportError:
            return None
        first, _, _ = block.partition(self._between + self._lead)
        rows = self._decode_plainly(first.decode(), in_list=True)
        if rows is None or len(rows) != 1:
            return None
        return layout_of(rows[0])

    def _decode_plainly(self, text: str, *, in_list: bool) -> list[dict[str, Any]] | None:
        """Return the objects of a block, None where any is not flat, or where two readers could differ."""
        is_escaped = _ESCAPE.search(text) is not None
        if is_escaped and _HALF.search(text):
            return None
        try:
            rows = self._values(text, in_list=in_list)
        except (ValueError, RecursionError):
            return None
        if {*map(type, rows)} != {dict} or any(self._may_be_page(names) for names in {*map(tuple, rows)}):
            return None
        texts = _count_texts(rows)
        members = sum(map(len, rows))
        if texts is None or (text.count('"') != 2 * (members + texts) and len(_MEMBER.findall(text)) != members):
            return None
        if is_escaped or _BEGIN_OF_TIME.search(text):
            return [{name: plain(value) for name, value in row.items()} for row in rows]
        return rows

    def _may_be_page(self, names: Iterable[str]) -> bool:
        return self._is_page({name: [] for name in names})

    def _values(self, text: str, *, in_list: bool) -> list[Any]:
        if in_list:
            found: list[Any] = _DECODER.decode(f"[{text}]")
            return found
        lead = self._lead.decode()
        first, *others = text.split(self._between.decode() + lead)
        return [_DECODER.decode(first), *(_DECODER.decode(lead + other) for other in others)]

    def _lines(self, block: bytes, number: int, line: int) -> tuple[Iterable[int], int] | None:
        """Return the line on which each of a number of objects begins, and how many line feeds are in the block."""
        if b"\n" not in block:
            return repeat(line, number), 0
        if b"\n" in self._between and b"\n" not in self._lead:
            lines = BytesIO(block).readlines()
            if len(lines) == number == sum(map(bytes.startswith, lines, repeat(self._lead))):
                return range(line, line + number), number - 1
        separator = self._between + self._lead
        counts = [*map(bytes.count, block.split(separator), repeat(b"\n"))]
        if len(counts) != number:
            return None
        between = separator.count(b"\n")
        before_name = self._lead.count(b"\n")
        counts[0] -= before_name
        starts = accumulate(map(between.__add__, counts[:-1]), initial=line)
        return starts, sum(counts) + between * (number - 1) + before_name


def _count_texts(rows: Iterable[Mapping[str, Any]]) -> int | None:
    """Return how many texts objects have, None where one holds an object, or a list within a list."""
    found = 0
    for row in rows:
        types = [*map(type, row.values())]
        found += types.count(str)
        if not _FLAT.issuperset(types):
            for value in row.values():
                if type(value) is list and _FLAT.issuperset(map(type, value)):
                    found += [*map(type, value)].count(str)
                elif type(value) not in _FLAT:
                    return None
    return found


_DECODER = json.JSONDecoder(parse_float=fraction, parse_constant=no_number)
