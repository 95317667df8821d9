"""Devices and decisions as plain data, as every JSON format has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.model.device import PROPERTIES

if TYPE_CHECKING:
    from policylint.access.decision import Decision
    from policylint.model.device import Device, DeviceClass


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
        },
        "disputed": decision.disputed,
        "notes": list(decision.notes),
    }


def class_record(device_class: DeviceClass) -> dict[str, str | None]:
    """Return the values of a class by property."""
    return dict(zip(PROPERTIES, device_class, strict=True))


def device_record(device: Device, *, witness: bool = False) -> dict[str, Any]:
    """Return a device as plain data. A witness may be made up: it has a client version and no reported state."""
    return {
        "mailbox": device.owner or None,
        "deviceId": device.device_id or None,
        "clientType": device.client_type,
        **({"clientVersion": device.client_version or None} if witness else {}),
        **class_record(device.device_class),
        **({} if witness else {"reported": {"state": device.live_state or None, "reason": device.live_reason or None}}),
    }
