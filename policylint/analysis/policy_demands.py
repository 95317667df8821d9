"""What a mailbox policy demands of devices, and what of it a device is known not to enforce."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.devices.abilities import cannot_enforce
from policylint.phrases import listed, show

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.model.device import DeviceClass
    from policylint.model.entity import Entity, Value

_NO_DEMAND: dict[str, tuple[Value, ...]] = {
    **dict.fromkeys(("PasswordEnabled", "AlphanumericPasswordRequired"), (False,)),
    **dict.fromkeys(("RequireDeviceEncryption", "RequireStorageCardEncryption"), (False,)),
    **dict.fromkeys(("RequireManualSyncWhenRoaming",), (False,)),
    "MinPasswordLength": (),
    "MinPasswordComplexCharacters": (1,),
    "PasswordHistory": (0,),
    **dict.fromkeys(("PasswordExpiration", "MaxInactivityTimeLock", "MaxPasswordFailedAttempts"), ("Unlimited",)),
    **dict.fromkeys(("AllowSimplePassword", "AllowBrowser", "AllowCamera", "AllowConsumerEmail"), (True,)),
    **dict.fromkeys(("AllowInternetSharing", "AllowIrDA", "AllowRemoteDesktop", "AllowStorageCard"), (True,)),
    **dict.fromkeys(("AllowTextMessaging", "AllowUnsignedApplications", "AllowWiFi", "AllowPOPIMAPEmail"), (True,)),
    **dict.fromkeys(("AllowUnsignedInstallationPackages", "AllowDesktopSync"), (True,)),
    "AllowBluetooth": ("Allow",),
}
"""The settings that a device itself has to enforce, with the values that ask nothing of it; null never does.

Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-mobiledevicemailboxpolicy
"""

_NEED_PASSWORD = frozenset(
    {
        *("AlphanumericPasswordRequired", "AllowSimplePassword", "MinPasswordLength", "MinPasswordComplexCharacters"),
        *("PasswordHistory", "PasswordExpiration", "MaxPasswordFailedAttempts"),
    }
)
"""The settings that count with PasswordEnabled alone."""


def demands(policy: Entity) -> tuple[str, ...]:
    """Return the settings by which a policy demands something of devices, sorted by name."""
    without_password = policy.get("PasswordEnabled") is False
    return tuple(
        name
        for name, nothing in sorted(_NO_DEMAND.items())
        if policy.get(name) is not None
        and policy.get(name) not in nothing
        and not (without_password and name in _NEED_PASSWORD)
    )


def what_is_not_enforced(policy: Entity, device_class: DeviceClass, policies: Iterable[Entity] = ()) -> str:
    """Return which setting of a policy a device does not enforce, or that this is not known, and what it demands.

    Where it is known, those of all `policies` are named that do not demand it.

    Source: Exchange reports whether a device enforces all, some or none of its policy, and not which settings,
    https://learn.microsoft.com/previous-versions/office/developer/exchange-server-2010/ff327239(v=exchg.140)
    """
    asked = demands(policy)
    known = [name for name in asked if name in cannot_enforce(device_class)]
    if known:
        without = [other.identity for other in policies if not set(known) & set(demands(other))]
        others = f"; {listed(without)} {'do' if len(without) > 1 else 'does'} not" if without else ""
        return (
            f"{device_class[1]} cannot enforce {listed(known)}, which policy {policy.identity} demands{others};"
            " whether it enforces all the rest is not reported"
        )
    what = listed((f"{name} {show(policy.get(name))}" for name in asked), most=None) or "nothing that is known here"
    return (
        "which settings the device does not enforce is not known: Exchange does not report it;"
        f" policy {policy.identity} demands {what}"
    )
