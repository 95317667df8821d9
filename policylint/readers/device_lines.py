"""The lines of the devices of a sealed file to devices.

A line is one JSON object. Its first fields are those of one device alone: its owner, its IDs, its times. The rest is
what it has in common with many others. So the fast path cuts a whole block of lines with one regular expression, and
decodes each different rest once. The slow path decodes line by line, whatever their form. Both give the same devices.
"""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING, Any

from policylint.errors import SnapshotError
from policylint.model.device import PROPERTIES, TIMES, Device, DeviceClass, Provisionable, client_type
from policylint.model.device_table import NUMBER, pack_guids, pack_times, zeros
from policylint.named_tuple import NamedTuple
from policylint.readers.line_blocks import TAIL, Commas, columns_of, packed
from policylint.readers.raw import interner
from policylint.strict_json import parse_json
from policylint.text import fold, utc_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from policylint.model.device_table import DeviceTable, Packed
    from policylint.readers.raw import Row

_TYPE, _MODEL, _SYSTEM, _AGENT = PROPERTIES
_OWNER, _ID, _GUID = "mailbox", "DeviceId", "Guid"
_FIRST, _LAST, _CHANGED = TIMES
_KEPT_FIELDS = frozenset({_OWNER, _ID, _GUID})
_PER_DEVICE = _KEPT_FIELDS | {"Identity", "DistinguishedName", *TIMES}
"""The per-device fields: those that every line has, and those that it may have; of the latter, times are kept."""

_MOST_REPORTS = 100_000
"""How many different ends of lines are remembered."""

_PROVISIONABLE: Mapping[str, Provisionable] = {
    "APPLIEDINFULL": "full",
    "PARTIALLYAPPLIED": "partial",
    "NOTAPPLIED": "none",
    "EXTERNALLYMANAGED": "external",
}


class Part(NamedTuple):
    """The devices of a block of lines, in a form that one process can hand to another.

    `reports` and `owners` have a number for each line: the place of a text among all those that the same cutter has
    given in `new_reports` and `new_owners`, since one that is `fresh`. IDs are a line each. `times` are
    columns of `pack_times`.
    """

    reports: Sequence[int]
    owners: Sequence[int]
    ids: str
    guids: Packed
    times: Sequence[Sequence[int]]
    new_reports: Sequence[bytes]
    new_owners: Sequence[bytes]
    fresh: bool


class LineCutter:
    """Cuts blocks of lines of devices into parts. What a part holds of owners and reports is not checked yet."""

    def __init__(self) -> None:
        self._pattern: re.Pattern[bytes] | None = None
        self._reports, self._owners = _Numbering(), _Numbering()
        self._commas = Commas()
        self._fresh = True

    def start_anew(self) -> None:
        """Forget every text, so that the next part is fresh."""
        self._reports, self._owners = _Numbering(), _Numbering()
        self._fresh = True

    def cut(self, block: bytes) -> Part | None:
        """Return the devices of a block of whole lines.

        Returns None where a line is not of the form of the first line, or none but the last has no comma.
        """
        if self._pattern is None:
            self._pattern = _line_pattern(block[: block.find(b"\n") + 1])
        columns = columns_of(self._pattern, block)
        if columns is None:
            return None
        tails = columns[TAIL]
        ids, guids = packed(columns[_ID]), pack_guids(columns[_GUID]) or packed(columns[_GUID])
        times = [column for name in TIMES if (column := _times(columns.get(name), len(tails))) is not None]
        if ids is None or guids is None or len(times) < len(TIMES):
            return None
        if len(self._reports) > _MOST_REPORTS:
            self.start_anew()
        reports, new_reports = self._reports.numbers(tails)
        owners, new_owners = self._owners.numbers(columns[_OWNER])
        if not self._commas.are_between(tails, new_reports):
            self.start_anew()
            return None
        fresh, self._fresh = self._fresh, False
        return Part(reports, owners, ids, guids, times, new_reports, new_owners, fresh)


class Taken:
    """What the numbers of one cutter stand for in a table of devices."""

    def __init__(self) -> None:
        self.reports, self.owners = _Translation(), _Translation()


