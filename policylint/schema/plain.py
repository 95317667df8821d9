"""A schema of plain data, such as that of a saved plan, as a function that knows valid values.

jsonschema says what is wrong with a value, and takes many times as long to say that nothing is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from policylint.schema.store import Schema

Admits: TypeAlias = "Callable[[Any], bool]"

_TYPES: dict[str, type] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
_UNDERSTOOD = {
    *("type", "enum", "const", "pattern", "minLength", "minimum", "minItems", "minProperties"),
    *("items", "properties", "required", "additionalProperties"),
    *("$schema", "$id", "title", "description", "format"),  # jsonschema refuses nothing because of these
}


def compile_plain(schema: Schema) -> Admits:
    """Return a function that is true of no value that a schema does not admit.

    It is false of a few that the schema admits, such as 1.0 where an integer is wanted: ask jsonschema about those.
    Raises NotImplementedError where the schema has a keyword that is not known here.
    """
    if unknown := schema.keys() - _UNDERSTOOD:
        raise NotImplementedError(f"schema keywords not understood: {', '.join(sorted(unknown))}")
    types = _types(schema.get("type", [*_TYPES]))
    listed = [schema["const"]] if "const" in schema else schema.get("enum", ())
    members = frozenset((type(each), each) for each in listed)
    of_type: dict[type, Admits | None] = {
        dict: _object(schema),
        list: _array(schema),
        str: _text(schema),
        int: lambda value: bool(value >= schema.get("minimum", value)),
    }
    checks = {each: of_type.get(each) for each in types}

    def admits(value: Any) -> bool:
        kind = type(value)
        if kind not in checks or (members and (kind in {dict, list} or (kind, value) not in members)):
            return False
        check = checks[kind]
        return check is None or check(value)

    return admits


def _types(names: str | list[str]) -> list[type]:
    return [_TYPES[name] for name in ([names] if isinstance(names, str) else names)]


def _text(schema: Schema) -> Admits | None:
    pattern, least = re.compile(schema.get("pattern", "")), schema.get("minLength", 0)
    if not {"pattern", "minLength"} & schema.keys():
        return None
    return lambda value: len(value) >= least and pattern.search(value) is not None


def _array(schema: Schema) -> Admits:
    item: Admits = compile_plain(schema["items"]) if "items" in schema else lambda _value: True
    least = schema.get("minItems", 0)
    return lambda value: len(value) >= least and all(map(item, value))


def _object(schema: Schema) -> Admits:
    known = {name: compile_plain(each) for name, each in schema.get("properties", {}).items()}
    additional, least = schema.get("additionalProperties", True), schema.get("minProperties", 0)
    required = frozenset(schema.get("required", ()))
    other: Admits = compile_plain(additional) if isinstance(additional, dict) else lambda _value: bool(additional)

    def admits(value: dict[str, Any]) -> bool:
        if len(value) < least or not required <= value.keys():
            return False
        return all(known.get(name, other)(each) for name, each in value.items())

    return admits
