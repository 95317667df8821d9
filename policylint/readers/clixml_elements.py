"""The elements of CLIXML to rows, whatever the file looks like: the slow path of its reader.

A value is a list, text, number, true, false or None; an object is its text where it has one, else a dict. Nothing that
a file asks for is resolved: a document type or an entity ends the reading. Bytes and secrets are left out.

Source: https://learn.microsoft.com/openspecs/windows_protocols/ms-psrp/ section 2.2.5, for the elements
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from policylint.phrases import quoted
from policylint.readers.rows import Loss, Unreadable
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from policylint.readers.rows import SourceRow, Value

DEEPEST = 256
"""How many elements may be in one another."""

MOST_VALUES, MOST_ROWS = 20_000, 200
"""How many values and rows a file may still refer to."""

_MOST_NAMES = 1000
_STEP = 1 << 16
_ROOT, _OBJECT, _ENTRY = "Objs", "Obj", "En"
_LISTS = frozenset({"LST", "IE", "QUE", "STK"})
_SECTIONS = frozenset({"Props", "MS", "DCT"})
_LEFT_OUT = frozenset({"BA", "SS"})
_PARTS = {"TN": _OBJECT, "TNRef": _OBJECT, "ToString": _OBJECT, "T": "TN", _ENTRY: "DCT"} | dict.fromkeys(
    _LISTS | _SECTIONS, _OBJECT
)
"""The elements that are no values, with the element that each is a part of."""

_HOLDERS = frozenset({_ROOT, _OBJECT, _ENTRY, "Props", "MS", *_LISTS})
"""The elements that values are in."""

_CUT_ERRORS = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
_UNDEFINED = expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]
_ESCAPES = regex(r"(?:_x[0-9A-Fa-f]{4}_)+")
_SPAN = regex(
    r"(?P<sign>-?)P(?:(?P<days>[0-9]{1,8})D)?"
    r"(?:T(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?"
    r"(?:(?P<seconds>[0-9]{1,9})(?:\.(?P<fraction>[0-9]{1,7}))?S)?)?"
)
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_WHOLE = regex(r"-?[0-9]{1,20}")
_FRACTION = regex(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:E[+-]?[0-9]{1,3})?")
_TYPES = {str: "System.String", bool: "System.Boolean", int: "System.Int64", float: "System.Double"}
_ABSENT: Any = object()
"""What is left out: bytes, secrets, and an object within itself."""


class Recent(OrderedDict[str, Any]):
    """Things by number: the last ones, and older ones that were asked for again."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def add(self, number: str, thing: Any) -> None:
        """Keep a thing, and forget the oldest one where there are too many."""
        self[number] = thing
        self.move_to_end(number)
        if len(self) > self._most:
            self.popitem(last=False)

    def recall(self, number: str) -> Any:
        """Return a thing and keep it longer. Raises KeyError where it is not there, or is not any more."""
        self.move_to_end(number)
        return self[number]


class State:
    """What elements may refer to, how many rows there were, and whether a list of rows or a null in place of one.

    `around` is the number of the list that all rows are in, where there is one.
    """

    def __init__(self) -> None:
        self.types: dict[str, str | None] = {}
        self.values = Recent(MOST_VALUES)
        self.count = 0
        self.has_list = self.has_null = False
        self.around = ""
        self._rows: deque[tuple[str, SourceRow, Value]] = deque(maxlen=MOST_ROWS)

    def keep(self, number: str, row: SourceRow, value: Value) -> None:
        """Keep a row, with what it is as a value, for others to refer to."""
        self.count += 1
        self._rows.append((number, row, value))

    def row(self, number: str) -> SourceRow:
        """Return one of the last rows. Raises KeyError."""
        return self._kept(number)[1]

    def value(self, number: str) -> Value:
        """Return what an object is as a value. Raises KeyError."""
        value: Value = self.values.recall(number) if number in self.values else self._kept(number)[2]
        return value

    def _kept(self, number: str) -> tuple[str, SourceRow, Value]:
        for kept in reversed(self._rows):
            if kept[0] == number:
                return kept
        raise KeyError(number)


def unescape(text: str) -> str:
    """Return a text whose characters Export-Clixml spelled as `_x000A_`; U+FFFD for half of a surrogate pair."""
    return _ESCAPES.sub(_characters, text) if "_x" in text else text


def _characters(found: re.Match[str]) -> str:
    units = bytes.fromhex(found[0].replace("_x", "").replace("_", ""))
    return units.decode("utf-16-be", "replace")


def time_span(text: str) -> str:
    """Return `[d.]hh:mm:ss` for a time span of XML. Raises ValueError."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    days, hours, minutes, seconds = (int(found[name] or 0) for name in ("days", "hours", "minutes", "seconds"))
    minutes, seconds = divmod(((days * 24 + hours) * 60 + minutes) * 60 + seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    fraction = f".{found['fraction']:0<7}" if int(found["fraction"] or 0) else ""
    return f"{found['sign']}{f'{days}.' if days else ''}{hours:02}:{minutes:02}:{seconds:02}{fraction}"


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _number(text: str) -> Value:
    """Return a number of any kind, the text of one that is none, such as INF."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _FRACTION.fullmatch(text) else text


