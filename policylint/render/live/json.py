"""What files of live state hold, as the object of `policylint snapshot show --format json`."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

from policylint.bind.snapshot import shown_values
from policylint.diagnostic import Severity
from policylint.documentation import page_address, problem_page
from policylint.model.device import TIMES
from policylint.readers.raw import DEVICES
from policylint.schema.store import DEVICE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from policylint.model.device import Device
    from policylint.readers.collected import Collected
    from policylint.readers.objects import Placed
    from policylint.readers.problems import Problem
    from policylint.schema.store import SchemaStore

FORMAT = "policylint-snapshot-show/1"
_FLAGS = {"True": True, "False": False}


def live_record(
    found: Collected, store: SchemaStore, *, sections: Collection[str] = (), objects: bool = True
) -> dict[str, Any]:
    """Return what files hold and what is wrong with them, as plain data; of all sections, or only some."""
    wanted = [section for section in found.sections if not sections or section in sections]
    header = found.raw.header
    record: dict[str, Any] = {
        "format": FORMAT,
        "header": {
            "edition": header.edition or None,
            "tenant": header.tenant,
            "organization": header.organization,
            "organizationGuid": header.organization_guid,
            "takenAt": header.taken_at or None,
            "redacted": header.redacted,
        },
        "files": [
            {
                "path": file.path,
                "format": file.format,
                "encoding": file.encoding,
                "section": file.section,
                "objects": file.objects,
            }
            for file in found.files
        ],
        "sections": [_section(found, section) for section in wanted],
        "problems": [_problem(problem) for problem in found.problems if problem.section is None],
    }
    if objects:
        record["objects"] = {section: list(_objects(found, section, store)) for section in wanted}
    return record


def _section(found: Collected, section: str) -> dict[str, Any]:
    problems = [problem for problem in found.problems if problem.section == section]
    left_out = any(name.partition(".")[0] == section for name in found.raw.incomplete)
    whole = not left_out and not any(each.severity is Severity.ERROR for each in problems)
    return {
        "section": section,
        "complete": whole,
        "objects": found.size(section),
        "problems": [_problem(problem) for problem in problems],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "severity": str(problem.severity),
        "message": problem.message,
        "path": problem.path,
        "line": problem.line,
        "column": problem.column,
        "offset": problem.offset,
        "property": problem.property,
        "identity": problem.identity,
        "objects": problem.objects,
        "help": problem.help or None,
        "url": page_address(problem_page(problem.code)),
    }


def _objects(found: Collected, section: str, store: SchemaStore) -> Iterator[dict[str, Any]]:
    """Yield the objects of a section in canonical form, each with its place."""
    if section == DEVICES:
        yield from _devices(found, store)
        return
    described = store.sections[section]
    placed: Iterator[Placed | None] = iter(found.objects.get(section) or repeat(None))
    names = [name for name in (*described.names, *described.ids, *described.read) if name not in described.settings]
    for row, settings, place in zip(
        found.raw.sections[section], shown_values(found.raw, store)[section], placed, strict=False
    ):
        identified = described.identify_live(row)
        more = {name: row[name] for name in dict.fromkeys(names) if name in row}
        more |= {name: _FLAGS.get(str(row[name]), row[name]) for name in described.flags if name in row}
        yield {"identity": identified[0] if identified is not None else None, **_place(found, place)} | more | settings


def _place(found: Collected, placed: Placed | None) -> dict[str, Any]:
    if placed is None:
        return {"path": found.raw.path, "line": None}
    return {"path": placed.file.path, "line": placed.line}


def _devices(found: Collected, store: SchemaStore) -> Iterator[dict[str, Any]]:
    if DEVICES not in found.objects:
        for device in found.raw.devices:
            yield {"mailbox": device.owner or None, **_place(found, None)} | _properties(device)
        return
    names = store.schema(DEVICE)["properties"]
    for placed in found.objects[DEVICES]:
        row = placed.row
        known = {name: _FLAGS.get(str(row[name]), row[name] or None) for name in names if name in row}
        yield {"mailbox": row.get("mailbox"), **_place(found, placed)} | known


def _properties(device: Device) -> dict[str, Any]:
    """Return what a table of devices keeps of one."""
    kind = zip(("DeviceType", "DeviceModel", "DeviceOS", "DeviceUserAgent"), device.device_class, strict=True)
    times = zip(TIMES, (device.first_sync, device.last_sync, device.changed), strict=True)
    return {
        "Guid": device.guid or None,
        "DeviceId": device.device_id or None,
        **{name: time or None for name, time in times},
        **dict(kind),
        "DeviceAccessState": device.live_state or None,
        "DeviceAccessStateReason": device.live_reason or None,
        "DeviceAccessControlRule": device.live_rule or None,
        "ClientType": device.client_type,
        "ClientVersion": device.client_version or None,
        "IsManaged": device.managed,
    }
