"""Whose change each step of a plan is: this branch's, one that was pending before it, or of somebody by hand.

A step is taken apart into edits: an object that is made or goes away, a setting with its new value, an item that a list
gets or loses. Plans from the same live state to the policies of the base and of `since` have edits too, and where an
edit of this plan is among them says whose it is.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from policylint.access.cohorts import cohorts_of
from policylint.access.decide import AccessModel
from policylint.model.device import PROPERTIES
from policylint.named_tuple import NamedTuple
from policylint.plan.diff import diff
from policylint.plan.moved import MovedDevices, moves_of
from policylint.plan.plan import Plan, Revision
from policylint.schema.values import key_of
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from policylint.access.decision import AccessState
    from policylint.access.request import Facts
    from policylint.model.device import DeviceClass
    from policylint.model.device_table import DeviceTable
    from policylint.model.entity import ObjectKind, Value
    from policylint.model.state import State
    from policylint.plan.change import Action, ObjectChange, PlanStep
    from policylint.plan.plan import AffectedDevice
    from policylint.schema.store import SchemaStore, Setting

Part: TypeAlias = Literal["branch", "pending", "drift"]
"""`branch`: the base would not change it. `pending`: the base would, too, and the state at `since` would not.

`drift`: the state at `since` would, too, so somebody changed it live.
"""

PARTS: tuple[Part, ...] = ("branch", "pending", "drift")

What: TypeAlias = Literal["create", "delete", "set", "add", "remove"]
Atom: TypeAlias = "tuple[ObjectKind, str, What, str | None, Hashable]"
"""What two edits have in common that do the same: object, folded, what is done, property, and value."""


class Edit(NamedTuple):
    """The smallest part of a step: an object is made or goes away, a setting gets a value, a list an item or loses it.

    `property` and `value` are None where it is about the object.
    """

    what: What
    property: str | None = None
    value: Value = None


class Dropped(NamedTuple):
    """A step that the base's plan has, with those of its edits that this plan does not have: they are not needed."""

    action: Action
    kind: ObjectKind
    identity: str
    edits: tuple[Edit, ...]


class PartOfClass(NamedTuple):
    """How many devices that report the same go from one state to another, by whose change it is."""

    device_class: DeviceClass
    before: AccessState | None
    after: AccessState | None
    part: Part
    devices: int


class Attribution(NamedTuple):
    """The revision that a plan is compared with, and what that one would change and this plan does not.

    `no_longer_needed` are the edits of its plan that this one does not have, in the order of its steps, and
    `no_longer_affected` is how many devices it would give other access, and this plan does not.
    """

    base: Revision
    no_longer_needed: tuple[Dropped, ...] = ()
    no_longer_affected: int = 0


class Side(NamedTuple):
    """What there would be under another policy, and what its configuration says about the world outside of it."""

    state: State
    facts: Facts


class Sides(NamedTuple):
    """What there would be under two other policies, over the same live state: the base's, and the one at `since`.

    `since` is None where that revision is not known. `note` is what a reader must know of the base, else empty.
    """

    revision: Revision
    base: Side
    since: Side | None
    note: str = ""


def attribute(
    plan: Plan, sides: Sides, live: State, desired: State, devices: DeviceTable, store: SchemaStore, facts: Facts
) -> Plan:
    """Return a plan that says of each step and each device whose change it is.

    `live` and `desired` are the states that the plan leads from and to, `facts` what its configuration says.
    """
    base = diff(live, sides.base.state, store)
    since = diff(live, sides.since.state, store) if sides.since is not None else ()
    of_base, of_since = (
        {atom for change in changes for atom in _atoms_of_change(change, store)} for changes in (base, since)
    )
    own: set[Atom] = set()
    steps: list[PlanStep] = []
    for step in plan.steps:
        edits = [(edit, atom_of(step.kind, step.identity, edit, store)) for edit in edits_of_step(step)]
        own.update(atom for _edit, atom in edits)
        steps.append(_with_parts(step, [(edit.property, _part(atom, of_base, of_since)) for edit, atom in edits]))
    access = _Access(live, desired, sides, facts, devices)
    return plan._replace(
        steps=tuple(steps),
        affected=access.affected,
        attribution=Attribution(sides.revision, tuple(_dropped(base, own, store)), access.only_base),
        warnings=(*plan.warnings, *filter(None, [sides.note])),
    )


def _part(atom: Atom, of_base: set[Atom], of_since: set[Atom]) -> Part:
    """Return whose change an edit is."""
    return "branch" if atom not in of_base else "drift" if atom in of_since else "pending"


def _with_parts(step: PlanStep, edits: Sequence[tuple[str | None, Part]]) -> PlanStep:
    """Return a step with whose change it is: this branch's where any edit is, drift where all of them are.

    Where that differs, each setting has it, too.
    """
    found = {part for _name, part in edits}
    step = step._replace(part=next(part for part in PARTS if part in found))
    if len(found) == 1:
        return step
    counts = Counter(edits)
    return step._replace(
        changes=tuple(
            change._replace(
                parts=tuple((part, number) for part in PARTS if (number := counts[change.property, part])),
            )
            for change in step.changes
        )
    )


