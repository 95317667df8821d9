"""The keywords of JSON Schema that describe a scalar: the kind of its value, and a check of it for each keyword."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

from policylint.regex import regex
from policylint.schema import values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from policylint.schema.store import Schema

Check: TypeAlias = "Callable[[Any], bool]"
"""Whether a typed value is as a keyword wants it."""

ANNOTATIONS = frozenset(
    {"$schema", "$id", "title", "description", "default", "exchange", "examples", "deprecated", "answers", "$ref"}
)
"""The keywords that check nothing."""

SMTP_ADDRESS = regex(r"[^\s@<>,;:*?]{1,64}@[^\s@<>,;:*?]{1,255}")


def kind_of(schema: Schema) -> str:
    """Return the kind of value that a scalar's schema describes."""
    if "exchange" in schema:
        return str(schema["exchange"]["kind"])
    types = schema.get("type", "string")
    names = set([types] if isinstance(types, str) else types) - {"null"}
    return {"boolean": "bool", "integer": "int"}.get(names.pop(), "string") if len(names) == 1 else "string"


def is_nullable(schema: Schema) -> bool:
    """Return whether null is a value of the schema."""
    types = schema.get("type", ())
    return "null" in types if isinstance(types, list) else types == "null"


def members_of(schema: Schema) -> tuple[str, ...]:
    """Return the texts that an enumeration admits, alone or as one of several branches; none where it is none."""
    return tuple(member for branch in (schema, *schema.get("oneOf", ())) for member in branch.get("enum", ()))


COLLECTIONS = frozenset({"array", "object"})
"""The types of what has items or keys."""


def scalar_or_collection(schema: Schema) -> tuple[Schema, Schema] | None:
    """Return the schema of a scalar and that of a list or a mapping where a schema admits either, else None."""
    branches = {str(branch.get("type")) in COLLECTIONS: branch for branch in schema.get("oneOf", ())}
    return (branches[False], branches[True]) if len(branches) > 1 else None


def mapping_or_list(schema: Schema) -> tuple[Schema, Schema] | None:
    """Return the schema of a mapping and that of a list where a schema admits either, else None."""
    branches = {str(branch.get("type")): branch for branch in schema.get("oneOf", ())}
    return (branches["object"], branches["array"]) if branches.keys() == COLLECTIONS else None


def key_choice(schema: Schema) -> tuple[str, ...]:
    """Return the keys of which a mapping must have exactly one; none where its schema names no such."""
    branches = schema.get("oneOf", ())
    return tuple(name for branch in branches if branch.keys() == {"required"} for name in branch["required"])


def list_edit(schema: Schema) -> Schema | None:
    """Return the schema of `{Add: [...], Remove: [...]}`, which a list of texts that Exchange keeps also admits.

    Source: Exchange takes `@{Add=...; Remove=...}` for a multivalued property,
    https://learn.microsoft.com/exchange/modifying-multivalued-properties-exchange-2013-help
    """
    if schema.get("exchange", {}).get("kind") != "strings":
        return None
    part = {"type": "array", "items": schema["items"], "minItems": 1}
    added = {**part, "description": "What must be in the list. What else it has stays."}
    removed = {**part, "description": "What must not be in the list."}
    return {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {"Add": added, "Remove": removed},
    }


def refuse_unknown(schema: Schema, known: set[str]) -> None:
    """Raise NotImplementedError where a schema has a keyword that is neither known nor an annotation."""
    unknown = schema.keys() - known - ANNOTATIONS
    if unknown:
        raise NotImplementedError(f"schema keywords not understood: {', '.join(sorted(unknown))}")


_TYPES: dict[str, Check] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: type(value) is int,
    "boolean": lambda value: type(value) is bool,
    "null": lambda value: value is None,
}


def matches_format(name: str, text: str) -> bool:
    """Return whether a text is of a named format: timespan, date, smtp-address."""
    if name == "timespan":
        return values.timespan_seconds(text) is not None
    if name == "smtp-address":
        return SMTP_ADDRESS.fullmatch(text) is not None
    if name == "date":
        try:
            return date.fromisoformat(text).isoformat() == text
        except ValueError:
            return False
    raise NotImplementedError(f"format not understood: {name}")


def in_range(text: str, minimum: str | None, maximum: str | None) -> bool:
    """Return whether a time span lies between two others, both included; what is no time span does."""
    seconds = values.timespan_seconds(text)
    if seconds is None:
        return True
    low = values.timespan_seconds(minimum) if minimum is not None else None
    high = values.timespan_seconds(maximum) if maximum is not None else None
    return (low is None or seconds >= low) and (high is None or seconds <= high)


def compile_check(schema: Schema) -> Callable[[Any], bool]:
    """Return a function that says whether a scalar's schema admits a typed value."""
    refuse_unknown(schema, set(_CHECKS))
    return _all_of([_CHECKS[keyword](expected) for keyword, expected in schema.items() if keyword not in ANNOTATIONS])


def _all_of(checks: Sequence[Check]) -> Check:
    """Return a check that all of some pass; a call is dear, and most scalars have two or three checks."""
    if not checks:
        return lambda _value: True
    first, *others = checks
    if not others:
        return first
    rest = _all_of(others)
    return lambda value: first(value) and rest(value)


def _type(expected: str | list[str]) -> Check:
    names = [expected] if isinstance(expected, str) else expected
    if len(names) == 1:
        return _TYPES[names[0]]
    tests = [_TYPES[name] for name in names]
    return lambda value: any(test(value) for test in tests)


def _enum(expected: list[str]) -> Check:
    members = frozenset(expected)
    return lambda value: type(value) is str and value in members


def _one_of(expected: list[Schema]) -> Check:
    branches = [compile_check(branch) for branch in expected]
    return lambda value: sum(branch(value) for branch in branches) == 1


def _of_text(test: Callable[[Any, str], bool]) -> Callable[[Any], Check]:
    """Return what makes a check of a keyword that says something about texts only."""
    return lambda expected: lambda value: not isinstance(value, str) or test(expected, value)


def _of_number(test: Callable[[int, int], bool]) -> Callable[[Any], Check]:
    """Return what makes a check of a keyword that says something about numbers only."""
    return lambda expected: lambda value: type(value) is not int or test(expected, value)


_CHECKS: dict[str, Callable[[Any], Check]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda expected: lambda value: type(value) is type(expected) and value == expected,
    "oneOf": _one_of,
    "minimum": _of_number(lambda minimum, value: value >= minimum),
    "maximum": _of_number(lambda maximum, value: value <= maximum),
    "minLength": _of_text(lambda minimum, value: len(value) >= minimum),
    "maxLength": _of_text(lambda maximum, value: len(value) <= maximum),
    "pattern": _of_text(lambda pattern, value: re.search(pattern, value) is not None),
    "format": _of_text(matches_format),
    "formatMinimum": _of_text(lambda minimum, value: in_range(value, minimum, None)),
    "formatMaximum": _of_text(lambda maximum, value: in_range(value, None, maximum)),
}
"""What makes the check of each keyword of a scalar's schema."""
