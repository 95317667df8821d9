"""What kinds of device are known not to be able to do, of what a mailbox policy may ask of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.text import fold

if TYPE_CHECKING:
    from policylint.model.device import DeviceClass

ENCRYPTION = "RequireDeviceEncryption"

_WITHOUT_ENCRYPTION = frozenset(map(fold, ("iPhone1C1", "iPhone1C2")))
"""The models that cannot encrypt: the first iPhone and the iPhone 3G.

Source: https://techcommunity.microsoft.com/t5/exchange-team-blog/exchange-activesync-and-iphone-os-3-1/bc-p/598536
"""


def cannot_enforce(device_class: DeviceClass) -> frozenset[str]:
    """Return the settings of a mailbox policy that a kind of device is known not to be able to enforce.

    Empty where nothing is known, which does not mean that it enforces all of them.
    """
    return frozenset({ENCRYPTION}) if fold(device_class[1] or "") in _WITHOUT_ENCRYPTION else frozenset()
