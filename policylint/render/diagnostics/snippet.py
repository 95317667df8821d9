"""The lines of a source that a finding is about, with every range of it marked and labeled in one picture.

A range on one line is underlined. A range over several lines has a bar at its left, from its first line to a mark under
its last character; the middle of a long one is left out.
"""

from __future__ import annotations

from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING

from policylint.escape import clean
from policylint.named_tuple import NamedTuple
from policylint.render.style import cells

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from policylint.render.style import Style
    from policylint.source import Position, Source, Span

MOST_LINES = 6
"""How many lines of a range are shown; of a longer one the first two and the last."""
_NARROWEST = 40
"""How many columns of a source are shown on the narrowest screen."""


class Mark(NamedTuple):
    """A range to mark, by its first and last character: `sign` under it in a color, and what there is to say of it."""

    begin: Position
    last: Position
    text: str
    sign: str
    color: str

    @classmethod
    def of(cls, span: Span, text: str, sign: str, color: str) -> Mark:
        """Return the mark of a span."""
        return cls(span.begin, span.last, text, sign, color)

    @property
    def is_long(self) -> bool:
        """Return whether the range is over several lines."""
        return self.begin.line != self.last.line


def snippet(source: Source, marks: Iterable[Mark], gutter: int, style: Style) -> Iterator[str]:
    """Yield the lines of a source that marks are on, and the marks beneath each; line numbers are `gutter` wide."""
    ordered = sorted(
        set(marks), key=lambda mark: (mark.begin, -mark.last.line, -mark.last.column, mark.sign, mark.text)
    )
    long = [mark for mark in ordered if mark.is_long]
    picture = _Picture(source, ordered, long, gutter, style)
    entered: set[Mark] = set()
    yield picture.row("")
    previous = 0
    for number in _numbers(ordered, long):
        if 0 < previous < number - 1:
            yield f"{'...':<{gutter + 3}}{picture.bars(entered)}".rstrip()
        yield from picture.line(number, entered)
        previous = number


def _numbers(marks: Sequence[Mark], long: Sequence[Mark]) -> list[int]:
    """Return the numbers of the lines to show: with a mark, inside a range, or alone between two that are shown."""
    found = {line for mark in marks for line in (mark.begin.line, mark.last.line)}
    for mark in long:
        first, last = mark.begin.line, mark.last.line
        found.update(range(first, last) if last - first < MOST_LINES else (first, first + 1))
    found.update([one + 1 for one, other in pairwise(sorted(found)) if other == one + 2])
    return sorted(found)


class _Picture(NamedTuple):
    """How a source is drawn. Each of the `long` marks has a column for its bar; those `entered` have begun."""

    source: Source
    marks: Sequence[Mark]
    long: Sequence[Mark]
    gutter: int
    style: Style

    def row(self, text: str, number: int | None = None) -> str:
        """Return a row with its line number, if it has one."""
        head = " " * self.gutter if number is None else self.style.paint(f"{number:>{self.gutter}}", "dim")
        return f"{head} {self.style.paint('|', 'dim')} {text}".rstrip()

    def bars(self, entered: Collection[Mark], begun: Collection[Mark] = (), most: int | None = None) -> str:
        """Return what is at the left of a row: a bar for each range that goes on there, `/` for one that begins."""
        found = ""
        for mark in self.long[:most]:
            sign = "|" if mark in entered else "/" if mark in begun else " "
            found += self.style.paint(sign, mark.color) + " " if sign.strip() else "  "
        return found

    def line(self, number: int, entered: set[Mark]) -> Iterator[str]:
        """Yield a line of the source and the rows of marks beneath it."""
        text = self.source.line(number)
        begun = [mark for mark in self.long if mark.begin.line == number]
        ended = [mark for mark in self.long if mark.last.line == number]
        short = [mark for mark in self.marks if not mark.is_long and mark.begin.line == number]
        columns = [mark.begin.column for mark in (*short, *begun)] + [mark.last.column for mark in ended]
        room = max(_NARROWEST, self.style.width - self.gutter - 3 - 2 * len(self.long))
        drawn = _Drawn.of(text, min(columns, default=1), room)
        leading = [mark for mark in begun if not text[: mark.begin.column - 1].strip()]
        yield self.row(self.bars(entered, leading) + drawn.text, number)
        entered.update(leading)
        for mark in begun:
            if mark not in leading:
                yield self.row(self._reach(mark, drawn.at(mark.begin.column), " ", entered))
                entered.add(mark)
        yield from (self.row(self.bars(entered) + row) for row in _underlines(short, drawn, self.style))
        for mark in ended:
            row = self._reach(mark, drawn.at(mark.last.column), "|", entered)
            yield self.row(row + _label(mark, self.style, " "))
            entered.remove(mark)

    def _reach(self, mark: Mark, column: int, sign: str, entered: Collection[Mark]) -> str:
        """Return a line from the bar of a range to its mark in a column of the source."""
        place = self.long.index(mark)
        crossed = "".join("|_" if other in entered else "__" for other in self.long[place + 1 :])
        line = f"{sign}_{crossed}{'_' * column}{mark.sign}"
        return self.bars(entered, most=place) + self.style.paint(line, mark.color)


