"""The plan as one JSON object, format `policylint-plan/1`, and back to what a script is made of."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from policylint.access.simulate import tally, transitions
from policylint.errors import PlanError
from policylint.plan.guard import gains

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from policylint.access.simulate import Simulation
    from policylint.plan.change import PlanStep, PropertyChange
    from policylint.plan.guard import Refusal
    from policylint.plan.plan import Plan

FORMAT = "policylint-plan/1"
_AGAIN = "make it again with `policylint plan --out`"


def plan_record(plan: Plan, tool: str) -> dict[str, Any]:
    """Return the plan as plain data, with a fingerprint over all of it."""
    header = plan.snapshot.header
    record: dict[str, Any] = {
        "format": FORMAT,
        "tool": tool,
        "createdAt": _time(plan.created_at),
        "notAfter": _time(plan.not_after) if plan.not_after is not None else None,
        "edition": plan.edition,
        "tenant": header.tenant,
        "organization": header.organization,
        "organizationGuid": header.organization_guid,
        "snapshot": {"path": plan.snapshot.path, "takenAt": header.taken_at, "sha256": plan.snapshot.sha256},
        "inSync": plan.in_sync,
        "steps": [_step(step) for step in plan.steps],
        "drift": [
            {
                "kind": drift.kind,
                "identity": drift.identity,
                "property": drift.property,
                "live": drift.live,
                "desired": drift.desired,
                "why": drift.why,
            }
            for drift in plan.drift
        ],
        "impact": impact_record(plan.simulation),
        "refusals": [_refusal(refusal) for refusal in plan.refusals],
        "acknowledged": [{**_refusal(refusal), "reason": reason} for refusal, reason in plan.acknowledged],
        "warnings": list(plan.warnings),
    }
    record["fingerprint"] = fingerprint(record)
    return record


def fingerprint(record: Mapping[str, Any]) -> str:
    """Return `sha256:` and the hash of everything in a plan but its fingerprint."""
    rest = {name: value for name, value in record.items() if name != "fingerprint"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(text.encode("ascii")).hexdigest()


def read_plan(text: str, path: str) -> dict[str, Any]:
    """Return a saved plan.

    Raises PlanError where it is not one, is of another version, or was edited after it was made.
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise PlanError(f"{path}: not a plan: {problem}", help=_AGAIN) from problem
    if not isinstance(record, dict) or "format" not in record:
        raise PlanError(f"{path}: not a plan", help=_AGAIN)
    if record["format"] != FORMAT:
        raise PlanError(f"{path}: its format is `{record['format']}`, this version reads `{FORMAT}`", help=_AGAIN)
    if record.get("fingerprint") != fingerprint(record):
        raise PlanError(f"{path}: changed after it was made: the fingerprint does not match", help=_AGAIN)
    return record


def impact_record(simulation: Simulation) -> dict[str, Any]:
    """Return whose access changes: devices by new state, by pair of states, and by class."""
    changed = [cohort for cohort in simulation.cohorts if cohort.changed]
    pairs = transitions(changed)
    classes = tally(changed, lambda cohort: (cohort.device.device_class, *cohort.move))
    return {
        "devices": simulation.total,
        "newlyAllowed": sum(cohort.devices for cohort in changed if gains(cohort)),
        "newlyQuarantined": sum(cohort.devices for cohort in changed if cohort.desired.state == "Quarantined"),
        "newlyBlocked": sum(cohort.devices for cohort in changed if cohort.desired.state == "Blocked"),
        "mailboxes": len(simulation.mailboxes(lambda cohort: cohort.changed)),
        "byPair": [
            {"from": before, "to": after, "devices": number}
            for (before, after), number in sorted(pairs.items(), key=lambda item: (-item[1], str(item[0])))
        ],
        "byClass": [
            {
                "DeviceType": values[0],
                "DeviceModel": values[1],
                "DeviceOS": values[2],
                "DeviceUserAgent": values[3],
                "from": before,
                "to": after,
                "devices": number,
            }
            for (values, before, after), number in sorted(classes.items(), key=lambda item: (-item[1], str(item[0])))
        ],
    }


def _step(step: PlanStep) -> dict[str, Any]:
    return {
        "id": step.id,
        "action": step.action,
        "kind": step.kind,
        "identity": step.identity,
        "target": dict(step.target),
        "changes": [_change(change) for change in step.changes],
        "opens": step.opens,
        "closes": step.closes,
    }


def _change(change: PropertyChange) -> dict[str, Any]:
    record: dict[str, Any] = {
        "property": change.property,
        "kind": change.kind,
        "before": _value(change.before),
        "after": _value(change.after),
    }
    if change.known is not None:
        record["known"] = list(change.known)
    return record


def _value(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {"guard": refusal.guard, "message": refusal.message, "acknowledge": refusal.acknowledge}


def _time(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
