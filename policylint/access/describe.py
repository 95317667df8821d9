"""Decisions in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.phrases import listed

if TYPE_CHECKING:
    from policylint.access.decision import Decision
    from policylint.model.device import Device


def because(decision: Decision) -> str:
    """Return why a decision is what it is, with the deciding object: `rule iPhone (DeviceType) allows it`."""
    entity = decision.decided_by
    name = entity.identity if entity is not None else ""
    match decision.step:
        case "rule-block" | "rule-quarantine" | "rule-allow":
            others = f" (also matched: {listed((rule.identity for rule in decision.matched[1:]), last=', ')})"
            return f"rule {name}" + (others if len(decision.matched) > 1 else "")
        case "default":
            level = entity.text("DefaultAccessLevel") if entity is not None else ""
            return f"DefaultAccessLevel {level}" if level else "DefaultAccessLevel is not known, Allow is assumed"
        case "mailbox-switch":
            return f"{decision.setting} of {name} is false"
        case "mailbox-policy":
            return f"policy {name}: the device does not enforce all of it and {decision.setting} is false"
        case "personal-block" | "personal-allow":
            return f"{decision.setting} of {name}"
        case _:
            return decision.notes[0] if decision.notes else decision.step


def sync_words(device: Device) -> str:
    """Return when a device first and last synced: `first synced 2026-01-02T03:04:05Z, last sync not read`."""
    last = f"last synced {device.last_sync}" if device.last_sync else "last sync not read"
    return f"first synced {device.first_sync}, {last}" if device.first_sync else last


def disputes_in_words(disputed: int, sensitive: int) -> str:
    """Return whether the outcome depends on which of several rules decides."""
    devices = "1 device is" if disputed == 1 else f"{disputed:,} devices are"
    what = f"{devices} disputed: rules of different levels match"
    if not sensitive:
        return f"{what}, but the outcome does not depend on which of them decides"
    return f"{what}; the outcome depends on which decides: the other reading gives {sensitive:,} another state"


def location(decision: Decision) -> str:
    """Return where the deciding setting is, as `path:line`, the path alone where it is live, or nothing."""
    origin = decision.origin
    if origin is None:
        return ""
    return f"{origin.path}:{decision.line}" if decision.line is not None else origin.path


def location_words(decision: Decision) -> str:
    """Return where the deciding setting is, and what the entry names where it is one with `matches`; or nothing."""
    pattern = decision.pattern
    return f"{location(decision)}, from matches: {pattern}" if pattern else location(decision)
