"""A fast check of plain data by a JSON Schema of few keywords, for large files of which most are valid.

What it accepts, jsonschema accepts. What it does not, jsonschema is asked about, which says what is wrong.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence, Sized

    Check: TypeAlias = Callable[[Any], bool]

_WORDS = frozenset({"$schema", "$id", "title", "description"})
"""Keywords that check nothing."""

_TYPES: Mapping[str, type] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def flaw(value: Any, schema: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return where plain data is first not as a schema says, as a JSON path, and what is wrong; None where it is."""
    check = checker(schema)
    if check is not None and check(value):
        return None
    import jsonschema  # takes long, and most files are valid

    wrong = next(jsonschema.Draft202012Validator(schema).iter_errors(value), None)
    return (wrong.json_path, wrong.message) if wrong is not None else None


def checker(schema: Mapping[str, Any]) -> Check | None:
    """Return what accepts only values that a schema does, though not each of them; None where a keyword is not read."""
    try:
        return _all(_checks(schema))
    except _UnknownKeywordError:
        return None


class _UnknownKeywordError(Exception):
    """A schema has a keyword that is not read here."""


def _all(checks: Sequence[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]
    return lambda value: all(check(value) for check in checks)


def _checks(schema: Mapping[str, Any]) -> list[Check]:
    known = set(schema) - _WORDS
    found: list[Check] = []
    if "type" in known:
        found.append(_of_type(schema["type"]))
    if known & {"enum", "const"}:
        found.append(_one_of([*schema.get("enum", ()), *([schema["const"]] if "const" in schema else [])]))
    if known & _OBJECT:
        found.append(_object(schema))
    if "items" in known:
        found.append(_items(_sub(schema["items"])))
    found += [made(schema[name]) for name, made in _LEAST.items() if name in known]
    if known - {"type", "enum", "const", "items", *_OBJECT, *_LEAST} or known >= {"enum", "const"}:
        raise _UnknownKeywordError
    return found


def _sub(schema: Any) -> Check:
    if not isinstance(schema, dict):
        raise _UnknownKeywordError
    return _all(_checks(schema))


def _of_type(names: str | list[str]) -> Check:
    types = frozenset(_TYPES[name] for name in ([names] if isinstance(names, str) else names) if name in _TYPES)
    if len(types) == 1:
        (only,) = types
        return lambda value: type(value) is only
    return lambda value: type(value) in types


def _one_of(values: Iterable[Any]) -> Check:
    """Return what accepts some values; a Boolean is no number."""
    pairs = [(type(each), each) for each in values]
    if any(kind not in {str, int, bool, type(None)} for kind, _ in pairs):
        raise _UnknownKeywordError
    known = frozenset(pairs)
    return lambda value: type(value) in _SCALARS and (type(value), value) in known


_SCALARS = frozenset({str, int, bool, type(None)})
_OBJECT = frozenset({"properties", "required", "additionalProperties"})


def _object(schema: Mapping[str, Any]) -> Check:
    properties = {name: _sub(each) for name, each in schema.get("properties", {}).items()}
    required = frozenset(schema.get("required", ()))
    more = schema.get("additionalProperties", True)
    others = (lambda _value: more) if isinstance(more, bool) else _sub(more)

    def check(value: Any) -> bool:
        if type(value) is not dict:
            return True
        if not required <= value.keys():
            return False
        return all(properties.get(name, others)(each) for name, each in value.items())

    return check


def _items(each: Check) -> Check:
    return lambda value: type(value) is not list or all(map(each, value))


def _minimum(least: int) -> Check:
    return lambda value: type(value) not in {int, float} or value >= least


def _size(kind: type[Sized]) -> Callable[[int], Check]:
    return lambda least: lambda value: not isinstance(value, kind) or len(value) >= least


def _pattern(pattern: str) -> Check:
    search = re.compile(pattern).search
    return lambda value: type(value) is not str or search(value) is not None


_LEAST: Mapping[str, Callable[[Any], Check]] = {
    "minimum": _minimum,
    "minLength": _size(str),
    "minItems": _size(list),
    "minProperties": _size(dict),
    "pattern": _pattern,
}
