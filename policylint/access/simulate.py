"""Every device and every class of devices under two configurations: live and desired."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from policylint.access.cohorts import cohorts_of
from policylint.model.device_table import DeviceTable
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from policylint.access.decide import AccessModel
    from policylint.access.decision import AccessState, Decision
    from policylint.model.device import Device, DeviceClass
    from policylint.model.device_table import CohortIndex
    from policylint.model.entity import Entity


T = TypeVar("T")
Which: TypeAlias = "Callable[[CohortAccess], bool]"
"""Says of cohorts whether they are asked for."""


class _Access(Protocol):
    """Something that gets access, live and desired."""

    @property
    def live(self) -> Decision | None: ...

    @property
    def desired(self) -> Decision: ...


def _is_changed(access: _Access) -> bool:
    """Return whether live can be told from desired; not without a snapshot."""
    return access.live is not None and not access.live.same_outcome(access.desired)


class DeviceAccess(NamedTuple):
    """What one device gets. `live` is None without a snapshot."""

    device: Device
    live: Decision | None
    desired: Decision

    @property
    def changed(self) -> bool:
        """Return whether the device could tell live from desired."""
        return _is_changed(self)


class CohortAccess(NamedTuple):
    """What devices get that report the same and have the same from their mailbox: one of them, and their number.

    Of what their mailbox decides, `live` and `desired` name the mailbox of that one.
    """

    device: Device
    devices: int
    live: Decision | None
    desired: Decision

    @property
    def changed(self) -> bool:
        """Return whether these devices could tell live from desired."""
        return _is_changed(self)

    @property
    def move(self) -> tuple[AccessState | None, AccessState | None]:
        """Return the live state, None also without a snapshot, and the desired one."""
        return self.live.state if self.live is not None else None, self.desired.state


class ClassAccess(NamedTuple):
    """What devices of one class get from rules and default; None in a class is a value that no rule names."""

    device_class: DeviceClass
    devices: int
    live: Decision | None
    desired: Decision

    @property
    def changed(self) -> bool:
        """Return whether a device of the class could tell live from desired."""
        return _is_changed(self)


class Simulation:
    """Every device and every class under two configurations.

    What is counted is counted by cohort, so that a million devices take little more than reading them.
    """

    def __init__(self, live: AccessModel | None, desired: AccessModel, devices: DeviceTable) -> None:
        self._live, self._desired = live, desired
        self.table = devices
        self.total = len(devices)
        self._index = cohorts_of(devices, [model for model in (live, desired) if model is not None])

    @cached_property
    def cohorts(self) -> tuple[CohortAccess, ...]:
        """Return what each kind of device gets, in no order that means anything."""
        return tuple(CohortAccess(one, number, *self._decide(one)) for one, number in self._index.cohorts)

    @cached_property
    def not_read(self) -> tuple[str, ...]:
        """Return what was not read and could decide otherwise about some device, in an order that does not change."""
        decisions = (each for cohort in self.cohorts for each in (cohort.live, cohort.desired) if each is not None)
        return tuple(sorted({name for decision in decisions for name in decision.not_read}))

    @property
    def rules(self) -> tuple[Entity, ...]:
        """Return the desired rules, in the order read."""
        return tuple((self._desired.state.rules or {}).values())

    @cached_property
    def classes(self) -> tuple[ClassAccess, ...]:
        """Return the classes that rules tell apart, those with changes first, then by number of devices."""
        return _classes(self._live, self._desired, self.cohorts)

    @cached_property
    def devices(self) -> tuple[DeviceAccess, ...]:
        """Return what each device gets, sorted by mailbox and ID."""
        return tuple(self.each())

    def each(self, which: Which = lambda _cohort: True) -> Iterator[DeviceAccess]:
        """Yield what each device of the cohorts asked for gets, sorted by mailbox and ID, and keep none of it."""
        return (DeviceAccess(device, *self._decide(device)) for device in self._index.members(self._numbers(which)))

    @cached_property
    def changed(self) -> int:
        """Return how many devices could tell live from desired."""
        return self.count(lambda cohort: cohort.changed)

    @property
    def disputed(self) -> int:
        """Return how many devices are matched by rules of different levels."""
        return self.count(lambda cohort: cohort.desired.disputed)

    @cached_property
    def precedence_sensitive(self) -> int:
        """Return how many of the disputed devices the other reading of which rule decides would give another state."""
        if not self.disputed:
            return 0
        other = self._desired.with_other_precedence()
        return self.count(
            lambda cohort: cohort.desired.disputed and not other.decide(cohort.device).same_outcome(cohort.desired)
        )

    def newly_sensitive(self) -> Which:
        """Return what says of cohorts whether it newly depends on the reading of which rule decides what they get."""
        other = self._desired.with_other_precedence()
        before = self._live.with_other_precedence() if self._live is not None else None

        def which(cohort: CohortAccess) -> bool:
            if not cohort.desired.disputed or (read := other.decide(cohort.device)).same_outcome(cohort.desired):
                return False
            if before is None:
                return True
            return cohort.changed or not before.decide(cohort.device).same_outcome(read)

        return which

    def count(self, which: Which) -> int:
        """Return how many devices there are in the cohorts asked for."""
        return sum(cohort.devices for cohort in self.cohorts if which(cohort))

    def members(self, which: Which, most: int | None = None) -> tuple[DeviceAccess, ...]:
        """Return the devices of the cohorts asked for, sorted by mailbox and ID; at most some of them."""
        found = self._index.members(self._numbers(which), most)
        return tuple(DeviceAccess(device, *self._decide(device)) for device in found)

    @property
    def moves(self) -> tuple[CohortIndex, Mapping[int, tuple[AccessState | None, AccessState | None]]]:
        """Return the devices by cohort, and the two states of those cohorts that could tell live from desired."""
        return self._index, {number: cohort.move for number, cohort in enumerate(self.cohorts) if cohort.changed}

    def names(self, which: Which, mailboxes: Collection[str | None] | None = None) -> Iterator[str]:
        """Yield the names of the devices of the cohorts asked for, folded and sorted: owner, ID and GUID, joined.

        `mailboxes` are the keys of those whose devices alone are meant, where not all are.
        """
        return self._index.names(self._numbers(which), mailboxes)

    def mailboxes(self, which: Which) -> Counter[str | None]:
        """Return how many devices of the cohorts asked for each mailbox has, by its key; None is not known."""
        return self._index.mailboxes(self._numbers(which))

    @property
    def kinds(self) -> Iterable[tuple[Device, int]]:
        """Return a device of each cohort and how many it has, without deciding about any."""
        return self._index.cohorts

    def mailboxes_given(self, which: Callable[[Device, Decision], bool]) -> Counter[str | None]:
        """Return how many devices each mailbox has, by its key, of the cohorts that are asked for by what they get.

        That is what they get under the desired state; live access is not worked out.
        """
        decide = self._desired.decide
        return self._index.mailboxes([n for n, (one, _) in enumerate(self.kinds) if which(one, decide(one))])

    def owners(self, which: Which) -> Mapping[tuple[str, str | None], int]:
        """Return how many devices of the cohorts asked for each owner has, by name and by key of mailbox, sorted."""
        return self._index.owners(self._numbers(which))

    def only(self, which: Which, mailbox: str | None = None) -> Simulation:
        """Return the simulation of the devices of the cohorts asked for, and of one mailbox where its key is given."""
        if mailbox is not None:
            of_mailbox = DeviceTable(self.table.select(lambda _device_id, _guid: True, mailbox))
            return Simulation(self._live, self._desired, of_mailbox).only(which)
        return Simulation(self._live, self._desired, DeviceTable(self._index.members(self._numbers(which))))

    def _numbers(self, which: Which) -> list[int]:
        return [number for number, cohort in enumerate(self.cohorts) if which(cohort)]

    def _decide(self, device: Device) -> tuple[Decision | None, Decision]:
        return self._live.decide(device) if self._live is not None else None, self._desired.decide(device)


def simulate(live: AccessModel | None, desired: AccessModel, devices: Iterable[Device]) -> Simulation:
    """Return what each device and each class gets, live and desired."""
    return Simulation(live, desired, DeviceTable.of(devices))


def _classes(
    live: AccessModel | None, desired: AccessModel, cohorts: Iterable[CohortAccess]
) -> tuple[ClassAccess, ...]:
    models = [model for model in (live, desired) if model is not None]
    named = _named_values(models)
    counts: Counter[DeviceClass] = Counter()
    for cohort in cohorts:
        counts[_class_of(cohort.device.device_class, named)] += cohort.devices
    nothing: DeviceClass = (None, None, None, None)
    counts[nothing] += 0
    for index, values in enumerate(named):
        for value in values.values():
            alone: list[str | None] = list(nothing)
            alone[index] = value
            counts[(alone[0], alone[1], alone[2], alone[3])] += 0
    found = [
        ClassAccess(
            device_class,
            number,
            live.decide_class(device_class) if live is not None else None,
            desired.decide_class(device_class),
        )
        for device_class, number in counts.items()
    ]
    return tuple(sorted(found, key=_class_order))


def _class_order(access: ClassAccess) -> tuple[bool, int, tuple[str, ...]]:
    return (not access.changed, -access.devices, tuple(value or "" for value in access.device_class))


def _named_values(models: Iterable[AccessModel]) -> tuple[dict[str, str], ...]:
    """Return, for each characteristic, the values that any rule names, by their folded form."""
    tables = [model.rules.tables for model in reversed(tuple(models))]
    return tuple(
        {folded: rule.text("QueryString") for table in same for folded, rule in table.items()}
        for same in zip(*tables, strict=True)
    )


def _class_of(values: DeviceClass, named: Sequence[dict[str, str]]) -> DeviceClass:
    """Return the class of a device: its values as the rules spell them, None where no rule names the value."""
    found = [None if value is None else names.get(fold(value)) for value, names in zip(values, named, strict=True)]
    return (found[0], found[1], found[2], found[3])


def transitions(cohorts: Iterable[CohortAccess]) -> Counter[tuple[AccessState | None, AccessState | None]]:
    """Return how many devices go from one state to another, changed ones only."""
    return tally((cohort for cohort in cohorts if cohort.changed), lambda cohort: cohort.move)


def tally(cohorts: Iterable[CohortAccess], of: Callable[[CohortAccess], T]) -> Counter[T]:
    """Return how many devices there are of each value."""
    found: Counter[T] = Counter()
    for cohort in cohorts:
        found[of(cohort)] += cohort.devices
    return found
