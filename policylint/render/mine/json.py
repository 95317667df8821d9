"""Mined rules as JSON: format `policylint-mine/1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.render.records import decision_record, device_record

if TYPE_CHECKING:
    from policylint.importing.mined import Change, Mined, MinedRule
    from policylint.model.entity import Entity


def mine_record(mined: Mined, policy: str) -> dict[str, Any]:
    """Return mined rules and entries as plain data, with the policy file that says them."""
    return {
        "format": "policylint-mine/1",
        "live": {"default": mined.live_default, "rules": mined.live_rules},
        "default": mined.default,
        "rules": [_rule(rule) for rule in mined.rules],
        "kept": [_settings(rule) for rule in mined.kept],
        "entries": [
            {"mailbox": entry.mailbox.identity, "setting": entry.setting, "deviceId": device.device_id}
            for entry in mined.entries
            for device in entry.devices
        ],
        "proof": {
            "devices": mined.devices,
            "undecided": mined.undecided,
            "changed": len(mined.changes),
            "changes": [_change(change) for change in mined.changes],
        },
        "contradicting": mined.contradicting,
        "mismatched": mined.mismatched,
        "policy": policy,
    }


def _settings(rule: Entity) -> dict[str, Any]:
    return {name: rule.get(name) for name in ("Characteristic", "QueryString", "AccessLevel")}


def _rule(rule: MinedRule) -> dict[str, Any]:
    return {
        **_settings(rule.entity),
        "devices": rule.devices,
        "exceptions": rule.exceptions,
        "versioned": rule.choice.is_versioned,
        "shown": [{"value": text, "devices": number} for text, number in rule.shown],
        "beyond": {"characteristic": rule.beyond_of, "values": list(rule.beyond)},
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        **device_record(change.device),
        "live": decision_record(change.live),
        "mined": decision_record(change.mined),
        "why": change.why or None,
    }
