"""A value that the schema does not admit; the schema stage finds it and carries the rule's id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.rule import Context, Finding, Predicate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def schema_constraint(_subject: Entity | None, _params: Mapping[str, Any], _context: Context) -> Iterator[Finding]:
    """Yield nothing: what the schema has against a value was said before the rules are asked."""
    return iter(())


PREDICATE = Predicate(
    name="schema-constraint",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["object", "properties", "keyword"],
        "properties": {
            "object": {"type": "string"},
            "properties": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            "keyword": {"type": "string"},
        },
    },
    placeholders=(),
    apply=schema_constraint,
)
