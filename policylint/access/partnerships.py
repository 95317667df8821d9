"""How many partnerships a mailbox has, and how many are documented to fit.

Source: EasMaxDevices of the throttling policy limits the Exchange ActiveSync partnerships of a user, 100 by default,
https://learn.microsoft.com/powershell/module/exchangepowershell/new-throttlingpolicy
Source: a new device of a mailbox that is full is refused, each new ID and each other type of an ID counts,
https://thoughtsofanidlemind.com/2014/01/15/eas-device-partnerships/
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.phrases import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.model.device import Device
    from policylint.model.device_table import DeviceTable

LIMIT = 100
"""How many Exchange ActiveSync partnerships of a mailbox the documented default admits."""

NEAR = 90
"""From how many on a mailbox is near the limit."""

_LEAD = f"the documented default limit (EasMaxDevices) is {LIMIT}"
_NOT_READ = "the throttling policy itself is not read"


class Partnerships(NamedTuple):
    """The partnerships of a mailbox: those of Exchange ActiveSync, which the limit counts, and all others."""

    owner: str
    active_sync: int
    others: int = 0

    @property
    def is_full(self) -> bool:
        """Return whether the mailbox has as many partnerships as the documented default admits."""
        return self.active_sync >= LIMIT

    @property
    def is_near(self) -> bool:
        """Return whether the mailbox is at the limit or near it, should other clients count as well."""
        return self.active_sync + self.others >= NEAR

    @property
    def words(self) -> str:
        """Return how many there are, what that means, and what of it is not known."""
        number = count(self.active_sync, "Exchange ActiveSync partnership")
        if self.is_full:
            return f"{number}: {_LEAD}, so Exchange refuses a new device; {_NOT_READ}"
        if self.active_sync >= NEAR:
            return f"{number}: {_LEAD}, beyond which Exchange refuses a new device; {_NOT_READ}"
        others = f"{number} and {self.others:,} of other clients"
        return f"{others}: {_LEAD}; whether other clients count is not published, and {_NOT_READ}"


def is_active_sync(device: Device) -> bool:
    """Return whether a device is a partnership that the limit counts."""
    return device.client_type == "EAS"


def count_partnerships(devices: DeviceTable) -> Mapping[str, Partnerships]:
    """Return the partnerships of each mailbox that has one, by its key; devices of unknown owner are of none."""
    active_sync: Counter[str] = Counter()
    others: Counter[str] = Counter()
    names: dict[str, str] = {}
    sides = ((active_sync, is_active_sync), (others, lambda device: not is_active_sync(device)))
    for counts, which in sides:
        for (owner, key), number in devices.owning(which).items():
            if key is not None:
                counts[key] += number
                names[key] = min(owner, names.get(key, owner))
    return {key: Partnerships(names[key], active_sync[key], others[key]) for key in names}


def near_the_limit(devices: DeviceTable) -> Mapping[str, Partnerships]:
    """Return the partnerships of each mailbox at the limit or near it, by its key, those with the most first."""
    found = {key: each for key, each in count_partnerships(devices).items() if each.is_near}
    return dict(sorted(found.items(), key=lambda item: (-item[1].active_sync, -item[1].others, item[0])))
