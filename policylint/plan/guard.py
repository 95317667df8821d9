"""What a plan may not do unless somebody says so: the limits, and the numbers that passed them."""

from __future__ import annotations

from hashlib import sha256
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from policylint.access.enforcement import newly_held, rests_on_enforcement
from policylint.access.impact import gains, loses
from policylint.desired.in_use import policies_in_use
from policylint.desired.unread import settings_not_read
from policylint.devices.near_names import NearNames
from policylint.escape import shell_word
from policylint.model.names import Names, is_called, mailboxes_in_words
from policylint.model.state import MAILBOX
from policylint.phrases import count
from policylint.plan.affected import affected, affected_devices
from policylint.text import fold, matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from policylint.access.simulate import Simulation, Which
    from policylint.desired.overlay import Overlay
    from policylint.diagnostic import Diagnostic
    from policylint.model.config import Guards
    from policylint.model.entity import Entity, ObjectKind
    from policylint.model.snapshot import Snapshot
    from policylint.model.state import State
    from policylint.plan.change import PlanStep
    from policylint.plan.replay import Flapping
    from policylint.schema.store import SchemaStore


class Refusal(NamedTuple):
    """Why there may be no script. `acknowledge` is the text that lifts it, None where nothing does.

    The text holds the number and a digest of what it counts, so that it lifts no other plan than the one that was read.
    """

    guard: str
    message: str
    acknowledge: str | None

    @property
    def code(self) -> str:
        """Return a digest of the text that lifts it, which does so too: for a text that shells do not carry alike.

        Like the text it lifts no other refusal, in this run or a later one.
        """
        return f"refusal:{sha256((self.acknowledge or '').encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"

    @property
    def word(self) -> str:
        """Return what lifts it as one word of a command line: the text, quoted where it must be, or else the code."""
        return shell_word(self.acknowledge or "") or self.code


def guard(
    *,
    guards: Guards,
    snapshot: Snapshot,
    result: Overlay,
    simulation: Simulation,
    steps: Sequence[PlanStep],
    flapping: Flapping | None,
    store: SchemaStore,
    now: datetime,
    findings: Sequence[Diagnostic] = (),
) -> tuple[Refusal, ...]:
    """Return every refusal, in the order: what is wrong with the input, then access, then objects."""
    return (
        *_findings(findings),
        *_snapshot(snapshot, guards, now),
        *_unknown(result, snapshot, store),
        *_not_read(result, snapshot.state, store),
        *_denied(simulation, guards),
        *_allowed(simulation, guards),
        *_protected(simulation, guards, snapshot.state.of_kind(MAILBOX)),
        *_enforcement(simulation, snapshot.state, result.state),
        *_deletes(snapshot.state, steps, guards, store),
        *_in_use(snapshot.state, result.state),
        *_flapping(flapping),
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
        yield Refusal(guard="lint-errors", message=message, acknowledge=f"lint-errors={rule}:{text}")


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
        yield Refusal(guard=name, message=message, acknowledge=f"{name}={entity.identity}")


def _not_read(result: Overlay, live: State, store: SchemaStore) -> Iterator[Refusal]:
    """Refuse what rests on a setting of a live object that the snapshot does not hold."""
    for (kind, name), identities in settings_not_read(result, live).items():
        described = store.object_type(kind)
        whose = f"{described.title} {identities[0]}" if not described.single else described.title
        if len(identities) > 1:
            whose = f"{count(len(identities), described.title, described.plural)}, such as {identities[0]},"
        message = (
            f"{name} of {whose} was not read, so what it is now is not known: export again in a session that shows"
            f" {name} (`{described.cmdlets['get']}`), or do not declare it"
        )
        yield Refusal(guard="setting-not-read", message=message, acknowledge=None)


def _denied(simulation: Simulation, guards: Guards) -> Iterator[Refusal]:
    had = simulation.count(lambda cohort: cohort.live is not None and cohort.live.state == "Allowed")
    lost = simulation.count(loses)
    if guards.max_newly_denied is not None and lost > guards.max_newly_denied:
        message = f"{count(lost, 'device')} would lose access, the limit is {guards.max_newly_denied}"
        text = affected_devices(lost, simulation.devices_of(loses))
        yield Refusal(guard="max-newly-denied", message=message, acknowledge=f"max-newly-denied={text}")
    if _exceeds(lost, had, guards.max_newly_denied_percent, guards.percent_floor):
        text = affected_devices(lost, simulation.devices_of(loses))
        yield _percent("max-newly-denied-percent", lost, had, guards.max_newly_denied_percent, "lose access", text)


def _allowed(simulation: Simulation, guards: Guards) -> Iterator[Refusal]:
    won = simulation.count(gains)
    if _exceeds(won, simulation.total, guards.max_newly_allowed_percent, guards.percent_floor):
        text = affected_devices(won, simulation.devices_of(gains))
        limit = guards.max_newly_allowed_percent
        yield _percent("max-newly-allowed-percent", won, simulation.total, limit, "gain access", text)


def _exceeds(part: int, whole: int, limit: int | None, floor: int) -> bool:
    return limit is not None and part > floor and part * 100 > limit * whole


def _percent(name: str, part: int, whole: int, limit: int | None, what: str, text: str) -> Refusal:
    share = f"{part} of {count(whole, 'device')} would {what} ({part * 100 / whole:.1f} %)"
    return Refusal(guard=name, message=f"{share}, the limit is {limit} %", acknowledge=f"{name}={text}")


def _protected(simulation: Simulation, guards: Guards, mailboxes: Mapping[str, Entity]) -> Iterator[Refusal]:
    """Refuse that devices of protected mailboxes lose access; a pattern is about every name of a mailbox."""
    lost = simulation.mailboxes(loses) if guards.protect else {}
    for pattern in dict.fromkeys(guards.protect):
        protected = {key for key in lost if key and _is_called(key, mailboxes.get(key), pattern)}
        number = sum(lost[key] for key in protected)
        if number:
            message = f"{count(number, 'device')} of {pattern}, which is protected, would lose access"
            devices = (each for each in simulation.devices_of(loses) if each.mailbox in protected)
            text = affected_devices(number, devices)
            yield Refusal(guard="protect", message=message, acknowledge=f"protect={pattern}:{text}")


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
        text = affected_devices(number, simulation.devices_of(which))
        yield Refusal(guard="enforcement-not-read", message=message, acknowledge=f"enforcement-not-read={text}")


def _deletes(live: State, steps: Iterable[PlanStep], guards: Guards, store: SchemaStore) -> Iterator[Refusal]:
    limit = guards.max_deletes_percent
    deleted: dict[ObjectKind, list[str]] = {}
    for step in steps:
        if step.action == "delete":
            deleted.setdefault(step.kind, []).append(step.identity)
    for kind, identities in sorted(deleted.items()):
        number, whole = len(identities), len(live.of_kind(kind))
        if limit is not None and number * 100 > limit * whole:
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
        message = (
            f"{count(size, 'device')} would pass through a state that is neither old nor new"
            f" (one is {device.device_id or device.guid} of {device.owner}): split the change into two plans"
        )
        yield Refusal(guard="hitless", message=message, acknowledge=f"hitless={text}")