def _character(text: str) -> str:
    return chr(_whole(text)).encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")


TEXTS = ("S", "DT", "G", "URI", "Version", "XD", "SBK")
WHOLE_NUMBERS = ("By", "SB", "I16", "U16", "I32", "U32", "I64", "U64")
CONVERSIONS: Mapping[str, Callable[[str], Value]] = {
    **dict.fromkeys(TEXTS, unescape),
    **dict.fromkeys(WHOLE_NUMBERS, _whole),
    **dict.fromkeys(("D", "Db", "Sg"), _number),
    "B": _TRUTH.__getitem__,
    "C": _character,
    "TS": time_span,
}
"""How the text of an element becomes a value, by the tag of the element."""


class _Object:
    """An object that is being read, with its parts as far as they are known."""

    __slots__ = ("is_row", "items", "line", "members", "name", "number", "text", "type_name", "value")

    def __init__(self, name: str, number: str, line: int, *, is_row: bool) -> None:
        self.name, self.number, self.line, self.is_row = name, number, line, is_row
        self.type_name: str | None = None
        self.text: str | None = None
        self.value: Any = _ABSENT
        self.items: list[Any] | None = None
        self.members: dict[str, Value] = {}

    def result(self) -> Value:
        """Return what the object is as a value."""
        if self.items is not None:
            return self.items
        if self.text is not None:
            return self.value if str(self.value) == self.text else self.text
        result: Value = self.members if self.value is _ABSENT else self.value
        return result


