"""Devices whose reported state the model does not explain, with what may be behind each: the model against reality.

Source: states and reasons, https://learn.microsoft.com/previous-versions/office/developer/exchange-server-2010/ff324138(v=exchg.140)
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from policylint.access.decision import STATES
from policylint.access.describe import because, sync_words
from policylint.named_tuple import NamedTuple
from policylint.phrases import listed, long_words
from policylint.schema.values import timespan_seconds
from policylint.text import fold, instant, utc_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.access.decide import AccessModel
    from policylint.access.decision import Decision
    from policylint.access.simulate import CohortAccess, Simulation
    from policylint.model.device import Device
    from policylint.model.entity import Entity

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


DISCOVERY = timedelta(minutes=14)
"""How long Exchange may take to find out what a new device is.

Source: https://practical365.com/exchange-server/exchange-activesync-device-access-state/
"""

REFUSED_SINCE = "2026-03-08T00:00:00Z"
"""About when Exchange Online began to refuse Exchange ActiveSync below 16.1; it was rolled out over time.

Source: the Exchange team, https://techcommunity.microsoft.com/ (4477997), https://aka.ms/EASVersionUpdate
"""

PASSING = timedelta(days=1)
"""How long a state may be reported and still be called a passing one, where no source says how long it lasts."""


class Mismatch(NamedTuple):
    """A device, what live settings give it, and what may be the reason that Exchange reports something else."""

    device: Device
    decision: Decision
    candidates: tuple[str, ...]

    @property
    def since(self) -> str:
        """Return since when, at the latest, Exchange reports the state; empty where that was not read.

        The state is kept in the object of the device, so it is at least as old as the last change of that.
        """
        return self.device.changed


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


def mismatches(live: AccessModel, devices: Iterable[Device], taken_at: str = "") -> Iterator[Mismatch]:
    """Yield the devices whose reported state is not the one that live settings give, in the order given.

    `taken_at` is when the snapshot was taken, empty where that is not known.
    """
    otherwise: list[AccessModel] = []
    for device in devices:
        decision = live.decide(device)
        if not contradicts(device, decision):
            continue
        if decision.disputed and not otherwise:
            otherwise.append(live.with_other_precedence())
        other = otherwise[0].decide(device) if decision.disputed else None
        seen = _Seen(live, device, decision, other, instant(taken_at))
        yield Mismatch(device, decision, tuple(_candidates(seen)) or (_stale(seen),))


class _Seen(NamedTuple):
    """A device that reports something else, and what to judge it by. `other` is the other reading of precedence."""

    live: AccessModel
    device: Device
    decision: Decision
    other: Decision | None
    taken: datetime | None


def _candidates(seen: _Seen) -> Iterator[str]:
    device, decision, other = seen.device, seen.decision, seen.other
    state, reason = fold(device.live_state), fold(device.live_reason)
    if state == fold("DeviceDiscovery"):
        yield _discovery(seen)
    elif state not in {fold(name) for name in (*STATES, "MailboxMigration")}:
        yield f"unknown: what the state {device.live_state} means is not known"
    if reason in AUTOBLOCK:
        yield _autoblock(seen)
    if reason == fold("Upgrade"):
        yield _upgrade(seen)
    if reason not in KNOWN:
        yield f"outside: {device.live_reason} is not of these settings; look at device management, Conditional Access"
    if decision.step == "service":
        yield _refused(device)
    if other is not None and other.state is not None and fold(other.state) == state:
        yield f"disputed: the other reading of precedence gives {other.state}, by {because(other)}"
    if state == fold("Blocked") and reason == fold("DeviceRule") and _is_sticky(seen.live, device):
        yield (
            "sticky: a block by DeviceOS stays after an update, since a blocked device cannot report its new system;"
            " remove the device from the mailbox so that Exchange evaluates it again"
        )
    if reason == fold("Individual"):
        yield "stale: decided by a list of the mailbox that does not hold the device any more, or not yet"
    if reason == fold("Policy") and decision.step != "mailbox-policy":
        yield "policy: the device did not enforce its mailbox policy; how far it does was not read, or that changed"


def _refused(device: Device) -> str:
    """Return what it means that a state is reported of a device whose protocol the service refuses."""
    refuses = "outside: the service refuses the protocol before it looks at access"
    if device.last_sync < REFUSED_SINCE:
        return f"{refuses}, so the reported state is an old one"
    return (
        f"{refuses}, and yet the device synced {device.last_sync}, after that began ({REFUSED_SINCE[:10]}, not"
        " everywhere at once): it may not be refused yet, or may have a newer version than it reported"
    )


def _discovery(seen: _Seen) -> str:
    """Return what it means that a device is still being found out about, which a time may say is no passing state."""
    device = seen.device
    begun = min((time for time in map(instant, (device.first_sync, device.changed)) if time is not None), default=None)
    if begun is None or seen.taken is None:
        unknown = "; when the device first synced was not read" if begun is None else ""
        return f"transient: Exchange is still finding out what the device is, which takes up to 14 minutes{unknown}"
    if seen.taken - begun <= DISCOVERY:
        return "transient: Exchange is still finding out what the device is, which takes up to 14 minutes"
    _kind, model, system, _agent = device.device_class
    untold = listed([name for name, value in (("model", model), ("system", system)) if not value])
    client = f"the client has not told its {untold}" if untold else "Exchange has not found out what the device is"
    when = f"{long_words(seen.taken - begun)} after it first synced" if device.first_sync else "for longer than that"
    return (
        f"stuck: {client}, {when}, and Exchange waits up to 14 minutes for that; no setting lets it out by itself:"
        " remove the partnership and set the account up again with a current client, or allow its ID"
    )


def _autoblock(seen: _Seen) -> str:
    """Return what a block for behavior means; it is over where it was written longer ago than such blocks last."""
    device = seen.device
    words = f"blocked for its behavior ({device.live_reason})"
    thresholds = seen.live.state.of_kind("deviceAutoblockThreshold").values()
    lasts = next((each.text("DeviceBlockDuration") for each in thresholds if _is_named(each, device.live_reason)), "")
    seconds, written = timespan_seconds(lasts), instant(device.changed)
    if seconds and written is not None and seen.taken is not None and (seen.taken - written).total_seconds() > seconds:
        return (
            f"stale: {words} since {device.changed} at the latest, and DeviceBlockDuration is {lasts}: the block is"
            " over, and Exchange evaluates the device again at its next sync"
        )
    if (lasting := _lasting(seen)) is not None:
        return f"lasting: {words}, {lasting}: it does the same again and again, or does not sync any more"
    return f"transient: {words}, until that ends by itself"


def _is_named(threshold: Entity, reason: str) -> bool:
    return fold(reason) in {fold(name) for name in (threshold.identity, threshold.ids.get("BehaviorType", ""))}


def _upgrade(seen: _Seen) -> str:
    """Return what a grace after a move means, which ends once the device has identified itself."""
    lasting = _lasting(seen)
    words = "a grace after the mailbox was moved, until the device has identified itself again"
    if lasting is None:
        return f"transient: {words}"
    return (
        f"lasting: {words}, {lasting}: it does not sync any more, or does not tell what it is; remove the partnership"
        " and set the account up again"
    )


def _lasting(seen: _Seen) -> str | None:
    """Return how long a state has been reported at least where that is long for a passing one, None where it is not."""
    written = instant(seen.device.changed)
    if written is None or seen.taken is None or seen.taken - written <= PASSING:
        return None
    return f"reported for {long_words(seen.taken - written)} at least"


def _stale(seen: _Seen) -> str:
    """Return what is left where nothing else explains a state: it is of before a change, if no time denies that."""
    device = seen.device
    again = "Exchange evaluates it again at the next sync"
    if _is_of_a_rule_gone(seen):
        return f"stale: decided by {device.live_rule}, which is not live any more; {again}"
    notes = seen.decision.decided_by.notes if seen.decision.decided_by is not None else {}
    settled = max((utc_time(notes.get(name, "")) for name in _WRITTEN), default="")
    synced = max(device.first_sync, device.last_sync)
    if not settled or not synced:
        last = f" (it last synced {device.last_sync})" if device.last_sync else ""
        return f"stale: the device has not synced since the settings were changed{last}; {again}"
    is_exact = "WhenChangedUTC" in notes
    what = _object_of(seen.decision)
    since = f"{what} has not changed since {settled}" if is_exact else f"the last known change of {what} is {settled}"
    if synced <= settled:
        return f"stale: {since}, and the device {sync_words(device)}; {again}"
    unless = "" if is_exact else ", unless it was changed since"
    return (
        f"not stale: {since}, and the device synced later, {synced}, so Exchange has evaluated the device by it"
        f"{unless}; compare what it reports with the setting, letter for letter, and look for what decides and is not"
        " in the snapshot"
    )


def _object_of(decision: Decision) -> str:
    """Return what decides, without how it is set."""
    name = decision.decided_by.identity if decision.decided_by is not None else ""
    if decision.step.startswith("rule-"):
        return f"rule {name}"
    return f"{decision.setting} of {name}" if decision.decider is not None else f"{decision.setting}"


def _is_of_a_rule_gone(seen: _Seen) -> bool:
    rules, named = seen.live.state.rules, fold(seen.device.live_rule)
    by_rule = fold(seen.device.live_reason) == fold("DeviceRule") and named and rules is not None
    return bool(by_rule) and named not in {fold(rule.identity) for rule in (rules or {}).values()}


_WRITTEN = ("WhenCreatedUTC", "WhenChangedUTC")


def _is_sticky(live: AccessModel, device: Device) -> bool:
    """Return whether a rule on the system may have blocked the device: one that is named, or any where none is."""
    if device.live_rule:
        return fold("(DeviceOS)") in fold(device.live_rule)
    return any(
        rule.text("Characteristic") == "DeviceOS" and rule.text("AccessLevel") == "Block"
        for rule in (live.state.rules or {}).values()
    )
