"""Devices that do not sync any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.text import instant

if TYPE_CHECKING:
    from policylint.model.device import Device
    from policylint.model.device_table import DeviceTable


_FORM = "%Y-%m-%dT%H:%M:%SZ"


class StaleDevice(NamedTuple):
    """A device and for how many whole days it has not synced."""

    device: Device
    days: int


class Stale(NamedTuple):
    """The devices that had not synced for some days when the snapshot was taken, longest first.

    `not_read` is the number of devices of which the snapshot does not say when they last synced; `total` is of all.
    """

    days: int
    taken_at: str
    devices: tuple[StaleDevice, ...]
    not_read: int
    total: int


def stale_devices(devices: DeviceTable, taken: datetime, days: int) -> Stale:
    """Return the devices whose last sync is at least so many days before the snapshot was taken.

    Source: LastSuccessSync, https://learn.microsoft.com/powershell/module/exchangepowershell/get-mobiledevicestatistics
    """
    try:
        limit = (taken - timedelta(days=days)).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    except OverflowError:  # before the year 1
        limit = f"{datetime.min:{_FORM}}"
    stale = [
        StaleDevice(device, (taken - last).days)
        for device in devices.synced_until(limit)
        if (last := instant(device.last_sync)) is not None
    ]
    stale.sort(key=lambda each: each.device.last_sync)
    return Stale(days, taken.strftime(_FORM), tuple(stale), devices.without_last_sync, len(devices))
