"""Whether the parameters of a rule are what its predicate asks for.

Understands the keywords that predicates use: type, enum, required, properties, additionalProperties, items, minItems.
A test holds it against a full JSON Schema validator; rules are read at every start, where that one would cost too much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEYWORDS = frozenset({"type", "enum", "required", "properties", "additionalProperties", "items", "minItems"})
"""The keywords that are understood."""

_TYPES: Mapping[str, type] = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}


def problems(schema: Mapping[str, Any], value: Any, name: str = "params") -> Iterator[str]:
    """Yield in words what a schema has against a value, the outermost first."""
    kind = schema.get("type")
    if kind is not None and (not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool))):
        yield f"{name} is not of type {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{name} is none of {', '.join(map(str, schema['enum']))}"
    if isinstance(value, dict):
        yield from _object_problems(schema, value, name)
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield f"{name} has fewer than {schema['minItems']} entries"
        for index, item in enumerate(value):
            yield from problems(schema.get("items", {}), item, f"{name}[{index}]")


def _object_problems(schema: Mapping[str, Any], value: Mapping[str, Any], name: str) -> Iterator[str]:
    properties, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    for key in schema.get("required", ()):
        if key not in value:
            yield f"{name} has no {key}"
    for key, item in value.items():
        if key in properties:
            yield from problems(properties[key], item, f"{name}.{key}")
        elif more is False:
            yield f"{name}.{key} is not known"
        elif isinstance(more, dict):
            yield from problems(more, item, f"{name}.{key}")