class Builder:
    """Builds rows from the elements of XML, which is given in pieces of any size and begins after `skipped` lines."""

    def __init__(self, state: State, skipped: int = 0) -> None:
        self._state, self._skipped = state, skipped
        self._rows: list[SourceRow] = []
        self._open: list[str] = []
        self._objects: list[_Object] = []
        self._sections: list[list[str]] = []
        self._keys: list[list[Any]] = []
        self._known_names: set[tuple[str, ...]] = set()
        self._attributes: dict[str, str] = {}
        self._text: list[str] | None = None
        self._types: tuple[str, list[str]] = ("", [])
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._take_text
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype

    def read(self, pieces: Iterable[bytes]) -> Iterator[SourceRow]:
        """Yield the rows. Raises Unreadable where the whole is not well-formed, or no CLIXML."""
        for piece in pieces:
            for at in range(0, len(piece), _STEP):
                yield from self._feed(piece[at : at + _STEP])
        yield from self._feed(b"", is_last=True)

    def _feed(self, piece: bytes, *, is_last: bool = False) -> Iterator[SourceRow]:
        """Yield the rows that a piece makes whole, up to what keeps the rest from being read."""
        problem: Unreadable | None = None
        try:
            self._parser.Parse(piece, is_last)
        except expat.ExpatError as error:
            problem = Unreadable(self._not_well_formed(error))
        except Unreadable as refusal:
            problem = refusal
        rows, self._rows = self._rows, []
        yield from rows
        if problem is not None:
            raise problem

    def _not_well_formed(self, problem: expat.ExpatError) -> Loss:
        line, column = problem.lineno + self._skipped, problem.offset + 1
        if problem.code in _CUT_ERRORS:
            return Loss("cut-file", "it ends before its XML does", line, column)
        if problem.code == _UNDEFINED:
            return Loss("unsafe-xml", "it refers to an entity; none is ever resolved", line, column)
        return Loss("damaged", f"no well-formed XML: {expat.ErrorString(problem.code)}", line, column)

    def _refusal(self, message: str, code: str = "damaged") -> Unreadable:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber
        return Unreadable(Loss(code, message, line + self._skipped, column + 1))

    def _refuse_doctype(self, *_parts: object) -> None:
        raise self._refusal("it has a document type, which may define entities; none is ever resolved", "unsafe-xml")

    def _take_text(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        parent = self._open[-1] if self._open else ""
        if tag not in CONVERSIONS or parent not in _HOLDERS:
            self._check(tag, parent)
        self._open.append(tag)
        self._attributes = attributes
        if tag in CONVERSIONS or tag in {"T", "ToString"}:
            self._text = []
        elif tag == _OBJECT:
            self._start_object(parent)
        elif parent == _OBJECT:
            self._start_part(tag)
        elif tag == _ENTRY:
            self._keys.append([None, None])

    def _check(self, tag: str, parent: str) -> None:
        """Raise Unreadable where an element cannot be where it is."""
        if not parent and tag != _ROOT:
            raise self._refusal(f"it is XML, but no CLIXML: its root is {quoted(tag)}", "unknown-format")
        if len(self._open) == DEEPEST:
            raise self._refusal(f"deeper than {DEEPEST} elements")
        is_value = tag in CONVERSIONS or tag in _LEFT_OUT or tag in {_OBJECT, "Nil", "Ref"}
        if not (parent in _HOLDERS if is_value else _PARTS.get(tag, "") == parent):
            raise self._refusal(f"no CLIXML: {quoted(tag)} within {quoted(parent)}")

    def _start_object(self, parent: str) -> None:
        is_row = parent == _ROOT or (parent in _LISTS and self._objects[-1].is_row)
        name, number = self._attributes.get("N", ""), self._attributes.get("RefId", "")
        line = self._parser.CurrentLineNumber + self._skipped
        self._objects.append(_Object(unescape(name), number, line, is_row=is_row))

    def _start_part(self, tag: str) -> None:
        """Begin a part of the object that is being read."""
        current, number = self._objects[-1], self._attributes.get("RefId", "")
        if tag == "TN":
            self._types = (number, [])
        elif tag == "TNRef":
            current.type_name = self._state.types.get(number)
        elif tag in _LISTS:
            current.items = [] if current.items is None else current.items
        elif tag in _SECTIONS:
            self._sections.append([])

    def _end(self, tag: str) -> None:
        self._open.pop()
        if tag in CONVERSIONS:
            self._add(self._converted(tag), unescape(self._attributes.get("N", "")))
        elif tag == _OBJECT:
            self._end_object(self._objects.pop())
        elif tag in _LEFT_OUT:
            self._add(_ABSENT, unescape(self._attributes.get("N", "")))
        elif tag == "Nil":
            self._add(None, unescape(self._attributes.get("N", "")))
        elif tag == "Ref":
            self._refer(self._attributes.get("RefId", ""), unescape(self._attributes.get("N", "")))
        elif tag in {"T", "ToString"}:
            self._end_text(tag)
        elif tag == "TN":
            number, types = self._types
            self._state.types[number] = self._objects[-1].type_name = types[0] if types else None
        elif tag in _SECTIONS:
            self._check_names(self._sections.pop())
        elif tag == _ENTRY:
            self._end_entry()

    def _taken(self) -> str:
        text, self._text = "".join(self._text or ()), None
        return text

    def _converted(self, tag: str) -> Value:
        text = self._taken()
        try:
            return CONVERSIONS[tag](text)
        except (ValueError, OverflowError, KeyError) as problem:
            raise self._refusal(f"{quoted(text)} is no value of the element {quoted(tag)}") from problem

    def _end_text(self, tag: str) -> None:
        text = unescape(self._taken())
        if tag == "T":
            self._types[1].append(text)
        else:
            self._objects[-1].text = text

    def _end_object(self, ended: _Object) -> None:
        value = ended.result()
        if not ended.is_row:
            self._state.values.add(ended.number, value)
            self._add(value, ended.name)
        elif ended.items is not None:
            self._state.has_list = True
        else:
            row = (ended.line, ended.members, ended.type_name)
            self._state.keep(ended.number, row, value)
            self._rows.append(row)

    def _end_entry(self) -> None:
        key, value = self._keys.pop()
        self._sections[-1].append(str(key))
        if value is not _ABSENT:
            self._objects[-1].members[str(key)] = value

    def _check_names(self, names: list[str]) -> None:
        """Raise Unreadable where two of the names of an object are the same to PowerShell."""
        key = tuple(names)
        if key in self._known_names:
            return
        seen: set[str] = set()
        for name in names:
            if fold(name) in seen:
                raise self._refusal(f"property {quoted(name)} is there twice in an object")
            seen.add(fold(name))
        if len(self._known_names) < _MOST_NAMES:
            self._known_names.add(key)

    def _is_row_place(self) -> bool:
        """Return whether what stands here is a row."""
        parent = self._open[-1]
        return parent == _ROOT or (parent in _LISTS and self._objects[-1].is_row)

    def _add(self, value: Any, name: str) -> None:
        """Put a value where it belongs."""
        parent = self._open[-1]
        if parent in _SECTIONS:
            self._sections[-1].append(name)
            if value is not _ABSENT:
                self._objects[-1].members[name] = value
        elif self._is_row_place():
            self._add_single(value)
        elif parent == _ENTRY:
            self._keys[-1][name == "Value"] = value
        elif value is _ABSENT:
            return
        elif parent == _OBJECT:
            self._objects[-1].value = value
        else:
            items = self._objects[-1].items
            assert items is not None
            items.append(value)

    def _add_single(self, value: Any) -> None:
        """Take a value that stands where objects do: a row without properties, unless it is null."""
        if value is None:
            self._state.has_null = True
        else:
            self._state.count += 1
            self._rows.append((self._parser.CurrentLineNumber + self._skipped, {}, _TYPES.get(type(value))))

    def _refer(self, number: str, name: str) -> None:
        """Put what is known by a number where it belongs."""
        try:
            if self._is_row_place():
                _line, properties, type_name = self._state.row(number)
                self._state.count += 1
                self._rows.append((self._parser.CurrentLineNumber + self._skipped, properties, type_name))
            elif any(number == unfinished.number for unfinished in self._objects):
                self._add(_ABSENT, name)
            else:
                self._add(self._state.value(number), name)
        except KeyError as problem:
            message = f"it refers to object {quoted(number)}, which is not before it or too far before it"
            raise self._refusal(message) from problem
