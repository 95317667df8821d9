"""Temporary exemptions that keep devices in their state while the rules for everybody change before their ring."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from policylint.access.cohorts import cohorts_of
from policylint.access.decide import AccessModel
from policylint.access.steps import ALLOWED, BLOCKED
from policylint.errors import SnapshotError
from policylint.model.state import MAILBOX
from policylint.phrases import count
from policylint.plan.ring import Held
from policylint.plan.unnoticed import SYNCING_DAYS
from policylint.text import fold, instant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from policylint.access.decision import AccessState
    from policylint.access.request import Facts
    from policylint.model.device import Device
    from policylint.model.device_table import DeviceTable
    from policylint.model.entity import Entity
    from policylint.model.state import State

Holds: TypeAlias = "Mapping[str, Mapping[str, tuple[str, ...]]]"
"""The IDs to add, by the key of the mailbox and by the list."""

_LIST: Mapping[AccessState | None, str] = {"Allowed": ALLOWED, "Blocked": BLOCKED}
"""The list that keeps a device in a state; none keeps one in quarantine."""


def idle_since(taken_at: str) -> str:
    """Return before which time a device of a snapshot must have last synced to count as idle, empty if not known."""
    taken = instant(taken_at)
    return f"{taken - timedelta(days=SYNCING_DAYS):%Y-%m-%dT%H:%M:%SZ}" if taken is not None else ""


def holds_for(
    states: tuple[State, State, State],
    devices: DeviceTable,
    facts: Facts,
    waits: Callable[[str | None], bool],
    is_idle: Callable[[Device], bool],
) -> Holds:
    """Return the exemptions by which devices keep what they get now when a state changes for everybody.

    `states` are the state now, the one with the change, and the desired one. `waits` says of the key of a mailbox
    whether its devices are to keep what they get. An idle device is not held unless it has the same in the end: an
    exemption for a phone that nobody uses lets in who finds it. There is none for an ID of which a device would get
    another state with it, before the change or after. Raises SnapshotError where a list was not read that needs one.
    """
    live, changed, _ = states
    wanted = _wanted(states, devices, facts, waits, is_idle)
    _require_read(live, wanted)
    for key, device_id in _in_vain(live, changed, devices, facts, wanted):
        del wanted[(key, device_id)]
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for (key, _), (name, device_id) in sorted(wanted.items()):
        found[key][name].append(device_id)
    return {key: {name: tuple(ids) for name, ids in lists.items()} for key, lists in found.items()}


def with_holds(mailbox: Entity, lists: Mapping[str, tuple[str, ...]], until: int) -> Entity:
    """Return a mailbox with the IDs of temporary exemptions on its lists."""
    added = {name: (*mailbox.items(name), *ids) for name, ids in lists.items()}
    own = mailbox.notes.get("reason")
    reason = f"{own}; temporary exemptions until ring {until}" if own else f"temporary, until ring {until}"
    notes = {**mailbox.notes, "reason": reason}
    return mailbox._replace(settings={**mailbox.settings, **added}, notes=notes)


def held_of(holds: Holds, mailboxes: Mapping[str, Entity], keys: Collection[str]) -> Iterator[Held]:
    """Yield the temporary exemptions of some mailboxes, in an order that does not change."""
    for key in sorted(holds.keys() & keys):
        for name, ids in sorted(holds[key].items()):
            yield from (Held(mailboxes[key].identity, name, device_id) for device_id in ids)


_Wanted: TypeAlias = "dict[tuple[str, str], tuple[str, str]]"
"""The list and the ID as it is written, by the key of the mailbox and the folded ID."""


def _wanted(
    states: tuple[State, State, State],
    devices: DeviceTable,
    facts: Facts,
    waits: Callable[[str | None], bool],
    is_idle: Callable[[Device], bool],
) -> _Wanted:
    """Return what may keep the devices that wait in their state, where one list does for all devices of an ID."""
    now, then, final = (AccessModel(state, facts) for state in states)
    mailboxes = states[0].of_kind(MAILBOX)
    index = cohorts_of(devices, (now, then), waits)
    numbers = [
        number
        for number, (device, _) in enumerate(index.cohorts)
        if waits(device.mailbox) and now.decide(device).state != then.decide(device).state
    ]
    lists: dict[tuple[str, str], set[str]] = defaultdict(set)
    written: dict[tuple[str, str], str] = {}
    for device in index.members(numbers):
        state = now.decide(device).state
        if is_idle(device) and final.decide(device).state != state:
            continue
        name = _LIST.get(state)
        if name is None or not device.device_id or device.mailbox is None or device.mailbox not in mailboxes:
            continue
        place = (device.mailbox, fold(device.device_id))
        lists[place].add(name)
        written.setdefault(place, device.device_id)
    return {place: (min(names), written[place]) for place, names in lists.items() if len(names) == 1}


def _require_read(live: State, wanted: _Wanted) -> None:
    unread = dict.fromkeys(
        (key, name) for (key, _), (name, _) in wanted.items() if name not in live.of_kind(MAILBOX)[key].settings
    )
    if unread:
        key, name = next(iter(unread))
        whose = count(len({each for each, _ in unread}), "mailbox")
        one = live.of_kind(MAILBOX)[key].identity
        raise SnapshotError(
            f"{name} of {whose}, such as {one}, was not read, so no temporary exemption can be added to it",
            help="export again in a session that shows it, or plan without --bridge",
        )


def _in_vain(
    live: State, changed: State, devices: Iterable[Device], facts: Facts, wanted: _Wanted
) -> tuple[tuple[str, str], ...]:
    """Return those of the exemptions that do not keep every device of their ID in its state, before and after."""
    lists: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for (key, _), (name, device_id) in wanted.items():
        lists[key][name] = (*lists[key].get(name, ()), device_id)
    mailboxes = {
        key: with_holds(mailbox, lists[key], 0) if key in lists else mailbox
        for key, mailbox in live.of_kind(MAILBOX).items()
    }
    now, *held = (
        AccessModel(state, facts)
        for state in (live, live.with_kind(MAILBOX, mailboxes), changed.with_kind(MAILBOX, mailboxes))
    )
    index = cohorts_of(devices, (now, *held))
    numbers = []
    for number, (device, _) in enumerate(index.cohorts):
        state = now.decide(device).state
        if any(model.decide(device).state != state for model in held):
            numbers.append(number)
    found = {(device.mailbox or "", fold(device.device_id)) for device in index.members(numbers)}
    return tuple(place for place in wanted if place in found)
