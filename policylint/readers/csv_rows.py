"""CSV to rows, as Export-Csv writes it and as spreadsheets and scripts do."""

from __future__ import annotations

import csv
import re
from itertools import chain
from typing import TYPE_CHECKING

from policylint.phrases import count, quoted
from policylint.readers.encoding import LONGEST_LINE, MARK, text_lines
from policylint.readers.rows import Loss, Unreadable
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policylint.readers.rows import Document, SourceRow

_SEPARATORS = ",;\t"
_TYPE = regex(r"#TYPE[ \t]+([^\r\n]*)\s*", re.IGNORECASE)
_SEP = regex(r'"?sep=(.)"?\s*', re.IGNORECASE)
_QUOTED = regex(r'"(?:[^"]|"")*"?')
_NAME = regex(r"(?=.*[^\W\d_]|#)[^\n]{1,80}(?<![.!:])")
_MOST_WORDS = 6
_AT_END = "unexpected end of data"


def looks_like_csv(lines: Sequence[str]) -> bool:
    """Return whether the first lines of a text, of which the first is not blank, are those of CSV."""
    if _TYPE.fullmatch(lines[0]) or _SEP.fullmatch(lines[0]):
        return True
    separator = _separator(lines[0])
    header = _cells(lines[0], separator)
    if lines[0].startswith('"'):
        return bool(header) and (len(header) > 1 or _NAME.fullmatch(header[0]) is not None)
    names = [name.strip() for name in header if name.strip()]
    if not names or not all(_NAME.fullmatch(name) and len(name.split()) <= _MOST_WORDS for name in names):
        return False
    follows = [line for line in lines[1:] if line.strip()]
    if len(header) == 1:
        words_apart = any(len(line.split()) > _MOST_WORDS for line in follows)
        return re.fullmatch(r"\w+", names[0]) is not None and not words_apart and _has_word(follows)
    like_prose = any(name.startswith(" ") for name in header)
    return not like_prose or (_has_word(follows) and len(_cells(follows[0], separator)) == len(header))


def _has_word(lines: Sequence[str]) -> bool:
    """Return whether the first line has a letter or a digit, where there is one."""
    return bool(lines) and re.search(r"\w", lines[0]) is not None


def read_csv(pieces: Iterable[bytes], document: Document) -> Iterator[SourceRow]:
    """Yield the rows of CSV: texts by the names of the first row, those of a column without a name left out."""
    csv.field_size_limit(LONGEST_LINE)
    ends = _Ends(pieces)
    lines = text_lines(ends)
    first, before, type_name, separator = _preamble(lines)
    separator = separator or _separator(first)
    reader = csv.reader(chain((first,), lines), delimiter=separator, strict=True)
    begin, number = before + 1, 0
    try:
        header = next(reader, [])
        names = _names(header, begin)
        unnamed = "" in names
        joints = _Joints(header)
        width = len(header)
        begin = before + reader.line_num + 1
        for cells in reader:
            if not any(cells) or (
                (len(cells) != width or cells[0].startswith(joints.starts)) and joints.is_joint(cells, begin)
            ):
                pass
            elif len(cells) == width:
                number += 1
                row = dict(zip(names, cells, strict=True))
                if unnamed:
                    del row[""]
                yield begin, row, type_name
            else:
                raise Unreadable(_uneven(cells, header, begin, is_last=next(reader, None) is None))
            begin = before + reader.line_num + 1
    except csv.Error as problem:
        raise Unreadable(_not_well_formed(str(problem), begin, before + reader.line_num)) from problem
    if ends.last == separator.encode():
        message = "it ends in the middle of a row, after a separator"
        raise Unreadable(Loss("cut-file", message, before + reader.line_num))
    if not number:
        document.losses.append(Loss("empty-file", "it has names of columns and no rows", line=before + 1))


class _Ends:
    """Pieces of a file, and with what byte the last one ended."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.last = b""

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.last = piece[-1:]
            yield piece


class _Joints:
    """Where files of CSV are in one, one after the other: the lines that do not count but at the start.

    A row that has as many cells as the header and does not begin with one of `starts` is no such line.
    """

    def __init__(self, header: list[str]) -> None:
        self._header, self._names = header, frozenset(header)
        self.starts: tuple[str, ...] = (MARK, *filter(None, header))

    def is_joint(self, cells: list[str], line: int) -> bool:
        """Return whether a row is the header again, or a line of a type before it.

        Raises Unreadable where another file begins that has other columns.
        """
        begins = "" in self.starts or cells[0].startswith(MARK)
        if cells[0].startswith(MARK):
            cells = [cells[0].removeprefix(MARK).strip('"'), *cells[1:]]
        is_type = _is_type(cells)
        self.starts = ("",) if is_type else (MARK, *filter(None, self._header))
        if is_type or cells == self._header:
            return True
        if begins or (len(cells) > 1 and self._names.issuperset(cells)):
            raise Unreadable(Loss("damaged", "another file begins here, with other columns", line))
        return False


def _preamble(lines: Iterator[str]) -> tuple[str, int, str | None, str]:
    """Return the line of the header, how many lines come before it, and the type and the separator that they say."""
    type_name, separator = None, ""
    for before, line in enumerate(lines):
        if found := _TYPE.fullmatch(line):
            type_name = found[1].strip()
        elif found := _SEP.fullmatch(line):
            separator = found[1]
        elif line.strip():
            return line, before, type_name, separator
    return "", 0, type_name, separator


def _separator(header: str) -> str:
    """Return the separator that is most often outside of quotes, the comma where there is none."""
    outside = _QUOTED.sub("", header)
    return max(_SEPARATORS, key=outside.count)


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def _is_type(cells: Sequence[str]) -> bool:
    """Return whether a row is the line of a type, as it comes where files were put one after the other."""
    return len(cells) == 1 and _TYPE.fullmatch(cells[0]) is not None


def _names(header: Sequence[str], line: int) -> list[str]:
    """Return the names of the columns, each of which must be there once."""
    names = [name.strip() for name in header]
    seen: set[str] = set()
    for name in filter(None, names):
        if fold(name) in seen:
            message = f"column {quoted(name)} is there twice"
            raise Unreadable(Loss("damaged", message, line, property=name))
        seen.add(fold(name))
    return names


def _uneven(cells: Sequence[str], header: Sequence[str], line: int, *, is_last: bool) -> Loss:
    """Return what is wrong with a row that has not one cell for each column."""
    said = f"the row has {count(len(cells), 'cell')}, the first row {len(header):,}"
    if is_last and len(cells) < len(header):
        return Loss("cut-file", f"it ends in the middle of a row: {said}", line)
    return Loss("damaged", said, line)


def _not_well_formed(why: str, begin: int, line: int) -> Loss:
    """Return what keeps a row from being read that begins on one line, where another is the last that was read."""
    if why == _AT_END:
        return Loss("cut-file", "it ends within quotes, which begin in this row", begin)
    return Loss("damaged", f"no row of CSV: {why}", line)
