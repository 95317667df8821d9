"""The changes taken one after the other: what each finds and leaves, and what it does to every device.

This is where the law of hitless order is checked for the devices there are: after every step each device is in its old
or its new state, and it switches at most once.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from policylint.access.cohorts import cohorts_of
from policylint.access.decide import AccessModel
from policylint.desired.overlay import DEFAULT, REFERENCE
from policylint.model.device import CHARACTERISTICS
from policylint.model.state import MAILBOX, ORGANIZATION, POLICY, RULE
from policylint.named_tuple import NamedTuple
from policylint.plan.affected import affected_names
from policylint.plan.applied import entity_after, put
from policylint.plan.change import ObjectChange, PlanStep, PropertyChange
from policylint.plan.evidence import Course, evidence_of, listed_apart, unseen_devices
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.access.cohorts import Split
    from policylint.access.decision import AccessState
    from policylint.access.request import Facts
    from policylint.model.device import Device
    from policylint.model.entity import Entity, Value
    from policylint.model.origin import Origin
    from policylint.model.state import State
    from policylint.plan.evidence import Evidence
    from policylint.schema.store import ObjectType, SchemaStore


class Flapping(NamedTuple):
    """How many devices would pass through a state neither old nor new, the first of them, and what stands for all."""

    size: int
    example: Device
    affected: str


class Replay(NamedTuple):
    """The steps in order, and the devices that they would flap; None where there are none.

    `evidence` says what decides about every device before and after, and at which step it switches.
    """

    steps: tuple[PlanStep, ...]
    flapping: Flapping | None
    evidence: Evidence


def replay(
    object_changes: Sequence[ObjectChange],
    live: State,
    desired: State,
    devices: Iterable[Device],
    facts: Facts,
    store: SchemaStore,
    ends: tuple[AccessModel, AccessModel] | None = None,
) -> Replay:
    """Return the steps that the changes make, in their order, with the devices that each lets in and keeps out.

    `ends` are what decides about access in the live and in the desired state, where that is known already.
    Takes time in proportion to the changes and to the cohorts of devices that each of them is about.
    """
    ends = ends or (AccessModel(live, facts), AccessModel(desired, facts))
    return _Replaying(object_changes, live, desired, devices, facts, store, ends).run()


def step_id(number: int, steps: int) -> str:
    """Return the ID of a step by its place among the steps of a plan: `s001`."""
    return f"s{number:0{max(3, len(str(steps)))}}"


class _Replaying:
    def __init__(
        self,
        object_changes: Sequence[ObjectChange],
        live: State,
        desired: State,
        devices: Iterable[Device],
        facts: Facts,
        store: SchemaStore,
        ends: tuple[AccessModel, AccessModel],
    ) -> None:
        self._edits = object_changes
        self._facts = facts
        self._store = store
        self._live, self._desired = live, desired
        self._rules = dict(live.rules or {})
        self._mailboxes = dict(live.mailboxes or {})
        self._state = live.with_kind(RULE, self._rules).with_kind(MAILBOX, self._mailboxes)
        self._model = AccessModel(self._state, facts)
        first, final = ends
        apart = listed_apart(object_changes)
        self._cohorts = cohorts_of(devices, ends, self._changing(live), apart)
        seen = self._cohorts.cohorts
        self._devices = [*(cohort.representative for cohort in seen), *unseen_devices(live, desired)]
        self._sizes = [cohort.size for cohort in seen] + [0] * (len(self._devices) - len(seen))
        self._at_first = list(map(first.decide, self._devices))
        self._at_last = list(map(final.decide, self._devices))
        self._now: list[AccessState | None] = [decision.state for decision in self._at_first]
        self._switched = [0] * len(self._devices)
        self._ends: dict[tuple[str, str], tuple[Mapping[str, str | None], dict[str, list[Value]]]] = {}
        self._flapping: set[int] = set()
        self._known = _known_items(object_changes)
        self._by_mailbox: dict[str, list[int]] = defaultdict(list)
        self._by_value: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._index()

    def _changing(self, live: State) -> Split:
        """Return what keeps mailboxes apart: a change of their own, and how their policy is named.

        INVARIANT: the devices of a cohort have equal requests after every step.
        """
        changed = {change.key for change in self._edits if change.kind == MAILBOX}
        mailboxes = live.of_kind(MAILBOX)

        def split(key: str | None) -> tuple[str | None, Value]:
            mailbox = mailboxes.get(key) if key is not None else None
            reference = mailbox.get(REFERENCE) if mailbox is not None else None
            return (key if key in changed else None), reference

        return split

    def _index(self) -> None:
        wanted = any(change.kind == RULE for change in self._edits)
        for number, device in enumerate(self._devices):
            if device.mailbox is not None:
                self._by_mailbox[device.mailbox].append(number)
            for characteristic, value in zip(CHARACTERISTICS, device.device_class, strict=True):
                if wanted and value is not None:
                    self._by_value[(characteristic, fold(value))].append(number)

    def run(self) -> Replay:
        steps = tuple(self._step(number, change) for number, change in enumerate(self._edits, start=1))
        evidence = evidence_of(
            self._courses(),
            self._edits,
            self._live,
            self._desired,
            self._facts,
            lambda number: step_id(number, len(self._edits)),
            {f"{kind}\n{identity}": ends for (kind, identity), ends in self._ends.items()},
        )
        flapping = [number for number in self._flapping if self._sizes[number]]
        if not flapping:
            return Replay(steps, None, evidence)
        size = sum(self._sizes[number] for number in flapping)
        example = next(self._cohorts.members(flapping, 1))
        return Replay(steps, Flapping(size, example, affected_names(size, self._cohorts.names(flapping))), evidence)

    def _note_ends(
        self,
        change: ObjectChange,
        target: Mapping[str, str | None],
        changes: Iterable[PropertyChange],
        after: Entity | None,
    ) -> None:
        """Keep what an object is before the first step and after this one, as the states have it.

        A policy stops being the default when another one becomes it, which is no step of its own.
        """
        live = self._live.of_kind(change.kind).get(change.key)
        _target, settings = self._ends.setdefault((change.kind, change.identity), (target, {}))
        for each in changes:
            first = settings.get(each.property, [each.before])[0] if each.property == DEFAULT else _value(live, each)
            settings[each.property] = [first, each.after if each.property == DEFAULT else _value(after, each)]

    def _courses(self) -> Iterator[Course]:
        """Yield what each cohort gets before and after, and where it switches."""
        courses = zip(self._devices, self._sizes, self._at_first, self._at_last, self._switched, strict=True)
        for number, (device, size, before, after, step) in enumerate(courses):
            yield Course(device, size, before, after, step, number in self._flapping)

    def _step(self, number: int, change: ObjectChange) -> PlanStep:
        current = self._state.of_kind(change.kind).get(change.key)
        after = entity_after(change, current)
        changes = self._changes(change, current, after)
        target = _target(change, self._store.object_type(change.kind))
        self._note_ends(change, target, changes, after)
        self._put(change, after)
        opens, closes = self._reevaluate(number, self._affected(change))
        return PlanStep(
            id=step_id(number, len(self._edits)),
            action=change.action,
            kind=change.kind,
            identity=change.identity,
            target=target,
            changes=changes,
            opens=opens,
            closes=closes,
            declared=_declared_by(change),
            reason=_said_by(change, "reason"),
            owner=_said_by(change, "owner"),
        )

    def _changes(
        self, change: ObjectChange, current: Entity | None, after: Entity | None
    ) -> tuple[PropertyChange, ...]:
        settings = self._store.object_type(change.kind).settings
        if after is None:
            names = self._shown(current)
        else:
            touched = {*change.settings, *change.add, *change.remove}
            names = [name for name in settings if name in touched]
        return tuple(
            PropertyChange(
                property=name,
                kind=settings[name].kind,
                before=current.get(name) if current is not None and change.action != "create" else None,
                after=after.get(name) if after is not None else None,
                known=self._known.get((change.kind, change.key, name)),
            )
            for name in names
        )

    def _shown(self, current: Entity | None) -> list[str]:
        """Return the settings of an object that were read, of those that a plan is about."""
        if current is None:
            return []
        planned = self._store.object_type(current.kind).planned_in(self._facts.edition)
        return [name for name in planned if name in current.settings]

    def _put(self, change: ObjectChange, after: Entity | None) -> None:
        if change.kind == MAILBOX:
            assert after is not None
            self._mailboxes[change.key] = after
        elif change.kind == RULE:
            if after is None:
                self._model.remove_rule(self._rules.pop(change.key))
            else:
                self._rules[change.key] = after
                self._model.put_rule(after)
        elif change.kind == ORGANIZATION:
            self._state = self._state.with_kind(ORGANIZATION, {after.key: after} if after is not None else None)
            self._model = AccessModel(self._state, self._facts)
        elif change.kind == POLICY:
            policies = dict(self._state.of_kind(POLICY))
            put(policies, change, after)
            self._state = self._state.with_kind(POLICY, policies)
            self._model = AccessModel(self._state, self._facts)

    def _affected(self, change: ObjectChange) -> Iterable[int]:
        if change.kind == MAILBOX:
            return self._by_mailbox.get(change.key, ())
        if change.kind == RULE:
            rule = change.live or change.desired
            assert rule is not None
            return self._by_value.get((rule.text("Characteristic"), fold(rule.text("QueryString"))), ())
        return range(len(self._devices)) if change.kind in {ORGANIZATION, POLICY} else ()

    def _reevaluate(self, step: int, affected: Iterable[int]) -> tuple[int, int]:
        """Decide again about the cohorts that a step is about, and return how many devices it lets in and keeps out."""
        opens = closes = 0
        for index in affected:
            state, before = self._model.decide(self._devices[index]).state, self._now[index]
            if state == before:
                continue
            self._now[index] = state
            size = self._sizes[index]
            opens += size * (state == "Allowed")
            closes += size * (before == "Allowed")
            if state != self._at_last[index].state or self._switched[index]:
                self._flapping.add(index)
            self._switched[index] = step
        return opens, closes


def _value(entity: Entity | None, change: PropertyChange) -> Value:
    return entity.get(change.property) if entity is not None else None


def _known_items(object_changes: Iterable[ObjectChange]) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Return every item that a list of an object has at any step, sorted, by object and setting."""
    known: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for change in object_changes:
        for name in {*change.add, *change.remove}:
            had = change.live.items(name) if change.live is not None else ()
            for item in (*had, *change.add.get(name, ()), *change.remove.get(name, ())):
                known[(change.kind, change.key, name)].setdefault(fold(item), item)
    return {place: tuple(items[key] for key in sorted(items)) for place, items in known.items()}


