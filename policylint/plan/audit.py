"""Who changed live what a plan changes back, or leaves as drift, by an exported audit log."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from policylint.model.names import Names
from policylint.named_tuple import NamedTuple
from policylint.phrases import count
from policylint.regex import regex
from policylint.text import fold, instant, utc_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policylint.model.entity import ObjectKind
    from policylint.model.state import State
    from policylint.plan.change import PlanStep
    from policylint.plan.plan import Drift, Plan
    from policylint.readers.audit import AuditLog, AuditRecord
    from policylint.schema.store import SchemaStore

Place = tuple[str, str]
"""A kind and a folded identity."""

Sought = tuple[set[str], frozenset[str]]
"""What may explain something: the verbs of cmdlets, and the settings that one must be about."""

MOST = 5
"""How many changes of the same settings of one object are told, the last ones."""

_UNDOES = {"create": {"remove"}, "delete": {"new"}, "update": {"new", "set"}}
"""What was run live where a plan takes a step: what was removed is created, what was made is deleted."""

_SEPARATOR = regex(r"[\\/]")
_COMMON_NAME = regex(r"CN=((?:\\.|[^,\\])+)", re.IGNORECASE)


class LiveChange(NamedTuple):
    """A cmdlet that changed an object live. `time` is UTC, empty where the log does not tell it.

    `properties` are the settings that it is about, of those that differ; none where the log does not say which.
    """

    kind: ObjectKind
    identity: str
    time: str
    caller: str
    cmdlet: str
    properties: tuple[str, ...]


class AuditTrail(NamedTuple):
    """What an audit log says of the objects of a plan: the log, how many records it has, and the changes.

    Changes are sorted by kind and object, the last one of an object first.
    """

    path: str
    records: int
    changes: tuple[LiveChange, ...]

    @property
    def by_object(self) -> Mapping[Place, list[LiveChange]]:
        """Return the changes of each object, the last one first."""
        found: dict[Place, list[LiveChange]] = {}
        for each in self.changes:
            found.setdefault((each.kind, fold(each.identity)), []).append(each)
        return found


def with_audit(plan: Plan, log: AuditLog, path: str, live: State, store: SchemaStore) -> Plan:
    """Return a plan with who changed what it changes back, and with a note on what the log leaves open.

    Where the plan says whose changes it has, that is told of drift alone and of what may be drift, else of every step.
    """
    wanted = _wanted(plan)
    finder = _Finder(plan, live, store)
    left: Counter[str] = Counter()
    found: dict[Place, list[LiveChange]] = {}
    for record in log.records:
        place = finder.place(record)
        if place is None:
            left["unclear" if finder.is_unclear(record) else "unknown"] += 1
        elif plan.source.taken_at and record.time > plan.source.taken_at:
            left["later"] += 1
        elif (names := _concerns(record, wanted.get(place, ()))) is not None:
            left["untimed"] += not record.time
            change = LiveChange(record.kind, finder.identity(place), record.time, record.caller, record.cmdlet, names)
            found.setdefault(place, []).append(change)
    kinds = list(store.object_types)
    changes = tuple(
        change
        for place in sorted(found, key=lambda place: (kinds.index(place[0]), place[1]))
        for change in _last(found[place])
    )
    notes = (note for note in (_note(log, left, path),) if note)
    return plan._replace(audit=AuditTrail(path, log.total, changes), warnings=(*plan.warnings, *notes))


def _last(changes: Iterable[LiveChange]) -> Iterator[LiveChange]:
    """Yield the changes of an object, the last one first, of the same settings some."""
    told: Counter[tuple[str, ...]] = Counter()
    for change in sorted(set(changes), key=lambda each: (each.time, each), reverse=True):
        told[change.properties] += 1
        if told[change.properties] <= MOST:
            yield change


def _wanted(plan: Plan) -> Mapping[Place, list[Sought]]:
    """Return what may explain each object: the verbs of cmdlets, and the settings that one must be about."""
    wanted: dict[Place, list[Sought]] = {}
    for step in plan.steps:
        if (sought := _of_step(plan, step)) is not None:
            wanted.setdefault((step.kind, fold(step.identity)), []).append(sought)
    for drift in plan.drift:
        wanted.setdefault((drift.kind, fold(drift.identity)), []).append(_of_drift(drift))
    return wanted


def _of_step(plan: Plan, step: PlanStep) -> Sought | None:
    """Return what may explain a step, as far as it may undo what was done by hand; None where nothing of it does."""
    parts = {"", "drift"} if plan.provenance.since is not None else {"", "drift", "pending"}
    if any(change.parts for change in step.changes):
        found = [each.property for each in step.changes if not parts.isdisjoint(part for part, _number in each.parts)]
    elif step.part in parts:
        found = [change.property for change in step.changes]
    else:
        return None
    return (_UNDOES[step.action], frozenset(found)) if found else None


def _of_drift(drift: Drift) -> Sought:
    if drift.property is None:
        return {"new"}, frozenset()
    return {"new", "set"}, frozenset([drift.property])


class Told:
    """The changes of an audit log where they are told: at the steps that undo them, and below what stays as drift."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._by_object = plan.audit.by_object if plan.audit is not None else {}

    def at(self, step: PlanStep) -> Iterator[LiveChange]:
        """Yield who changed what a step undoes."""
        sought = _of_step(self._plan, step)
        if sought is not None:
            found = self._by_object.get((step.kind, fold(step.identity)), ())
            yield from (each for each in found if _fits(each, *sought))

    def of_drift(self) -> Iterator[LiveChange]:
        """Yield who changed what stays as drift, each once."""
        wanted: dict[Place, list[Sought]] = {}
        for drift in self._plan.drift if self._by_object else ():
            wanted.setdefault((drift.kind, fold(drift.identity)), []).append(_of_drift(drift))
        for place, sought in wanted.items():
            found = self._by_object.get(place, ())
            yield from (each for each in found if any(_fits(each, *one) for one in sought))


