"""The lines of CLIXML as Export-Clixml itself writes them, to rows: the fast path of its reader.

Each object ends with a line that nothing within it can equal, since a text is on one line there. So the file is cut at
these lines, and one expression, learned from objects before, reads an object as a whole. Where it does not match, that
object is read by its elements; where these are not whole in themselves, so is all that follows. Both give the same.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.readers.clixml_elements import Builder
from policylint.readers.clixml_shapes import learn
from policylint.readers.encoding import first_bytes
from policylint.readers.rows import Unreadable
from policylint.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.readers.clixml_elements import State
    from policylint.readers.clixml_shapes import Shape
    from policylint.readers.rows import SourceRow

_FIRST_LINE = regex(
    r'<Objs Version="1\.1\.0\.1" xmlns="http://schemas\.microsoft\.com/powershell/2004/04">(?P<newline>\r?\n)'
)
_TYPE = r"      <T>[^<>&_\x00-\x1f\ufffe\uffff]*</T>\r?\n"
_LIST = regex(
    r'  <Obj RefId="(?P<number>[0-9]+)">\r?\n    <TN RefId="(?P<type>[0-9]+)">\r?\n'
    rf"(?P<types>(?:{_TYPE})+)    </TN>\r?\n    <LST>\r?\n(?=      <Obj )"
)
_HEAD = 1 << 13
_LONGEST = 4 << 20
"""How many characters an object has at most that is read by its lines."""

_USUAL = 20
_FREE = 100
"""One object of so many may be unusual, and so many more, before all that follow are read by their elements."""


def read_blocks(pieces: Iterable[bytes], state: State) -> Iterator[SourceRow]:
    """Yield the rows of CLIXML, whatever its lines look like."""
    head, pieces = first_bytes(pieces, _HEAD)
    layout = _layout(head.decode(), state)
    if layout is None:
        return Builder(state).read(pieces)
    return _Blocks(layout, state).read(pieces)


class _Layout(NamedTuple):
    """How a file begins: what is before its objects, how its lines end, how far they are indented, what they are in."""

    before: str
    newline: str
    indent: int
    opening: str
    closing: str


def _layout(head: str, state: State) -> _Layout | None:
    """Return how a file begins, None where it is not as Export-Clixml begins it."""
    first = _FIRST_LINE.match(head)
    if first is None:
        return None
    found = _LIST.match(head, first.end())
    if found is None:
        return _Layout(first[0], first["newline"], 2, "<Objs>\n", "</Objs>")
    state.types[found["type"]] = found["types"].split("<T>")[1].split("</T>")[0]
    state.around = found["number"]
    opening = f'<Objs><Obj RefId="{found["number"]}"><LST>\n'
    return _Layout(head[: found.end()], first["newline"], 6, opening, "</LST></Obj></Objs>")


class _Blocks:
    """Reads the objects of a file from its lines. `_line` is that on which the next object begins."""

    def __init__(self, layout: _Layout, state: State) -> None:
        self._layout, self._state = layout, state
        self._line = 1 + layout.before.count("\n")
        self._end = f"{layout.newline}{' ' * layout.indent}</Obj>{layout.newline}"
        self._shape: Shape | None = None
        self._unusual = 0

    def read(self, pieces: Iterator[bytes]) -> Iterator[SourceRow]:
        """Yield the rows of the file, which is given from its start; its first piece has all that is before them."""
        before, rest = len(self._layout.before), ""
        for piece in pieces:
            text = (rest + piece.decode())[before:]
            *objects, rest = text.split(self._end)
            before = 0
            for number, lines in enumerate(objects):
                row = self._shape.row(lines, self._line, self._state) if self._shape else None
                if row is not None:
                    yield row
                elif (rows := self._unusual_rows(lines)) is not None:
                    yield from rows
                else:
                    yield from self._by_elements(self._end.join((*objects[number:], rest)), pieces)
                    return
                self._line += lines.count("\n") + 2
            if len(rest) > _LONGEST:
                break
        yield from self._by_elements(rest, pieces)

    def _unusual_rows(self, lines: str) -> list[SourceRow] | None:
        """Return the rows of the elements of an object; None where these are not whole in themselves.

        Neither where a line ends with a carriage return alone: lines are counted by line feeds.
        """
        if self._unusual > _FREE + self._state.count // _USUAL or "\r" in lines.replace("\r\n", ""):
            return None
        self._unusual += 1
        text = f"{self._layout.opening}{lines}{self._end}{self._layout.closing}"
        try:
            rows = [*Builder(self._state, self._line - 2).read([text.encode()])]
        except Unreadable:
            return None
        if len(rows) == 1:
            self._shape = learn(lines, self._layout.indent, self._layout.newline, self._shape)
        return rows

    def _by_elements(self, text: str, pieces: Iterable[bytes]) -> Iterator[SourceRow]:
        """Yield the rows of all that is left: a text, and the pieces after it."""
        left = chain(((self._layout.opening + text).encode(),), pieces)
        return Builder(self._state, self._line - 2).read(left)
