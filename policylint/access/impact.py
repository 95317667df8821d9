"""Whose access changes between live and desired, counted once for every format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.access.simulate import CohortAccess, tally, transitions
from policylint.model.device import PROPERTIES
from policylint.named_tuple import NamedTuple
from policylint.phrases import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypeVar

    from policylint.access.decision import AccessState
    from policylint.access.simulate import Simulation
    from policylint.model.device import DeviceClass

    _Key = TypeVar("_Key")


class StateChange(NamedTuple):
    """How many devices go from one state to another; None is not decided here."""

    before: AccessState | None
    after: AccessState | None
    devices: int


class ClassChange(NamedTuple):
    """How many devices that report the same go from one state to another."""

    device_class: DeviceClass
    before: AccessState | None
    after: AccessState | None
    devices: int


class Impact(NamedTuple):
    """Whose access changes: devices by what they newly are, the mailboxes they are of, by states, and by class.

    `devices` is how many there are in all, `unknown_owner` how many of those that change are of no known mailbox. The
    largest change comes first.
    """

    devices: int
    newly_allowed: int
    newly_quarantined: int
    newly_blocked: int
    mailboxes: int
    unknown_owner: int
    by_pair: tuple[StateChange, ...]
    by_class: tuple[ClassChange, ...]


def impact_of(simulation: Simulation) -> Impact:
    """Return whose access changes in a simulation."""
    changed = [cohort for cohort in simulation.cohorts if cohort.changed]
    mailboxes, unknown_owner = owners_of_changed(simulation)
    classes = tally(changed, lambda cohort: (cohort.device.device_class, *cohort.move))
    return Impact(
        devices=simulation.total,
        newly_allowed=sum(cohort.devices for cohort in changed if gains(cohort)),
        newly_quarantined=sum(cohort.devices for cohort in changed if cohort.desired.state == "Quarantined"),
        newly_blocked=sum(cohort.devices for cohort in changed if cohort.desired.state == "Blocked"),
        mailboxes=mailboxes,
        unknown_owner=unknown_owner,
        by_pair=state_changes(simulation),
        by_class=tuple(ClassChange(*key, number) for key, number in _largest_first(classes)),
    )


def owners_of_changed(simulation: Simulation) -> tuple[int, int]:
    """Return how many mailboxes have devices whose access changes, and how many such devices are of unknown owner."""
    mailboxes = simulation.mailboxes(lambda cohort: cohort.changed)
    unknown = mailboxes.pop(None, 0)
    return len(mailboxes), unknown


def owners_in_words(mailboxes: int, unknown_owner: int, preposition: str) -> str:
    """Return whose devices are meant, to be added to their number: ` in 2 mailboxes, 1 device of unknown owner`."""
    known = f" {preposition} {count(mailboxes, 'mailbox')}" if mailboxes or not unknown_owner else ""
    return known + (f", {count(unknown_owner, 'device')} of unknown owner" if unknown_owner else "")


def state_changes(simulation: Simulation) -> tuple[StateChange, ...]:
    """Return how many devices whose access changes go from which state to which, the largest change first."""
    return tuple(StateChange(*move, number) for move, number in _largest_first(transitions(simulation.cohorts)))


def _largest_first(counts: Mapping[_Key, int]) -> Iterable[tuple[_Key, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))


def newly_denied(impact: Impact) -> int:
    """Return how many devices have access and would not."""
    return sum(each.devices for each in impact.by_pair if each.before == "Allowed" and each.after != "Allowed")


def loses(access: CohortAccess) -> bool:
    """Return whether devices have access and would not."""
    return access.live is not None and access.live.state == "Allowed" and access.desired.state != "Allowed"


def gains(access: CohortAccess) -> bool:
    """Return whether devices have no access and would."""
    return access.live is not None and access.live.state != "Allowed" and access.desired.state == "Allowed"


_MOVE = ("from", "to", "devices")
_NUMBERS = ("devices", "newlyAllowed", "newlyQuarantined", "newlyBlocked", "mailboxes", "unknownOwner")


def impact_record(impact: Impact) -> dict[str, Any]:
    """Return whose access changes as plain data."""
    return {
        **dict(zip(_NUMBERS, impact[: len(_NUMBERS)], strict=True)),
        "byPair": [dict(zip(_MOVE, change, strict=True)) for change in impact.by_pair],
        "byClass": [
            dict(zip((*PROPERTIES, *_MOVE), (*change.device_class, *change[1:]), strict=True))
            for change in impact.by_class
        ],
    }


def read_impact(record: Mapping[str, Any]) -> Impact:
    """Return what `impact_record` made plain data of."""
    pairs = (StateChange(*_values(each, _MOVE)) for each in record["byPair"])
    classes = (ClassChange(_values(each, PROPERTIES), *_values(each, _MOVE)) for each in record["byClass"])
    numbers = _values({"unknownOwner": 0, **record}, _NUMBERS)  # plans of before do not tell them apart
    return Impact._make((*numbers, tuple(pairs), tuple(classes)))


def _values(record: Mapping[str, Any], names: Iterable[str]) -> Any:
    return tuple(record[name] for name in names)
