"""Which mailboxes a policy holds to their mailbox policy, as far as its files say that without live state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from policylint.model.entity import Entity
    from policylint.model.state import State

_STRICT = {"AllowNonProvisionableDevices": False, "RequireDeviceEncryption": True}
"""The settings of a mailbox policy that keep out devices that do not enforce all of it, or that cannot encrypt.

Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-mobiledevicemailboxpolicy
"""


class DesiredEnforcement(NamedTuple):
    """What the exporter must know to read statistics of the mailboxes that the policy makes strict.

    `strict` are the names of policies that are declared strict, `default` is the one that is declared the default, and
    `mailboxes` are those with a declared policy and its name, None where they are to follow the default. Each sorted.
    """

    strict: tuple[str, ...] = ()
    default: str | None = None
    mailboxes: tuple[tuple[str, str | None], ...] = ()


def _is_strict(policy: Entity) -> bool:
    return any(policy.get(name) is value for name, value in _STRICT.items())


def desired_enforcement(declared: State) -> DesiredEnforcement:
    """Return what policy files declare about enforcement; what they leave out is as it is live."""
    policies = (declared.policies or {}).values()
    reference = "ActiveSyncMailboxPolicy"
    named = (
        (mailbox.identity, mailbox.text(reference) or None)
        for mailbox in (declared.mailboxes or {}).values()
        if reference in mailbox.settings
    )
    return DesiredEnforcement(
        strict=tuple(sorted(policy.identity for policy in policies if _is_strict(policy))),
        default=declared.default_policy.identity if declared.default_policy is not None else None,
        mailboxes=tuple(sorted(named, key=lambda pair: pair[0])),
    )
