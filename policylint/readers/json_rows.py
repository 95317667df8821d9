"""JSON to rows: a list, an object, several after each other, pages of a REST service, objects of a snapshot of Graph.

Rows are read one by one, strictly; long runs of objects that are alike are read many at once, with the same result.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

from policylint.phrases import count, quoted, show
from policylint.readers import json_blocks
from policylint.readers.json_text import END, LARGEST, JsonText
from policylint.readers.json_values import MalformedError, decode, plain
from policylint.readers.rows import Loss, Unreadable
from policylint.regex import regex
from policylint.strict_json import twice

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from policylint.readers.rows import Document, SourceRow

_AT_ONCE = 1 << 20
"""How many bytes an object has at most that is read as one; a larger one is read member by member."""

_CONTENT = "content"
_WRAPPERS = frozenset({"value", "resources", "results", _CONTENT})
"""The members that hold the objects of a page, in lower case.

Source: https://docs.oasis-open.org/odata/odata-json-format/v4.01/odata-json-format-v4.01.html, section 13;
https://learn.microsoft.com/graph/api/resources/configurationbaseline for `resources`;
https://github.com/ugurkocde/TenantBaseline, Export-TBSnapshot, for `Content`, beside which `Resources` are names
"""
_NEXT = frozenset({"@odata.nextlink", "odata.nextlink", "nextlink"})
_COUNT = frozenset({"@odata.count", "odata.count"})
_PARTIAL = "partiallySuccessful"
_RESOURCE, _PROPERTIES = "resourceType", "properties"
_OPEN_LIST, _OPEN_OBJECT, _CLOSE_LIST, _CLOSE_OBJECT, _COMMA, _COLON, _QUOTE = b'[{]},:"'
_LIST_OF_OBJECTS = regex(rb"\[[ \t\r\n]*+[{\]]")
_FAR = 256
_DAMAGED = "not well-formed JSON"

Properties = dict[str, Any]


def read_json(pieces: Iterable[bytes], document: Document) -> Iterator[SourceRow]:
    """Yield the objects of JSON, which is given as pieces of UTF-8 without a byte order mark.

    Raises Unreadable where it is cut, or two readers could take it for two things.
    """
    return _JsonReader(pieces, document).rows()


class _JsonReader:
    """Reads a document from its start to its end, and notes what is in it that is no object."""

    def __init__(self, pieces: Iterable[bytes], document: Document) -> None:
        self._text = JsonText(pieces)
        self._document = document
        self._number = 0
        self._empty_lists = self._other_number = 0
        self._nothing: Loss | None = None
        self._null_in_list: Loss | None = None
        self._other: Loss | None = None
        self._blocks = json_blocks.BlockReader(_is_page)
        self._single_until = 0

    def rows(self) -> Iterator[SourceRow]:
        while (first := self._text.peek()) != END:
            if first == _OPEN_LIST:
                yield from self._items()
            else:
                yield from self._block(first, in_list=False) or self._item(first, in_list=False)
        self._conclude()

    def _items(self) -> Iterator[SourceRow]:
        """Yield the objects of the list that begins here."""
        self._skip()
        first = self._text.peek()
        if first == _CLOSE_LIST:
            self._empty_lists += 1
            self._skip()
            return
        while True:
            yield from self._block(first, in_list=True) or self._item(first, in_list=True)
            if self._next(_COMMA, _CLOSE_LIST) == _CLOSE_LIST:
                return
            first = self._text.peek()

    def _item(self, first: int, *, in_list: bool) -> Iterator[SourceRow]:
        """Yield the object that is here, or those within it where it is a page."""
        text = self._text
        line, column = text.line, text.column
        if first != _OPEN_OBJECT:
            self._note_other(self._value(), line, column, in_list=in_list)
            return
        end = text.find_end(_AT_ONCE)
        if end is not None:
            found = self._decode(end)
            if not _is_page(found):
                text.skip(end)
                yield self._row(line, found)
                return
        head = yield from self._members()
        if head is not None:
            yield self._row(line, head)

    def _block(self, first: int, *, in_list: bool) -> Iterator[SourceRow] | None:
        """Return the objects from here on that can be read at once, and go past them; None where there are none."""
        text = self._text
        if first != _OPEN_OBJECT or text.offset < self._single_until or not text.fill(json_blocks.LARGEST):
            return None
        block = self._blocks.read(text.window, text.at, text.line, in_list=in_list)
        if block is None:
            self._single_until = text.offset + json_blocks.LARGEST
            return None
        text.skip(block.end, block.line_feeds)
        self._number += len(block.rows)
        return zip(block.lines, block.rows, repeat(None))

    def _members(self, *, is_inner: bool = False) -> Generator[SourceRow, None, Properties | None]:
        """Yield the objects within the page that begins here; return the object itself where it is no page."""
        text = self._text
        head: Properties = {}
        is_page = False
        line, before = text.line, self._number
        self._skip()
        if text.peek() == _CLOSE_OBJECT:
            self._skip()
            return head
        while True:
            name = self._name(head)
            first = text.peek()
            if first == _OPEN_LIST and _is_wrapper(name) and self._holds_objects():
                head[name] = None
                is_page = True
                yield from self._items()
            elif first == _OPEN_OBJECT and not is_inner and _may_hold_page(name, head):
                head[name] = yield from self._members(is_inner=True)
                is_page = is_page or head[name] is None
            else:
                head[name] = self._value()
            if self._next(_COMMA, _CLOSE_OBJECT) == _CLOSE_OBJECT:
                break
        if is_page:
            self._note_page(head, line, self._number - before)
        return None if is_page else head

    def _name(self, known: Mapping[str, Any]) -> str:
        """Return the name of the member that is here, and go to its value."""
        text = self._text
        if text.peek() != _QUOTE:
            raise self._unexpected("property name enclosed in double quotes")
        line, column = text.line, text.column
        name: str = self._value()
        if name in known:
            raise Unreadable(Loss("damaged", f"{_DAMAGED}: {twice(name)}", line, column))
        self._next(_COLON)
        return name

    def _holds_objects(self) -> bool:
        """Return whether the list that begins here is one of objects, or of nothing."""
        self._text.fill(_FAR)
        return _LIST_OF_OBJECTS.match(self._text.window, self._text.at) is not None

    def _skip(self) -> None:
        self._text.skip(self._text.at + 1)

    def _next(self, *allowed: int) -> int:
        """Go past the next byte that is no blank and return it, which must be one of those that are allowed."""
        found = self._text.peek()
        if found not in allowed:
            raise self._unexpected(f"'{chr(allowed[0])}' delimiter")
        self._skip()
        return found

    def _value(self) -> Any:
        """Return the value that is here, and go past it."""
        if self._text.peek() == END:
            raise self._unfinished()
        end = self._text.find_end()
        if end is None:
            raise self._unfinished()
        value = self._decode(end)
        self._text.skip(end)
        return value

    def _decode(self, end: int) -> Any:
        """Return the value between here and a place."""
        try:
            return decode(self._text.window[self._text.at : end].decode())
        except MalformedError as problem:
            raise self._malformed(problem, end) from problem

    def _malformed(self, problem: MalformedError, end: int) -> Unreadable:
        text = self._text
        before = text.window[text.at : end].decode()[: problem.at or 0].encode()
        if problem.is_cut and not text.fill(end - text.at + 1):
            return self._cut()
        return Unreadable(Loss("damaged", f"{_DAMAGED}: {problem}", *text.place(text.at + len(before))))

    def _unfinished(self) -> Unreadable:
        """Return why the value that begins here does not end: the file is cut, damaged before, or of something else."""
        text = self._text
        end = len(text.window)
        try:
            decode(text.window[text.at :].decode())
        except MalformedError as problem:
            if not problem.is_cut:
                return self._malformed(problem, end)
        if text.ended:
            return self._cut()
        return Unreadable(Loss("damaged", f"a value of more than {LARGEST >> 20} MB", text.line, text.column))

    def _unexpected(self, wanted: str) -> Unreadable:
        text = self._text
        if text.peek() == END:
            return self._cut()
        return Unreadable(Loss("damaged", f"{_DAMAGED}: expecting {wanted}", text.line, text.column))

    def _cut(self) -> Unreadable:
        text = self._text
        after = f"after {count(self._number, 'object')}" if self._number else "before its first object is whole"
        return Unreadable(Loss("cut-file", f"it ends in the middle, {after}", *text.place(len(text.window))))

    def _row(self, line: int, found: Properties) -> SourceRow:
        """Return an object as a row; one of a snapshot of Graph is what its properties are, and of a type."""
        self._number += 1
        resource, properties = found.get(_RESOURCE), found.get(_PROPERTIES)
        if isinstance(resource, str) and isinstance(properties, dict):
            return line, _plain(properties), resource
        return line, _plain(found), None

    def _note_other(self, value: Any, line: int, column: int, *, in_list: bool) -> None:
        """Note a value that stands where an object should. Null that is in no list says that nothing was found."""
        loss = Loss("unknown-objects", f"{_kind(value)} where an object should be", line, column)
        if value is None or value == "":
            self._nothing = self._nothing or loss
            self._null_in_list = self._null_in_list or (loss if in_list else None)
            return
        self._other_number += 1
        self._other = self._other or loss

    def _note_page(self, head: Mapping[str, Any], line: int, number: int) -> None:
        """Note where a page of a number of objects says that there are more."""
        inner = (member for value in head.values() if isinstance(value, dict) for member in value.items())
        for name, value in (*head.items(), *inner):
            if name.lower() in _NEXT and value:
                words = f"one page of several: `{show(name)}` says where the next one is"
            elif value == _PARTIAL:
                words = f"`{show(name)}` is `{_PARTIAL}`: not all of it could be read"
            elif name.lower() in _COUNT and isinstance(value, int) and value != number:
                words = f"`{show(name)}` is {value:,}, and it holds {count(number, 'object')}"
            else:
                continue
            self._document.losses.append(Loss("rows-cut", words, line))

    def _conclude(self) -> None:
        losses = self._document.losses
        if self._other is not None:
            more = self._other_number - 1
            words = f"{self._other.message}, and {more} more of the kind" if more else self._other.message
            losses.append(self._other._replace(message=words))
        elif self._number and self._null_in_list is not None:
            losses.append(self._null_in_list)
        elif not self._number and self._nothing is None and self._empty_lists:
            self._document.says_none = True
        elif not self._number:
            words = "it holds nothing but `null`" if self._nothing is not None else "it holds no object"
            losses.append(Loss("empty-file", words, 1))


def _plain(found: Properties) -> Properties:
    return {name: plain(value) for name, value in found.items()}


def _is_wrapper(name: str) -> bool:
    return name.lower() in _WRAPPERS


def _may_hold_page(name: str, before: Iterable[str]) -> bool:
    """Return whether a page may be in a member: by its name, or as the first but for those that tell of others."""
    return name.lower() == _CONTENT or all(other.startswith("@") for other in before)


def _is_page(found: Mapping[str, Any], *, is_inner: bool = False) -> bool:
    """Return whether an object holds a list of objects in one of the ways that services have."""
    before: list[str] = []
    for name, value in found.items():
        if isinstance(value, list) and _is_wrapper(name) and (not value or isinstance(value[0], dict)):
            return True
        if isinstance(value, dict) and not is_inner and _may_hold_page(name, before) and _is_page(value, is_inner=True):
            return True
        before.append(name)
    return False


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return quoted(value) if value else "an empty text"
    return "`null`" if value is None else f"`{str(value).lower()}`"
