"""Mailbox policies that are to go away while mailboxes have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.desired.overlay import REFERENCE
from policylint.model.state import MAILBOX, POLICY
from policylint.named_tuple import NamedTuple
from policylint.phrases import count

if TYPE_CHECKING:
    from policylint.model.entity import Entity
    from policylint.model.state import State


class PolicyInUse(NamedTuple):
    """A live mailbox policy that there would no longer be, and the mailboxes that would or might still have it."""

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
    gone = {key for key in live.of_kind(POLICY) if key not in kept}
    by_reference: dict[str, list[Entity]] = {}
    for mailbox in desired.of_kind(MAILBOX).values() if gone else ():
        by_reference.setdefault(mailbox.text(REFERENCE), []).append(mailbox)
    holders: dict[str, list[Entity]] = {key: [] for key in gone}
    for reference, mailboxes in by_reference.items():
        for policy in live.policies_shown_as(reference):
            if policy.key in gone:
                holders[policy.key].extend(mailboxes)
    return tuple(
        PolicyInUse(policy, tuple(held)) for key, policy in live.of_kind(POLICY).items() if (held := holders.get(key))
    )