def _declared_by(change: ObjectChange) -> str:
    """Return which entries the changed settings come of, where one with `matches` gives any; else nothing.

    Where there are several, each has the names of its settings.
    """
    desired = change.desired
    if desired is None:
        return ""
    givers: dict[tuple[Origin, str], list[str]] = {}
    for name in dict.fromkeys((*change.settings, *change.add, *change.remove)):
        givers.setdefault((desired.where(name), desired.pattern_of(name)), []).append(name)
    if not any(pattern for _, pattern in givers):
        return ""
    places = sorted(
        (origin.path, origin.line or 0, pattern, sorted(names)) for (origin, pattern), names in givers.items()
    )
    return "; ".join(
        _entry_words(path, line, pattern, names if len(places) > 1 else ()) for path, line, pattern, names in places
    )


_MOST_SAID = 5
"""How many texts about the items of one list are shown."""


def _said_by(change: ObjectChange, note: str) -> str:
    """Return what the files say of the changed settings: of items that are added, what they say of each of them."""
    names = dict.fromkeys((*change.settings, *change.add, *change.remove))
    return said_of(change.desired, {name: change.add.get(name, ()) for name in names}, note)


def said_of(desired: Entity | None, added: Mapping[str, Iterable[str]], note: str) -> str:
    """Return what the files say of settings of a declared object, or of the items that are added to them."""
    if desired is None:
        return ""
    found: dict[str, None] = {}
    for name, items in added.items():
        giver = desired.giver(name)
        said = [giver.notes_of(item) for item in items] or [giver.notes]
        found.update(dict.fromkeys(text for notes in said if (text := notes.get(note))))
    texts = [*found] if found else [desired.notes.get(note, "")]
    more = [f"and {len(texts) - _MOST_SAID:,} more"] if len(texts) > _MOST_SAID else []
    return "; ".join((*texts[:_MOST_SAID], *more))


def _entry_words(path: str, line: int, pattern: str, names: Sequence[str]) -> str:
    """Return where an entry is, zero the line of a live object, with what it matches and the settings it gives."""
    place = f"{path}:{line}" if line else path
    return (f"{', '.join(names)}: " if names else "") + (f"{place}, from matches: {pattern}" if pattern else place)


def _target(change: ObjectChange, described: ObjectType) -> dict[str, str | None]:
    """Return how a script finds the object: by its settings, and by the names that live Exchange shows."""
    entity = change.live or change.desired
    assert entity is not None
    found = {name: entity.ids.get(name) or entity.text(name) or None for name in described.target}
    if found and described.identify_target(found) != entity.identity:
        found[described.target[0]] = entity.identity
    return found
