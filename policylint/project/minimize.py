"""A project to the device access rules that can go, with the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.analysis.compare import Comparison, compare
from policylint.analysis.redundant import redundant_rules, without

if TYPE_CHECKING:
    from policylint.model.entity import Entity
    from policylint.project.project import Project


class Minimized(NamedTuple):
    """The declared rules that can go together, how many are declared, and what comparing with and without them says."""

    rules: tuple[Entity, ...]
    declared: int
    proof: Comparison


def minimize(project: Project) -> Minimized:
    """Return which of the declared rules can go without any device noticing; those of entries with `matches` stay."""
    model = project.desired_model
    project.doing("trying the rules")
    rules = tuple(rule for rule in redundant_rules(model) if rule.origin.node is not None and not rule.pattern)
    declared = sum(rule.is_declared and not rule.pattern for rule in (model.state.rules or {}).values())
    return Minimized(rules, declared, compare(model, without(model, rules), devices=project.devices or ()))
