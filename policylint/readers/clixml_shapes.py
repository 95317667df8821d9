"""The shape of an object in CLIXML: one expression that reads it as a whole, learned from the lines of others.

The lines of a property are those of a value, of a list of texts, of an object with a text of its own, of a reference,
or of null. An object of the same properties with other lines than seen before adds them to the shape.
"""

from __future__ import annotations

import re
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from policylint.named_tuple import NamedTuple
from policylint.readers.clixml_elements import CONVERSIONS, TEXTS, WHOLE_NUMBERS, unescape
from policylint.regex import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from policylint.readers.clixml_elements import State
    from policylint.readers.rows import SourceRow, Value

    Groups = tuple[str | None, ...]
    Convert = Callable[[Groups, int, State], Value]

MOST_LEARNED = 40
"""From how many objects a shape is learned at most."""

_FEWEST = 2
_NUMBER_GROUP, _TYPE_GROUP, _TEXT_GROUP, _NULL_GROUP, _BEFORE = range(5)
"""The groups of an object itself, which come before those of its properties; that of null never takes part."""

_NEVER = "((?!))?"

_TEXT = r"[^<>\x00-\x1f\ufffe\uffff]*+"
_UNSAFE = regex("&(?!(?:lt|gt|amp);)")
_ITEM = regex(r"<S>([^<]*)</S>")
_NAME = r'N="(?P<name>[^"&<\x00-\x1f]*)"'
_SCALAR = regex(rf"<(?P<tag>[A-Za-z0-9]+) {_NAME}>[^<]*</(?P=tag)>")
_NIL = regex(rf"<Nil {_NAME} />")
_REFERENCE = regex(rf'<Ref {_NAME} RefId="[0-9]+" />')
_BEGIN = regex(rf'<Obj {_NAME} RefId="[0-9]+">')
_FIRST = regex('<Obj RefId="[0-9]+">')
_TYPE = regex('<TNRef RefId="[0-9]+" />')
_STRING = regex("<ToString>[^<]*</ToString>")
_NUMBER = regex(f"<(?P<tag>{'|'.join(WHOLE_NUMBERS)})>[^<]*</(?P=tag)>")
_VALUES = {
    **dict.fromkeys(TEXTS, _TEXT),
    **dict.fromkeys(WHOLE_NUMBERS, "-?[0-9]{1,20}"),
    "B": "true|false",
    "TS": "-?P(?:[0-9]{1,8}D)?(?:T(?:[0-9]{1,9}H)?(?:[0-9]{1,9}M)?(?:[0-9]{1,9}(?:[.][0-9]{1,7})?S)?)?",
}
"""What stands between the tags of an element, by tag; of some values only the spelling of Export-Clixml."""

_BYTES = "[A-Za-z0-9+/=]*"


class _Form(NamedTuple):
    """One form of a property: an expression, how many groups it has, and what to make of them.

    The first group takes part in each match. `conversion` is what to make of a single group.
    """

    expression: str
    groups: int
    convert: Convert
    conversion: Callable[[str], Value] | None = None


class _Property(NamedTuple):
    """A property of an object: how far it is indented, and its forms besides that of null."""

    name: str
    pad: str
    forms: tuple[_Form, ...]


class _Unusual(Exception):  # noqa: N818
    """The lines of an object are such as no shape has."""


def learn(lines: str, indent: int, newline: str, known: Shape | None) -> Shape | None:
    """Return the shape of an object without its last line, together with the known shape where that is like it."""
    if known is not None and known.learned == MOST_LEARNED:
        return known
    try:
        parts = [*_parts(_Lines(lines, newline), indent)]
        learned = known.learned + 1 if known else 1
        alike = known is not None and [*map(_key, known.parts)] == [*map(_key, parts)]
        return Shape([*map(_merged, known.parts, parts)] if known and alike else parts, newline, learned)
    except _Unusual:
        return known


