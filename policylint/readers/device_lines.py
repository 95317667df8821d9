"""The lines of the devices of a sealed file to devices.

A line is one JSON object. Its first fields are those of one device alone: its owner, its IDs, its times. The rest is
what it has in common with many others. So the fast path cuts a whole block of lines with one regular expression, and
decodes each different rest once. The slow path decodes line by line, whatever their form. Both give the same devices.
"""

from __future__ import annotations

import json
import re
from itertools import repeat
from typing import TYPE_CHECKING, Any

from policylint.errors import SnapshotError
from policylint.model.device import PROPERTIES, TIMES, Device, DeviceClass, Provisionable, client_type
from policylint.readers.raw import interner
from policylint.text import fold, utc_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from policylint.model.device_table import DeviceTable
    from policylint.readers.raw import Row

_TYPE, _MODEL, _SYSTEM, _AGENT = PROPERTIES
_OWNER, _ID, _GUID = "mailbox", "DeviceId", "Guid"
_FIRST, _LAST, _CHANGED = TIMES
_KEPT_FIELDS = frozenset({_OWNER, _ID, _GUID})
_OTHER_FIELDS = frozenset({"Identity", "DistinguishedName", *TIMES})
"""The per-device fields: those that every line has, and those that it may have; of the latter, times are kept."""

_TIMES = frozenset(TIMES)
_MOST_REPORTS = 100_000
"""How many different ends of lines are remembered."""

_PROVISIONABLE: Mapping[str, Provisionable] = {
    "APPLIEDINFULL": "full",
    "PARTIALLYAPPLIED": "partial",
    "NOTAPPLIED": "none",
    "EXTERNALLYMANAGED": "external",
}


class DeviceReader:
    """Reads devices into a table: `read_block` is the fast path, `device` the slow one.

    `parse` returns the object that a JSON text holds, or raises SnapshotError.
    """

    def __init__(self, devices: DeviceTable, parse: Callable[[bytes], dict[str, Any]]) -> None:
        self._devices, self._parse = devices, parse
        self._intern: Callable[[str], str] = interner()
        self._intern_class: Callable[[DeviceClass], DeviceClass] = interner()
        self._pattern: re.Pattern[bytes] | None = None
        self._per_device: frozenset[str] = frozenset()
        self._reports = _Numbers(self._report)
        self._owners = _Numbers(self._owner)

    def read_block(self, block: bytes) -> int:
        """Add the devices of a block of whole lines and return how many lines that took.

        Returns 0 and adds nothing where a line is not of the form of the first line of the file.
        """
        columns = self._columns(block)
        if columns is None:
            return 0
        ids, guids = (b"\n".join(columns[name]) for name in (_ID, _GUID))
        if b"\\" in ids or b"\\" in guids:
            return 0
        lines = len(columns[_ID])
        times = [_numbers(columns[name]) if name in columns else repeat(0, lines) for name in TIMES]
        try:
            reports = [*map(self._reports.__getitem__, columns["shared"])]
            owners = [*map(self._owners.__getitem__, columns[_OWNER])]
        except (SnapshotError, ValueError):
            return 0
        self._devices.add(reports, owners, ids.decode().split("\n"), guids.decode().split("\n"), times)
        return len(reports)

    def _columns(self, block: bytes) -> Mapping[str, Sequence[bytes]] | None:
        """Return what is kept of each line of a block by name, None where a line is not of the usual form."""
        if self._pattern is None:
            self._pattern, self._per_device = _line_pattern(block[: block.find(b"\n") + 1], self._parse)
        found = self._pattern.findall(block)
        if not found or len(found) != block.count(b"\n") or not _is_utf8(block):
            return None
        return dict(zip(self._pattern.groupindex, zip(*found, strict=True), strict=True))

    def device(self, raw: Row) -> Device:
        """Return the device that a row describes."""
        if not _TEXTS.issuperset(map(type, raw.values())):
            raw = {name: None if value is None else str(value) for name, value in raw.items()}
        get, intern = raw.get, self._intern
        owner, status = get(_OWNER) or "", get("DevicePolicyApplicationStatus") or ""
        return Device(
            device_id=get(_ID) or "",
            mailbox=intern(fold(owner)) or None,
            device_class=self._intern_class(
                (get(_TYPE) or None, get(_MODEL) or None, get(_SYSTEM) or None, get(_AGENT) or None)
            ),
            client_type=client_type(get("ClientType") or ""),
            client_version=intern(get("ClientVersion") or get("DeviceActiveSyncVersion") or ""),
            provisionable=_PROVISIONABLE.get(_decode_enum(status, _APPLICATIONS).upper(), "unknown"),
            managed=(get("IsManaged") or "").upper() == "TRUE",
            live_state=intern(_decode_enum(get("DeviceAccessState") or "", _STATES)),
            live_reason=intern(_decode_enum(get("DeviceAccessStateReason") or "", _REASONS)),
            live_rule=intern(get("DeviceAccessControlRule") or ""),
            guid=get(_GUID) or "",
            owner=intern(owner),
            first_sync=utc_time(get(_FIRST) or ""),
            last_sync=utc_time(get(_LAST) or ""),
            changed=utc_time(get(_CHANGED) or ""),
        )

    def _report(self, shared: bytes) -> int:
        """Return the number of what a device reports, from the end of its line."""
        if len(self._reports) > _MOST_REPORTS:
            self._reports.clear()
        raw = self._parse(b"{" + shared.removesuffix(b","))
        if not self._per_device.isdisjoint(raw) or not _TIMES.isdisjoint(raw):
            raise ValueError("a field is twice in a line, or a time is not among the first fields")
        return self._devices.kind(self.device(raw))

    def _owner(self, text: bytes) -> int:
        """Return the number of an owner, as JSON spells it."""
        name: str = json.loads(b'"' + text + b'"') if b"\\" in text else text.decode()  # its pattern admits JSON only
        return self._devices.owner(name, fold(name) or None)


