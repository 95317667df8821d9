"""A setting is declared that policylint shows and never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import known_settings
from policylint.lint.rule import Context, Finding, Predicate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def setting_not_planned(_subject: Entity | None, _params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding at each declared setting that the schema says is never planned."""
    for entity in context.policy.state.entities():
        for setting, _ in known_settings(context, entity):
            if not setting.planned:
                yield Finding(entity.origin.key_span(setting.name), {"field": setting.name})


PREDICATE = Predicate(
    name="setting-not-planned",
    params={"type": "object", "additionalProperties": False},
    placeholders=("field",),
    apply=setting_not_planned,
)
