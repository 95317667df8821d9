"""A change in stages as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.access.impact import impact_record
from policylint.plan.planfile import fingerprint_of
from policylint.plan.ring import ring_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.access.impact import Impact
    from policylint.plan.plan import Plan
    from policylint.plan.stages import RingPlans


def rings_record(found: RingPlans, files: Sequence[str]) -> dict[str, Any]:
    """Return a staged roll-out as plain data; `files` are those of the plans, none where they were not saved."""
    return {
        "format": "policylint-rings/1",
        "rings": [_ring(plan, files[number] if files else None) for number, plan in enumerate(found.plans)],
        "impact": _impact(found.impact),
        "notes": list(found.notes),
    }


def _ring(plan: Plan, file: str | None) -> dict[str, Any]:
    ring = plan.ring
    assert ring is not None
    record = ring_record(ring)
    return {
        **{name: record[name] for name in ("number", "of", "name", "mailboxes", "devices", "expect")},
        "held": len(ring.held),
        "steps": len(plan.steps),
        "impact": _impact(plan.impact),
        "refusals": [refusal._asdict() for refusal in plan.refusals],
        "acknowledged": [{**refusal._asdict(), "reason": reason} for refusal, reason in plan.acknowledged],
        "fingerprint": fingerprint_of(plan),
        "file": file,
    }


def _impact(impact: Impact) -> dict[str, Any]:
    return {name: value for name, value in impact_record(impact).items() if not isinstance(value, list)}
