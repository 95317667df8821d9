"""Devices, classes, states and decisions in the words of every format for people."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from policylint.access.decision import STATES, AccessState
from policylint.access.describe import because, location_words
from policylint.access.not_read import not_read
from policylint.model.device import PROPERTIES
from policylint.phrases import LONGEST, count, cut, listed, long_words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from policylint.access.decision import Decision
    from policylint.model.device import Device, DeviceClass
    from policylint.model.snapshot import Snapshot
    from policylint.plan.ring import Ring

ARROW = "->"
ALL_STATES: tuple[AccessState | None, ...] = (*STATES, None)
"""Every state, from the loosest to the strictest; None is not decided here."""


def state_words(state: AccessState | None) -> str:
    """Return a state as it is called beside others."""
    return state or "not decided"


def class_words(device_class: DeviceClass) -> str:
    """Return a class in words: `DeviceType iPhone, DeviceOS iOS 17.4`; `any other device` where nothing is named."""
    named = [f"{name} {value}" for name, value in zip(PROPERTIES, device_class, strict=True) if value is not None]
    return ", ".join(named) or "any other device"


def report_words(device: Device) -> str:
    """Return what a device reports, with its client: `DeviceType iPhone, DeviceOS iOS 17.4, EAS 16.1`."""
    return f"{class_words(device.device_class)}, {device.client_type} {device.client_version}".rstrip()


def device_words(device: Device, *, owner: bool = False) -> str:
    """Return a device in a few words: its model, its system and its ID, cut; with its owner where that is known."""
    name = f"{kind_words(device)}, {cut(device.device_id or 'no ID', LONGEST)}"
    return f"{name} of {device.owner}" if owner and device.owner else name


def kind_words(device: Device) -> str:
    """Return what a device is in a few words: its model and its system, cut."""
    kind, model, system, agent = device.device_class
    words = [word for word in (model or kind, system) if word] or [agent or "unknown model"]
    return ", ".join(cut(word, LONGEST) for word in words)


def reported_words(device: Device) -> str:
    """Return the state that Exchange reports of a device, with the reason."""
    return f"{device.live_state} ({device.live_reason})" if device.live_reason else device.live_state


def cause(decision: Decision, *, located: bool = False) -> str:
    """Return why a decision is what it is, whether it is disputed or assumed.

    With `located` also where the deciding setting is; of what comes of an entry with `matches` that is always there.
    """
    where = location_words(decision) if located or decision.pattern else ""
    marks = (" [disputed]" if decision.disputed else "") + (" [assumed]" if decision.not_read else "")
    return because(decision) + (f", {where}" if where else "") + marks


def assumed_words(not_read: Iterable[str]) -> str:
    """Return what an answer rests on and nobody read: ` (assumed: mailboxes not read)`; nothing where all was."""
    names = listed(dict.fromkeys(not_read), None)
    return f" (assumed: {names} not read)" if names else ""


def live_state_words(snapshot: Snapshot, now: datetime) -> str:
    """Return whose live state an answer rests on and how old that is, in one line; every output says it so.

    `live state: live.json of contoso.onmicrosoft.com, taken 2026-11-20T06:00:00Z, 8 days ago`. What decisions depend on
    and was not read follows.
    """
    header = snapshot.header
    of = f" of {header.organization or header.tenant}" if header.organization or header.tenant else ""
    age = snapshot.age(now)
    ago = "ago" if age is not None and age >= timedelta(0) else "ahead of now"
    if snapshot.is_ahead(now):
        ago = "in the future: one of the clocks is wrong, so nobody knows how old it is"
    when = f", {long_words(abs(age))} {ago}" if age is not None else ""
    taken = f"taken {header.taken_at}" if header.taken_at else "nobody knows when taken"
    return f"live state: {snapshot.path}{of}, {taken}{when}{lacks_words(snapshot)}"


def lacks_words(snapshot: Snapshot) -> str:
    """Return what a snapshot does not hold, to be put behind what it is called; nothing where that is nothing."""
    unread = listed(each.in_words() for each in not_read(snapshot.state, snapshot.header.edition))
    lacks = [f"not read, so taken for not set: {unread}"] if unread else []
    lacks += (f"without {name}: {why}" for name, why in snapshot.incomplete.items())
    return "".join(f"; {each}" for each in lacks)


def ring_words(ring: Ring) -> str:
    """Return which ring a plan is for: `ring 1 of 3, pilot-*@contoso.com: 12 mailboxes, 34 devices`."""
    of = f"{count(ring.mailboxes, 'mailbox')}, {count(ring.devices, 'device')}"
    return f"ring {ring.number} of {ring.of}, {ring.name}: {of}"


def left_out(number: int) -> str:
    """Return the line for rows that are not shown."""
    return f"... and {number:,} more; --full shows all"
