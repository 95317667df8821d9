"""A device access rule that decides about none of the devices that it matches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.analysis.redundant import overridden_rules
from policylint.lint.facts import access_model, at, is_declared, label, observed
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import count, listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def access_rule_overridden(_subject: Entity | None, _params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding at each declared rule that others keep from deciding about any device of the snapshot."""
    for found in overridden_rules(access_model(context), observed(context).classes.items()):
        if is_declared(found.rule):
            by = sorted(found.by, key=lambda rule: rule.key)
            names = [f"{quoted(rule.identity)} ({rule.text('AccessLevel')})" for rule in by]
            marks = [mark for rule in by for mark in label(rule, "QueryString", "decides instead")]
            yield Finding(
                at(found.rule, "QueryString"),
                {
                    "rule": f"{quoted(found.rule.identity)} ({found.rule.text('AccessLevel')})",
                    "devices": count(found.devices, "device"),
                    "others": listed(names, 3),
                },
                tuple(marks[:5]),
            )


PREDICATE = Predicate(
    name="access-rule-overridden",
    params={"type": "object", "additionalProperties": False},
    placeholders=("rule", "devices", "others"),
    apply=access_rule_overridden,
)
