"""Live state as a sealed snapshot, which is what the exporting script writes too."""

from __future__ import annotations

import hashlib
import json
from itertools import islice
from json.encoder import encode_basestring_ascii as quote
from typing import TYPE_CHECKING, Any

from policylint.model.device import TIMES
from policylint.model.device_table import time_words
from policylint.readers.raw import DEVICES
from policylint.readers.sealed import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policylint.model.device import Device, Provisionable
    from policylint.model.device_table import Columns, DeviceTable
    from policylint.model.snapshot import Header
    from policylint.readers.raw import RawSnapshot
    from policylint.schema.store import SchemaStore

_AT_ONCE = 512
"""How many rows are written at once."""

_NULL = "null"
_STATUS: Mapping[Provisionable, str | None] = {
    "full": "AppliedInFull",
    "partial": "PartiallyApplied",
    "none": "NotApplied",
    "external": "ExternallyManaged",
    "unknown": None,
}


def sealed_pieces(raw: RawSnapshot, store: SchemaStore) -> Iterator[bytes]:
    """Yield the bytes of a sealed snapshot, which gives back live state as it is; devices a few at a time.

    A section that live state does not hold is there without rows, and is not whole.
    """
    digest = hashlib.sha256()
    counts: dict[str, int] = {}
    for piece in _before_seal(raw, store, counts):
        data = piece.encode("ascii")
        digest.update(data)
        yield data
    sections = [name for name, described in store.sections.items() if described.single]
    why = {name: text for name, text in raw.incomplete.items() if name in {*sections, *counts} or "." in name}
    seal = {
        "counts": counts,
        "complete": dict.fromkeys((*sections, *counts), True) | why,
        "sha256": digest.hexdigest(),
    }
    yield f'"seal": {json.dumps(seal)}\n}}\n'.encode("ascii")


def _before_seal(raw: RawSnapshot, store: SchemaStore, counts: dict[str, int]) -> Iterator[str]:
    """Yield what comes before the seal, and count the rows of each section."""
    yield f'{{"header": {json.dumps(_header(raw.header))},\n'
    for name, described in store.sections.items():
        rows = raw.sections.get(name, ())
        if described.single:
            yield f'"{name}": {json.dumps(dict(rows[0]) if rows else {})},\n'
        elif name in raw.sections or not described.optional:
            counts[name] = len(rows)
            yield from _section(name, (json.dumps(dict(row)) for row in rows))
    counts[DEVICES] = len(raw.devices)
    yield from _section(DEVICES, _device_lines(raw.devices))


def _header(header: Header) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "tool": header.tool,
        "edition": header.edition,
        "tenant": header.tenant,
        "organization": header.organization,
        "organizationGuid": header.organization_guid,
        "takenAt": header.taken_at or None,
        "redacted": header.redacted,
    }


def _section(name: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield a section of one line an object, with a comma after each but the last."""
    yield f'"{name}": ['
    before, left = "\n", iter(lines)
    while some := list(islice(left, _AT_ONCE)):
        yield before + ",\n".join(some)
        before = ",\n"
    yield "\n],\n"


def _device_lines(devices: DeviceTable) -> Iterator[str]:
    """Yield the line of each device: what is of it alone comes first, so that equal ends of lines are read once."""
    ends = [_end_of_line(device) for device in devices.all_kinds()]
    owners = [quote(name) if key is not None else _NULL for name, key in devices.owners()]
    for columns in devices.columns():
        yield from _lines(columns, owners, ends)


def _lines(columns: Columns, owners: list[str], ends: list[str]) -> Iterator[str]:
    first, last, changed = ([_time(number) for number in numbers] for numbers in columns.times)
    named = zip(columns.owners, columns.guids, columns.ids, first, last, changed, columns.kinds, strict=True)
    for owner, guid, device_id, first_sync, last_sync, changed_at, kind in named:
        yield (
            f'{{"mailbox": {owners[owner]}, "Guid": {quote(guid)}, "DeviceId": {quote(device_id)}, '
            f'"{TIMES[0]}": {first_sync}, "{TIMES[1]}": {last_sync}, "{TIMES[2]}": {changed_at}, {ends[kind]}'
        )


def _time(number: int) -> str:
    words = time_words(number)
    return f'"{words}"' if words else _NULL


def _end_of_line(device: Device) -> str:
    """Return what the lines of devices that report the same end with."""
    kind, model, system, agent = device.device_class
    reported = {
        "DeviceType": kind,
        "DeviceModel": model,
        "DeviceOS": system,
        "DeviceUserAgent": agent,
        "DeviceAccessState": device.live_state,
        "DeviceAccessStateReason": device.live_reason,
        "DeviceAccessControlRule": device.live_rule or None,
        "ClientType": device.client_type,
        "ClientVersion": device.client_version,
        "IsManaged": str(device.managed),
        "DevicePolicyApplicationStatus": _STATUS[device.provisionable],
    }
    return json.dumps(reported).removeprefix("{")
