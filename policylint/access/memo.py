"""Decisions about many devices: each kind of device is decided about once.

What a device gets depends on its class, on its client, and on its mailbox. Most mailboxes have nothing of their own but
their policy, so most devices share their decision with many others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policylint.access.decide import AccessModel
    from policylint.access.decision import Decision
    from policylint.model.device import Device
    from policylint.model.device_table import Profile

_OWN = ("ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs")
_SWITCHES = ("ActiveSyncEnabled", "OutlookMobileEnabled", "OWAforDevicesEnabled")


class Memo:
    """Decides as a model does, which must not change meanwhile."""

    def __init__(self, model: AccessModel) -> None:
        self._model = model
        self._values: dict[int | None, tuple[tuple[object, ...], Mapping[str, tuple[str, ...]]]] = {}
        self._known: dict[tuple[object, ...], Decision] = {}

    def decide(self, device: Device) -> Decision:
        """Return the decision about a device."""
        values, lists = self.of_mailbox(device.mailbox)
        if lists or False in values[1:]:
            return self._model.decide(device)  # decided by the mailbox itself, which shares that with no other
        key = (
            device.device_class,
            device.client_type,
            device.client_version,
            device.provisionable,
            device.managed,
            (device.live_state, device.live_reason) if device.provisionable == "unknown" else None,
            values,
        )
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._model.decide(device)
        return found

    def of_mailbox(self, key: str | None) -> tuple[tuple[object, ...], Mapping[str, tuple[str, ...]]]:
        """Return what decisions take from a mailbox: policy and switches; and the lists that name a device, by its ID.

        Mailboxes that are alike share their settings, so each of those is looked at once.
        """
        mailbox = self._model.mailbox(key)
        settings = id(mailbox.settings) if mailbox is not None else None
        known = self._values.get(settings)
        if known is None:
            policy = self._model.state.policy_of(mailbox)
            switches: tuple[object, ...] = ()
            lists: dict[str, tuple[str, ...]] = {}
            if mailbox is not None:
                switches = tuple(mailbox.get(name) for name in _SWITCHES)
                for name in _OWN:
                    for item in mailbox.items(name):
                        lists[fold(item)] = (*lists.get(fold(item), ()), name)
            known = (policy.key if policy is not None else None, *switches), lists
            self._values[settings] = known
        return known


def profile(memos: Sequence[Memo], key: str | None) -> Profile:
    """Return what devices of a mailbox have from it under several configurations, and those that its lists name."""
    values, lists = zip(*(memo.of_mailbox(key) for memo in memos), strict=True)
    if not any(lists):
        return values, {}
    ids = {device_id for names in lists for device_id in names}
    marks = {device_id: tuple(names.get(device_id, ()) for names in lists) for device_id in ids}
    return values, marks
