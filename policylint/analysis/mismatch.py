"""Devices whose reported state the model does not explain, with what may be behind each: the model against reality.

Source: states and reasons, https://learn.microsoft.com/previous-versions/office/developer/exchange-server-2010/ff324138(v=exchg.140)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.access.decision import STATES
from policylint.access.describe import because
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.access.decide import AccessModel
    from policylint.access.decision import Decision
    from policylint.access.simulate import CohortAccess, Simulation
    from policylint.model.device import Device

AUTOBLOCK = frozenset(
    map(
        fold,
        (
            *("UserAgentsChanges", "RecentCommands", "Watsons", "OutOfBudgets", "SyncCommands"),
            *("EnableNotificationEmail", "CommandFrequency"),
        ),
    )
)
"""Reasons of a temporary block for a device's behavior; it ends by itself.

Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-activesyncdeviceautoblockthreshold
"""

KNOWN = frozenset(map(fold, ("", "Unknown", "Global", "Individual", "DeviceRule", "Upgrade", "Policy"))) | AUTOBLOCK
"""The reasons of Exchange's own access settings; any other is of device management or Conditional Access."""


class Mismatch(NamedTuple):
    """A device, what live settings give it, and what may be the reason that Exchange reports something else."""

    device: Device
    decision: Decision
    candidates: tuple[str, ...]


def contradicts(device: Device, decision: Decision | None) -> bool:
    """Return whether a device reports another state than the one decided.

    One that reports no state, or about which something else decides, does not.
    """
    if decision is None or not device.live_state or decision.state is None:
        return False
    return fold(device.live_state) != fold(decision.state)


def count_mismatches(simulation: Simulation) -> int:
    """Return how many devices report another state than live settings give."""
    return simulation.count(is_mismatch)


def is_mismatch(cohort: CohortAccess) -> bool:
    """Return whether devices report another state than live settings give."""
    return contradicts(cohort.device, cohort.live)


def mismatches(live: AccessModel, devices: Iterable[Device]) -> tuple[Mismatch, ...]:
    """Return the devices whose reported state is not the one that live settings give, in the order given."""
    otherwise: list[AccessModel] = []
    found = []
    for device in devices:
        decision = live.decide(device)
        if not contradicts(device, decision):
            continue
        if decision.disputed and not otherwise:
            otherwise.append(live.with_other_precedence())
        other = otherwise[0].decide(device) if decision.disputed else None
        candidates = tuple(_candidates(live, device, decision, other))
        found.append(Mismatch(device, decision, candidates or (_STALE,)))
    return tuple(found)


_STALE = (
    "stale: the device has not synced since the settings were changed; Exchange evaluates it again at the next sync"
)


def _candidates(live: AccessModel, device: Device, decision: Decision, other: Decision | None) -> Iterator[str]:
    state, reason = fold(device.live_state), fold(device.live_reason)
    if state == fold("DeviceDiscovery"):
        yield "transient: Exchange is still finding out what the device is, which takes up to 14 minutes"
    elif state not in {fold(name) for name in STATES}:
        yield f"unknown: what the state {device.live_state} means is not known"
    if reason in AUTOBLOCK:
        yield f"transient: blocked for its behavior ({device.live_reason}), until that ends by itself"
    if reason == fold("Upgrade"):
        yield "transient: a grace after the mailbox was moved, until the device has identified itself again"
    if reason not in KNOWN:
        yield f"outside: {device.live_reason} is not of these settings; look at device management, Conditional Access"
    if decision.step == "service":
        yield "outside: the service refuses the protocol before it looks at access, so the reported state is an old one"
    if other is not None and other.state is not None and fold(other.state) == state:
        yield f"disputed: the other reading of precedence gives {other.state}, by {because(other)}"
    if state == fold("Blocked") and reason == fold("DeviceRule") and _is_sticky(live, device):
        yield (
            "sticky: a block by DeviceOS stays after an update, since a blocked device cannot report its new system;"
            " remove the device from the mailbox so that Exchange evaluates it again"
        )
    if reason == fold("Individual"):
        yield "stale: decided by a list of the mailbox that does not hold the device any more, or not yet"
    if reason == fold("Policy") and decision.step != "mailbox-policy":
        yield "policy: the device did not enforce its mailbox policy; how far it does was not read, or that changed"


def _is_sticky(live: AccessModel, device: Device) -> bool:
    """Return whether a rule on the system may have blocked the device: one that is named, or any where none is."""
    if device.live_rule:
        return fold("(DeviceOS)") in fold(device.live_rule)
    return any(
        rule.text("Characteristic") == "DeviceOS" and rule.text("AccessLevel") == "Block"
        for rule in (live.state.rules or {}).values()
    )
