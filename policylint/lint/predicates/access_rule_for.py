"""An access rule names one of some known values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import at, observed
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import quoted
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def access_rule_for(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding where the string is listed for the rule's characteristic.

    With `unless-seen`, not where a device of the snapshot reports it.
    """
    assert subject is not None
    characteristic, query = subject.text("Characteristic"), subject.text("QueryString")
    if fold(query) not in {fold(value) for value in params["values"].get(characteristic, ())}:
        return
    if params.get("unless-seen"):
        values = observed(context).of(characteristic)
        seen = values.find(query) if values is not None else None
        if seen is not None and seen.devices:
            return
    level = subject.text("AccessLevel")
    yield Finding(at(subject, "QueryString"), {"value": quoted(query), "level": level})


PREDICATE = Predicate(
    name="access-rule-for",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["values"],
        "properties": {
            "values": {
                "type": "object",
                "additionalProperties": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            },
            "unless-seen": {"type": "boolean"},
        },
    },
    placeholders=("value", "level"),
    apply=access_rule_for,
)
