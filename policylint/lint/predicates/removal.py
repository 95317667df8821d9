"""What the removal of something from the policy does in Exchange, in words that are true in the configured mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.steps import BLOCKED
from policylint.model.state import MAILBOX, RULE

if TYPE_CHECKING:
    from policylint.model.config import Config
    from policylint.model.entity import Entity


PROTECTIONS = ("ActiveSyncEnabled", "OutlookMobileEnabled", "OWAforDevicesEnabled", "UniversalOutlookEnabled")
"""The switches of a mailbox that keep a kind of client out."""


def ending(entity: Entity, config: Config) -> str:
    """Return what it means to take an object out of the policy whose last day has passed."""
    if entity.kind == RULE:
        if entity.text("AccessLevel") != "Allow":
            return "without this rule its devices get what the other rules and the default give them"
        return "without this rule its devices follow the other rules and the default"
    if entity.kind == MAILBOX:
        if entity.items(BLOCKED) or any(entity.get(name) is False for name in PROTECTIONS):
            return "this entry keeps devices out, so its end may let them in"
        return removal_from_list(config)
    return "the policy then says nothing about it"


def removal_from_list(_config: Config) -> str:
    """Return what happens to an ID that is taken out of a declared list of a mailbox."""
    return (
        "an ID that is taken out of a list in the policy is taken out of it in Exchange too,"
        " as long as the list stays declared"
    )
