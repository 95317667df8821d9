"""The lines of the devices of a snapshot to devices.

A line is one JSON object. What one device has alone - its owner, its names, its times - stands first in it, then what
it shares with many others; so equal ends of lines are read once, and whole blocks of lines are cut by one expression.
Lines of any other form are read one by one, with the same result.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from policylint.errors import SnapshotError
from policylint.model.device import PROPERTIES, Device, DeviceClass, Provisionable, client_type
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from policylint.model.device_table import DeviceTable

_TYPE, _MODEL, _SYSTEM, _AGENT = PROPERTIES
_OWNER, _ID, _GUID = "mailbox", "DeviceId", "Guid"
_PASSED_OVER = ("Identity", "DistinguishedName", "FirstSyncTime", "WhenChangedUTC")
"""What one device has alone, and no decision takes account of."""

_MOST_KEPT = 100_000
"""How many different ends of lines are remembered."""

_PROVISIONABLE: Mapping[str, Provisionable] = {
    "APPLIEDINFULL": "full",
    "PARTIALLYAPPLIED": "partial",
    "NOTAPPLIED": "none",
    "EXTERNALLYMANAGED": "external",
}


class DeviceLines:
    """Reads devices; a text that many of them report is kept once.

    `parse` returns the object that a text of JSON holds, or raises SnapshotError.
    """

    def __init__(self, devices: DeviceTable, parse: Callable[[bytes], dict[str, Any]]) -> None:
        self._devices, self._parse = devices, parse
        self._texts: dict[str, str] = {}
        self._classes: dict[DeviceClass, DeviceClass] = {}
        self._pattern: re.Pattern[bytes] | None = None
        self._owners = _Owners(devices)
        self._kinds = _Kinds(self, devices, parse)

    def read_many(self, block: bytes, lines: int) -> bool:
        """Read a block of whole lines; return False, having read nothing, where one is not of the usual form."""
        if self._pattern is None:
            self._pattern, self._kinds.alone = _pattern(block[: block.find(b"\n") + 1], self._parse)
        if len(self._kinds) > _MOST_KEPT:
            self._kinds.clear()
        found = self._pattern.findall(block)
        if not found or len(found) != lines or not _is_text(block):
            return False
        columns = dict(zip(self._pattern.groupindex, zip(*found, strict=True), strict=True))
        ids, guids = (b"\n".join(columns[name]) for name in (_ID, _GUID))
        if b"\\" in ids or b"\\" in guids:
            return False
        try:
            kinds = [*map(self._kinds.__getitem__, columns["shared"])]
            owners = [*map(self._owners.__getitem__, columns[_OWNER])]
        except (SnapshotError, ValueError):
            return False
        self._devices.add(kinds, owners, ids.decode().split("\n"), guids.decode().split("\n"))
        return True

    def read(self, raw: Mapping[str, Any]) -> Device:
        """Return the device that an object describes."""
        if not _TEXTS.issuperset(map(type, raw.values())):
            raw = {name: None if value is None else str(value) for name, value in raw.items()}
        get, known = raw.get, self._texts.setdefault
        owner, status = get("mailbox") or "", get("DevicePolicyApplicationStatus") or ""
        values = (get(_TYPE) or None, get(_MODEL) or None, get(_SYSTEM) or None, get(_AGENT) or None)
        mailbox = fold(owner)
        state = _by_number(get("DeviceAccessState") or "", _STATES)
        reason = _by_number(get("DeviceAccessStateReason") or "", _REASONS)
        version = get("ClientVersion") or get("DeviceActiveSyncVersion") or ""
        rule = get("DeviceAccessControlRule") or ""
        return Device(
            device_id=get("DeviceId") or "",
            mailbox=known(mailbox, mailbox) or None,
            device_class=self._classes.setdefault(values, values),
            client_type=client_type(get("ClientType") or ""),
            client_version=known(version, version),
            provisionable=_PROVISIONABLE.get(_by_number(status, _APPLICATIONS).upper(), "unknown"),
            managed=(get("IsManaged") or "").upper() == "TRUE",
            live_state=known(state, state),
            live_reason=known(reason, reason),
            live_rule=known(rule, rule),
            guid=get("Guid") or "",
            owner=known(owner, owner),
        )


class _Kinds(dict[bytes, int]):
    """The numbers of what devices report, by the end of the line."""

    def __init__(self, lines: DeviceLines, devices: DeviceTable, parse: Callable[[bytes], dict[str, Any]]) -> None:
        self._lines, self._devices, self._parse = lines, devices, parse
        self.alone: frozenset[str] = frozenset()

    def __missing__(self, shared: bytes) -> int:
        raw = self._parse(b"{" + shared.rstrip().removesuffix(b","))
        if not self.alone.isdisjoint(raw):
            raise ValueError("a name stands twice in a line")
        number = self[shared] = self._devices.kind(self._lines.read(raw))
        return number


class _Owners(dict[bytes, int]):
    """The numbers of owners, by how JSON spells them."""

    def __init__(self, devices: DeviceTable) -> None:
        self._devices = devices

    def __missing__(self, text: bytes) -> int:
        name: str = json.loads(b'"' + text + b'"') if b"\\" in text else text.decode()
        number = self[text] = self._devices.owner(name, fold(name) or None)
        return number


def _pattern(line: bytes, parse: Callable[[bytes], dict[str, Any]]) -> tuple[re.Pattern[bytes], frozenset[str]]:
    """Return what matches lines like the first one, and the names in it of what one device has alone.

    The groups are what is kept of a line, by name. Where the line is not of the usual form, nothing matches.
    """
    head, _, shared = line.partition(f', "{_TYPE}": '.encode())
    try:
        names = list(parse(head + b"}")) if shared else []
    except SnapshotError:
        names = []
    if not {_OWNER, _ID, _GUID} <= {*names} <= {_OWNER, _ID, _GUID, *_PASSED_OVER}:
        return re.compile(rb"(?!)"), frozenset()
    kept = {_OWNER: f'(?:"(?P<{_OWNER}>[^"]*)"|null)'} | {name: f'"(?P<{name}>[^"]*)"' for name in (_ID, _GUID)}
    members = ", ".join(f'"{re.escape(name)}": {kept.get(name, _SKIPPED)}' for name in names)
    return re.compile(rf'\{{{members}, (?P<shared>"{_TYPE}": [^\n]*)\n'.encode()), frozenset(names)


_SKIPPED = '(?:"[^"]*"|null)'


def _is_text(block: bytes) -> bool:
    """Return whether a block is UTF-8."""
    if block.isascii():
        return True
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


_TEXTS = {str, type(None)}
_STATES = ("Unknown", "Allowed", "Blocked", "Quarantined", "DeviceDiscovery")
_REASONS = (
    *("Unknown", "Global", "Individual", "DeviceRule", "Upgrade", "Policy"),
    *("UserAgentsChanges", "RecentCommands", "Watsons", "OutOfBudgets", "SyncCommands", "EnableNotificationEmail"),
)
_APPLICATIONS = ("Unknown", "NotApplied", "AppliedInFull", "PartiallyApplied", "ExternallyManaged")
"""States, reasons and how far a policy is applied, by number.

Source: https://learn.microsoft.com/previous-versions/office/developer/exchange-server-2010/ff324138(v=exchg.140)
"""


def _by_number(text: str, names: Sequence[str]) -> str:
    """Return the name of what an export shows by its number; any other text as it is."""
    return names[int(text)] if text.isdecimal() and text.isascii() and int(text[:3]) < len(names) else text