class Shape:
    """What reads objects of the same properties as a whole. `learned` is from how many objects that is known."""

    def __init__(self, parts: Sequence[str | _Property], newline: str, learned: int) -> None:
        self.parts, self.learned = parts, learned
        properties = [part for part in parts if isinstance(part, _Property)]
        names = [found.name for found in properties]
        if len({*names}) < len(names) or len(names) < _FEWEST:
            raise _Unusual
        starts: list[int] = []
        self._texts: list[str] = []
        self._conversions: list[tuple[str, Callable[[str], Value]]] = []
        self._others: list[tuple[str, list[tuple[int, Convert]]]] = []
        group = _BEFORE
        for name, _pad, forms in properties:
            starts.append(group if forms else _NULL_GROUP)
            conversion = forms[0].conversion if len(forms) == 1 else None
            if conversion is unescape:
                self._texts.append(name)
            elif conversion is not None:
                self._conversions.append((name, conversion))
            elif forms:
                firsts = accumulate((form.groups for form in forms), initial=group)
                self._others.append((name, [*zip(firsts, (form.convert for form in forms), strict=False)]))
            group += sum(form.groups for form in forms)
        self._match = re.compile(newline.join(map(_expression, parts))).fullmatch
        self._names = names
        self._pick: Callable[[Groups], tuple[str | None, ...]] = itemgetter(*starts)

    def row(self, lines: str, line: int, state: State) -> SourceRow | None:
        """Return the row that the lines of an object say, the first of which is given; None where they do not fit."""
        found = self._match(lines)
        is_plain = "&" not in lines and ("_" not in lines or "_x" not in lines)
        if found is None or not (is_plain or _UNSAFE.search(lines) is None):
            return None
        groups = found.groups()
        properties: dict[str, Any] = dict(zip(self._names, self._pick(groups), strict=True))
        if not is_plain:
            for name in self._texts:
                if (text := properties[name]) and ("&" in text or "_x" in text):
                    properties[name] = _plain(text)
        for name, conversion in self._conversions:
            if (text := properties[name]) is not None:
                properties[name] = conversion(text)
        try:
            for name, forms in self._others:
                properties[name] = _first(forms, groups, state)
        except KeyError:
            return None
        text = groups[_TEXT_GROUP]
        value: Value = properties if text is None else _plain(text)
        row = (line, properties, state.types.get(groups[_TYPE_GROUP] or ""))
        state.keep(groups[_NUMBER_GROUP] or "", row, value)
        return row


def _first(forms: Sequence[tuple[int, Convert]], groups: Groups, state: State) -> Value:
    """Return the value of the form that matched, None where none did. Raises KeyError."""
    for at, convert in forms:
        if groups[at] is not None:
            return convert(groups, at, state)
    return None


def _expression(found: str | _Property) -> str:
    if isinstance(found, str):
        return found
    null = f'<Nil N="{re.escape(found.name)}" />'
    return f"{found.pad}(?:{'|'.join([*(form.expression for form in found.forms), null])})"


def _key(part: str | _Property) -> str:
    return part if isinstance(part, str) else part.name


def _merged(old: str | _Property, new: str | _Property) -> str | _Property:
    if isinstance(old, str) or isinstance(new, str):
        return old
    known = {form.expression for form in old.forms}
    return old._replace(forms=(*old.forms, *(form for form in new.forms if form.expression not in known)))


def _plain(text: str) -> str:
    """Return what a text of XML says."""
    if "&" in text:
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return unescape(text) if "_x" in text else text


def _scalar_form(expression: str, tag: str) -> _Form:
    conversion = int if tag in WHOLE_NUMBERS else CONVERSIONS[tag]

    def convert(groups: Groups, at: int, _state: State) -> Value:
        text = groups[at] or ""
        return _plain(text) if tag in TEXTS else conversion(text)

    return _Form(expression, 1, convert, conversion)


def _list(groups: Groups, at: int, state: State) -> Value:
    lines = groups[at + 1] or ""
    items: list[Any] = _ITEM.findall(lines)
    if "&" in lines or "_x" in lines:
        items = [*map(_plain, items)]
    state.values.add(groups[at] or "", items)
    return items


def _object(groups: Groups, at: int, state: State) -> Value:
    text = _plain(groups[at + 1] or "")
    state.values.add(groups[at] or "", text)
    return text


def _enumeration(groups: Groups, at: int, state: State) -> Value:
    """Return the name of an enumeration, its number where that is the name."""
    text, number = _plain(groups[at + 1] or ""), int(groups[at + 2] or "")
    value = number if text == str(number) else text
    state.values.add(groups[at] or "", value)
    return value


def _reference(groups: Groups, at: int, state: State) -> Value:
    number = groups[at] or ""
    if number in (groups[_NUMBER_GROUP], state.around):
        raise KeyError(number)
    return state.value(number)


class _Lines:
    """The lines of an object, taken one after the other. `newline` is what is between them."""

    def __init__(self, lines: str, newline: str) -> None:
        self._lines, self._at = lines.split(newline), 0
        self.newline = newline

    def next_is(self, indent: int, pattern: re.Pattern[str] | str) -> re.Match[str] | None:
        """Return what matches the next line, which is taken then, None where it does not match."""
        if self._at == len(self._lines):
            return None
        line, pad = self._lines[self._at], " " * indent
        compiled = regex(pattern) if isinstance(pattern, str) else pattern
        found = compiled.fullmatch(line, indent) if line.startswith(pad) else None
        self._at += found is not None
        return found

    def take(self, indent: int, pattern: re.Pattern[str] | str) -> re.Match[str]:
        """Return what matches the next line, which must match."""
        found = self.next_is(indent, pattern)
        if found is None:
            raise _Unusual
        return found

    def are_taken(self) -> bool:
        """Return whether there is no more line."""
        return self._at == len(self._lines)


