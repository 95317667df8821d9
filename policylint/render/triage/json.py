"""The quarantine queue as plain data, format `policylint-triage/1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.analysis.triage import ACCEPTABLE
from policylint.render.records import decision_record, device_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.access.partnerships import Partnerships
    from policylint.analysis.triage import Group, Queue, Queued, RuleEffect


def queue_record(queue: Queue) -> dict[str, Any]:
    """Return the queue; nothing of it is accepted."""
    return {
        "format": "policylint-triage/1",
        "devices": queue.devices,
        "groups": [_group(group) for group in queue.groups],
        "nearLimit": [_mailbox(each) for each in queue.near_limit],
        "accepted": None,
    }


def accepted_record(queue: Queue, groups: Sequence[Group], choice: dict[str, Any]) -> dict[str, Any]:
    """Return the queue with the groups that were accepted, and what became of their devices."""
    made = {name: value for name, value in choice.items() if name != "format"}
    return queue_record(queue) | {"accepted": {"groups": [group.number for group in groups], **made}}


def _group(group: Group) -> dict[str, Any]:
    return {
        "number": group.number,
        "section": group.section,
        "acceptable": group.section in ACCEPTABLE,
        "why": group.why or None,
        "DeviceType": group.kind or None,
        "DeviceModel": group.model or None,
        "system": group.system or None,
        "agent": group.agent or None,
        "devices": [_queued(each) for each in group.devices],
        "rule": _rule(group.rule) if group.rule is not None else None,
        "outranks": decision_record(group.outranks),
    }


def _queued(queued: Queued) -> dict[str, Any]:
    old = queued.before
    return {
        **device_record(queued.device),
        "byExchange": queued.reported,
        "bySettings": queued.computed,
        "successorOf": {"deviceId": old.device_id, "lastSync": old.last_sync} if old is not None else None,
    }


def _rule(effect: RuleEffect) -> dict[str, Any]:
    return {
        **{name: effect.rule.text(name) for name in ("Characteristic", "QueryString", "AccessLevel")},
        "devices": effect.devices,
        "others": effect.others,
        "contradicting": effect.contradicting,
        "catalogRows": effect.known,
    }


def _mailbox(found: Partnerships) -> dict[str, Any]:
    return {"mailbox": found.owner, "activeSync": found.active_sync, "others": found.others}
