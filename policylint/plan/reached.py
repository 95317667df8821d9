"""Whether live state is as a plan leaves it: what to know before the plan of the next ring is applied."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from policylint.access.cohorts import cohorts_of
from policylint.access.decide import AccessModel
from policylint.model.device import TIMES
from policylint.model.device_table import DeviceTable, time_number
from policylint.model.names import Names
from policylint.model.state import MAILBOX
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, listed, show
from policylint.plan.ring import StateCounts, counts_of
from policylint.text import fold, instant, utc_time

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from policylint.access.decision import AccessState
    from policylint.access.request import Facts
    from policylint.model.device import Device
    from policylint.model.entity import Entity, ObjectKind, Value
    from policylint.model.snapshot import Snapshot
    from policylint.plan.plan import AffectedDevice, Plan
    from policylint.plan.ring import Ring
    from policylint.schema.store import ObjectType, SchemaStore, Setting


_FIRST = TIMES.index("FirstSyncTime")


class Reached(NamedTuple):
    """Why live state is not as a plan leaves it, none where it is, and what else is to be known, each in words."""

    differences: tuple[str, ...]
    notes: tuple[str, ...]


def reached(plan: Plan, snapshot: Snapshot, facts: Facts, store: SchemaStore) -> Reached:
    """Return whether a snapshot shows what a plan leaves: its objects, the devices it changes, and those it counts.

    Devices that first synced after the plan's snapshot was taken are not counted: nobody could expect them.
    """
    differences = list(_snapshot(plan, snapshot))
    if differences:
        return Reached(tuple(differences), ())
    gone_mailboxes = _mailboxes_gone(plan, snapshot)
    differences += _objects(plan, snapshot, store, gone_mailboxes)
    devices = snapshot.complete_devices
    if devices is None:
        return Reached((*differences, f"devices were not all read: {snapshot.incomplete['devices']}"), ())
    known = _known(devices, utc_time(plan.source.taken_at))
    new = len(devices) - len(known)
    model = AccessModel(snapshot.state, facts)
    gone, changed = _affected(plan.affected or (), known, model)
    differences += changed
    elsewhere: tuple[str, ...] = ()
    if plan.ring is not None:
        differences += _held(plan.ring, snapshot)
        counted = _counts(plan, plan.ring, snapshot, known, model)
        differences += counted.differences
        elsewhere = counted.notes
    without = {*gone_mailboxes, *(fold(each) for each in _held_by_nobody(plan, snapshot))}
    notes = (
        *elsewhere,
        f"{count(len(without), 'mailbox')} of another ring that the plan is about: not in the snapshot"
        if without
        else "",
        f"{count(new, 'device')} that first synced after the plan's snapshot: not counted" if new else "",
        f"{count(gone, 'device')} that the plan changes: not in the snapshot any more" if gone else "",
    )
    return Reached(tuple(differences), tuple(filter(None, notes)))


def _snapshot(plan: Plan, snapshot: Snapshot) -> Iterator[str]:
    """Yield why a snapshot says nothing about a plan."""
    header = snapshot.header
    if header.edition != plan.edition:
        yield f"the snapshot is of {show(header.edition)}, the plan of {plan.edition}"
    whose = ((header.organization_guid, plan.source.organization_guid), (header.tenant, plan.source.tenant))
    if any(one and other and fold(one) != fold(other) for one, other in whose):
        yield "the snapshot is of another organization than the plan"
    taken = instant(header.taken_at)
    if taken is None:
        yield "the snapshot does not say when it was taken, so it may be older than the plan"
    elif taken < plan.created_at:
        yield f"the snapshot was taken {header.taken_at}, before the plan was made: export again"


class _Left(NamedTuple):
    """What the steps leave of an object: its settings, and which items its lists have or lack. None where it goes."""

    settings: dict[str, Value]
    items: dict[str, dict[str, tuple[str, bool]]]


def _mailboxes_gone(plan: Plan, snapshot: Snapshot) -> frozenset[str]:
    """Return the mailboxes of other rings that the steps change and that are not there any more, folded."""
    if plan.ring is None or plan.ring.names is None or snapshot.state.section(MAILBOX) is None:
        return frozenset()
    own, names = {*map(fold, plan.ring.names)}, Names(snapshot.state.of_kind(MAILBOX))
    return frozenset(
        fold(step.identity)
        for step in plan.steps
        if step.kind == MAILBOX
        and fold(step.identity) not in own
        and _find(names, (*filter(None, step.target.values()), step.identity)) is None
    )


def _held_by_nobody(plan: Plan, snapshot: Snapshot) -> Iterator[str]:
    """Yield the mailboxes with temporary exemptions that are not there any more."""
    names = Names(snapshot.state.of_kind(MAILBOX))
    held = plan.ring.held if plan.ring is not None else ()
    yield from (each.mailbox for each in held if names.get(fold(each.mailbox)) is None)


def _objects(plan: Plan, snapshot: Snapshot, store: SchemaStore, gone: Collection[str]) -> Iterator[str]:
    """Yield in what objects are otherwise than the steps leave them; what others changed besides does not count."""
    left: dict[tuple[ObjectKind, str], _Left | None] = {}
    targets: dict[tuple[ObjectKind, str], tuple[str, ...]] = {}
    for step in plan.steps:
        place = (step.kind, step.identity)
        found = left.get(place) or _Left({}, defaultdict(dict))
        left[place] = None if step.action == "delete" else found
        names = () if step.kind not in {MAILBOX} else tuple(filter(None, step.target.values()))
        targets[place] = (*names, step.identity)
        for change in step.changes:
            if not isinstance(change.after, tuple):
                found.settings[change.property] = change.after
                continue
            before = {fold(item): item for item in change.before or ()} if isinstance(change.before, tuple) else {}
            after = {fold(item): item for item in change.after}
            items = found.items[change.property]
            items.update((key, (item, True)) for key, item in after.items() if key not in before)
            items.update((key, (item, False)) for key, item in before.items() if key not in after)
    objects = {kind: snapshot.state.section(kind) for kind, _ in left}
    names_of = {kind: Names(known) for kind, known in objects.items() if known is not None}
    for (kind, identity), wanted in left.items():
        described = store.object_type(kind)
        if (known := objects[kind]) is None:
            yield f"`{described.section}` were not read"
            continue
        called = f"{described.title} {identity}" if not described.single else described.title
        entity = (
            next(iter(known.values()), None) if described.single else _find(names_of[kind], targets[kind, identity])
        )
        if kind == MAILBOX and fold(identity) in gone:
            continue
        if wanted is None or entity is None:
            if (wanted is None) != (entity is None):
                yield f"{called} is {'still' if wanted is None else 'not'} there"
            continue
        yield from (f"{called}: {words}" for words in _differs(wanted, entity, described))


def _find(names: Names, called: Iterable[str]) -> Entity | None:
    return next((found for name in called if (found := names.get(fold(name))) is not None), None)


def _differs(wanted: _Left, entity: Entity, described: ObjectType) -> Iterator[str]:
    for name, value in wanted.settings.items():
        setting: Setting = described.settings[name]
        if name not in entity.settings:
            yield f"{name} was not read"
        elif not setting.same(entity.get(name), value):
            yield f"{name} is {show(entity.get(name))}, not {show(value)}"
    for name, items in wanted.items.items():
        there = {*map(fold, entity.items(name))}
        if name not in entity.settings:
            yield f"{name} was not read"
            continue
        for key, (item, is_wanted) in items.items():
            if (key in there) != is_wanted:
                yield f"{name} {'lacks' if is_wanted else 'still has'} {item}"


def _known(devices: DeviceTable, taken_at: str) -> DeviceTable:
    """Return the devices without those that first synced after a time."""
    limit = time_number(taken_at)
    if not limit or not any(first > limit for part in devices.columns() for first in part.times[_FIRST]):
        return devices
    return DeviceTable(device for device in devices if device.first_sync <= taken_at)


def _affected(
    affected: Iterable[AffectedDevice], devices: DeviceTable, model: AccessModel
) -> tuple[int, tuple[str, ...]]:
    """Return how many of the devices that a plan changes are not there, and which get something else than expected."""
    wanted: dict[tuple[str, str], list[AffectedDevice]] = defaultdict(list)
    for each in affected:
        wanted[fold(each.mailbox), fold(each.device_id)].append(each)
    ids = {device_id for _, device_id in wanted}
    found: dict[tuple[str, str], list[Device]] = defaultdict(list)
    for device in devices.select(lambda device_id, _guid: fold(device_id) in ids) if ids else ():
        place = (fold(device.owner), fold(device.device_id))
        if place in wanted:
            found[place].append(device)
    gone, otherwise = 0, []
    for place, several in wanted.items():
        there = Counter(model.decide(device).state for device in found.get(place, ()))
        for each in several:
            if there[each.after]:
                there[each.after] -= 1
            elif there.total():
                state = next(iter(+there))
                there[state] -= 1
                otherwise.append(
                    f"device {each.device_id} of {each.mailbox or 'no known mailbox'}: {_pair(state, each)}"
                )
            else:
                gone += 1
    return gone, tuple(otherwise)


def _pair(state: AccessState | None, device: AffectedDevice) -> str:
    return f"{state or 'not decided here'}, not {device.after or 'not decided here'}"


def _held(ring: Ring, snapshot: Snapshot) -> Iterator[str]:
    """Yield which temporary exemptions are not there."""
    names = Names(snapshot.state.of_kind(MAILBOX))
    for mailbox, name, device_id in ring.held:
        entity = names.get(fold(mailbox))
        if entity is not None and fold(device_id) not in map(fold, entity.items(name)):
            yield f"mailbox {mailbox}: {name} lacks {device_id}, a temporary exemption"


def _counts(plan: Plan, ring: Ring, snapshot: Snapshot, devices: DeviceTable, model: AccessModel) -> Reached:
    """Return where more devices are in a state than a ring expects: fewer are no difference, since some go.

    Elsewhere only the states that the plan brings devices into are compared: others change for other reasons.
    """
    names = Names(snapshot.state.of_kind(MAILBOX))
    own = {entity.key for name in ring.names or () if (entity := names.get(fold(name))) is not None}
    index = cohorts_of(devices, (model,), own.__contains__)
    inside: Counter[AccessState | None] = Counter()
    outside: Counter[AccessState | None] = Counter()
    for device, size in index.cohorts:
        (inside if device.mailbox in own else outside)[model.decide(device).state] += size
    folded = {*map(fold, ring.names or ())}
    changed = counts_of(Counter(each.after for each in plan.affected or () if fold(each.mailbox) not in folded))
    everywhere = StateCounts(1, 1, 1, 1)
    compared = (
        (("all devices", counts_of(outside), ring.expect.all, changed),)
        if ring.names is None
        else (
            ("devices of the ring", counts_of(inside), ring.expect.ring, everywhere),
            ("all others", counts_of(outside), ring.expect.others, changed),
        )
    )
    differences: list[str] = []
    notes: list[str] = []
    for whose, there, wanted, matters in compared:
        more = [there > wanted and bool(matter) for there, wanted, matter in zip(there, wanted, matters, strict=True)]
        if there != wanted:
            said = f"{whose}: {states_in_words(there)}; expected {states_in_words(wanted)}"
            (differences if any(more) else notes).append(said)
    return Reached(tuple(differences), tuple(notes))


def states_in_words(counts: StateCounts) -> str:
    """Return how many devices are in each state: `120 allowed, 4 quarantined`."""
    named = zip(("allowed", "quarantined", "blocked", "not decided here"), counts, strict=True)
    return listed([f"{number:,} {state}" for state, number in named if number], last=", ") or "no device"
