"""The rows of a section, kept small: of a hundred thousand mailboxes most have the same settings."""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate, chain, repeat
from operator import eq
from typing import TYPE_CHECKING

from policylint.model.device_table import NUMBER
from policylint.model.lazy_sequence import LazySequence
from policylint.named_tuple import NamedTuple
from policylint.readers.line_blocks import TAIL, Commas, columns_of, packed
from policylint.readers.raw import interner
from policylint.strict_json import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from policylint.readers.raw import Row

LARGE = 1 << 16
"""How many bytes of rows are worth the form that their lines have in common."""

_MOST_TAILS = 10_000
"""How many different ends of lines are remembered."""

_SHORT = 8
"""How long a value is at most to be kept once; longer ones are seldom equal."""


class Column(LazySequence[str]):
    """Texts without line ends, kept as one text of a line each."""

    __slots__ = ("_begins", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._begins: array[int] | None = None

    def __iter__(self) -> Iterator[str]:
        return iter(self._text.split("\n"))

    def __len__(self) -> int:
        return len(self._begins) - 1 if self._begins is not None else self._text.count("\n") + 1

    def at(self, place: int) -> str:
        """Return the text at a place."""
        if self._begins is None:
            self._begins = array(NUMBER, accumulate((len(text) + 1 for text in self), initial=0))
        return self._text[self._begins[place] : self._begins[place + 1] - 1]


class Part(NamedTuple):
    """Rows that have the same names in front, the values of which are in columns.

    `numbers` are those of the rest of each row, in `RowColumns.tails`.
    """

    names: tuple[str, ...]
    columns: tuple[Column, ...]
    numbers: Sequence[int]

    def column(self, name: str) -> Column:
        """Return the values of a name."""
        return self.columns[self.names.index(name)]

    def rows(self, tails: Sequence[Row]) -> Iterator[Row]:
        """Yield each row."""
        own = zip(*self.columns, strict=True) if self.names else repeat((), len(self.numbers))
        for values, number in zip(own, self.numbers, strict=True):
            yield {**dict(zip(self.names, values, strict=True)), **tails[number]}


class Values(Mapping[str, str]):
    """What stands under some names of a part in one of its rows."""

    __slots__ = ("_part", "_row")

    def __init__(self, part: Part, row: int) -> None:
        self._part, self._row = part, row

    def __getitem__(self, name: str) -> str:
        if name not in self._part.names:
            raise KeyError(name)
        return self._part.column(name)[self._row]

    def __iter__(self) -> Iterator[str]:
        return iter(self._part.names)

    def __len__(self) -> int:
        return len(self._part.names)

    def __repr__(self) -> str:
        return repr(dict(self))


class RowColumns(LazySequence["Row"]):
    """Rows in the order they were added in; each is made when it is asked for."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._begins: list[int] = []
        self._length = 0
        self.tails: list[Row] = []

    def add(self, part: Part) -> None:
        """Add rows whose tails are there."""
        self._begins.append(self._length)
        self._parts.append(part)
        self._length += len(part.numbers)

    def extend(self, rows: Iterable[Row]) -> None:
        """Add rows of any names."""
        begin = len(self.tails)
        self.tails.extend(rows)
        if len(self.tails) > begin:
            self.add(Part((), (), range(begin, len(self.tails))))

    def parts(self) -> Iterator[Part]:
        """Yield the rows as they are kept."""
        return iter(self._parts)

    def common(self) -> Iterator[Row]:
        """Yield of each row what it may have in common with others, which is then the same mapping."""
        return map(self.tails.__getitem__, chain.from_iterable(part.numbers for part in self._parts))

    def __len__(self) -> int:
        return self._length

    def at(self, place: int) -> Row:
        """Return the row at a place."""
        number = bisect_right(self._begins, place) - 1
        part, row = self._parts[number], place - self._begins[number]
        own = {name: part.column(name)[row] for name in part.names}
        return {**own, **self.tails[part.numbers[row]]}

    def __iter__(self) -> Iterator[Row]:
        return chain.from_iterable(map(self.of, self._parts))

    def of(self, part: Part) -> Iterator[Row]:
        """Yield the rows of a part."""
        return part.rows(self.tails)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))


class RowReader:
    """Reads the rows of a section into columns: `read_block` is the fast path, `add` the slow one.

    `own` are the names of what is of one object alone.
    """

    def __init__(self, own: frozenset[str]) -> None:
        self.rows = RowColumns()
        self._own = own
        self._pattern: re.Pattern[bytes] | None = None
        self._names: tuple[str, ...] = ()
        self._numbers: dict[bytes, int] = {}
        self._commas = Commas()
        self._intern: Callable[[str], str] = interner()

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows, whatever their names."""
        self.rows.extend(map(self.row, rows))

    def row(self, row: Row) -> Row:
        """Return a row with names of properties and short texts kept once."""
        intern = self._intern
        return {
            intern(name): intern(value) if isinstance(value, str) and len(value) <= _SHORT else value
            for name, value in row.items()
        }

    def read_block(self, block: bytes) -> int:
        """Add the rows of a block of whole lines and return how many lines that took.

        Returns 0 and adds nothing where they are few, or a line is not of the form of the first line.
        """
        if len(block) < LARGE:
            return 0
        if self._pattern is None:
            self._pattern, self._names = _form_of(block[: block.find(b"\n")], self._own)
        columns = columns_of(self._pattern, block)
        if columns is None:
            return 0
        *own, tails = columns.values()
        texts = [text for column in own if (text := packed(column)) is not None]
        if len(texts) < len(own):
            return 0
        if len(self._numbers) > _MOST_TAILS:
            self._numbers.clear()
        new = [tail for tail in dict.fromkeys(tails) if tail not in self._numbers]
        try:
            rows = [self.row(parse_json("{" + tail.removesuffix(b",").decode())) for tail in new]
        except ValueError:
            return 0
        if not self._commas.are_between(tails, new) or not all(map(self._own.isdisjoint, rows)):
            return 0
        self._numbers.update(zip(new, range(len(self.rows.tails), len(self.rows.tails) + len(new)), strict=True))
        self.rows.tails.extend(rows)
        self.rows.add(
            Part(self._names, tuple(map(Column, texts)), array(NUMBER, map(self._numbers.__getitem__, tails)))
        )
        return len(tails)


def _form_of(line: bytes, own: frozenset[str]) -> tuple[re.Pattern[bytes], tuple[str, ...]]:
    """Return what matches lines like the first one, and the names of its own values, which are all texts.

    What a value holds is looked at afterward, for many lines at once. Where there is nothing of its own in front, or
    nothing behind it, nothing matches.
    """
    nothing = re.compile(rb"(?!)"), ()
    try:
        first = parse_json(line.removesuffix(b",").decode())
    except ValueError:
        return nothing
    if not isinstance(first, dict):
        return nothing
    names: list[str] = []
    for name, value in first.items():
        if name not in own or not isinstance(value, str):
            break
        names.append(name)
    rest = list(first)[len(names) : len(names) + 1]
    if not names or not rest:
        return nothing
    fields = "".join(f'{re.escape(json.dumps(name))}: "(?P<{name}>[^"]*)", ' for name in names)
    return re.compile(rf"^\{{{fields}(?P<{TAIL}>{re.escape(json.dumps(rest[0]))}: .*)\n".encode(), re.MULTILINE), (
        *names,
    )
