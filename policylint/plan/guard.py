"""What a plan may not do unless somebody says so: the limits, and the numbers that passed them."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from policylint.access.enforcement import newly_held, rests_on_enforcement
from policylint.access.impact import gains, loses
from policylint.desired.in_use import policies_in_use
from policylint.desired.unread import settings_not_read
from policylint.devices.near_names import NearNames
from policylint.model.names import Names, is_called, mailboxes_in_words
from policylint.model.state import MAILBOX
from policylint.phrases import count, show
from policylint.plan.affected import affected, affected_names
from policylint.plan.refusal import Refusal
from policylint.plan.step_findings import step_refusals
from policylint.plan.unnoticed import unnoticed
from policylint.text import fold, matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from policylint.access.simulate import Simulation, Which
    from policylint.desired.overlay import Overlay
    from policylint.diagnostic import Diagnostic
    from policylint.model.config import Config, Guards
    from policylint.model.entity import Entity, ObjectKind
    from policylint.model.snapshot import Snapshot
    from policylint.model.state import State
    from policylint.plan.asked import Asked
    from policylint.plan.change import PlanStep
    from policylint.plan.replay import Flapping
    from policylint.plan.step_findings import StepFinding
    from policylint.schema.store import SchemaStore

__all__ = ["REQUIRE_TARGET", "Refusal", "guard", "newly_enforced"]

REQUIRE_TARGET = "require-target"
"""The guard that asks which organization the policy is for."""


def guard(
    *,
    config: Config,
    snapshot: Snapshot,
    result: Overlay,
    simulation: Simulation,
    asked: Asked,
    steps: Sequence[PlanStep],
    flapping: Flapping | None,
    store: SchemaStore,
    now: datetime,
    findings: Sequence[Diagnostic] = (),
    step_findings: Sequence[StepFinding] = (),
) -> tuple[Refusal, ...]:
    """Return every refusal, in the order: what is wrong with the input, then access, then objects, then own rules."""
    guards = config.guards
    return (
        *_findings(findings),
        *_snapshot(snapshot, guards, now),
        *(_target(config, snapshot, steps) if asked.declared is not None else ()),
        *_unknown(result, snapshot, store),
        *_not_read(result, snapshot.state, store),
        *_denied(simulation, guards),
        *_allowed(simulation, guards),
        *_protected(simulation, guards, snapshot.state.of_kind(MAILBOX)),
        *_enforcement(simulation, snapshot.state, result.state),
        *unnoticed(config, snapshot, result.state, simulation, asked, store),
        *_deletes(snapshot.state, steps, guards, store),
        *_in_use(snapshot.state, result.state),
        *_flapping(flapping),
        *step_refusals(step_findings),
    )


def _findings(findings: Sequence[Diagnostic]) -> Iterator[Refusal]:
    """Refuse what lint finds an error in, each rule by its number of findings."""
    by_rule: dict[str, list[Diagnostic]] = {}
    for each in findings:
        by_rule.setdefault(each.rule, []).append(each)
    for rule, found in sorted(by_rule.items()):
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        message = f"{found[0].span}: {found[0].message}{more}: an error of lint rule {rule}"
        text = affected(len(found), (each.message for each in found))
        summary = f"{count(len(found), 'error')} of lint rule {rule}"
        yield Refusal("lint-errors", message, f"lint-errors={rule}:{text}", summary)


_UNDATED = "does not say when it was taken (--taken-at says it)"


def _snapshot(snapshot: Snapshot, guards: Guards, now: datetime) -> Iterator[Refusal]:
    if snapshot.header.redacted:
        message = "the snapshot is redacted: its names are not the live ones; export one without -Redact"
        yield Refusal(guard="redacted-snapshot", message=message, acknowledge=None)
    most = guards.snapshot_max_age_hours
    known = snapshot.age(now)
    age = known.total_seconds() / 3600 if known is not None else inf
    if snapshot.is_ahead(now):
        taken = snapshot.header.taken_at
        message = (
            f"the snapshot is dated {taken}, which is in the future: set the clock of this machine, or of that one"
        )
        yield Refusal(guard="snapshot-from-future", message=message, acknowledge=None)
    if most is not None and age > most:
        taken = snapshot.header.taken_at
        when = f"was taken {count(int(age), 'hour')} ago ({taken})" if known is not None else _UNDATED
        text = taken or f"undated:{snapshot.sha256[:12]}"
        message = f"the snapshot {when}, the limit is {count(most, 'hour')}: export a new one"
        yield Refusal(guard="snapshot-max-age-hours", message=message, acknowledge=f"snapshot-max-age-hours={text}")


def _target(config: Config, snapshot: Snapshot, steps: Sequence[PlanStep]) -> Iterator[Refusal]:
    """Refuse to change an organization of which nothing says that it is the one that the policy is for."""
    header = snapshot.header
    name = header.tenant or header.organization_guid
    if config.target is not None or not config.guards.require_target or not steps or header.redacted or not name:
        return
    whose = header.organization or name
    message = (
        f"policylint.yaml does not say which organization the policy is for, and the snapshot is of {show(whose)}:"
        f" write `target: {show(whose)}` if it is that one"
    )
    yield Refusal(guard=REQUIRE_TARGET, message=message, acknowledge=f"{REQUIRE_TARGET}={name}")


def _unknown(result: Overlay, snapshot: Snapshot, store: SchemaStore) -> Iterator[Refusal]:
    """Refuse what only Exchange creates and has not; of a redacted snapshot nobody can say that."""
    kinds = {entity.kind: snapshot.state.of_kind(entity.kind) for entity in result.not_found}
    names = {kind: Names(objects) for kind, objects in kinds.items()}
    near = {kind: NearNames(each.identity for each in objects.values()) for kind, objects in kinds.items()}
    for entity in result.not_found if not snapshot.header.redacted else ():
        title = store.object_type(entity.kind).title
        several = names[entity.kind].all(fold(entity.identity))
        meant = near[entity.kind].of(entity.identity) if not several else None
        advice = f"did you mean {meant}?" if meant is not None else "check the spelling, or remove it"
        message = f"{title} {entity.identity} is declared but not live: {advice}"
        if several:
            message = (
                f"{title} {entity.identity} is declared by the name of {mailboxes_in_words(several)};"
                " write the address of the one that is meant"
            )
        name = f"unknown-{entity.kind}"
        wrong = "by the name of several" if several else "but not live"
        summary = f"a {title} is declared {wrong}" if entity.kind == MAILBOX else ""
        yield Refusal(name, message, f"{name}={entity.identity}", summary)


def _not_read(result: Overlay, live: State, store: SchemaStore) -> Iterator[Refusal]:
    """Refuse what rests on a setting of a live object that the snapshot does not hold."""
    for (kind, name), identities in settings_not_read(result, live).items():
        described = store.object_type(kind)
        number = count(len(identities), described.title, described.plural)
        whose = f"{described.title} {identities[0]}" if not described.single else described.title
        if len(identities) > 1:
            whose = f"{number}, such as {identities[0]},"
        unknown = (
            "was not read, so what it is now is not known: export again in a session that shows"
            f" {name} (`{described.cmdlets['get']}`), or do not declare it"
        )
        summary = f"{name} of {number} {unknown}" if kind == MAILBOX else ""
        yield Refusal("setting-not-read", f"{name} of {whose} {unknown}", None, summary)


def _denied(simulation: Simulation, guards: Guards) -> Iterator[Refusal]:
    had = simulation.count(lambda cohort: cohort.live is not None and cohort.live.state == "Allowed")
    lost = simulation.count(loses)
    if guards.max_newly_denied is not None and lost > guards.max_newly_denied:
        message = f"{count(lost, 'device')} would lose access, the limit is {guards.max_newly_denied}"
        text = affected_names(lost, simulation.names(loses))
        yield Refusal(guard="max-newly-denied", message=message, acknowledge=f"max-newly-denied={text}")
    if _exceeds(lost, had, guards.max_newly_denied_percent, guards.percent_floor):
        text = affected_names(lost, simulation.names(loses))
        yield _percent("max-newly-denied-percent", lost, had, guards.max_newly_denied_percent, "lose access", text)


def _allowed(simulation: Simulation, guards: Guards) -> Iterator[Refusal]:
    won = simulation.count(gains)
    if _exceeds(won, simulation.total, guards.max_newly_allowed_percent, guards.percent_floor):
        text = affected_names(won, simulation.names(gains))
        limit = guards.max_newly_allowed_percent
        yield _percent("max-newly-allowed-percent", won, simulation.total, limit, "gain access", text)


def _exceeds(part: int, whole: int, limit: int | None, floor: int) -> bool:
    return limit is not None and part > floor and part * 100 > limit * whole


def _percent(name: str, part: int, whole: int, limit: int | None, what: str, text: str) -> Refusal:
    # As many digits as tell it from the limit.
    percent = part * 100 / whole
    digits = next((each for each in range(1, 9) if limit is None or float(f"{percent:.{each}f}") > limit), 9)
    share = f"{part:,} of {count(whole, 'device')} would {what} ({percent:.{digits}f} %)"
    return Refusal(guard=name, message=f"{share}, the limit is {limit} %", acknowledge=f"{name}={text}")


def _protected(simulation: Simulation, guards: Guards, mailboxes: Mapping[str, Entity]) -> Iterator[Refusal]:
    """Refuse that devices of protected mailboxes lose access; a pattern is about every name of a mailbox."""
    lost = simulation.mailboxes(loses) if guards.protect else {}
    for pattern in dict.fromkeys(guards.protect):
        protected = {key for key in lost if key and _is_called(key, mailboxes.get(key), pattern)}
        number = sum(lost[key] for key in protected)
        if number:
            devices_lost = count(number, "device")
            message = f"{devices_lost} of {pattern}, which is protected, would lose access"
            text = affected_names(number, simulation.names(loses, protected))
            summary = f"{devices_lost} of protected mailboxes would lose access"
            yield Refusal("protect", message, f"protect={pattern}:{text}", summary)


def _is_called(key: str, mailbox: Entity | None, pattern: str) -> bool:
    return is_called(mailbox, pattern) if mailbox is not None else fold(key) == fold(pattern) or matches(key, pattern)


def newly_enforced(live: State, desired: State) -> Which:
    """Return what says of cohorts whether a plan newly holds them to a policy that they are not known to enforce."""
    is_held = newly_held(live, desired)
    return lambda cohort: rests_on_enforcement(cohort.desired) and is_held(cohort.device.mailbox)


def _enforcement(simulation: Simulation, live: State, desired: State) -> Iterator[Refusal]:
    which = newly_enforced(live, desired)
    number = simulation.count(which)
    if number:
        come, they = ("comes", "it does") if number == 1 else ("come", "they do")
        message = (
            f"{count(number, 'device')} {come} under a policy that blocks devices that do not enforce it, and the"
            f" snapshot does not say whether {they}: make the script again with `policylint export-script`, which then"
            " reads that, and export again"
        )
        text = affected_names(number, simulation.names(which))
        yield Refusal(guard="enforcement-not-read", message=message, acknowledge=f"enforcement-not-read={text}")


def _deletes(live: State, steps: Iterable[PlanStep], guards: Guards, store: SchemaStore) -> Iterator[Refusal]:
    limit = guards.max_deletes_percent
    deleted: dict[ObjectKind, list[str]] = {}
    for step in steps:
        if step.action == "delete":
            deleted.setdefault(step.kind, []).append(step.identity)
    for kind, identities in sorted(deleted.items()):
        number, whole = len(identities), len(live.of_kind(kind))
        if _exceeds(number, whole, limit, guards.deletes_floor):
            described = store.object_type(kind)
            objects = count(whole, described.title, described.plural)
            message = f"{number} of {objects} would be deleted, the limit is {limit} %"
            text = f"max-deletes-percent={kind}:{affected(number, identities)}"
            yield Refusal(guard="max-deletes-percent", message=message, acknowledge=text)


def _in_use(live: State, desired: State) -> Iterator[Refusal]:
    """Refuse to delete a policy that mailboxes still have: Exchange would refuse in the middle of the script."""
    for found in policies_in_use(live, desired):
        message = f"policy {found.policy.identity} would be deleted while {found.held_by}"
        yield Refusal(guard="policy-in-use", message=message, acknowledge=None)


def _flapping(flapping: Flapping | None) -> Iterator[Refusal]:
    if flapping is not None:
        size, device, text = flapping
        passing = f"{count(size, 'device')} would pass through a state that is neither old nor new"
        split = "split the change into two plans"
        message = f"{passing} (one is {device.device_id or device.guid} of {device.owner}): {split}"
        yield Refusal("hitless", message, f"hitless={text}", f"{passing}: {split}")
