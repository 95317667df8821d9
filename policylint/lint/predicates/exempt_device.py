"""A mailbox allows a device of a kind for which that is of little use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import desired, devices_by_mailbox, item_span
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import quoted
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.device import Device
    from policylint.model.entity import Entity


def exempt_device(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding for each allowed ID whose devices in the snapshot are all of the kind.

    The kind is a set of client types, or a version of Exchange ActiveSync that it lies below.
    """
    assert subject is not None
    devices = devices_by_mailbox(context)
    if devices is None or not subject.items(params["list"]):
        return
    mailbox = desired(context, subject)
    by_id: dict[str, list[Device]] = {}
    for device in devices.get(mailbox.key, ()):
        by_id.setdefault(fold(device.device_id), []).append(device)
    for index, text in enumerate(subject.items(params["list"])):
        found = by_id.get(fold(text), ())
        if found and all(_is_of_kind(device, params) for device in found):
            values = {"value": quoted(text), "client": found[0].client_type, "version": found[0].client_version}
            yield Finding(item_span(subject, params["list"], index), values)


def _is_of_kind(device: Device, params: Mapping[str, Any]) -> bool:
    if "client-types" in params:
        return device.client_type in params["client-types"]
    version = _version(device.client_version)
    return device.client_type == "EAS" and bool(version) and version < _version(params["below"])


def _version(text: str) -> tuple[int, ...]:
    parts = text.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()


PREDICATE = Predicate(
    name="exempt-device",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["list"],
        "properties": {
            "list": {"type": "string"},
            "client-types": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            "below": {"type": "string"},
        },
    },
    placeholders=("value", "client", "version"),
    apply=exempt_device,
)
