"""A setting is declared with another value than its default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import at, departs
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def setting_departs(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding at each of the settings that departs from its default."""
    assert subject is not None
    for name in params["fields"]:
        if departs(context, subject, name):
            yield Finding(at(subject, name), {"field": name, "value": show(subject.get(name))})


PREDICATE = Predicate(
    name="setting-departs",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["fields"],
        "properties": {"fields": {"type": "array", "minItems": 1, "items": {"type": "string"}}},
    },
    placeholders=("field", "value"),
    apply=setting_departs,
)
