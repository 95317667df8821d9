"""Nodes to typed values: the schema gives each scalar its type and says what is allowed where.

A schema is compiled once into closures that read and check in one pass; that is all a valid file costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.schema import values
from policylint.schema.keywords import (
    compile_check,
    is_nullable,
    key_choice,
    kind_of,
    list_edit,
    mapping_or_list,
    refuse_unknown,
    scalar_or_collection,
)
from policylint.schema.values import Unreadable
from policylint.syntax.node import MappingNode, Node, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from policylint.schema.store import Schema, SchemaStore


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

    def _compile(self, schema: Schema) -> Any:
        if "$ref" in schema:
            return self._compile_reference(schema["$ref"])
        if "properties" in schema or schema.get("type") == "object":
            return self._object(schema)
        if schema.get("type") == "array":
            return self._array(schema)
        if either := scalar_or_collection(schema):
            refuse_unknown(schema, {"oneOf"})
            read_scalar, read_collection = self._scalar(either[0]), self._compile(either[1])
            return lambda node: (read_scalar if isinstance(node, ScalarNode) else read_collection)(node)
        if collections := mapping_or_list(schema):
            refuse_unknown(schema, {"oneOf"})
            read_mapping, read_list = map(self._compile, collections)
            return lambda node: (read_mapping if isinstance(node, MappingNode) else read_list)(node)
        return self._scalar(schema)

    def _compile_reference(self, identifier: str) -> Any:
        if identifier not in self._compiled:
            self._compiled[identifier] = self._compile(self.store.schema(identifier))
        return self._compiled[identifier]

    def _object(self, schema: Schema) -> Any:
        readers = {name: self._compile(prop) for name, prop in schema.get("properties", {}).items()}
        required = frozenset(schema.get("required", ()))
        additional = schema.get("additionalProperties", True)
        read_additional = self._compile(additional) if isinstance(additional, dict) else None
        minimum = schema.get("minProperties", 0)
        choice = frozenset(key_choice(schema))
        refuse_unknown(schema, {"type", "properties", "required", "additionalProperties", "minProperties", "oneOf"})

        def read(node: Node) -> Any:
            if type(node) is not MappingNode:
                self._failed = True
                return _plain(node)
            value = {}
            for key, child in node.values.items():
                reader = readers.get(key, read_additional)
                if reader is None:
                    self._failed = self._failed or additional is False
                    value[key] = _plain(child)
                else:
                    value[key] = reader(child)
            if not required <= value.keys() or len(value) < minimum:
                self._failed = True
            if choice and len(choice & value.keys()) != 1:
                self._failed = True
            return value

        return read

    def _array(self, schema: Schema) -> Any:
        read_item = self._compile(schema["items"])
        minimum = schema.get("minItems", 0)
        edit = list_edit(schema)
        read_edit = self._compile(edit) if edit is not None else None
        refuse_unknown(schema, {"type", "items", "minItems"})

        def read(node: Node) -> Any:
            if type(node) is not SequenceNode:
                if read_edit is not None and type(node) is MappingNode:
                    return read_edit(node)
                if read_edit is not None and type(node) is ScalarNode and node.plain and node.text == "null":
                    return []
                self._failed = True
                return _plain(node)
            value = [read_item(item) for item in node.items]
            if len(value) < minimum:
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


def _plain(node: Node) -> Any:
    """Return a node as plain data, scalars as what no schema of another type admits: their text."""
    if isinstance(node, ScalarNode):
        return Unreadable(node.text)
    if isinstance(node, SequenceNode):
        return [_plain(item) for item in node.items]
    return {key: _plain(value) for key, value in node.values.items()}