class _Translation:
    """Numbers in the place of others; often they are the same."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._is_same = True

    def extend(self, numbers: Sequence[int]) -> None:
        """Say what the next numbers stand for."""
        begin = len(self._numbers)
        self._is_same = self._is_same and all(number == at for at, number in enumerate(numbers, begin))
        self._numbers.extend(numbers)

    def of(self, numbers: Sequence[int]) -> Iterable[int]:
        """Return what numbers stand for."""
        return numbers if self._is_same else map(self._numbers.__getitem__, numbers)


class DeviceReader:
    """Reads devices into a table: `read_block` is the fast path, `add` the slow one.

    `parse` returns the object that a JSON text holds, or raises SnapshotError.
    """

    def __init__(self, devices: DeviceTable, parse: Callable[[bytes], dict[str, Any]]) -> None:
        self._devices, self._parse = devices, parse
        self._intern: Callable[[str], str] = interner()
        self._intern_class: Callable[[DeviceClass], DeviceClass] = interner()
        self._cutter = LineCutter()
        self._taken = Taken()

    def read_block(self, block: bytes) -> int:
        """Add the devices of a block of whole lines and return how many lines that took.

        Returns 0 and adds nothing where a line is not of the form of the first line of the file.
        """
        part = self._cutter.cut(block)
        if part is None:
            return 0
        taken = self.take(part, self._taken)
        if not taken:
            self._cutter.start_anew()
        return taken

    def take(self, part: Part, taken: Taken) -> int:
        """Add the devices of a part and return how many they are; `taken` is what its cutter gave before.

        Returns 0 and adds nothing where an owner or a report is not what a sealed file may hold.
        """
        if part.fresh:
            taken.reports, taken.owners = _Translation(), _Translation()
        try:
            reports = [*map(self._report, part.new_reports)]
            owners = self._owners(part.new_owners)
        except (SnapshotError, ValueError):
            return 0
        taken.reports.extend(reports)
        taken.owners.extend(owners)
        kinds, owned = taken.reports.of(part.reports), taken.owners.of(part.owners)
        self._devices.add_packed(kinds, owned, part.ids, part.guids, part.times)
        return len(part.reports)

    def add(self, rows: Iterable[Row]) -> None:
        """Add the devices of rows, whatever their form."""
        self._devices.extend(map(self.device, rows))

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
        raw = self._parse(b"{" + shared.removesuffix(b","))
        if not _PER_DEVICE.isdisjoint(raw):
            raise ValueError("a field of one device alone is not among the first fields")
        return self._devices.kind(self.device(raw))

    def _owners(self, texts: Sequence[bytes]) -> list[int]:
        """Return the numbers of owners, as JSON spells them."""
        plain = packed(texts)
        spelled = (self._parse(b'{"": "' + text + b'"}')[""] for text in texts)
        names = plain.split("\n") if plain is not None else spelled
        return [self._devices.owner(name, fold(name) or None) for name in names]


class _Numbering(dict[bytes, int]):
    """Numbers texts in the order they are first asked for."""

    def __init__(self) -> None:
        self._new: list[bytes] = []

    def numbers(self, texts: Iterable[bytes]) -> tuple[array[int], list[bytes]]:
        """Return the number of each text, and the texts that had none yet."""
        self._new = []
        return array(NUMBER, map(self.__getitem__, texts)), self._new

    def __missing__(self, text: bytes) -> int:
        number = self[text] = len(self)
        self._new.append(text)
        return number


def _line_pattern(line: bytes) -> re.Pattern[bytes]:
    """Return what matches lines like the first one; its groups are what is kept of a line, by name.

    What a group holds is looked at afterward, for many lines at once: that it ends at a quotation mark is all that is
    matched here, which is most of the speed. Where the line is not of the usual form, nothing matches.
    """
    head, _, shared = line.partition(f', "{_TYPE}": '.encode())
    try:
        names = list(parse_json((head + b"}").decode())) if shared else []
    except ValueError:
        names = []
    if not _KEPT_FIELDS <= {*names} <= _PER_DEVICE:
        return re.compile(rb"(?!)")
    kept = {_OWNER: f'(?:"(?P<{_OWNER}>[^"]*)"|null)'} | {name: f'"(?P<{name}>[^"]*)"' for name in (_ID, _GUID)}
    kept |= {name: f'(?:"(?P<{name}>[^"]{{{len(_TIME)}}})"|null)' for name in TIMES}
    fields = ", ".join(f'"{name}": {kept.get(name, _UNUSED)}' for name in names)
    return re.compile(rf'^\{{{fields}, (?P<{TAIL}>"{_TYPE}": .*)\n'.encode(), re.MULTILINE)


def _times(times: Sequence[bytes] | None, lines: int) -> Sequence[int] | None:
    """Return a column of times, the empty text standing for null; None where one is not of the usual form."""
    if times is None or not any(times):
        return zeros(lines)
    text = b"\n".join(times)
    if text.translate(_AS_ZEROS).count(_TIME) != lines - times.count(b""):
        return None
    return pack_times(times)


_TIME = b"0000-00-00T00:00:00Z"
_AS_ZEROS = bytes(ord("0") if chr(each).isdecimal() and each < 128 else each for each in range(256))
_PLAIN = r'[^"\\\x00-\x1f]*'
_PAIR = r"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = rf'\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{{4}}|{_PAIR})'
_TEXT = f"{_PLAIN}(?:{_ESCAPE}{_PLAIN})*"
"""What stands between the quotes of a text in JSON; of surrogates only pairs."""

_UNUSED = f'(?:"{_TEXT}"|null)'


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
