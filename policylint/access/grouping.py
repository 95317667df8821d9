"""Devices in groups: by what they call themselves, by mailbox, by kind of client."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from policylint.model.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from policylint.access.decision import AccessState
    from policylint.access.simulate import DeviceAccess

BY: Mapping[str, Callable[[DeviceAccess], str | None]] = {
    "type": lambda access: access.device.device_class[0],
    "model": lambda access: access.device.device_class[1],
    "os": lambda access: access.device.device_class[2],
    "agent": lambda access: access.device.device_class[3],
    "mailbox": lambda access: access.device.owner or None,
    "client": lambda access: access.device.client_type,
}
"""What devices can be grouped by, and the value of a device."""


class Group(NamedTuple):
    """Devices of one value, compared as Exchange compares; None is not reported. Counts are by state."""

    value: str | None
    devices: int
    live: Mapping[AccessState | None, int]
    desired: Mapping[AccessState | None, int]
    changed: int


def group(devices: Iterable[DeviceAccess], by: str) -> tuple[Group, ...]:
    """Return devices in groups, those with the most changes first, then the largest, then by value."""
    value_of = BY[by]
    spelled: dict[str, Counter[str]] = {}
    members: dict[str | None, list[DeviceAccess]] = {}
    for access in devices:
        value = value_of(access)
        key = fold(value) if value is not None else None
        members.setdefault(key, []).append(access)
        if value is not None and key is not None:
            spelled.setdefault(key, Counter())[value] += 1
    found = [
        Group(
            value=_spelling(spelled[key]) if key is not None else None,
            devices=len(each),
            live=Counter(access.live.state for access in each if access.live is not None),
            desired=Counter(access.desired.state for access in each),
            changed=sum(access.changed for access in each),
        )
        for key, each in members.items()
    ]
    return tuple(sorted(found, key=lambda group: (-group.changed, -group.devices, group.value or "")))


def _spelling(names: Counter[str]) -> str:
    """Return how a value is mostly spelled."""
    return min(names, key=lambda text: (-names[text], text))