class _Drawn(NamedTuple):
    """A line as it is shown: cut where it is longer than the screen, and where each of its columns then is.

    Of a line that is much longer only the part from `first` on is looked at: a file may be one line of a megabyte.
    """

    text: str
    offsets: Sequence[int]
    dropped: int
    width: int
    first: int = 0

    @classmethod
    def of(cls, line: str, column: int, room: int) -> _Drawn:
        """Return a line in so much room, cut so that a column of it is shown."""
        first, whole = max(0, column - 1 - 2 * room), len(line)
        line, column = line[first : column - 1 + 4 * room], column - first
        shown: Sequence[str] = line
        offsets: Sequence[int] = range(len(line) + 1)
        if not (line.isascii() and line.isprintable()):
            shown = [clean(" " if char == "\t" else char) for char in line]
            offsets = [0, *accumulate(map(cells, shown))]
        start, low, high = offsets[min(column - 1, len(line))], 0, len(line)
        if offsets[-1] > room and start > room // 2:
            low = next(index for index, offset in enumerate(offsets) if start - offset <= room // 2)
        dropped = offsets[low] - len("...") if low or first else 0
        if offsets[-1] - dropped > room:
            high = next(index for index in range(high, 0, -1) if offsets[index] - dropped <= room - len("..."))
        text = ("..." if low or first else "") + "".join(shown[low:high]) + ("..." if first + high < whole else "")
        return cls(text, offsets, dropped, offsets[high] - dropped, first)

    def at(self, column: int) -> int:
        """Return how many columns of the screen are left of a column of the line."""
        offset = self.offsets[max(0, min(column - 1 - self.first, len(self.offsets) - 1))]
        return max(0, min(offset - self.dropped, self.width))


def _underlines(marks: Sequence[Mark], drawn: _Drawn, style: Style) -> Iterator[str]:
    """Yield the rows beneath a line: what is underlined, then the labels, those that begin furthest right first."""
    if not marks:
        return
    ranges = {mark: (drawn.at(mark.begin.column), drawn.at(mark.last.column + 1)) for mark in marks}
    ranges = {mark: (start, max(start + 1, end)) for mark, (start, end) in ranges.items()}
    row: list[tuple[str, str]] = [(" ", "")] * max(end for _, end in ranges.values())
    for mark, (start, end) in sorted(ranges.items(), key=lambda item: (item[1][0] - item[1][1], item[0].sign == "^")):
        row[start:end] = [(mark.sign, mark.color)] * (end - start)
    underlined = "".join(
        style.paint(sign * len(list(run)), color) if color else " " * len(list(run))
        for (sign, color), run in groupby(row)
    )
    labeled = sorted((mark for mark in marks if mark.text), key=lambda mark: -ranges[mark][0])
    if labeled and ranges[labeled[0]][1] == len(row):
        underlined += _label(labeled.pop(0), style, " ")
    yield underlined
    starts = {mark: ranges[mark][0] for mark in labeled}
    if starts:
        yield _hung(starts, style)
    for mark in labeled:
        left = {other: start for other, start in starts.items() if start < starts[mark]}
        yield _hung(left, style, starts[mark]) + _label(mark, style)


def _hung(starts: Mapping[Mark, int], style: Style, width: int = 0) -> str:
    """Return the bars from underlines to labels further down, filled up to a width."""
    text, filled = "", 0
    for mark, start in sorted(starts.items(), key=lambda item: item[1]):
        if start >= filled:
            text += " " * (start - filled) + style.paint("|", mark.color)
            filled = start + 1
    return text + " " * (width - filled)


def _label(mark: Mark, style: Style, before: str = "") -> str:
    return before + style.paint(clean(mark.text), mark.color) if mark.text else ""
