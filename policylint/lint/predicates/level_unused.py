"""A text for an access level that no device can get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import at, default_level
from policylint.lint.rule import Context, Finding, Predicate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def level_unused(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding where the setting is declared and neither default nor any rule has the level.

    None where default or rules are not known.
    """
    assert subject is not None
    name, level, rules = params["field"], params["level"], context.desired.rules
    default = default_level(context)
    if not subject.get(name) or default is None or rules is None:
        return
    if default != level and all(rule.text("AccessLevel") != level for rule in rules.values()):
        yield Finding(at(subject, name))


PREDICATE = Predicate(
    name="level-unused",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["field", "level"],
        "properties": {"field": {"type": "string"}, "level": {"enum": ["Allow", "Block", "Quarantine"]}},
    },
    placeholders=(),
    apply=level_unused,
)
