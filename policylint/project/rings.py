"""A project's plan in stages: one plan for each ring of mailboxes, each from what the one before leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.decide import AccessModel
from policylint.access.impact import impact_of
from policylint.access.request import facts_of
from policylint.access.simulate import simulate
from policylint.desired.overlay import by_live_key
from policylint.documentation import Page
from policylint.errors import PlanError, SnapshotError
from policylint.model.names import Names
from policylint.model.state import MAILBOX
from policylint.named_tuple import NamedTuple
from policylint.plan.drift import find_drift
from policylint.plan.holds import idle_since
from policylint.plan.make import check_edition, check_read
from policylint.plan.ring_members import members_of
from policylint.plan.rings import Bridging, roll_out
from policylint.plan.stages import RingPlans, held_notes, plan_stages
from policylint.project.step_rules import asked_of
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.desired.overlay import Overlay
    from policylint.model.snapshot import Snapshot
    from policylint.plan.plan import Plan, Provenance
    from policylint.plan.ring import Ring
    from policylint.plan.ring_members import RingSpec
    from policylint.plan.rings import Rollout
    from policylint.project.project import Project

REST = "all other mailboxes"
"""What the last ring is called."""


class RingsAsked(NamedTuple):
    """The rings that are asked for but the last one, whether exemptions hold the later ones, and the plan done last.

    That plan is one of an earlier roll-out whose temporary exemptions are still there.
    """

    specs: tuple[RingSpec, ...]
    bridge: bool = False
    after: Plan | None = None


def plan_rings(
    project: Project, asked: RingsAsked, provenance: Provenance, acknowledge: Sequence[str], reason: str
) -> RingPlans:
    """Return the plans of a staged roll-out, for a project that may be planned.

    Raises UsageError where a ring has no mailbox or a text lifts nothing, SnapshotError where devices or mailboxes were
    not read, PlanError where the plan done last is none of a roll-out in this organization.
    """
    snapshot, config, store = project.required_snapshot, project.config, project.store
    check_edition(snapshot, config)
    check_read(project.policy.state, snapshot, store)
    _require_known(snapshot)
    desired, findings = project.desired, project.lint(only_errors=True).errors
    if asked.after is not None:
        desired = without_held(project, snapshot, desired, asked.after)
    members = members_of(asked.specs, snapshot.state.of_kind(MAILBOX))
    project.doing("planning")
    facts = facts_of(config)
    names = (*(spec.words for spec in asked.specs), REST)
    left = asked.after.ring.held if asked.after is not None and asked.after.ring is not None else ()
    bridging = Bridging(asked.bridge, idle_since(snapshot.header.taken_at), left)
    staged = roll_out(snapshot.state, desired.state, snapshot.devices, facts, members, names, bridging)
    plans = plan_stages(
        staged,
        snapshot,
        desired,
        config,
        store,
        now=project.now,
        drift=find_drift(project.policy.state, snapshot.state, desired, config.manage, store),
        acknowledge=acknowledge,
        reason=reason,
        provenance=provenance,
        findings=findings,
        asked=asked_of(project)._replace(named=_held(staged, asked.after)),
    )
    models = AccessModel(snapshot.state, facts), AccessModel(desired.state, facts)
    impact = impact_of(simulate(*models, snapshot.devices))
    return RingPlans(plans, impact, (*staged.notes, *held_notes(staged.rings[0])))


def _held(staged: Rollout, after: Plan | None) -> frozenset[tuple[str, str]]:
    """Return the IDs of temporary exemptions, of this roll-out and of the one before, with their mailboxes, folded."""
    return _ids(staged.rings) | (held_ids(after) if after is not None else frozenset())


def held_ids(after: Plan) -> frozenset[tuple[str, str]]:
    """Return the IDs of the temporary exemptions that a plan leaves, with their mailboxes, folded."""
    return _ids((after.ring,) if after.ring is not None else ())


def _ids(rings: Iterable[Ring]) -> frozenset[tuple[str, str]]:
    return frozenset((fold(each.mailbox), fold(each.device_id)) for ring in rings for each in ring.held)


def _require_known(snapshot: Snapshot) -> None:
    """Raise SnapshotError where it is not known which mailboxes and devices there are."""
    for section, held in (("mailboxes", snapshot.state.mailboxes), ("devices", snapshot.complete_devices)):
        if held is None or section in snapshot.incomplete:
            raise SnapshotError(
                f"{snapshot.path}: {section} were not all read, so nobody can say what is in which ring",
                help="export again with the rights to read them, or plan without --rings",
            )


def without_held(project: Project, snapshot: Snapshot, desired: Overlay, after: Plan) -> Overlay:
    """Return what there would be without the temporary exemptions that a plan of an earlier roll-out left.

    Those that the policy declares stay. Raises PlanError where it is no plan of a roll-out in this organization.
    """
    if after.ring is None:
        raise PlanError(
            "--after names a plan that is none of a staged roll-out", help="name the ring applied last", page=Page.RINGS
        )
    whose = (snapshot.header.organization_guid, snapshot.header.tenant)
    if (after.source.organization_guid, after.source.tenant) != whose:
        raise PlanError(
            "--after names a plan of another organization", help="name the ring applied last", page=Page.RINGS
        )
    mailboxes = dict(desired.state.of_kind(MAILBOX))
    known = Names(snapshot.state.of_kind(MAILBOX))
    declared = by_live_key(project.policy.state.of_kind(MAILBOX), snapshot.state.of_kind(MAILBOX))
    for mailbox, name, device_id in after.ring.held:
        found = known.get(fold(mailbox))
        if found is None:
            continue
        own = declared.get(found.key)
        if own is not None and fold(device_id) in map(fold, own.items(name)):
            continue
        entity = mailboxes[found.key]
        kept = tuple(item for item in entity.items(name) if fold(item) != fold(device_id))
        if len(kept) < len(entity.items(name)):
            settings = {**entity.settings, name: kept}
            mailboxes[found.key] = entity._replace(settings=settings, base=entity.base or entity)
    return desired._replace(state=desired.state.with_kind(MAILBOX, mailboxes))
