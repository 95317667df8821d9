"""The output of Format-List to rows. It is made for a screen: lists are cut at four items, values broken at its width.

Source: https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/format-list and, for the number of
items, $FormatEnumerationLimit in
https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_preference_variables
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.phrases import quoted
from policylint.readers.encoding import MARK, text_lines
from policylint.readers.rows import Loss, Unreadable
from policylint.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.readers.rows import Document, SourceRow, Value

_CUT = ("...", "…")
_NO_NAME = frozenset(" \t,;\"'{<#")
_COLOR = regex(r"\x1b\[[0-9;]*m")


def without_color(text: str) -> str:
    """Return a text without the sequences that color it on a terminal, which PowerShell 7 may leave in a file."""
    return _COLOR.sub("", text) if "\x1b" in text else text


def name_and_value(line: str) -> tuple[str, str] | None:
    """Return what a line such as `Name : value` gives to which property, None where it is no such line."""
    name, colon, value = line.partition(":")
    if not colon or not name.endswith(" ") or name[0] in _NO_NAME or value[:1] not in {"", " "}:
        return None
    return name.rstrip(), value[1:]


class _Object:
    """An object that is being read: where it begins, and the lines of each property."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.lines: dict[str, list[str]] = {}
        self.places: dict[str, int] = {}
        self.last = ""

    def begin(self, name: str, value: str, line: int) -> None:
        if name in self.lines:
            message = f"property {quoted(name)} is there twice in an object"
            raise Unreadable(Loss("damaged", message, line, property=name))
        self.last = name
        self.lines[name] = [value]
        self.places[name] = line

    def row(self, document: Document) -> SourceRow:
        """Return the row, having noted what its lines do not show whole."""
        values = {name: _value(name, lines, self.places[name], document) for name, lines in self.lines.items()}
        return self.line, values, None


def read_format_list(pieces: Iterable[bytes], document: Document) -> Iterator[SourceRow]:
    """Yield the objects of Format-List: texts and lists of texts, None where nothing stands after the colon.

    A text in braces is a list of one item: the two look the same.
    """
    current: _Object | None = None
    is_after_blank = True
    for number, line in enumerate(text_lines(pieces), 1):
        text = without_color(line.rstrip("\r\n"))
        if text.startswith(MARK):
            text, is_after_blank = text.removeprefix(MARK), True
        if not text.strip():
            is_after_blank = True
            continue
        found = name_and_value(text)
        if found is None and (current is None or not text.startswith(" ")):
            message = "the line is neither `name : value` of Format-List nor goes on with a value"
            raise Unreadable(Loss("damaged", message, number))
        if found is None and current is not None:
            current.lines[current.last].append(text.strip())
        elif found is not None:
            if current is None or is_after_blank:
                if current is not None:
                    yield current.row(document)
                current = _Object(number)
            current.begin(*found, number)
        is_after_blank = False
    if current is not None:
        yield current.row(document)


def _value(name: str, lines: list[str], line: int, document: Document) -> Value:
    """Return the value of a property from its lines, of which the first is one of the file."""
    first = lines[0].strip()
    if first.startswith("{"):
        whole = all(before.rstrip().endswith(",") for before in lines[:-1])
        text = " ".join(part.strip() for part in lines)
        if whole and text.endswith("}"):
            return _items(name, text[1:-1], line, document)
    if len(lines) > 1:
        message = f"the value of {quoted(name)} is broken over {len(lines):,} lines"
        document.losses.append(Loss("text-wrapped", message, line, property=name))
    return lines[0] if first else None


def _items(name: str, inside: str, line: int, document: Document) -> list[str]:
    """Return the items that stand within braces."""
    end = next((cut for cut in _CUT if inside.endswith(cut)), "")
    if end:
        message = f"the list {quoted(name)} ends with `{end}`: Format-List does not show all items"
        document.losses.append(Loss("list-cut", message, line, property=name))
        inside = inside.removesuffix(end).rstrip(", ")
    return inside.split(", ") if inside else []