def atoms_of_step(step: PlanStep, store: SchemaStore) -> frozenset[Atom]:
    """Return what a step of a plan does, to be compared."""
    return frozenset(atom_of(step.kind, step.identity, edit, store) for edit in edits_of_step(step))


def _atoms_of_change(change: ObjectChange, store: SchemaStore) -> Iterator[Atom]:
    return (atom_of(change.kind, change.identity, edit, store) for edit in edits_of_change(change))


def atom_of(kind: ObjectKind, identity: str, edit: Edit, store: SchemaStore) -> Atom:
    """Return what an edit of an object has in common with every other one that does the same."""
    value: Hashable = None
    if edit.property is not None:
        items = edit.what in {"add", "remove"}
        value = fold(str(edit.value)) if items else key_of(_kind_of(kind, edit.property, store), edit.value)
    return kind, fold(identity), edit.what, edit.property, value


def _kind_of(kind: ObjectKind, name: str, store: SchemaStore) -> str:
    return store.object_type(kind).settings[name].kind


def edits_of_step(step: PlanStep) -> Iterator[Edit]:
    """Yield what a step of a plan consists of."""
    if step.action != "update":
        yield Edit(step.action)
    for change in step.changes if step.action != "delete" else ():
        if not isinstance(change.after, tuple):
            yield Edit("set", change.property, change.after)
            continue
        before = change.before if isinstance(change.before, tuple) else ()
        yield from _list_edits(change.property, before, change.after, created=step.action == "create")


def edits_of_change(change: ObjectChange) -> Iterator[Edit]:
    """Yield what a change consists of, as `edits_of_step` does of the step that it becomes."""
    if change.action != "update":
        yield Edit(change.action)
    for name, value in change.settings.items() if change.action != "delete" else ():
        if isinstance(value, tuple):
            yield from _list_edits(name, (), value, created=True)
        else:
            yield Edit("set", name, value)
    for name in dict.fromkeys((*change.add, *change.remove)):
        yield from (Edit("add", name, item) for item in change.add.get(name, ()))
        yield from (Edit("remove", name, item) for item in change.remove.get(name, ()))


def _list_edits(name: str, before: tuple[str, ...], after: tuple[str, ...], *, created: bool) -> Iterator[Edit]:
    """Yield which items a list gets and loses; of a new object that it is empty."""
    had, has = set(map(fold, before)), set(map(fold, after))
    yield from (Edit("add", name, item) for item in after if fold(item) not in had)
    yield from (Edit("remove", name, item) for item in before if fold(item) not in has)
    if created and not after:
        yield Edit("set", name, ())


def _dropped(base: Iterable[ObjectChange], own: set[Atom], store: SchemaStore) -> Iterator[Dropped]:
    """Yield the changes of the base with those of their edits that are not among some others."""
    for change in base:
        edits = [e for e in edits_of_change(change) if atom_of(change.kind, change.identity, e, store) not in own]
        if edits:
            edits.sort(key=lambda edit: (edit.what != change.action, edit.property or "", edit.what, str(edit.value)))
            yield Dropped(change.action, change.kind, change.identity, tuple(edits))


class _Access:
    """Who gets in live, as this plan leaves it, and under the other policies, by the facts of each."""

    def __init__(self, live: State, desired: State, sides: Sides, facts: Facts, devices: DeviceTable) -> None:
        own = [AccessModel(state, facts) for state in (live, desired)]
        pairs = [(live, sides.base.facts), *filter(None, (sides.base, sides.since))]
        models = [*own, *(AccessModel(*pair) for pair in pairs)]
        self._index = cohorts_of(devices, models)
        self._moves: dict[int, tuple[AccessState | None, AccessState | None, Part]] = {}
        self.only_base = 0
        for number, (one, size) in enumerate(self._index.cohorts):
            before, after, otherwise, base, *since = (model.decide(one) for model in models)
            if not before.same_outcome(after):
                is_drift = bool(since) and since[0].same_outcome(after)
                part: Part = "branch" if not base.same_outcome(after) else "drift" if is_drift else "pending"
                self._moves[number] = before.state, after.state, part
            elif not otherwise.same_outcome(base):
                self.only_base += size

    @property
    def affected(self) -> MovedDevices:
        """Return the devices whose access changes."""
        return MovedDevices(self._index, self._moves)


def parts_of_steps(plan: Plan) -> dict[Part, int | None]:
    """Return how many steps of a plan are whose; drift is None where it cannot be told."""
    return _told(Counter(step.part for step in plan.steps), plan)


def parts_of_devices(plan: Plan) -> dict[Part, int | None]:
    """Return how many devices of a plan are whose, in the same way."""
    found = Counter[str]()
    for move, number in moves_of(plan.affected or ()).items():
        found[move[-1]] += number
    return _told(found, plan)


def _told(found: Mapping[str, int], plan: Plan) -> dict[Part, int | None]:
    return {
        part: found.get(part, 0) if part != "drift" or plan.provenance.since is not None else None for part in PARTS
    }


