"""Live state, as one sealed file reports it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.text import instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from policylint.model.device_table import DeviceTable
    from policylint.model.state import State


MOST_AHEAD = timedelta(minutes=10)
"""How far ahead of this machine's clock a file may be dated: clocks differ by minutes, not by more."""


class Header(NamedTuple):
    """Whose live state it is, and when and how it was read. `taken_at` is UTC in ISO 8601, empty where not known."""

    edition: str
    tenant: str | None
    organization: str | None
    organization_guid: str | None
    taken_at: str
    tool: str
    redacted: bool


class Snapshot(NamedTuple):
    """The live configuration and the devices. `incomplete` says why, by section that is not whole.

    `doubts` are what the readers of its files warn of, a line each.
    """

    path: str
    sha256: str
    header: Header
    state: State
    devices: DeviceTable
    incomplete: Mapping[str, str]
    doubts: tuple[str, ...] = ()

    def age(self, now: datetime) -> timedelta | None:
        """Return how old the snapshot is, None where the time that it was taken at is none."""
        taken = instant(self.header.taken_at)
        return now - taken if taken is not None else None

    def is_ahead(self, now: datetime) -> bool:
        """Return whether the snapshot is dated in the future: how old it is then nobody knows."""
        age = self.age(now)
        return age is not None and age < -MOST_AHEAD

    @property
    def complete_devices(self) -> DeviceTable | None:
        """Return the devices, None where not all of them were read."""
        return self.devices if "devices" not in self.incomplete else None
