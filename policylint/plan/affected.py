"""The text of what a refusal is about, so that acknowledging it covers these devices or objects and no others."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.model.device import Device

_DIGITS = 12
"""How many hexadecimal digits stand for what is affected: too many to find another change with the same ones."""


def affected(number: int, names: Iterable[str]) -> str:
    """Return a number and a short digest of what it counts, whatever the order: `7:3f9c2a81d0b4`."""
    found = hashlib.sha256("\0".join(sorted(map(fold, names))).encode("utf-8", "backslashreplace"))
    return f"{number}:{found.hexdigest()[:_DIGITS]}"


def affected_devices(number: int, devices: Iterable[Device], how: Iterable[str] = ()) -> str:
    """Return the text of some devices, which is the same for the same devices in another snapshot.

    `how` are words that say what happens to them, where the text is to lift nothing else.
    """
    names = (f"{device.owner}\1{device.device_id}\1{device.guid}" for device in devices)
    return affected(number, (*how, *names))
