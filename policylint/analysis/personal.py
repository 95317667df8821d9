"""Devices to entries in the lists of their mailboxes that give them what they have, and change no other device."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from policylint.access.steps import ALLOWED, BLOCKED, LISTS_UNSURE
from policylint.named_tuple import NamedTuple
from policylint.text import fold, natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from policylint.access.decide import AccessModel
    from policylint.access.decision import AccessState
    from policylint.model.device import Device
    from policylint.model.device_table import DeviceTable
    from policylint.model.entity import Entity

LIST_OF_STATE: Mapping[AccessState | None, str] = {"Allowed": ALLOWED, "Blocked": BLOCKED}
"""The list of a mailbox that gives a device a state; none quarantines."""


class PersonalEntry(NamedTuple):
    """Devices to add to one list of a mailbox, by their IDs; each ID is there once."""

    mailbox: Entity
    setting: str
    devices: tuple[Device, ...]


class Left(NamedTuple):
    """A device that no list can give what it has today, and why."""

    device: Device
    state: AccessState | None
    why: str


def personal_entries(
    model: AccessModel, devices: Iterable[Device], table: DeviceTable, why_not: Callable[[str, str], str | None]
) -> tuple[tuple[PersonalEntry, ...], tuple[Left, ...]]:
    """Return entries that give some devices what they have under a model, by mailbox, and the devices that none can.

    `table` are all devices: an entry counts for each device of the mailbox with the ID. `why_not` says why a file
    cannot hold an ID in a list, None where it can.
    """
    devices = tuple(devices)
    alike = _alike(devices, table)
    found: dict[tuple[str, str], dict[str, Device]] = defaultdict(dict)
    left = []
    for device in devices:
        state = model.decide(device).state
        setting = LIST_OF_STATE.get(state, "")
        why = _why_not(model, device, setting, alike.get(_place(device), ()))
        if why is None and (unsayable := why_not(setting, device.device_id)) is not None:
            why = unsayable
        if why is not None:
            left.append(Left(device, state, why))
            continue
        found[device.mailbox or "", setting].setdefault(fold(device.device_id), device)
    mailboxes = model.state.mailboxes or {}
    entries = (
        PersonalEntry(mailboxes[key], setting, tuple(sorted(of.values(), key=lambda each: natural(each.device_id))))
        for (key, setting), of in found.items()
    )
    return tuple(sorted(entries, key=lambda entry: (natural(entry.mailbox.identity), entry.setting))), tuple(left)


def _place(device: Device) -> tuple[str | None, str]:
    return device.mailbox, fold(device.device_id)


def _alike(devices: Sequence[Device], table: DeviceTable) -> Mapping[tuple[str | None, str], Sequence[Device]]:
    """Return all devices of the mailboxes and IDs of some, by both."""
    wanted = {fold(device.device_id) for device in devices if device.device_id}
    places = set(map(_place, devices))
    found = defaultdict(list)
    for device in table.select(lambda device_id, _guid: fold(device_id) in wanted) if wanted else ():
        if _place(device) in places:
            found[_place(device)].append(device)
    return found


def _why_not(model: AccessModel, device: Device, setting: str, alike: Iterable[Device]) -> str | None:
    """Return why a device cannot be on a list of its mailbox, None where it can."""
    mailbox = model.mailbox(device.mailbox)
    if not setting:
        return "no list of a mailbox quarantines" if model.decide(device).state else "what it has today is not known"
    if mailbox is None:
        return "its mailbox is not known"
    if not device.device_id:
        return "it has no ID"
    if setting not in mailbox.settings:
        return f"{setting} of its mailbox was not read"
    for other in alike:
        request = model.request(other)
        listed = model.decide_request(request._replace(listed=request.listed | {setting}))
        if LISTS_UNSURE in listed.notes:
            return "ActiveSyncEnabled of its mailbox is false, and whether lists then count is not published"
        if not listed.same_outcome(model.decide(other)):
            return "another device of its mailbox has the same ID and other access"
    return None
