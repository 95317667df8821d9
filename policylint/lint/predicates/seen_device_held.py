"""A device that somebody relies on is held by the default level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import access_model, at
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import count
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def seen_device_held(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield one finding at a declared default level that keeps out devices of the type that the snapshot shows."""
    assert subject is not None
    if context.snapshot is None or not subject.origin.declares("DefaultAccessLevel"):
        return
    model, wanted = access_model(context), fold(params["type"])
    types = {kind.one.device_class[0] for kind in context.snapshot.devices.kinds()}
    if not any(fold(name) == wanted for name in types if name is not None):
        return
    held = [
        decision
        for device in context.snapshot.devices
        if device.device_class[0] is not None and fold(device.device_class[0]) == wanted
        if (decision := model.decide(device)).step == "default" and decision.state != "Allowed"
    ]
    if held:
        values = {"devices": count(len(held), "device"), "state": (held[0].state or "").lower()}
        yield Finding(at(subject, "DefaultAccessLevel"), values)


PREDICATE = Predicate(
    name="seen-device-held",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["type"],
        "properties": {"type": {"type": "string"}},
    },
    placeholders=("devices", "state"),
    apply=seen_device_held,
)
