"""Mailbox policies that are to go away while mailboxes have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.desired.overlay import REFERENCE
from policylint.model.state import MAILBOX, POLICY
from policylint.phrases import count
from policylint.text import fold

if TYPE_CHECKING:
    from policylint.model.entity import Entity
    from policylint.model.state import State


class PolicyInUse(NamedTuple):
    """A live mailbox policy that there would no longer be, and the mailboxes that would still have it."""

    policy: Entity
    mailboxes: tuple[Entity, ...]

    @property
    def held_by(self) -> str:
        """Return in words that mailboxes have the policy, and what to do first."""
        number = len(self.mailboxes)
        have, them = ("has", "it") if number == 1 else ("have", "them")
        return f"{count(number, 'mailbox')} {have} it: give {them} another first"


def policies_in_use(live: State, desired: State) -> tuple[PolicyInUse, ...]:
    """Return the policies that Exchange would refuse to remove; empty where policies are not known.

    Source: https://learn.microsoft.com/powershell/module/exchangepowershell/remove-mobiledevicemailboxpolicy
    """
    kept = desired.section(POLICY)
    if kept is None:
        return ()
    holders: dict[str, list[Entity]] = {
        fold(policy.identity): [] for key, policy in live.of_kind(POLICY).items() if key not in kept
    }
    for mailbox in desired.of_kind(MAILBOX).values() if holders else ():
        if (reference := fold(mailbox.text(REFERENCE))) in holders:
            holders[reference].append(mailbox)
    return tuple(
        PolicyInUse(policy, tuple(mailboxes))
        for policy in live.of_kind(POLICY).values()
        if (mailboxes := holders.get(fold(policy.identity)))
    )
