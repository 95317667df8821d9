"""Every device and every class of devices under two configurations: live and desired."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from policylint.access.decision import STATES, AccessState, Decision
from policylint.access.memo import Memo
from policylint.model.device import CHARACTERISTICS, Device, DeviceClass
from policylint.model.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.access.decide import AccessModel


class DeviceAccess(NamedTuple):
    """What one device gets. `live` is None without a snapshot."""

    device: Device
    live: Decision | None
    desired: Decision

    @property
    def changed(self) -> bool:
        """Return whether the device could tell live from desired."""
        return self.live is not None and not self.live.same_outcome(self.desired)


class ClassAccess(NamedTuple):
    """What devices of one class get from rules and default; None in a class is a value that no rule names."""

    device_class: DeviceClass
    devices: int
    live: Decision | None
    desired: Decision

    @property
    def changed(self) -> bool:
        """Return whether a device of the class could tell live from desired."""
        return self.live is not None and not self.live.same_outcome(self.desired)


class Simulation(NamedTuple):
    """Devices sorted by mailbox and ID; classes with changes first, then by number of devices.

    `disputed` devices are matched by rules of different levels; the other reading of which one decides would give
    `otherwise` of them another state.
    """

    devices: tuple[DeviceAccess, ...]
    classes: tuple[ClassAccess, ...]
    disputed: int = 0
    otherwise: int = 0


def simulate(live: AccessModel | None, desired: AccessModel, devices: Sequence[Device]) -> Simulation:
    """Return what each device and each class gets, live and desired."""
    before, after = Memo(live) if live is not None else None, Memo(desired)
    outcomes = tuple(
        DeviceAccess(device, before.decide(device) if before is not None else None, after.decide(device))
        for device in devices
    )
    return Simulation(outcomes, _classes(live, desired, devices), *_disputes(desired, outcomes))


def _classes(live: AccessModel | None, desired: AccessModel, devices: Iterable[Device]) -> tuple[ClassAccess, ...]:
    models = [model for model in (live, desired) if model is not None]
    named = _named_values(models)
    counts: Counter[DeviceClass] = Counter()
    for seen, number in Counter(device.device_class for device in devices).items():
        counts[_class_of(seen, named)] += number
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
    named: tuple[dict[str, str], ...] = tuple({} for _ in CHARACTERISTICS)
    for model in models:
        for rule in (model.state.rules or {}).values():
            characteristic, query = rule.text("Characteristic"), rule.text("QueryString")
            if characteristic in CHARACTERISTICS:
                named[CHARACTERISTICS.index(characteristic)].setdefault(fold(query), query)
    return named


def _class_of(values: DeviceClass, named: Sequence[dict[str, str]]) -> DeviceClass:
    """Return the class of a device: its values as the rules spell them, None where no rule names the value."""
    found = [None if value is None else names.get(fold(value)) for value, names in zip(values, named, strict=True)]
    return (found[0], found[1], found[2], found[3])


def transitions(devices: Iterable[DeviceAccess]) -> Counter[tuple[AccessState | None, AccessState | None]]:
    """Return how many devices go from one state to another, changed ones only."""
    return Counter(
        (access.live.state, access.desired.state) for access in devices if access.changed and access.live is not None
    )


def _disputes(desired: AccessModel, devices: Iterable[DeviceAccess]) -> tuple[int, int]:
    disputed = [access for access in devices if access.desired.disputed]
    if not disputed:
        return 0, 0
    otherwise = desired.otherwise()
    return len(disputed), sum(not otherwise.decide(access.device).same_outcome(access.desired) for access in disputed)


def strictness(state: AccessState | None) -> int:
    """Return a number that grows with strictness; -1 where something else decides."""
    return -1 if state is None else STATES.index(state)
