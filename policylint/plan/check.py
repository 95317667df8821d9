"""What a plan that was read from a file must be beside its schema: one that policylint could have made.

A file can be edited and its fingerprint made again. So nothing in it is taken that follows from the rest of it, and no
step that the schemas of the edition do not know.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from policylint.checker import is_unknown
from policylint.desired.overlay import DEFAULT
from policylint.model.snapshot import MOST_AHEAD
from policylint.plan.attribution import attribution_flaws
from policylint.plan.audit import audit_flaws
from policylint.plan.drift import REASONS
from policylint.plan.moved import moves_of
from policylint.plan.replay import step_id
from policylint.plan.ring import ring_flaws
from policylint.plan.rollback import taken_back_flaws
from policylint.schema.keywords import compile_check
from policylint.schema.store import CONFIG
from policylint.text import fold, instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from policylint.access.impact import Impact
    from policylint.model.entity import Value
    from policylint.plan.change import PlanStep, PropertyChange
    from policylint.plan.plan import Drift, Plan
    from policylint.plan.refusal import Refusal
    from policylint.schema.store import ObjectType, SchemaStore, Setting


def flaws(plan: Plan, store: SchemaStore, now: datetime) -> Iterator[str]:
    """Yield why a plan cannot be one that policylint made, each in a few words."""
    yield from _times(plan, now, _most_hours(store))
    if plan.edition not in store.schema(CONFIG)["properties"]["edition"]["enum"]:
        yield "`edition` is none that is known"
        return
    kinds = {name: each for name, each in store.object_types.items() if each.exists_in(plan.edition)}
    for number, step in enumerate(plan.steps, start=1):
        where = f"step {number} of {len(plan.steps)}"
        if step.id != step_id(number, len(plan.steps)):
            yield f"{where}: its `id` is not {step_id(number, len(plan.steps))}"
        elif step.kind not in kinds:
            yield f"{where}: {plan.edition} has no `{step.kind}`"
        else:
            yield from (f"{where}: {flaw}" for flaw in step_flaws(step, kinds[step.kind], plan.edition))
            if (
                step.action == "delete"
                and not plan.refusals
                and not needed_to_delete(kinds[step.kind]) <= {*_names(step)}
            ):
                yield f"{where}: it does not say what it deletes"
    yield from _objects(plan, kinds)
    for drift in plan.drift:
        if drift.kind not in kinds:
            yield f"`drift`: {plan.edition} has no `{drift.kind}`"
        else:
            yield from (f"`drift`: {flaw}" for flaw in _drift(drift, kinds[drift.kind], plan.edition))
    yield from taken_back_flaws(plan)
    yield from _impact(plan.impact)
    if plan.affected is not None:
        classes: Counter[tuple[object, ...]] = Counter()
        for move, number in moves_of(plan.affected).items():
            classes[move[:3]] += number
        if classes != Counter({each[:3]: each.devices for each in plan.impact.by_class}):
            yield "`affected`: not the devices of `byClass`"
    yield from _refusals(plan)
    yield from attribution_flaws(plan, store)
    yield from audit_flaws(plan, store)
    yield from ring_flaws(plan)


def _names(step: PlanStep) -> list[str]:
    return [change.property for change in step.changes]


def needed_to_delete(described: ObjectType) -> set[str]:
    """Return the settings without which no object is deleted: what it is known by, and whether all others have it."""
    return {name for name in (*described.key, DEFAULT) if name in described.settings}


def _most_hours(store: SchemaStore) -> int:
    guards = store.schema(CONFIG)["properties"]["guards"]["properties"]
    return int(guards["snapshot-max-age-hours"]["maximum"])


def _times(plan: Plan, now: datetime, most_hours: int) -> Iterator[str]:
    if plan.created_at > now + MOST_AHEAD:
        yield "`createdAt` is in the future"
    until = plan.not_after
    if until is not None and not plan.created_at <= until <= plan.created_at + timedelta(hours=most_hours):
        yield f"`notAfter` is not within {most_hours:,} hours of `createdAt`"
    if plan.source.taken_at and instant(plan.source.taken_at) is None:
        yield "`takenAt` is no time"


def _objects(plan: Plan, kinds: Mapping[str, ObjectType]) -> Iterator[str]:
    """Yield where a plan says that the snapshot holds objects that it cannot hold, or fewer than the plan changes."""
    if (objects := plan.source.objects) is None:
        return
    lists = {described.section: name for name, described in kinds.items() if not described.single}
    if not objects.keys() <= lists.keys():
        yield f"`objects`: {plan.edition} has no such section"
        return
    named = {(step.kind, fold(step.identity)) for step in plan.steps}
    created = {(step.kind, fold(step.identity)) for step in plan.steps if step.action == "create"}
    changed = Counter(kind for kind, _name in named - created)
    for section, kind in lists.items():
        if changed[kind] > objects.get(section, 0):
            yield f"`objects`: fewer `{section}` than the steps change"


def step_flaws(step: PlanStep, described: ObjectType, edition: str) -> Iterator[str]:
    """Yield why a step cannot be one of a plan for an edition, whatever else the plan has."""
    if step.action not in described.actions:
        yield f"no plan can {step.action} {described.plural}"
        return
    if step.target.keys() != {*described.target}:
        yield "`target` does not hold what finds the object"
        return
    if step.identity != described.identify_target(step.target):
        yield "`identity` is not what `target` says"
    names = _names(step)
    if len({*names}) != len(names):
        yield "it changes a property twice"
    if step.action == "update" and not names:
        yield "it changes nothing"
    planned = described.planned_in(edition)
    for change in step.changes:
        setting = planned.get(change.property)
        if setting is None:
            yield f"{described.title} of {edition} has no such property that a plan can change"
            return
        if not setting.settable and step.action == "update":
            yield f"no plan can change {setting.name}"
        yield from (f"{setting.name}: {flaw}" for flaw in _change(change, step, setting))
    if step.action == "create":
        after = {change.property: change.after for change in step.changes}
        if any(
            step.target.get(name, after.get(name)) != after.get(name) or name not in after for name in described.key
        ):
            yield "what it creates is not what `target` says"


def _change(change: PropertyChange, step: PlanStep, setting: Setting) -> Iterator[str]:
    if change.kind != setting.kind:
        yield f"its `kind` is not {setting.kind}"
        return
    if step.action == "create" and change.before is not None:
        yield "it has a value before it is there"
    if step.action == "delete" and change.after is not None:
        yield "it has a value when it is gone"
    if not _is_shown(setting, change.before) or (
        setting.kind == "bool"
        and isinstance(change.before, str)
        and not is_unknown(setting.name, setting.kind, change.before)
    ):
        yield "`before` is no value of its kind"
    if step.action != "delete" and not is_set(setting, change.after):
        yield "`after` is no value of its kind"
    known = change.known
    if known is not None:
        items = {fold(item) for value in (change.before, change.after) if isinstance(value, tuple) for item in value}
        if setting.kind != "strings" or not items <= {fold(item) for item in known}:
            yield "`known` lacks an item"


def _is_shown(setting: Setting, value: Value) -> bool:
    """Return whether a value can be what live Exchange shows: one of its kind, none, or a text that nobody knows."""
    if value is None:
        return True
    if setting.kind == "strings":
        return isinstance(value, tuple)
    if isinstance(value, bool):
        return setting.kind == "bool"
    return isinstance(value, str) or (isinstance(value, int) and setting.kind.endswith(("int", "bytes")))


def is_set(setting: Setting, value: Value) -> bool:
    """Return whether a value is one that a policy can declare; of lists, live items stay, whatever they are."""
    if setting.kind == "strings":
        return isinstance(value, tuple) and all(value)
    return not isinstance(value, tuple) and compile_check(setting.schema)(value)


def _drift(drift: Drift, described: ObjectType, edition: str) -> Iterator[str]:
    if drift.why not in REASONS:
        yield "`why` is none of its words"
    if drift.property is None:
        return
    setting = described.settings.get(drift.property)
    if setting is None or not setting.exists_in(edition):
        yield f"{described.title} of {edition} has no such property"
    elif not _is_shown(setting, drift.live) or not _is_shown(setting, drift.desired):
        yield f"{setting.name} has no value of its kind"


def _impact(impact: Impact) -> Iterator[str]:
    """Yield where the sums of an impact are not those of its parts."""
    of_classes: Counter[tuple[str | None, str | None]] = Counter()
    for before, after, devices in (each[1:] for each in impact.by_class):
        of_classes[before, after] += devices
    if of_classes != Counter({(before, after): devices for before, after, devices in impact.by_pair}):
        yield "`impact`: `byPair` is not the sum of `byClass`"
    changed: Counter[str | None] = Counter()
    for _before, after, devices in impact.by_pair:
        changed[after] += devices
    numbers = {"Quarantined": impact.newly_quarantined, "Blocked": impact.newly_blocked}
    if any(changed[state] != number for state, number in numbers.items()) or changed.total() > impact.devices:
        yield "`impact`: the numbers are not those of `byPair`"


def _refusals(plan: Plan) -> Iterator[str]:
    lifted: Iterable[Refusal] = (refusal for refusal, _reason in plan.acknowledged)
    if any(each.acknowledge is None for each in lifted) or not all(
        reason.strip() for _each, reason in plan.acknowledged
    ):
        yield "`acknowledged` has what nobody can acknowledge, or no reason"
    for refusal in (*plan.refusals, *(refusal for refusal, _reason in plan.acknowledged)):
        if refusal.acknowledge is not None and not refusal.acknowledge.startswith(f"{refusal.guard}="):
            yield "`acknowledge` is not what lifts its guard"
