"""Devices in groups: by what they call themselves, by mailbox, by kind of client, by what decides about them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from policylint.access.describe import because
from policylint.access.partnerships import Partnerships, is_active_sync
from policylint.access.simulate import CohortAccess
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from policylint.access.decision import AccessState, Decision
    from policylint.access.simulate import Simulation
    from policylint.model.entity import Entity

BY: Mapping[str, Callable[[CohortAccess], str | None]] = {
    "type": lambda cohort: cohort.device.device_class[0],
    "model": lambda cohort: cohort.device.device_class[1],
    "os": lambda cohort: cohort.device.device_class[2],
    "agent": lambda cohort: cohort.device.device_class[3],
    "mailbox": lambda cohort: cohort.device.owner or None,
    "client": lambda cohort: cohort.device.client_type,
    "rule": lambda cohort: decider(cohort.desired),
}
"""What devices can be grouped by, and the value of a device."""


def decider(decision: Decision) -> str:
    """Return what decided, without the object where each mailbox has its own."""
    if decision.step.startswith("rule-") and decision.decided_by is not None:
        return _rule(decision.decided_by)
    if decision.decider == "mailbox":
        return f"{decision.setting} of the mailbox" + (" is false" if decision.step == "mailbox-switch" else "")
    return because(decision)


def _rule(rule: Entity) -> str:
    return f"{rule.identity}: {rule.text('AccessLevel')}"


class DeviceGroup(NamedTuple):
    """Devices of one value, compared as Exchange compares; None is not reported. Counts are by state.

    `partnerships` are those of a mailbox, None where devices are grouped by something else.
    """

    value: str | None
    devices: int
    live: Mapping[AccessState | None, int]
    desired: Mapping[AccessState | None, int]
    changed: int
    partnerships: Partnerships | None = None


def group(simulation: Simulation, by: str) -> tuple[DeviceGroup, ...]:
    """Return devices in groups, those with the most changes first, then the largest, then by value.

    By rule, one that decides about no device is a group of none.
    """
    value_of = BY[by]
    spelled: dict[str, Counter[str]] = {}
    members: dict[str | None, list[CohortAccess]] = {}
    cohorts: Iterable[CohortAccess] = simulation.cohorts
    if by == "mailbox":  # of which a cohort has many
        cohorts = (CohortAccess(access.device, 1, access.live, access.desired) for access in simulation.devices)
    for cohort in cohorts:
        value = value_of(cohort)
        key = fold(value) if value is not None else None
        members.setdefault(key, []).append(cohort)
        if value is not None and key is not None:
            spelled.setdefault(key, Counter())[value] += cohort.devices
    if by == "rule":
        for rule in simulation.rules:
            value = _rule(rule)
            if members.setdefault(fold(value), []) == []:
                spelled[fold(value)] = Counter([value])
    found = [
        DeviceGroup(
            value=_spelling(spelled[key]) if key is not None else None,
            devices=sum(cohort.devices for cohort in each),
            live=_states((cohort.live, cohort.devices) for cohort in each),
            desired=_states((cohort.desired, cohort.devices) for cohort in each),
            changed=sum(cohort.devices for cohort in each if cohort.changed),
            partnerships=_partnerships(each) if by == "mailbox" and key is not None else None,
        )
        for key, each in members.items()
    ]
    return tuple(sorted(found, key=lambda group: (-group.changed, -group.devices, group.value or "")))


def _partnerships(cohorts: Sequence[CohortAccess]) -> Partnerships:
    active_sync = sum(cohort.devices for cohort in cohorts if is_active_sync(cohort.device))
    return Partnerships(cohorts[0].device.owner, active_sync, sum(cohort.devices for cohort in cohorts) - active_sync)


def _states(decisions: Iterable[tuple[Decision | None, int]]) -> Counter[AccessState | None]:
    found: Counter[AccessState | None] = Counter()
    for decision, devices in decisions:
        if decision is not None:
            found[decision.state] += devices
    return found


def _spelling(names: Counter[str]) -> str:
    """Return how a value is mostly spelled."""
    return min(names, key=lambda text: (-names[text], text))
