"""What a policy takes away from mailboxes by name: IDs that it blocks, and switches that it turns off.

A stolen phone waits for no ring, so these are made in the first one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.access.steps import ALLOWED, BLOCKED, SWITCHES
from policylint.desired.ownership import without
from policylint.model.state import MAILBOX
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.model.entity import Entity
    from policylint.model.state import State


def closures_of(live: State, desired: State) -> Mapping[str, Entity]:
    """Return the live mailboxes that are to block an ID or to have a switch off, as they are with that alone."""
    wanted = desired.of_kind(MAILBOX)
    found = {}
    for key, mailbox in live.of_kind(MAILBOX).items():
        target = wanted.get(key, mailbox)
        if target is not mailbox and (settings := _closing(mailbox, target)):
            found[key] = mailbox._replace(settings={**mailbox.settings, **settings}, notes=target.notes)
    return found


def _closing(mailbox: Entity, target: Entity) -> dict[str, Any]:
    """Return the settings that close a mailbox, or block a device of it. An ID that is blocked instead is not kept."""
    settings: dict[str, Any] = {
        name: False for name in SWITCHES if target.get(name) is False and mailbox.get(name) is not False
    }
    blocked = without(target.items(BLOCKED), mailbox.items(BLOCKED))
    if blocked:
        settings[BLOCKED] = (*mailbox.items(BLOCKED), *blocked)
        gone = {*map(fold, blocked)} - {*map(fold, target.items(ALLOWED))}
        kept = tuple(item for item in mailbox.items(ALLOWED) if fold(item) not in gone)
        if len(kept) < len(mailbox.items(ALLOWED)):
            settings[ALLOWED] = kept
    return settings
