"""What rules pass to their predicates: each parameter with its description and the schema of its value.

A value that belongs to a setting is typed and checked by the schema of that setting, as in a policy file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.phrases import pluralize
from policylint.syntax.node import MappingNode, Node, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policylint.schema.store import Schema, SchemaStore


class Scope(NamedTuple):
    """What the schema of a parameter depends on: the kind of object that a rule is about, and what the rule passes."""

    store: SchemaStore
    subject: str
    node: Node

    def settings(self, kind: str = "") -> dict[str, Schema]:
        """Return the schema of each setting of a kind of object, of the subject where none is named."""
        described = self.store.object_types.get(kind or self.subject)
        return {} if described is None else {name: known.schema for name, known in described.settings.items()}

    def first(self, *names: str) -> str:
        """Return the first text that the rule passes under one of some names, empty where there is none."""
        values = self.node.values if isinstance(self.node, MappingNode) else {}
        node: Node | None = next((values[name] for name in names if name in values), None)
        if isinstance(node, SequenceNode):
            node = next(iter(node.items), None)
        return node.text if isinstance(node, ScalarNode) else ""


class Parameter(NamedTuple):
    """One thing that rules pass to a predicate. `type` is what kind of value, in words."""

    description: str
    type: str
    schema: Callable[[Scope], Schema]
    required: bool = True


def text(description: str) -> Parameter:
    """Return a parameter that is a text."""
    return Parameter(description, "text", lambda _: {"type": "string", "minLength": 1})


def number(description: str) -> Parameter:
    """Return a parameter that is a whole number from 1."""
    return Parameter(description, "whole number", lambda _: {"type": "integer", "minimum": 1})


def day(description: str) -> Parameter:
    """Return a parameter that is a day."""
    return Parameter(description, "day (YYYY-MM-DD)", lambda _: {"type": "string", "format": "date"})


def flag(description: str) -> Parameter:
    """Return a parameter that is true or false."""
    return Parameter(description, "`true` or `false`", lambda _: {"type": "boolean"})


def one_of(description: str, *members: str) -> Parameter:
    """Return a parameter that is one of some texts."""
    *others, last = [f"`{member}`" for member in members]
    words = f"{', '.join(others)} or {last}" if others else last
    return Parameter(description, words, lambda _: {"enum": list(members)})


def setting(description: str, kind: str = "") -> Parameter:
    """Return a parameter that is the name of a setting: of a kind of object, of the subject where none is given."""
    return Parameter(description, "setting", lambda scope: {"enum": list(scope.settings(kind))})


def object_kind(description: str) -> Parameter:
    """Return a parameter that is the name of a kind of object."""
    return Parameter(description, "kind of object", lambda scope: {"enum": list(scope.store.object_types)})


def value_of(description: str, *names: str) -> Parameter:
    """Return a parameter that is a value of the setting which another parameter names."""
    words = f"value of `{names[0]}`"
    return Parameter(description, words, lambda scope: scope.settings().get(scope.first(*names), {"type": "string"}))


def values_by_setting(description: str) -> Parameter:
    """Return a parameter that is a mapping of settings of the subject to their values."""

    def schema(scope: Scope) -> Schema:
        return {"type": "object", "additionalProperties": False, "properties": scope.settings()}

    return Parameter(description, "mapping of settings to their values", schema)


def settings_by_kind(description: str) -> Parameter:
    """Return a parameter that is a mapping of kinds of object to lists of their settings."""

    def schema(scope: Scope) -> Schema:
        properties = {kind: many(setting("", kind)).schema(scope) for kind in scope.store.object_types}
        return {"type": "object", "additionalProperties": False, "properties": properties}

    return Parameter(description, "mapping of kinds of object to lists of settings", schema)


def by_name(members: tuple[str, ...], what: str, values: Parameter) -> Parameter:
    """Return a parameter that is a mapping of some names to values of another parameter."""

    def schema(scope: Scope) -> Schema:
        of_each = values.schema(scope)
        return {"type": "object", "additionalProperties": False, "properties": dict.fromkeys(members, of_each)}

    return Parameter(values.description, f"mapping of {pluralize(what)} to a {values.type}", schema)


def mapping(description: str, parameters: Mapping[str, Parameter]) -> Parameter:
    """Return a parameter that is a mapping with some keys of its own."""
    return Parameter(description, "mapping", lambda scope: schema_of(parameters, scope))


def many(parameter: Parameter, minimum: int = 1) -> Parameter:
    """Return a parameter that is a list of what another one is."""

    def schema(scope: Scope) -> Schema:
        return {"type": "array", "minItems": minimum, "items": parameter.schema(scope)}

    noun, of, rest = parameter.type.partition(" of ")
    words = parameter.type if noun.startswith("`") else f"{pluralize(noun)}{of}{rest}"
    return parameter._replace(type=f"list of {words}", schema=schema)


def optional(parameter: Parameter) -> Parameter:
    """Return a parameter that a rule may leave out."""
    return parameter._replace(required=False)


def schema_of(parameters: Mapping[str, Parameter], scope: Scope) -> Schema:
    """Return the schema of what a rule passes, by the names of the parameters."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, parameter in parameters.items() if parameter.required],
        "properties": {name: parameter.schema(scope) for name, parameter in parameters.items()},
    }
