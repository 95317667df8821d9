"""A device access rule that could go without any device noticing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.analysis.redundant import redundant_rules
from policylint.lint.facts import access_model, at, default_level, is_declared
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def access_rule_redundant(_subject: Entity | None, _params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding at each declared rule that gives every device what it would get without the rule."""
    for rule in redundant_rules(access_model(context)):
        if is_declared(rule):
            yield Finding(
                at(rule, "QueryString"), {"rule": quoted(rule.identity), "default": quoted(default_level(context))}
            )


PREDICATE = Predicate(
    name="access-rule-redundant",
    params={"type": "object", "additionalProperties": False},
    placeholders=("rule", "default"),
    apply=access_rule_redundant,
)
