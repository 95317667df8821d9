"""What a device access rule is known by, and under which name Exchange shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.text import fold

if TYPE_CHECKING:
    from policylint.model.entity import Entity


def rule_key(characteristic: str, query: str) -> str:
    """Return what a device access rule is known by: the pair of what is compared and with what.

    Source: Set- changes neither of the two, and a rule has no name of its own,
    https://learn.microsoft.com/powershell/module/exchangepowershell/set-activesyncdeviceaccessrule
    """
    return f"{fold(characteristic)}\n{fold(query)}"


def rule_identity(characteristic: str, query: str) -> str:
    """Return the name under which Exchange shows a device access rule."""
    return f"{query} ({characteristic})"


def entry_identity(rule: Entity) -> str:
    """Return what the entry of a declared rule is called: as the rule, or by what it names where it has `matches`."""
    return rule_identity(rule.text("Characteristic"), rule.pattern) if rule.pattern else rule.identity
