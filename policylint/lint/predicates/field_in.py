"""A setting is declared with one of the listed values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def field_in(subject: Entity | None, params: Mapping[str, Any], _context: Context) -> Iterator[Finding]:
    """Yield one finding for each of the settings that is declared with a listed value; undeclared yields none."""
    assert subject is not None
    for name in params.get("fields", ()) or (params["field"],):
        if name in subject.settings and subject.settings[name] in params["values"]:
            yield Finding(subject.origin.span(name), {"field": name, "value": show(subject.settings[name])})


PREDICATE = Predicate(
    name="field-in",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["values"],
        "properties": {
            "field": {"type": "string"},
            "fields": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            "values": {"type": "array", "minItems": 1},
        },
    },
    placeholders=("field", "value"),
    apply=field_in,
)
