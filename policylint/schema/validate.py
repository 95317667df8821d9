"""Nodes to typed values: the schema gives each scalar its type and says what may stand where.

A schema is compiled once into closures that read and check in one pass; that is all a valid file costs. Where they
find anything wrong, jsonschema goes over the same values and `explain` turns what it finds into sentences. That both
agree on every input is a law of the test suite.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

from policylint.schema import values
from policylint.schema.values import Unreadable
from policylint.syntax.node import MappingNode, Node, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Callable

    from policylint.diagnostic import Diagnostic
    from policylint.schema.store import Schema, SchemaStore
    from policylint.source import Source

Check: TypeAlias = "Callable[[Any], bool]"
"""Whether a typed value is as a keyword wants it."""

_ANNOTATIONS = frozenset(
    {"$schema", "$id", "title", "description", "default", "exchange", "examples", "deprecated", "$ref"}
)
_SMTP = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


class CompiledSchema:
    """A schema made ready to read nodes."""

    def __init__(self, store: SchemaStore, identifier: str) -> None:
        self.store = store
        self.identifier = identifier
        self._failed = False
        self._compiled: dict[str, Any] = {}
        self._read = self._compile(store.schema(identifier))

    def read(self, node: Node) -> tuple[Any, bool]:
        """Return the typed value of a node, and whether the schema admits it."""
        self._failed = False
        value = self._read(node)
        return value, not self._failed

    def validate(self, source: Source, node: Node) -> tuple[Any, tuple[Diagnostic, ...]]:
        """Return the typed value of a node and everything the schema has against it, in the order written."""
        value, valid = self.read(node)
        if valid:
            return value, ()
        from policylint.schema.explain import explain

        return value, explain(self.store, self.identifier, value, source, node)

    def _compile(self, schema: Schema) -> Any:
        if "$ref" in schema:
            return self._compile_reference(schema["$ref"])
        if "properties" in schema or schema.get("type") == "object":
            return self._object(schema)
        if schema.get("type") == "array":
            return self._array(schema)
        branches = schema.get("oneOf", ())
        lists = [branch for branch in branches if branch.get("type") == "array"]
        if lists:
            _refuse_unknown(schema, {"oneOf"})
            read_list = self._compile(lists[0])
            read_scalar = self._scalar(next(branch for branch in branches if branch.get("type") != "array"))
            return lambda node: (read_list if isinstance(node, SequenceNode) else read_scalar)(node)
        return self._scalar(schema)

    def _compile_reference(self, identifier: str) -> Any:
        if identifier not in self._compiled:
            self._compiled[identifier] = self._compile(self.store.schema(identifier))
        return self._compiled[identifier]

    def _object(self, schema: Schema) -> Any:
        readers = {name: self._compile(prop) for name, prop in schema.get("properties", {}).items()}
        required = frozenset(schema.get("required", ()))
        more = schema.get("additionalProperties", True)
        read_more = self._compile(more) if isinstance(more, dict) else None
        _refuse_unknown(schema, {"type", "properties", "required", "additionalProperties"})

        def read(node: Node) -> Any:
            if type(node) is not MappingNode:
                self._failed = True
                return _plain(node)
            value = {}
            for key, child in node.values.items():
                reader = readers.get(key, read_more)
                if reader is None:
                    self._failed = self._failed or more is False
                    value[key] = _plain(child)
                else:
                    value[key] = reader(child)
            if not required <= value.keys():
                self._failed = True
            return value

        return read

    def _array(self, schema: Schema) -> Any:
        read_item = self._compile(schema["items"])
        least = schema.get("minItems", 0)
        nullable = schema.get("exchange", {}).get("kind") == "strings"
        _refuse_unknown(schema, {"type", "items", "minItems"})

        def read(node: Node) -> Any:
            if type(node) is not SequenceNode:
                if nullable and type(node) is ScalarNode and node.plain and node.text == "null":
                    return []
                self._failed = True
                return _plain(node)
            value = [read_item(item) for item in node.items]
            if len(value) < least:
                self._failed = True
            return value

        return read

    def _scalar(self, schema: Schema) -> Any:
        kind = kind_of(schema)
        nullable = is_nullable(schema)
        check = compile_check(schema)
        known: dict[tuple[str, bool], Any] = {}

        def read(node: Node) -> Any:
            if type(node) is not ScalarNode:
                self._failed = True
                return _plain(node)
            key = (node.text, node.plain)
            if key in known:
                return known[key]
            value = values.from_yaml(kind, node.text, plain=node.plain, nullable=nullable)
            if isinstance(value, Unreadable) or not check(value):
                self._failed = True
            elif len(known) < 4096:
                known[key] = value
            return value

        return read


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


def _plain(node: Node) -> Any:
    """Return a node as plain data, scalars as what no schema of another type admits: their text."""
    if isinstance(node, ScalarNode):
        return Unreadable(node.text)
    if isinstance(node, SequenceNode):
        return [_plain(item) for item in node.items]
    return {key: _plain(value) for key, value in node.values.items()}


def _refuse_unknown(schema: Schema, known: set[str]) -> None:
    unknown = schema.keys() - known - _ANNOTATIONS
    if unknown:
        raise NotImplementedError(f"schema keywords not understood: {', '.join(sorted(unknown))}")


_TYPES: dict[str, Any] = {
    "string": lambda value: isinstance(value, str) and not isinstance(value, Unreadable),
    "integer": lambda value: type(value) is int,
    "boolean": lambda value: type(value) is bool,
    "null": lambda value: value is None,
}


def is_format(name: str, text: str) -> bool:
    """Return whether a text is of a named format: timespan, date, smtp-address."""
    if name == "timespan":
        return values.timespan_seconds(text) is not None
    if name == "smtp-address":
        return _SMTP.fullmatch(text) is not None
    if name == "date":
        try:
            return date.fromisoformat(text).isoformat() == text
        except ValueError:
            return False
    raise NotImplementedError(f"format not understood: {name}")


def within(text: str, least: str | None, most: str | None) -> bool:
    """Return whether a time span lies between two others, both included; what is no time span does."""
    seconds = values.timespan_seconds(text)
    if seconds is None:
        return True
    low = values.timespan_seconds(least) if least is not None else None
    high = values.timespan_seconds(most) if most is not None else None
    return (low is None or seconds >= low) and (high is None or seconds <= high)


def compile_check(schema: Schema) -> Callable[[Any], bool]:
    """Return a function that says whether a scalar's schema admits a typed value."""
    _refuse_unknown(schema, set(_CHECKS))
    checks = [_CHECKS[keyword](expected) for keyword, expected in schema.items() if keyword not in _ANNOTATIONS]
    return lambda value: all(check(value) for check in checks)


def _type(expected: str | list[str]) -> Check:
    tests = [_TYPES[name] for name in ([expected] if isinstance(expected, str) else expected)]
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
    "minimum": _of_number(lambda least, value: value >= least),
    "maximum": _of_number(lambda most, value: value <= most),
    "minLength": _of_text(lambda least, value: len(value) >= least),
    "maxLength": _of_text(lambda most, value: len(value) <= most),
    "pattern": _of_text(lambda pattern, value: re.search(pattern, value) is not None),
    "format": _of_text(is_format),
    "formatMinimum": _of_text(lambda least, value: within(value, least, None)),
    "formatMaximum": _of_text(lambda most, value: within(value, None, most)),
}
"""What makes the check of each keyword of a scalar's schema."""