class _Numbers(dict[bytes, int]):
    """Numbers of texts, worked out by a function when a text is first asked for."""

    def __init__(self, number_of: Callable[[bytes], int]) -> None:
        self._number_of = number_of

    def __missing__(self, text: bytes) -> int:
        number = self[text] = self._number_of(text)
        return number


def _line_pattern(line: bytes, parse: Callable[[bytes], dict[str, Any]]) -> tuple[re.Pattern[bytes], frozenset[str]]:
    """Return what matches lines like the first one, and the names of its per-device fields.

    The groups are what is kept of a line, by name. Where the line is not of the usual form, nothing matches.
    """
    head, _, shared = line.partition(f', "{_TYPE}": '.encode())
    try:
        names = list(parse(head + b"}")) if shared else []
    except SnapshotError:
        names = []
    if not _KEPT_FIELDS <= {*names} <= _KEPT_FIELDS | _OTHER_FIELDS:
        return re.compile(rb"(?!)"), frozenset()
    kept = {_OWNER: f'(?:"(?P<{_OWNER}>{_TEXT})"|null)'} | {name: f'"(?P<{name}>{_TEXT})"' for name in (_ID, _GUID)}
    kept |= {name: f'(?:"(?P<{name}>{_TIME})"|null)' for name in TIMES}
    fields = ", ".join(f'"{name}": {kept.get(name, _UNUSED)}' for name in names)
    pattern = rf'^\{{{fields}, (?P<shared>"{_TYPE}": [^\n]*)\n'
    return re.compile(pattern.encode(), re.MULTILINE), frozenset(names)


def _numbers(times: Sequence[bytes]) -> Iterator[int]:
    """Return the numbers that the digits of times make; 0 for the empty text, which stands for null."""
    return map(int, (b"0" + b"\n0".join(times)).translate(None, b"-:TZ").split(b"\n"))


_TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_PLAIN = r'[^"\\\x00-\x1f]*'
_PAIR = r"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = rf'\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{{4}}|{_PAIR})'
_TEXT = f"{_PLAIN}(?:{_ESCAPE}{_PLAIN})*"
"""What stands between the quotes of a text in JSON; of surrogates only pairs."""

_UNUSED = f'(?:"{_TEXT}"|null)'


def _is_utf8(block: bytes) -> bool:
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


def _decode_enum(text: str, names: Sequence[str]) -> str:
    """Return the name of what an export shows by its number; any other text as it is."""
    return names[int(text)] if text.isdecimal() and text.isascii() and int(text[:3]) < len(names) else text
