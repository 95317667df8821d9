"""Objects of JSON that all have the same names, decoded by msgspec: imported where that is installed, and only then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from operator import attrgetter
from typing import Any, ClassVar, cast

import msgspec

from policylint.readers.json_values import TIME, plain
from policylint.regex import regex

Scalar = str | int | float | bool | None
_MEMBER = regex(rb'"[ \t\r\n]*+:')
_TEXT, _TEXTS, _OTHER = "text", "texts", "other"
_TYPES: dict[str, Any] = {
    _TEXT: str,
    _TEXTS: list[str],
    "number": int | float,
    "flag": bool,
    _OTHER: Scalar | list[Scalar],
}
"""The kinds of properties by what they hold, with what may be read."""

_ODD = regex(r"[\x00-\x1f\"\\]")
_MOST = 400
"""How many properties an object has at most."""


class Row(msgspec.Struct, eq=False, gc=False):
    """The properties of an object: a mapping, whose values are made what they stand for when they are asked for."""

    fields: ClassVar[Mapping[str, str]] = {}

    def __getitem__(self, name: str) -> Any:
        value = getattr(self, self.fields[name])
        return plain(value) if value.__class__ is list or (value.__class__ is str and TIME in value) else value

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value, or another one where there is none."""
        return self[name] if name in self.fields else default

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self.fields.keys()

    def values(self) -> ValuesView[Any]:
        """Return the values."""
        return ValuesView(cast("Mapping[str, Any]", self))

    def items(self) -> ItemsView[str, Any]:
        """Return the names with the values."""
        return ItemsView(cast("Mapping[str, Any]", self))

    @classmethod
    def picker(cls, names: Sequence[str]) -> Callable[[Row], Any]:
        """Return what gives the value of a name, or the values of several, as they are in the file."""
        return attrgetter(*(cls.fields[name] for name in names))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and dict(self.items()) == dict(other.items())

    __hash__ = None  # type: ignore[assignment]


Mapping.register(Row)


class Layout:
    """What objects have that have the same names: each name once, and a kind of value for each.

    `kinds` are in the order of the names.
    """

    def __init__(self, names: Sequence[str], kinds: Sequence[str]) -> None:
        self._names, self._kinds = names, list(kinds)
        fields = [f"f{number}" for number in range(len(names))]
        row = msgspec.defstruct(
            "Row",
            [(field, _TYPES[kind]) for field, kind in zip(fields, kinds, strict=True)],
            bases=(Row,),
            rename=dict(zip(fields, names, strict=True)),
            namespace={"fields": dict(zip(names, fields, strict=True))},
            eq=False,
            gc=False,
        )
        self._decode_list = msgspec.json.Decoder(list[row]).decode  # type: ignore[valid-type]
        self._decode_values = msgspec.json.Decoder(row).decode_lines
        self._texts = len(names) + kinds.count(_TEXT)
        self._lists = [attrgetter(field) for field, kind in zip(fields, kinds, strict=True) if kind == _TEXTS]
        self._others = [attrgetter(field) for field, kind in zip(fields, kinds, strict=True) if kind == _OTHER]

    def decode(self, block: bytes, *, in_list: bool) -> Sequence[Mapping[str, Any]] | None:
        """Return the objects of a block: items of a list, or values one after the other.

        Returns None where one has other names, a name twice, or values of other kinds.
        """
        rows = self._rows(block, in_list=in_list)
        if rows is None or not self._has_each_name_once(block, rows):
            return None
        return cast("Sequence[Mapping[str, Any]]", rows)

    def _rows(self, block: bytes, *, in_list: bool) -> Sequence[Row] | None:
        try:
            return cast("Sequence[Row]", self._decode_list(b"[%b]" % block) if in_list else self._decode_values(block))
        except (msgspec.MsgspecError, RecursionError):
            return None

    def _has_each_name_once(self, block: bytes, rows: Sequence[Row]) -> bool:
        """Return whether no object has a name twice, and none has a name that the layout has not.

        Each object has all the names. So it has no other, and none twice, if all quotes are those of the names and of
        texts; or else, where a text has a quote in it, if there are no more members than names.
        """
        texts = len(rows) * self._texts
        for get in self._lists:
            texts += sum(map(len, map(get, rows)))
        for get in self._others:
            texts += _count_texts(list(map(get, rows)))
        if block.count(b'"') == 2 * texts:
            return True
        return len(_MEMBER.findall(block)) == len(rows) * len(self._names)

    def widened(self, block: bytes, *, in_list: bool) -> Layout | None:
        """Return a layout that has the kinds of values besides that a block has, None where that does not help."""
        rows = Layout(self._names, [_OTHER] * len(self._names))._rows(block, in_list=in_list)
        if not rows:
            return None
        columns = zip(*map(msgspec.structs.astuple, rows), strict=True)
        kinds = [
            kind if {kind}.issuperset(map(_kind, column)) else _OTHER
            for kind, column in zip(self._kinds, columns, strict=True)
        ]
        return Layout(self._names, kinds) if kinds != self._kinds else None


def layout_of(row: Mapping[str, Any]) -> Layout | None:
    """Return the layout of objects like one that is flat, None where its names are too many or too odd, or none."""
    if not 0 < len(row) <= _MOST or any(map(_ODD.search, row)):
        return None
    return Layout([*row], [*map(_kind, row.values())])


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return _TEXT
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "number"
    return _TEXTS if isinstance(value, list) and all(isinstance(item, str) for item in value) else _OTHER


def _count_texts(values: Sequence[Any]) -> int:
    """Return how many texts there are in values and in lists of them."""
    types = Counter(map(type, values))
    found = types[str]
    if list in types:
        found += sum(isinstance(item, str) for value in values if isinstance(value, list) for item in value)
    return found
