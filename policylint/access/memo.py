"""Decisions about many devices: each kind of device is decided about once.

What a device gets depends on its class, on its client, and on its mailbox. Most mailboxes have nothing of their own but
their policy, so most devices share their decision with many others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policylint.access.decide import AccessModel
    from policylint.access.decision import Decision
    from policylint.model.device import Device

_OWN = ("ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs")
_SWITCHES = ("ActiveSyncEnabled", "OutlookMobileEnabled", "OWAforDevicesEnabled")


class Memo:
    """Decides as a model does, which must not change meanwhile."""

    def __init__(self, model: AccessModel) -> None:
        self._model = model
        self._policies: dict[str | None, tuple[object, ...] | None] = {}
        self._known: dict[tuple[object, ...], Decision] = {}

    def decide(self, device: Device) -> Decision:
        """Return the decision about a device."""
        mailbox = device.mailbox
        plain = self._policies[mailbox] if mailbox in self._policies else self._plain(mailbox)
        if plain is None:
            return self._model.decide(device)
        key = (
            device.device_class,
            device.client_type,
            device.client_version,
            device.provisionable,
            device.managed,
            (device.live_state, device.live_reason) if device.provisionable == "unknown" else None,
            plain,
        )
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._model.decide(device)
        return found

    def _plain(self, key: str | None) -> tuple[object, ...] | None:
        """Return what decisions take from a mailbox that shares them with others, None where it shares none."""
        mailbox = self._model.mailbox(key)
        policy = self._model.state.policy_of(mailbox)
        plain: tuple[object, ...] | None = (mailbox is None, policy.key if policy is not None else None)
        if mailbox is not None:
            switches = tuple(mailbox.get(name) for name in _SWITCHES)
            own = any(mailbox.items(name) for name in _OWN) or False in switches
            plain = None if own else (*plain, *switches) if plain is not None else None
        self._policies[key] = plain
        return plain
