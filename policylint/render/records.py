"""Devices and decisions as plain data, as every JSON format has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.access.not_read import not_read
from policylint.model.device import PROPERTIES

if TYPE_CHECKING:
    from datetime import datetime

    from policylint.access.decision import Decision
    from policylint.model.device import Device, DeviceClass
    from policylint.model.snapshot import Snapshot


def decision_record(decision: Decision | None) -> dict[str, Any] | None:
    """Return a decision as plain data."""
    if decision is None:
        return None
    entity, origin = decision.decided_by, decision.origin
    return {
        "state": decision.state,
        "reason": decision.reason,
        "step": decision.step,
        "decidedBy": None
        if entity is None
        else {
            "kind": entity.kind,
            "identity": entity.identity,
            "path": origin.path if origin is not None else None,
            "line": decision.line,
            **({"matches": decision.pattern} if decision.pattern else {}),
        },
        "disputed": decision.disputed,
        "notes": list(decision.notes),
        "notRead": list(decision.not_read),
    }


def class_record(device_class: DeviceClass) -> dict[str, str | None]:
    """Return the values of a class by property."""
    return dict(zip(PROPERTIES, device_class, strict=True))


def snapshot_record(snapshot: Snapshot | None, now: datetime) -> dict[str, Any] | None:
    """Return which snapshot an answer rests on and how old that is, as plain data; None without one."""
    if snapshot is None:
        return None
    age = snapshot.age(now)
    return {
        "path": snapshot.path,
        "organization": snapshot.header.organization,
        "takenAt": snapshot.header.taken_at or None,
        "sha256": snapshot.sha256,
        "ageHours": int(age.total_seconds() // 3600) if age is not None else None,
        "incomplete": dict(snapshot.incomplete),
        "notRead": [each._asdict() for each in not_read(snapshot.state, snapshot.header.edition)],
    }


def device_record(device: Device, *, witness: bool = False) -> dict[str, Any]:
    """Return a device as plain data. A witness may be made up: it has a client version and no reported state."""
    return {
        "mailbox": device.owner or None,
        "deviceId": device.device_id or None,
        "clientType": device.client_type,
        **({"clientVersion": device.client_version or None} if witness else {}),
        **class_record(device.device_class),
        **({} if witness else _seen(device)),
    }


def _seen(device: Device) -> dict[str, Any]:
    """Return what Exchange shows of a device and no decision depends on."""
    return {
        "reported": {"state": device.live_state or None, "reason": device.live_reason or None},
        "firstSync": device.first_sync or None,
        "lastSync": device.last_sync or None,
    }
