"""The order of decision again, written straight from the published list, to compare the program with.

Steps 6 to 8 of the list ask about all rules at once: is there one that blocks, else one that quarantines, else one
that allows. Comparison is of whole values, without regard to case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policylint.model.device import Device, DeviceClass
    from policylint.model.entity import Entity
    from policylint.model.state import State
    from tests.strategies import World

NOT_DECIDED = (None, None)
STATES = {"Block": "Blocked", "Quarantine": "Quarantined", "Allow": "Allowed"}


def same(one: str, other: str) -> bool:
    """Return whether two texts differ in case only."""
    return one.lower() == other.lower()


def outcome(world: World, device: Device) -> tuple[str | None, str | None]:
    """Return the state and the reason that a device gets."""
    state, facts = world.state, world.facts
    online, eas = facts.edition == "exchange-online", device.client_type == "EAS"
    outlook = device.client_type in ("Outlook", "REST")
    mailbox = (state.mailboxes or {}).get(device.mailbox or "-")
    known: dict[str, Any] = dict(mailbox.settings) if mailbox else {}
    policy = policy_of(state, known)
    if online and eas and device.client_version in ("16.0", "14.1", "2.5"):
        return "Blocked", None
    if device.client_type == "UniversalOutlook":
        return NOT_DECIDED
    switch = "OutlookMobileEnabled" if outlook and online else "ActiveSyncEnabled"
    if device.client_type == "MOWA":
        switch = "OWAforDevicesEnabled"
    if known.get(switch) is False:
        return "Blocked", None
    if (device.managed and online) or device.provisionable == "external":
        return NOT_DECIDED
    if eas and policy and policy.settings.get("AllowNonProvisionableDevices") is False and not provisioned(device):
        return "Blocked", "Policy"
    for setting, result in (("ActiveSyncBlockedDeviceIDs", "Blocked"), ("ActiveSyncAllowedDeviceIDs", "Allowed")):
        if device.device_id and any(same(device.device_id, item) for item in known.get(setting, ())):
            return result, "Individual"
    if outlook and facts.conditional_access:
        return NOT_DECIDED
    return by_rules(world, device.device_class)


def policy_of(state: State, mailbox: dict[str, Any]) -> Entity | None:
    """Return the mailbox policy that governs a mailbox."""
    name = mailbox.get("ActiveSyncMailboxPolicy")
    for policy in (state.policies or {}).values():
        if policy.settings.get("IsDefault") if name is None else same(policy.identity, name):
            return policy
    return None


def provisioned(device: Device) -> bool:
    """Return whether a device enforces all of its policy, as far as anybody knows."""
    refused = (device.live_state, device.live_reason) == ("Blocked", "Policy")
    return device.provisionable == "full" or (device.provisionable == "unknown" and not refused)


def levels(state: State, device_class: DeviceClass) -> list[str]:
    """Return the level of each rule that matches."""
    values = dict(zip(("DeviceType", "DeviceModel", "DeviceOS", "UserAgent"), device_class, strict=True))
    found = []
    for rule in (state.rules or {}).values():
        value = values.get(rule.text("Characteristic"))
        if value is not None and same(value, rule.text("QueryString")):
            found.append(rule.text("AccessLevel"))
    return found


def by_rules(world: World, device_class: DeviceClass) -> tuple[str, str]:
    """Return what the rules, and where none matches the default, give to a class of devices."""
    state = world.state
    if world.facts.precedence == "specific-first":
        for place in (3, 2, 1, 0):
            values: list[str | None] = [None] * 4
            values[place] = device_class[place]
            for level in levels(state, (values[0], values[1], values[2], values[3])):
                return STATES[level], "DeviceRule"
    matching = levels(state, device_class)
    for level in ("Block", "Quarantine", "Allow"):
        if level in matching:
            return STATES[level], "DeviceRule"
    default = state.organization.settings.get("DefaultAccessLevel") if state.organization else None
    return STATES[str(default or "Allow")], "Global"
