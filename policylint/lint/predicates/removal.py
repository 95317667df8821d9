"""What the removal of something from the policy does in Exchange, in words that are true in the configured mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.steps import BLOCKED, SWITCHES
from policylint.model.config import ADDITIVE, EXACT, OWNED
from policylint.model.entity import ListEdit
from policylint.model.state import MAILBOX, POLICY, RULE

if TYPE_CHECKING:
    from policylint.model.config import Config
    from policylint.model.entity import Entity


def ending(entity: Entity, config: Config) -> str:
    """Return what it means to take an object out of the policy whose last day has passed."""
    if entity.kind == RULE:
        rest = "without this rule its devices follow the other rules and the default"
        if entity.text("AccessLevel") != "Allow":
            rest = "without this rule its devices get what the other rules and the default give them"
        return f"{removal_of_object(config, 'deviceAccessRules')}; {rest}"
    if entity.kind == MAILBOX:
        if entity.items(BLOCKED) or any(entity.get(name) is False for name in SWITCHES):
            return f"this entry keeps devices out, so its end may let them in; {removal_from_list(config, entity)}"
        return removal_from_list(config, entity)
    if entity.kind == POLICY:
        return removal_of_object(config, "mobileDeviceMailboxPolicies")
    return "the policy then says nothing about it, and its live settings stay"


def removal_of_object(config: Config, section: str) -> str:
    """Return what happens to a live object that is taken out of the policy."""
    management = config.managed(section)
    if management.mode == EXACT:
        return "what is taken out of the policy is removed from Exchange too (`manage`: exact)"
    if management.mode == OWNED and config.since is not None:
        return f"what is taken out of the policy is removed from Exchange too (`manage`: owned since `{config.since}`)"
    why = "owned, and there is no `since`" if management.mode == OWNED else "additive"
    return (
        f"what is taken out of the policy stays in Exchange and is listed as drift (`manage`: {why}): remove it there"
    )


def removal_from_list(config: Config, mailbox: Entity | None = None) -> str:
    """Return what happens to an ID that is taken out of a declared list of a mailbox."""
    management = config.managed("mailboxes")
    if management.mode != ADDITIVE and config.since is not None:
        return f"an ID that is taken out of the policy is taken out of Exchange too (`manage`: since `{config.since}`)"
    if management.mode == EXACT and not management.additive_lists:
        return (
            "an allowed ID that is taken out of the policy is taken out of Exchange too (`manage`: exact);"
            " a blocked one only as long as the list stays declared"
        )
    in_part = mailbox is not None and any(isinstance(value, ListEdit) for value in mailbox.settings.values())
    if management.additive_lists or in_part:
        return (
            "an ID that is taken out of `Add`, or of a list under `lists: additive`, stays in Exchange and is listed as"
            " drift: write it under `Remove` to take it out"
        )
    return (
        "an ID that is taken out of a list in the policy is taken out of it in Exchange too,"
        " as long as the list stays declared; without the list it stays in Exchange and is listed as drift"
    )
