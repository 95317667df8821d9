"""A node checked against a schema: its typed value, and diagnostics of what is wrong.

The compiled schema reads every file. Only where it finds anything wrong, jsonschema goes over the same values and
`explain` turns what it finds into sentences. That both agree on every input is a law of the test suite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policylint.diagnostic import Diagnostic
    from policylint.schema.compile import CompiledSchema
    from policylint.source import Source
    from policylint.syntax.node import Node


def validate(schema: CompiledSchema, source: Source, node: Node) -> tuple[Any, tuple[Diagnostic, ...]]:
    """Return the typed value of a node and why the schema does not admit it, in the order written."""
    value, valid = schema.read(node)
    if valid:
        return value, ()
    from policylint.schema.explain import explain  # jsonschema takes long to import, and most files are valid

    return value, explain(schema.store, schema.identifier, value, source, node)