def _parts(lines: _Lines, indent: int) -> Iterator[str | _Property]:
    """Yield the expressions of the lines of an object, and its properties."""
    pad = " " * (indent + 2)
    lines.take(indent, _FIRST)
    yield f'{" " * indent}<Obj RefId="([0-9]+)">'
    lines.take(indent + 2, _TYPE)
    has_text = lines.next_is(indent + 2, _STRING)
    text = f"{lines.newline}{pad}<ToString>({_TEXT})</ToString>" if has_text else _NEVER
    yield f'{pad}<TNRef RefId="([0-9]+)" />{text}{_NEVER}'
    for section in ("Props", "MS"):
        if lines.next_is(indent + 2, f"<{section}>"):
            yield f"{pad}<{section}>"
            while not lines.next_is(indent + 2, f"</{section}>"):
                yield _property(lines, indent + 4)
            yield f"{pad}</{section}>"
    if not lines.are_taken():
        raise _Unusual


def _property(lines: _Lines, indent: int) -> str | _Property:
    """Return a property with the form that the next lines have, the expression of what is left out."""
    pad = " " * indent
    if found := lines.next_is(indent, _NIL):
        return _Property(_name(found), pad, ())
    if found := lines.next_is(indent, _REFERENCE):
        form = _Form(f'<Ref N="{re.escape(_name(found))}" RefId="([0-9]+)" />', 1, _reference)
    elif found := lines.next_is(indent, _BEGIN):
        form = _object_form(lines, indent, re.escape(_name(found)))
    else:
        found = lines.take(indent, _SCALAR)
        tag = found["tag"]
        if tag == "BA":
            return pad + _scalar(found, _BYTES)
        form = _scalar_form(_scalar(found, f"({_value(tag)})"), tag)
    return _Property(_name(found), pad, (form,))


def _name(found: re.Match[str]) -> str:
    if "_x" in found["name"]:
        raise _Unusual
    return found["name"]


def _value(tag: str) -> str:
    if tag not in _VALUES:
        raise _Unusual
    return _VALUES[tag]


def _scalar(found: re.Match[str], value: str) -> str:
    tag, name = found["tag"], re.escape(_name(found))
    return f'<{tag} N="{name}">{value}</{tag}>'


def _object_form(lines: _Lines, indent: int, name: str) -> _Form:
    """Return the form of an object after its first line."""
    pad, inner = " " * indent, " " * (indent + 2)
    lines.take(indent + 2, _TYPE)
    expressions = [f'<Obj N="{name}" RefId="([0-9]+)">', f'{inner}<TNRef RefId="[0-9]+" />']
    if lines.next_is(indent + 2, _STRING):
        expressions.append(f"{inner}<ToString>({_TEXT})</ToString>")
        number = lines.next_is(indent + 2, _NUMBER)
        if number:
            expressions.append(f"{inner}<{number['tag']}>(-?[0-9]{{1,20}})</{number['tag']}>")
        expressions += _inside(lines, indent + 2)
        groups, convert = (3, _enumeration) if number else (2, _object)
    else:
        _take_list(lines, indent + 2)
        items = f"((?:{inner}  <S>{_TEXT}</S>{lines.newline})*)"
        expressions.append(f"{inner}<LST(?: />|>{lines.newline}{items}{inner}</LST>)")
        groups, convert = 2, _list
    lines.take(indent, "</Obj>")
    return _Form(lines.newline.join((*expressions, f"{pad}</Obj>")), groups, convert)


def _take_list(lines: _Lines, indent: int) -> None:
    if not lines.next_is(indent, "<LST />"):
        lines.take(indent, "<LST>")
        while not lines.next_is(indent, "</LST>"):
            lines.take(indent + 2, "<S>[^<]*</S>")


def _inside(lines: _Lines, indent: int) -> Iterator[str]:
    """Yield the expressions of the members of an object with a text, none of which is an object itself."""
    pad = " " * indent
    for section in ("Props", "MS"):
        if lines.next_is(indent, f"<{section}>"):
            yield f"{pad}<{section}>"
            while not lines.next_is(indent, f"</{section}>"):
                found = lines.take(indent + 2, _SCALAR)
                value = _BYTES if found["tag"] == "BA" else f"(?:{_value(found['tag'])})"
                yield f"{pad}  {_scalar(found, value)}"
            yield f"{pad}</{section}>"