def _fits(change: LiveChange, verbs: set[str], names: frozenset[str]) -> bool:
    """Return whether a change may explain what some verbs do to some settings."""
    verb = change.cmdlet.partition("-")[0].lower()
    return verb in verbs and (verb != "set" or not change.properties or not names.isdisjoint(change.properties))


def _concerns(record: AuditRecord, wanted: Iterable[Sought]) -> tuple[str, ...] | None:
    """Return the settings that a record may explain, None where it explains nothing; none where it does not say."""
    found: set[str] = set()
    is_one = False
    for verbs, names in wanted:
        if record.verb not in verbs:
            continue
        common = names & (record.properties or frozenset())
        if record.verb != "set" or record.properties is None or common:
            is_one = True
            found |= common
    return tuple(sorted(found)) if is_one else None


class _Finder:
    """Finds the objects of records, in the snapshot and among those that the plan creates."""

    def __init__(self, plan: Plan, live: State, store: SchemaStore) -> None:
        self._live, self._store = live, store
        self._names: dict[ObjectKind, Names] = {}
        self._created: dict[Place, str] = {
            (step.kind, fold(step.identity)): step.identity for step in plan.steps if step.action == "create"
        }

    def identity(self, place: Place) -> str:
        """Return what an object is called."""
        if place in self._created:
            return self._created[place]
        return next(iter(self._of(place[0]).all(place[1]))).identity

    def place(self, record: AuditRecord) -> Place | None:
        """Return the one object that a record is about, None where that is none, or not sure."""
        found = self._places(record)
        return next(iter(found)) if len(found) == 1 else None

    def is_unclear(self, record: AuditRecord) -> bool:
        """Return whether a record names several objects."""
        return len(self._places(record)) > 1

    def _places(self, record: AuditRecord) -> set[Place]:
        objects = self._live.of_kind(record.kind)
        if self._store.object_type(record.kind).single:
            return {(record.kind, fold(each.identity)) for each in objects.values()}
        found: set[Place] = set()
        for name in {fold(reading) for each in record.names for reading in _readings(each)}:
            found.update((record.kind, fold(each.identity)) for each in self._of(record.kind).all(name))
            if (record.kind, name) in self._created:
                found.add((record.kind, name))
        return found

    def _of(self, kind: ObjectKind) -> Names:
        if kind not in self._names:
            self._names[kind] = Names(self._live.of_kind(kind))
        return self._names[kind]


def _readings(name: str) -> Iterator[str]:
    """Yield what a name may mean: itself, what is behind a container, and the common name of a distinguished one.

    A rule for a user agent has a slash in its name, so any of them may be where the name of the object begins.
    """
    yield name
    yield from (name[found.end() :] for found in _SEPARATOR.finditer(name))
    if (match := _COMMON_NAME.match(name)) is not None:
        yield re.sub(r"\\(.)", r"\1", match[1])


def _note(log: AuditLog, left: Mapping[str, int], path: str) -> str:
    """Return what a log leaves open, empty where that is nothing."""
    words = (
        (log.missing, "the search found {} more"),
        (log.unknown, "{} not of a form that is known"),
        (log.failed, "{} failed"),
        (left["later"], "{} later than the snapshot"),
        (left["untimed"], "{} with a time that only one machine can read: write the log as JSON"),
        (left["unclear"], "{} name objects that cannot be told apart"),
        (left["unknown"], "{} about objects that neither the snapshot nor the plan has"),
    )
    found = [text.format(f"{number:,}") for number, text in words if number]
    return f"audit log {path}, {count(log.total, 'record')}: {', '.join(found)}" if found else ""


def audit_record(found: AuditTrail) -> dict[str, Any]:
    """Return what an audit log says of a plan as plain data."""
    changes = [
        {**each._asdict(), "time": each.time or None, "properties": list(each.properties)} for each in found.changes
    ]
    return {"path": found.path, "records": found.records, "changes": changes}


def read_audit_trail(record: Mapping[str, Any]) -> AuditTrail:
    """Return what `audit_record` made plain data of."""
    changes = (
        LiveChange(**{**each, "time": each["time"] or "", "properties": tuple(each["properties"])})
        for each in record["changes"]
    )
    return AuditTrail(record["path"], record["records"], tuple(changes))


def audit_flaws(plan: Plan, store: SchemaStore) -> Iterator[str]:
    """Yield what keeps the changes of an audit log from being those of a plan."""
    if plan.audit is None:
        return
    wanted = {place: [verb for verbs, _ in each for verb in verbs] for place, each in _wanted(plan).items()}
    alike = Counter((each.kind, fold(each.identity), each.properties) for each in plan.audit.changes)
    if len(plan.audit.changes) > plan.audit.records or any(number > MOST for number in alike.values()):
        yield "`audit`: more changes than records, or than are told of an object"
    for each in plan.audit.changes:
        if (each.kind, fold(each.identity)) not in wanted:
            yield "`audit`: a change of what the plan leaves alone"
        elif each.time and (not _is_time(each.time) or each.time > (plan.source.taken_at or each.time)):
            yield "`audit`: a change at no time, or later than the snapshot"
        elif not {*each.properties} <= store.object_type(each.kind).settings.keys():
            yield "`audit`: a change of no such property"


def _is_time(text: str) -> bool:
    return instant(text) is not None and utc_time(text) == text
