"""A listed device that its mailbox does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import desired, devices_by_mailbox, item_span
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import listed, quoted
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def stale_device_id(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding for each declared ID that no device of the mailbox has in the snapshot.

    None without a whole snapshot, for a mailbox that is not in it, and where its IDs are redacted.
    """
    assert subject is not None
    devices = devices_by_mailbox(context)
    mailbox = desired(context, subject)
    if devices is None or mailbox.base is None or context.snapshot is None or context.snapshot.header.redacted:
        return
    known = {fold(device.device_id) for device in devices.get(mailbox.key, ())}
    for name in params["lists"]:
        if not subject.origin.declares(name):
            continue
        for index, text in enumerate(subject.items(name)):
            if fold(text) not in known:
                others = _owners(context).get(fold(text), ())
                advice = f"it is a device of {listed(map(quoted, others), 2)}: list it there" if others else None
                values = {"value": quoted(text), "mailbox": quoted(mailbox.identity), "list": name}
                yield Finding(item_span(subject, name, index), values, help=advice)


def _owners(context: Context) -> Mapping[str, tuple[str, ...]]:
    """Return the mailboxes that have a device of an ID."""
    known = context.cache.get("owners")
    if known is None:
        found: dict[str, dict[str, None]] = {}
        for device in context.snapshot.devices if context.snapshot is not None else ():
            if device.owner:
                found.setdefault(fold(device.device_id), {})[device.owner] = None
        known = context.cache["owners"] = {device_id: tuple(owners) for device_id, owners in found.items()}
    owners_of: Mapping[str, tuple[str, ...]] = known
    return owners_of


PREDICATE = Predicate(
    name="stale-device-id",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["lists"],
        "properties": {"lists": {"type": "array", "minItems": 1, "items": {"type": "string"}}},
    },
    placeholders=("value", "mailbox", "list"),
    apply=stale_device_id,
)