def classes_by_part(affected: Sequence[AffectedDevice]) -> tuple[PartOfClass, ...]:
    """Return whose access changes by class and by whose change it is, the largest class first."""
    counts, classes = moves_of(affected), Counter[tuple[Any, ...]]()
    for key, number in counts.items():
        classes[key[:3]] += number
    order = {part: place for place, part in enumerate(PARTS)}
    rows = [PartOfClass(*key, number) for key, number in counts.items()]  # type: ignore[arg-type]
    return tuple(sorted(rows, key=lambda row: (-classes[row[:3]], str(row[:3]), order[row.part])))


def attribution_record(plan: Plan, found: Attribution) -> dict[str, Any]:
    """Return whose changes a plan has as plain data; the counts are those of its steps and devices."""
    return {
        "base": found.base._asdict(),
        "steps": parts_of_steps(plan),
        "devices": parts_of_devices(plan),
        "byClass": [
            {
                **dict(zip(PROPERTIES, each.device_class, strict=True)),
                "from": each.before,
                "to": each.after,
                "part": each.part,
                "devices": each.devices,
            }
            for each in classes_by_part(plan.affected or ())
        ],
        "noLongerNeeded": [
            {**each._asdict(), "edits": [_edit_record(edit) for edit in each.edits]} for each in found.no_longer_needed
        ],
        "noLongerAffected": found.no_longer_affected,
    }


def _edit_record(edit: Edit) -> dict[str, Any]:
    return {**edit._asdict(), "value": list(edit.value) if isinstance(edit.value, tuple) else edit.value}


def read_attribution(record: Mapping[str, Any]) -> Attribution:
    """Return what `attribution_record` made plain data of; what it counts is in the rest of the plan."""
    return Attribution(
        base=Revision(**record["base"]),
        no_longer_needed=tuple(
            Dropped(each["action"], each["kind"], each["identity"], tuple(map(_read_edit, each["edits"])))
            for each in record["noLongerNeeded"]
        ),
        no_longer_affected=record["noLongerAffected"],
    )


def _read_edit(record: Mapping[str, Any]) -> Edit:
    value = record["value"]
    return Edit(record["what"], record["property"], tuple(value) if isinstance(value, list) else value)


def attribution_flaws(plan: Plan, store: SchemaStore) -> Iterator[str]:
    """Yield what keeps the parts of a plan from being what policylint says of it."""
    found, known = plan.attribution, plan.provenance.since is not None
    parts = {step.part for step in plan.steps} | {move[-1] for move in moves_of(plan.affected or ())}
    if found is None:
        if (parts != {""} and parts) or any(change.parts for step in plan.steps for change in step.changes):
            yield "`part` without `attribution`"
        return
    if plan.affected is None:
        yield "`attribution` without `affected`"
    if not parts <= {*PARTS} or ("drift" in parts and not known):
        yield "`part` is not told of every step and device, or drift where `since` is not known"
    if any(_tells_otherwise(step) for step in plan.steps):
        yield "`parts` is not whose changes its step has"
    if found.base.modified:
        yield "`attribution`: its base is no commit"
    if found.no_longer_affected + len(plan.affected or ()) > plan.impact.devices:
        yield "`attribution`: more devices than there are"
    yield from _dropped_flaws(plan, found, store)


def _tells_otherwise(step: PlanStep) -> bool:
    """Return whether the settings of a step say otherwise whose changes they are than the step does."""
    told = [part for change in step.changes for part, _number in change.parts]
    if not told:
        return False
    edits = Counter(edit.property for edit in edits_of_step(step))
    return (
        step.part != next((part for part in PARTS if part in told), None)
        or len({*told}) == 1
        or any(sum(number for _part, number in each.parts) != edits[each.property] for each in step.changes)
    )


def _dropped_flaws(plan: Plan, found: Attribution, store: SchemaStore) -> Iterator[str]:
    own = {atom for step in plan.steps for atom in atoms_of_step(step, store)}
    seen: set[Atom] = set()
    for dropped in found.no_longer_needed:
        described = store.object_types.get(dropped.kind)
        if described is None or dropped.action not in described.actions:
            yield f"`noLongerNeeded`: no plan can {dropped.action} `{dropped.kind}`"
            return
        for edit in dropped.edits:
            if not _is_edit(edit, dropped.action, described.settings):
                yield "`noLongerNeeded`: an edit that no step has"
                return
            atom = atom_of(dropped.kind, dropped.identity, edit, store)
            if atom in own or atom in seen:
                yield "`noLongerNeeded`: what the plan does, or the same twice"
            seen.add(atom)


def _is_edit(edit: Edit, action: Action, settings: Mapping[str, Setting]) -> bool:
    """Return whether a step of an action can have an edit."""
    if edit.what in {"create", "delete"}:
        return edit == Edit(edit.what) and edit.what == action
    setting = settings.get(edit.property or "")
    if setting is None or action == "delete":
        return False
    is_list = setting.kind == "strings"
    if edit.what == "set":
        return edit.value == () if is_list else not isinstance(edit.value, tuple)
    return is_list and isinstance(edit.value, str) and (edit.what == "add" or action == "update")
