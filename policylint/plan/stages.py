"""The plans of a change in stages: one for each ring, each from what the one before leaves."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.phrases import count
from policylint.plan.asked import NOTHING_ASKED, Asked
from policylint.plan.make import NOTHING_KNOWN, lift, plan_between
from policylint.plan.planfile import fingerprint_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from policylint.access.impact import Impact
    from policylint.desired.overlay import Overlay
    from policylint.diagnostic import Diagnostic
    from policylint.model.config import Config
    from policylint.model.snapshot import Snapshot
    from policylint.plan.plan import Drift, Plan, Provenance
    from policylint.plan.ring import Ring
    from policylint.plan.rings import Rollout
    from policylint.schema.store import SchemaStore


class RingPlans(NamedTuple):
    """The plan of each ring, and what all of them do together. `notes` say what is unexpected."""

    plans: tuple[Plan, ...]
    impact: Impact
    notes: tuple[str, ...]


def plan_stages(
    staged: Rollout,
    snapshot: Snapshot,
    desired: Overlay,
    config: Config,
    store: SchemaStore,
    *,
    now: datetime,
    drift: tuple[Drift, ...] = (),
    acknowledge: Sequence[str] = (),
    reason: str = "",
    provenance: Provenance = NOTHING_KNOWN,
    findings: Sequence[Diagnostic] = (),
    asked: Asked = NOTHING_ASKED,
) -> tuple[Plan, ...]:
    """Return the plan of each ring, with the fingerprint of the one before.

    What is refused of the roll-out is refused in each. A text lifts a refusal in every plan that has it.
    Raises UsageError where a text lifts none.
    """
    plans = []
    for ring, (before, after) in zip(staged.rings, pairwise(staged.states), strict=True):
        plan = plan_between(
            snapshot._replace(state=before),
            desired._replace(state=after),
            config,
            store,
            now=now,
            provenance=provenance,
            findings=findings,
            asked=asked,
        )
        refusals, warnings = (*plan.refusals, *staged.refusals), (*plan.warnings, *staged.notes, *held_notes(ring))
        plans.append(plan._replace(drift=drift, refusals=refusals, warnings=warnings))
    return tuple(_chained(_lifted(plans, acknowledge, reason), staged))


def held_notes(ring: Ring) -> tuple[str, ...]:
    """Return what is to be known of the temporary exemptions that are there after a ring."""
    if not ring.held:
        return ()
    keep = (
        "keeps a device of a later ring as it is" if len(ring.held) == 1 else "keep devices of later rings as they are"
    )
    return (f"{count(len(ring.held), 'temporary exemption')} {keep} once ring {ring.number} is done",)


def _lifted(plans: Sequence[Plan], texts: Sequence[str], reason: str) -> Iterator[Plan]:
    lift([refusal for plan in plans for refusal in plan.refusals], texts, reason)
    for plan in plans:
        lifting = (each for each in plan.refusals if each.acknowledge is not None)
        known = {text for refusal in lifting for text in (refusal.acknowledge, refusal.code)}
        still, lifted = lift(plan.refusals, [text for text in texts if text in known], reason)
        yield plan._replace(refusals=still, acknowledged=lifted)


def _chained(plans: Iterator[Plan], staged: Rollout) -> Iterator[Plan]:
    previous = None
    for plan, ring in zip(plans, staged.rings, strict=True):
        made = plan._replace(ring=ring._replace(previous=previous))
        previous = fingerprint_of(made)
        yield made
