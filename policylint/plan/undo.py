"""What a journal says was done to the changes that take it back.

Each step is undone, the last one first, so that every state on the way is one that the steps left on theirs. A snapshot
that was taken after the last run is where that starts; into one from before, what the journal left is put first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.desired.in_use import policies_in_use
from policylint.desired.overlay import DEFAULT
from policylint.documentation import Page
from policylint.errors import PlanError
from policylint.model.entity import Entity
from policylint.model.origin import Origin
from policylint.model.state import POLICY
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, listed, long_words, quoted, show
from policylint.plan.applied import entity_after, put
from policylint.plan.change import ObjectChange
from policylint.plan.check import is_set
from policylint.plan.journal import edited
from policylint.text import fold, instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import ObjectKind, Value
    from policylint.model.snapshot import Snapshot
    from policylint.model.state import State
    from policylint.plan.change import PlanStep
    from policylint.plan.journal import Deed, Journal
    from policylint.schema.store import ObjectType, SchemaStore


class Undo(NamedTuple):
    """The state to start from, the one before a journal, and the changes from the one to the other, in their order.

    `reasons` say of each change which step it takes back, `undone` are those steps, `warnings` say what cannot be taken
    back and what is not known.
    """

    left: State
    before: State
    changes: tuple[ObjectChange, ...]
    reasons: tuple[str, ...]
    undone: tuple[PlanStep, ...]
    warnings: tuple[str, ...]


def undo(journal: Journal, snapshot: Snapshot, store: SchemaStore) -> Undo:
    """Return what takes back all that a journal says was done.

    Raises PlanError where its steps do not follow one another, or nothing says what was there before.
    """
    return _Undoing(journal, snapshot, store).run()


class _Undoing:
    def __init__(self, journal: Journal, snapshot: Snapshot, store: SchemaStore) -> None:
        self._journal, self._snapshot, self._store = journal, snapshot, store
        self._settings = {
            name: described.planned_in(journal.whose.edition) for name, described in store.object_types.items()
        }
        self._objects: dict[ObjectKind, dict[str, Entity]] = {}
        self._strangers: dict[tuple[ObjectKind, str], str] = {}
        self._defaults: dict[str, Entity] = {}
        self._warnings: list[str] = []
        taken, ended = instant(snapshot.header.taken_at), journal.ended
        self._since = taken - ended if taken is not None and ended is not None and taken > ended else None

    def run(self) -> Undo:
        for deed in self._journal.deeds:
            self._redo(deed)
        left = self._state()
        notes = tuple(self._what_is_not_known(left))
        if self._since is not None:
            self._objects = {kind: self._as_shown(kind, objects) for kind, objects in self._objects.items()}
        start = self._state()
        found = [(change, deed) for deed in reversed(self._journal.deeds) for change in self._undo(deed)]
        found = self._without_policies_in_use(start, found)
        return Undo(
            left=start,
            before=self._state(),
            changes=tuple(change for change, _ in found),
            reasons=tuple(self._reason(deed) for _, deed in found),
            undone=tuple(deed.step for _, deed in found),
            warnings=(*notes, *self._warnings),
        )

    def _as_shown(self, kind: ObjectKind, left: Mapping[str, Entity]) -> dict[str, Entity]:
        """Return the objects of the snapshot; what it does not show of one is as the journal left it."""
        return {
            key: each._replace(settings={**left[key].settings, **each.settings}) if key in left else each
            for key, each in self._snapshot.state.of_kind(kind).items()
        }

    def _without_policies_in_use(
        self, start: State, found: list[tuple[ObjectChange, Deed]]
    ) -> list[tuple[ObjectChange, Deed]]:
        """Leave out what removes a mailbox policy that mailboxes still have then."""
        in_use = {each.policy.key: each for each in policies_in_use(start, self._state())}
        kept: list[tuple[ObjectChange, Deed]] = []
        for change, deed in found:
            held = in_use.get(change.key) if (change.kind, change.action) == (POLICY, "delete") else None
            if held is None or change.live is None:
                kept.append((change, deed))
                continue
            self._of_kind(POLICY)[change.key] = change.live
            self._warnings.append(f"mobile device mailbox policy {change.identity} stays: {held.held_by}")
        return kept

    def _state(self) -> State:
        state = self._snapshot.state
        for kind, objects in self._objects.items():
            state = state.with_kind(kind, dict(objects))
        return state

    def _of_kind(self, kind: ObjectKind) -> dict[str, Entity]:
        if kind not in self._objects:
            self._objects[kind] = dict(self._snapshot.state.of_kind(kind))
        return self._objects[kind]

    def _key(self, step: PlanStep, objects: Mapping[str, Entity]) -> str:
        described = self._store.object_type(step.kind)
        if described.single and objects:
            return next(iter(objects))
        identified = described.identify(step.target) if not described.names else None
        return identified[1] if identified is not None else fold(step.identity)

    def _key_settings(self, step: PlanStep) -> dict[str, Value]:
        return {name: step.target[name] for name in self._store.object_type(step.kind).key if name in step.target}

    # ---- as the journal left it ----

    def _redo(self, deed: Deed) -> None:
        """Put what a step left into the state."""
        step = deed.step
        objects = self._of_kind(step.kind)
        key = self._key(step, objects)
        current = objects.get(key)
        if step.action == "delete":
            objects.pop(key, None)
            return
        if step.action == "update" and current is None:
            self._strangers[step.kind, key] = step.identity
        settings: dict[str, Value] = dict(current.settings) if current is not None else self._key_settings(step)
        for change in step.changes:
            settings[change.property] = (
                _items_after(settings.get(change.property, change.before), change.before, change.after)
                if change.kind == "strings"
                else change.after
            )
        if step.action == "create" and step.kind == POLICY:
            settings.setdefault(DEFAULT, False)
        made = Entity(step.kind, step.identity, key, settings, Origin(self._journal.path), ids=_names(step.target))
        if step.action == "update" and current is not None:
            others = {name: value for name, value in current.ids.items() if name not in step.target}
            made = current._replace(settings=settings, ids={**others, **made.ids})
        if _promotes(step):
            self._remember_default(deed, key)
            put(objects, ObjectChange("update", POLICY, step.identity, key, settings={DEFAULT: True}), made)
        else:
            objects[key] = made

    def _remember_default(self, deed: Deed, promoted: str) -> None:
        """Take note of the mailbox policy that was the default one before a step made another one that."""
        objects = self._of_kind(POLICY)
        known = self._snapshot.state.default_policy
        if deed.default is not None and (name := deed.default.get("Name")):
            key = fold(name)
            made = Entity(POLICY, name, key, {"Name": name}, Origin(self._journal.path), ids=_names(deed.default))
            current = objects.get(key) or self._snapshot.state.of_kind(POLICY).get(key)
            known = current._replace(ids={**current.ids, **made.ids}) if current is not None else made
            if key in objects:
                objects[key] = known
        if known is None or known.key == promoted:
            raise PlanError(
                f"{self._journal.path}: step {deed.step.id} made {deed.step.identity} the default mailbox policy, and"
                " neither the journal nor the snapshot says which one was it before",
                help="give the snapshot that the plan was made from: --snapshot",
                page=Page.TAKING_BACK,
            )
        self._defaults[deed.step.id] = known

    # ---- as it was before ----

    def _undo(self, deed: Deed) -> Iterator[ObjectChange]:
        """Yield what takes a step back, once it is put into the state."""
        step = deed.step
        objects = self._of_kind(step.kind)
        key = self._key(step, objects)
        current = objects.get(key)
        if self._since is not None and self._is_gone_by(deed, current):
            return
        if (current is None) != (step.action == "delete"):
            is_there = "is there" if current is not None else "is not there"
            raise PlanError(
                f"{self._journal.path}: line {deed.line}: step {step.id} cannot be taken back:"
                f" {step.identity} {is_there} by the other steps of the journal",
                help="give the journal as the script wrote it",
                page=Page.TAKING_BACK,
            )
        changes = (
            self._made_again(deed, key)
            if current is None
            else self._removed(deed, current)
            if step.action == "create"
            else self._set_back(deed, current)
        )
        for change in changes:
            put(objects, change, entity_after(change, objects.get(change.key)))
            yield change

    def _is_gone_by(self, deed: Deed, current: Entity | None) -> bool:
        """Return whether a newer snapshot has nothing to take back of a step, and note why where that is not plain."""
        step = deed.step
        title = self._title(step)
        if current is None:
            if step.action == "update":
                self._warnings.append(f"{title} is not in the snapshot any more, so step {step.id} is not taken back")
            return step.action != "delete"
        if step.action == "delete":
            settings = self._settings[step.kind]
            other = [
                change.property
                for change in step.changes
                if change.property in current.settings
                and not settings[change.property].same(current.get(change.property), change.before)
            ]
            if other:
                self._warnings.append(f"{title} was made again since, with another {listed(other)}: it stays as it is")
            return True
        was, now = step.target.get("Guid"), current.ids.get("Guid")
        if was and now and fold(was) != fold(now):
            self._warnings.append(f"{title} is another object now, so step {step.id} is not taken back")
            return True
        return False

    def _made_again(self, deed: Deed, key: str) -> Iterator[ObjectChange]:
        step = deed.step
        described = self._store.object_type(step.kind)
        settings = self._key_settings(step)
        for change in step.changes:
            if change.property in settings or change.property == DEFAULT:
                continue
            if change.before is None and not self._settings[step.kind][change.property].may_be_null:
                continue  # what shows nothing of it starts with nothing
            if self._can_be_set(deed, change.property, change.before):
                settings[change.property] = change.before
        if not {*described.needed} <= settings.keys():
            self._warnings.append(f"{self._title(step)} is not made again: what it needs cannot be set")
            return
        # What Exchange gives a new object is another Guid, so the target has none.
        desired = Entity(step.kind, step.identity, key, settings, Origin(self._journal.path))
        yield ObjectChange("create", step.kind, step.identity, key, settings=settings, desired=desired)

    def _removed(self, deed: Deed, current: Entity) -> Iterator[ObjectChange]:
        step = deed.step
        if current.get(DEFAULT) is True and step.kind == POLICY:
            self._warnings.append(f"{self._title(step)}, which step {step.id} made, stays: it is the default one now")
            return
        yield ObjectChange("delete", step.kind, step.identity, current.key, live=current)

    def _set_back(self, deed: Deed, current: Entity) -> Iterator[ObjectChange]:
        step = deed.step
        scalars: dict[str, Value] = {}
        add: dict[str, tuple[str, ...]] = {}
        remove: dict[str, tuple[str, ...]] = {}
        for change in step.changes:
            name = change.property
            if change.kind == "strings":
                more, fewer = edited(change.before, change.after)
                there = {fold(item) for item in current.items(name)}
                add[name] = tuple(item for key, item in fewer.items() if key not in there)
                remove[name] = tuple(item for key, item in more.items() if key in there)
            elif name == DEFAULT and step.kind == POLICY:
                yield from self._default_set_back(deed)
            elif not self._settings[step.kind][name].same(change.before, current.get(name)) and self._can_be_set(
                deed, name, change.before
            ):
                scalars[name] = change.before
        scalars |= self._set_along(step, current, scalars)
        if scalars or any(add.values()) or any(remove.values()):
            yield ObjectChange(
                "update", step.kind, step.identity, current.key, scalars, add, remove, live=current, desired=current
            )

    def _default_set_back(self, deed: Deed) -> Iterator[ObjectChange]:
        """Yield what makes the earlier default mailbox policy that again: the other one is it no longer then."""
        earlier = self._defaults.get(deed.step.id)
        if earlier is None:
            return
        current = self._of_kind(POLICY).get(earlier.key)
        if current is not None and current.get(DEFAULT) is True:
            return
        if current is None and self._since is not None:
            self._warnings.append(
                f"{self._title(deed.step)} stays the default one: {earlier.identity}, which was it before step"
                f" {deed.step.id}, is not in the snapshot any more"
            )
            return
        if current is None:
            raise PlanError(
                f"{self._journal.path}: line {deed.line}: step {deed.step.id} cannot be taken back:"
                f" {earlier.identity}, which was the default mailbox policy, is not in the snapshot",
                help="give the snapshot that the plan was made from: --snapshot",
                page=Page.TAKING_BACK,
            )
        yield ObjectChange(
            "update", POLICY, current.identity, current.key, settings={DEFAULT: True}, live=current, desired=current
        )

    def _set_along(self, step: PlanStep, current: Entity, settings: Mapping[str, Value]) -> dict[str, Value]:
        """Return what Exchange sets along with some settings, where it is otherwise."""
        described = self._store.object_type(step.kind)
        found = {
            name: value
            for name, value in described.also_set(settings).items()
            if name in current.settings and not described.settings[name].same(current.get(name), value)
        }
        for name in found:
            self._warnings.append(f"{self._title(step)}: Exchange sets {name} along, which the journal does not have")
        return found

    def _can_be_set(self, deed: Deed, name: str, value: Value) -> bool:
        setting = self._settings[deed.step.kind][name]
        can = is_set(setting, value) and (setting.settable or deed.step.action == "delete")
        if not can:
            what = "it is left out" if deed.step.action == "delete" else "it stays as it is"
            self._warnings.append(
                f"{self._title(deed.step)}: {name} was {quoted(value)}, which no script can set: {what}"
            )
        return can

    def _reason(self, deed: Deed) -> str:
        doubt = "" if deed.known or self._since is not None else ", which may not have been taken"
        return f"takes back {deed.step.id}{doubt}"

    def _title(self, step: PlanStep) -> str:
        described: ObjectType = self._store.object_type(step.kind)
        return described.title if described.single else f"{described.title} {step.identity}"

    # ---- what is not known ----

    def _what_is_not_known(self, left: State) -> Iterator[str]:
        journal = self._journal
        if journal.is_cut:
            yield "the last line of the journal is cut: what the script did then is not known, so export again first"
        elif journal.is_open:
            yield "the last run in the journal has no end: it was stopped from outside, or the script still runs"
        if journal.cut_step:
            yield (
                f"a line of the journal about step {journal.cut_step} is cut, so the step is not taken back: give the"
                " plan too (policylint apply-script PLAN --rollback JOURNAL)"
            )
        if journal.others:
            which = "another plan" if len(journal.others) == 1 else "other plans"
            last = ", also after those that are taken back" if journal.is_followed else ""
            yield (f"the journal has runs of {which} too{last}, which are left alone: {listed(journal.others)}")
        unknown = [deed.step.id for deed in journal.deeds if not deed.known]
        if unknown:
            steps, it = ("a step", "it was") if len(unknown) == 1 else (count(len(unknown), "step"), "they were")
            yield (
                f"the journal does not say of {steps} whether {it} taken ({listed(unknown)}): "
                + (
                    "the script reads first, and leaves alone what is as it was"
                    if self._since is None
                    else "what the snapshot has, which is newer, is taken for it"
                )
            )
        for deed in journal.deeds:
            if deed.failure:
                yield f"step {deed.step.id} of the journal failed after it began: {show(deed.failure, 200)}"
        for (kind, _key), identity in self._strangers.items() if self._since is None else ():
            title = self._store.object_type(kind).title
            yield f"{title} {identity} is not in the snapshot: whose access the journal changed there is not known"
        yield from self._changed_since(left)

    def _changed_since(self, left: State) -> Iterator[str]:
        """Yield what a snapshot that was taken after the last run has otherwise than that left it."""
        if self._since is None:
            return
        other = [
            entity.identity
            for kind in self._objects
            for entity, was, there in _both(left.of_kind(kind), self._snapshot.state.of_kind(kind))
            if not self._same(kind, was, there)
        ]
        if other:
            are, them = ("is", "it") if len(other) == 1 else ("are", "them")
            yield (
                f"{count(len(other), 'object')} {are} not as the journal left {them}, by the snapshot taken"
                f" {long_words(self._since)} later: {listed(other)}; the plan starts from the snapshot, and leaves out"
                " what is taken back already"
            )

    def _same(self, kind: ObjectKind, one: Entity | None, other: Entity | None) -> bool:
        """Return whether two objects have the same settings where both have them."""
        if one is None or other is None or one is other:
            return one is other
        settings = self._settings[kind]
        names = one.settings.keys() & other.settings.keys() & settings.keys()
        return all(settings[name].same(one.get(name), other.get(name)) for name in names)


def _both(
    one: Mapping[str, Entity], other: Mapping[str, Entity]
) -> Iterator[tuple[Entity, Entity | None, Entity | None]]:
    """Yield each object that two states have, and then as each of them has it."""
    for key, entity in {**other, **one}.items():
        yield entity, one.get(key), other.get(key)


def _promotes(step: PlanStep) -> bool:
    return step.kind == POLICY and any(change.property == DEFAULT and change.after is True for change in step.changes)


def _items_after(there: Value, before: Value, after: Value) -> tuple[str, ...]:
    """Return what a list of the snapshot has once a step edited it; what others put there or took away stays so."""
    more, fewer = edited(before, after)
    items = there if isinstance(there, tuple) else ()
    found = {fold(item): item for item in items if fold(item) not in fewer}
    return tuple({**found, **{key: item for key, item in more.items() if key not in found}}.values())


def _names(target: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in target.items() if value is not None}
