"""The difference of two configurations as JSON: format `policylint-diff/1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.model.device import PROPERTIES
from policylint.render.records import decision_record, device_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.analysis.compare import Comparison, Region, Scope
    from policylint.analysis.partition import ValueSet
    from policylint.analysis.redundant import Removable
    from policylint.model.entity import Entity


def diff_record(comparison: Comparison, old: str, new: str) -> dict[str, Any]:
    """Return the difference as plain data."""
    return {
        "format": "policylint-diff/1",
        "old": old,
        "new": new,
        "verdict": comparison.verdict,
        "devices": comparison.devices,
        "looser": comparison.moved("looser"),
        "stricter": comparison.moved("stricter"),
        "other": comparison.moved("other"),
        "regions": [_region(region) for region in comparison.regions],
        "reasons": [_region(region) for region in comparison.reasons],
        "rules": [_rule(before, after) for before, after in comparison.rules],
        "notes": list(comparison.notes),
    }


def nothing_record(old: str, new: str, note: str) -> dict[str, Any]:
    """Return that there was nothing to compare with, and why, as plain data."""
    counts = dict.fromkeys(("devices", "looser", "stricter", "other"), 0)
    lists: dict[str, list[str]] = {"regions": [], "reasons": [], "rules": [], "notes": [note]}
    return {"format": "policylint-diff/1", "old": old, "new": new, "verdict": "not-compared", **counts, **lists}


def _region(region: Region) -> dict[str, Any]:
    return {
        "direction": region.direction if region.before.state != region.after.state else "same",
        "devices": region.devices,
        "catalogue": region.known,
        "values": {name: _values(values) for name, values in zip(PROPERTIES, region.values, strict=True)},
        "scope": _scope(region.scope),
        "witness": device_record(region.witness, witness=True),
        "before": decision_record(region.before),
        "after": decision_record(region.after),
    }


def _values(values: ValueSet) -> dict[str, Any]:
    """Return the values of a region: any, any but some, or some."""
    if values.is_universal:
        return {"anyExcept": []}
    return {"anyExcept": list(values.excluded)} if values.includes_unnamed else {"oneOf": list(values.named)}


def _scope(scope: Scope) -> dict[str, Any]:
    return {
        "byRules": scope.decided_by_rules,
        "members": [{"mailbox": member.mailbox, "deviceId": member.device_id} for member in scope.members],
        "clients": list(scope.words()),
    }


def _rule(before: Entity | None, after: Entity | None) -> dict[str, Any]:
    rule = after or before
    assert rule is not None
    return {
        "identity": rule.identity,
        "before": before.text("AccessLevel") if before is not None else None,
        "after": after.text("AccessLevel") if after is not None else None,
        "path": rule.origin.path,
        "line": rule.origin.line,
    }


def minimise_record(found: Sequence[Removable], total: int, proof: Comparison) -> dict[str, Any]:
    """Return the rules that can go as plain data, with the comparison that proves it."""
    return {
        "format": "policylint-minimise/1",
        "rules": total,
        "removable": [_removable(each) for each in found],
        "proof": {"verdict": proof.verdict, "regions": [_region(region) for region in proof.regions]},
    }


def _removable(found: Removable) -> dict[str, Any]:
    pattern = found.rules[0].pattern
    whole = {"matches": pattern, "standsFor": [rule.identity for rule in found.rules]} if pattern else {}
    return _rule(found.entry, None) | whole
