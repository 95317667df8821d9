"""A phone or an app that syncs, as it describes itself and as Exchange last judged it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from policylint.named_tuple import NamedTuple
from policylint.text import fold

Provisionable: TypeAlias = Literal["full", "partial", "none", "external", "unknown"]
"""How much of its mailbox policy a device enforces; external: another management service claims it."""

CHARACTERISTICS = ("DeviceType", "DeviceModel", "DeviceOS", "UserAgent")
"""What rules can compare, in the order of `DeviceClass`.

XMSWLHeader is a fifth that no device record shows.
Source: https://learn.microsoft.com/powershell/module/exchangepowershell/new-activesyncdeviceaccessrule
"""

PROPERTIES = ("DeviceType", "DeviceModel", "DeviceOS", "DeviceUserAgent")
"""The properties of a device record that the characteristics are compared with, in the same order."""

TIMES = ("FirstSyncTime", "LastSuccessSync", "WhenChangedUTC")
"""The properties of a device record that are times of the device alone, in the order of the fields of `Device`."""

CLIENT_TYPES = ("EAS", "Outlook", "REST", "MOWA", "UniversalOutlook")
"""The kinds of client that are told apart; Exchange may show others."""

_ACTIVE_SYNC = fold("ActiveSync")
_CLIENT_TYPES = {fold(name): name for name in CLIENT_TYPES}

DeviceClass: TypeAlias = tuple[str | None, str | None, str | None, str | None]
"""The values that rules can tell devices apart by; None is a value that is not known, or that no rule names."""


def client_type(text: str) -> str:
    """Return the kind of client that a text in any case names; Exchange ActiveSync where it is empty or says so.

    A word that is not known is returned as it is.
    Source: the Exchange team looks for clients of Exchange ActiveSync by a ClientType that is EAS or holds ActiveSync,
    https://windowsforum.com/threads/exchange-online-enforces-eas-16-1-prepare-for-march-1-2026.393807/latest
    """
    if not text.strip() or _ACTIVE_SYNC in fold(text):
        return "EAS"
    return _CLIENT_TYPES.get(fold(text.strip()), text)


class Device(NamedTuple):
    """A device of a mailbox. A text that is empty was not reported.

    `mailbox` is the key of the owner, None where the owner is not known. Times are UTC, `2026-11-20T06:00:00Z`:
    `first_sync` and `last_sync` say when it synced, `changed` when Exchange last wrote the object of the device.
    """

    device_id: str
    mailbox: str | None
    device_class: DeviceClass
    client_type: str = "EAS"
    client_version: str = ""
    provisionable: Provisionable = "full"
    managed: bool = False
    live_state: str = ""
    live_reason: str = ""
    live_rule: str = ""
    guid: str = ""
    owner: str = ""
    first_sync: str = ""
    last_sync: str = ""
    changed: str = ""
