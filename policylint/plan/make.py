"""A policy and a snapshot to the plan."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from policylint.access.decide import AccessModel
from policylint.access.describe import disputes_in_words
from policylint.access.impact import impact_of
from policylint.access.request import facts_of
from policylint.access.simulate import Simulation, Which, simulate
from policylint.desired.not_held import sections_not_held
from policylint.desired.overlay import overlay
from policylint.devices.near_names import NearNames
from policylint.documentation import Page
from policylint.errors import SnapshotError, UsageError
from policylint.model.names import Names, is_pattern, mailboxes_in_words
from policylint.phrases import count, listed, show
from policylint.plan.asked import NOTHING_ASKED, Asked
from policylint.plan.attribution import Sides, attribute
from policylint.plan.diff import diff
from policylint.plan.drift import find_drift
from policylint.plan.guard import REQUIRE_TARGET, Refusal, guard, newly_enforced
from policylint.plan.moved import MovedDevices
from policylint.plan.plan import Plan, PlanSource, Provenance
from policylint.plan.replay import replay
from policylint.plan.step_findings import step_notes
from policylint.plan.unnoticed import blocks_that_go
from policylint.text import fold
from policylint.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from policylint.desired.overlay import Overlay
    from policylint.diagnostic import Diagnostic
    from policylint.model.config import Config
    from policylint.model.policy_set import PolicySet
    from policylint.model.snapshot import Snapshot
    from policylint.model.state import State
    from policylint.plan.change import ObjectChange
    from policylint.schema.store import SchemaStore

NOTHING_KNOWN = Provenance()


def make_plan(
    policy: PolicySet,
    snapshot: Snapshot,
    config: Config,
    store: SchemaStore,
    *,
    now: datetime,
    acknowledge: Sequence[str] = (),
    reason: str = "",
    desired: Overlay | None = None,
    provenance: Provenance = NOTHING_KNOWN,
    findings: Sequence[Diagnostic] = (),
    asked: Asked = NOTHING_ASKED,
    sides: Sides | None = None,
) -> Plan:
    """Return the plan that brings live state to the policy.

    `acknowledge` are the texts of refusals that somebody lifts, for the `reason` given. `desired` is what there would
    be once the policy is in force, where that is known already. `findings` are the errors that lint found in the
    policy. `asked` is what guards know beside the limits. `sides` is what there would be under other policies, where
    the plan is to say whose changes it has.
    Raises SnapshotError where the snapshot is of another edition, UsageError where a text lifts nothing.
    """
    check_edition(snapshot, config)
    check_read(policy.state, snapshot, store)
    result = desired or overlay(policy.state, snapshot.state, config.manage, store)
    made = plan_between(
        snapshot,
        result,
        config,
        store,
        now=now,
        acknowledge=acknowledge,
        reason=reason,
        provenance=provenance,
        findings=findings,
        asked=asked._replace(declared=policy.state),
    )
    made = made._replace(drift=find_drift(policy.state, snapshot.state, result, config.manage, store))
    if sides is None:
        return made
    return attribute(made, sides, snapshot.state, result.state, snapshot.devices, store, facts_of(config))


def plan_between(
    snapshot: Snapshot,
    result: Overlay,
    config: Config,
    store: SchemaStore,
    *,
    now: datetime,
    object_changes: Sequence[ObjectChange] | None = None,
    acknowledge: Sequence[str] = (),
    reason: str = "",
    provenance: Provenance = NOTHING_KNOWN,
    findings: Sequence[Diagnostic] = (),
    asked: Asked = NOTHING_ASKED,
) -> Plan:
    """Return the plan from the state of a snapshot to another one, with nothing in it of what drifts.

    `object_changes` are what leads from the one to the other, in their order, where that is known already.
    Raises UsageError where a text lifts nothing.
    """
    now = now.replace(microsecond=0)
    facts = facts_of(config)
    live = snapshot.state
    attainable = _attainable(result)
    models = AccessModel(live, facts), AccessModel(attainable, facts)
    simulation = simulate(*models, snapshot.devices)
    if object_changes is None:
        object_changes = diff(live, attainable, store)
    replayed = replay(object_changes, live, attainable, snapshot.devices, facts, store, models)
    found = asked.find_steps(replayed.steps)
    refusals = guard(
        config=config,
        snapshot=snapshot,
        result=result,
        simulation=simulation,
        asked=asked,
        steps=replayed.steps,
        flapping=replayed.flapping,
        store=store,
        now=now,
        findings=findings,
        step_findings=found,
    )
    open_refusals, acknowledged = lift(refusals, acknowledge, reason)
    source = _source(snapshot, store)
    most = config.guards.snapshot_max_age_hours
    return Plan(
        tool=__version__,
        created_at=now,
        not_after=now + timedelta(hours=most) if most is not None else None,
        edition=config.edition,
        source=source,
        steps=replayed.steps,
        drift=(),
        impact=impact_of(simulation),
        refusals=open_refusals,
        acknowledged=acknowledged,
        warnings=(
            *_warnings(source, snapshot, simulation, config, provenance, newly_enforced(live, result.state), refusals),
            *(blocks_that_go(live, result.state) if asked.declared is None else ()),
            *step_notes(found),
        ),
        provenance=provenance,
        affected=_affected(simulation),
        evidence=replayed.evidence,
    )


def _attainable(result: Overlay) -> State:
    """Return the state that steps can lead to: without what only Exchange creates and has not."""
    state = result.state
    missing = {(entity.kind, entity.key) for entity in result.not_found}
    for kind in {kind for kind, _key in missing}:
        kept = {key: each for key, each in state.of_kind(kind).items() if (kind, key) not in missing}
        state = state.with_kind(kind, kept)
    return state


def _affected(simulation: Simulation) -> MovedDevices:
    index, moves = simulation.moves
    return MovedDevices(index, {number: (*move, "") for number, move in moves.items()})


def _source(snapshot: Snapshot, store: SchemaStore) -> PlanSource:
    header = snapshot.header
    lists = {name: snapshot.state.section(each.name) for name, each in store.sections.items() if not each.single}
    return PlanSource(
        path=snapshot.path,
        taken_at=header.taken_at,
        sha256=snapshot.sha256,
        tenant=header.tenant,
        organization=header.organization,
        organization_guid=header.organization_guid,
        objects={section: len(objects) for section, objects in lists.items() if objects is not None},
        incomplete=snapshot.incomplete,
    )


def check_edition(snapshot: Snapshot, config: Config) -> None:
    """Refuse to plan one edition of Exchange from the live state of another."""
    if snapshot.header.edition != config.edition:
        raise SnapshotError(
            f"{snapshot.path}: live state is of {show(snapshot.header.edition)}, the policy is for {config.edition}",
            help="name the other snapshot, or set `edition` in policylint.yaml",
            page=Page.KEYS,
        )


def check_read(declared: State, snapshot: Snapshot, store: SchemaStore) -> None:
    """Refuse to plan a section that the snapshot does not hold: not read must never look like not there."""
    for section in sections_not_held(declared, snapshot, store):
        raise SnapshotError(
            f"{snapshot.path}: the policy declares `{section}`, which the snapshot does not hold",
            help=f"export again with the rights to read it, or plan without it: `--allow-incomplete {section}`",
        )


def lift(
    refusals: Sequence[Refusal], texts: Sequence[str], reason: str
) -> tuple[tuple[Refusal, ...], tuple[tuple[Refusal, str], ...]]:
    """Return the refusals that stay, and those that texts lift or their codes, with the reason.

    Raises UsageError where a text lifts none of them, or there is no reason.
    """
    known = {refusal.acknowledge: refusal.acknowledge for refusal in refusals}
    known |= {refusal.code: refusal.acknowledge for refusal in refusals if refusal.acknowledge is not None}
    for text in texts:
        if text not in known:
            words = {refusal.word for refusal in refusals if refusal.acknowledge is not None}
            possible = listed((f"`{word}`" for word in sorted(words)), 10, last=", ")
            hint = f"refusals of this plan: {possible}" if possible else "no refusal of this plan can be acknowledged"
            raise UsageError(f"nothing to acknowledge with `{text}`", help=hint if known else "nothing is refused")
    if texts and not reason.strip():
        raise UsageError(
            "--acknowledge needs --reason", help="say why, for whoever reads the plan later", page=Page.GUARDS
        )
    lifted = {known[text] for text in texts}
    return (
        tuple(refusal for refusal in refusals if refusal.acknowledge not in lifted),
        tuple((refusal, reason) for refusal in refusals if refusal.acknowledge in lifted),
    )


def _warnings(
    source: PlanSource,
    snapshot: Snapshot,
    simulation: Simulation,
    config: Config,
    provenance: Provenance,
    refused: Which,
    refusals: Sequence[Refusal],
) -> Iterator[str]:
    """Yield what a reader of the plan must know; what a refusal says, and cohorts that one counts, are left to that."""
    if provenance.problem is not None:
        yield (
            f"{provenance.problem}: nothing is removed because the policy no longer declares it;"
            " what is live and not declared is listed as drift"
        )
    if config.target is None and not any(refusal.guard == REQUIRE_TARGET for refusal in refusals):
        yield "no `target` in policylint.yaml: a snapshot of another organization would not be noticed"
    for section, why in sorted(snapshot.incomplete.items()):
        yield f"{section} is not managed: the snapshot is incomplete ({why})"
    if not source.says_whose(config.edition):
        yield "the snapshot does not say whose live state it is, so there can be no script: export again"
    if simulation.disputed:
        yield disputes_in_words(simulation.disputed, simulation.precedence_sensitive)
    yield from _names_of_no_mailbox(snapshot, config)
    undecided = simulation.count(lambda cohort: cohort.desired.state is None)
    if undecided:
        verb, them = ("is", "it") if undecided == 1 else ("are", "them")
        yield f"{count(undecided, 'device')} {verb} not decided here: something else decides about {them}"
    gated = simulation.count(lambda cohort: cohort.desired.assumed and not refused(cohort))
    if gated:
        enforce, they = ("enforces its", "it does") if gated == 1 else ("enforce their", "they do")
        devices = count(gated, "device")
        yield f"the snapshot does not say whether {devices} {enforce} mailbox policy: the plan assumes that {they}"


def _names_of_no_mailbox(snapshot: Snapshot, config: Config) -> Iterator[str]:
    """Yield which names in policylint.yaml are not that of one mailbox: they protect or except nobody, or too many."""
    mailboxes = snapshot.state.mailboxes
    names = [] if snapshot.header.redacted else [each for each in config.named_mailboxes if not is_pattern(each[1])]
    if mailboxes is None or not names:
        return
    known = Names(mailboxes)
    wrong = [(keys, name, known.all(fold(name))) for keys, name in names]
    near = NearNames(each.identity for each in mailboxes.values()) if any(not each[2] for each in wrong) else None
    for keys, name, found in wrong:
        setting = ".".join(str(key) for key in keys[:-1])
        if len(found) > 1:
            yield f"`{setting}` names {name}, which is the name of {mailboxes_in_words(found)}: all of them are meant"
        elif not found and near is not None:
            meant = near.of(name)
            advice = f"did you mean {meant}?" if meant is not None else "correct or remove it"
            yield f"`{setting}` names {name}, which is no mailbox of the snapshot, so it means nobody: {advice}"
