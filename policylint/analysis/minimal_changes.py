"""The smallest changes that would let a device in, or keep it out; those that affect the fewest others come first."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from policylint.access.cohorts import cohorts_of
from policylint.analysis.candidate_changes import FOR_ALL, REACH, inwards, outwards
from policylint.model.device_table import Cohort, DeviceTable
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.access.decide import AccessModel
    from policylint.access.decision import Decision
    from policylint.analysis.candidate_changes import CandidateChange, ListCommand
    from policylint.model.device import Device


class MinimalChange(NamedTuple):
    """A change, in words, and what it would do: to the device, and to how many other devices of the snapshot.

    `same_mailbox` are those of them that are devices of the same mailbox. `scope` says for whom the change is beyond
    this device, `cautions` what to know before it is made; both may be empty. `command` does it in the policy files,
    None where no single command does.
    """

    changes: tuple[str, ...]
    decision: Decision
    opens: int
    closes: int
    same_mailbox: tuple[Device, ...] = ()
    scope: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    command: ListCommand | None = None


class Effects:
    """What changes do to the devices of a snapshot. Each change is tried on each cohort once."""

    def __init__(self, model: AccessModel, devices: Iterable[Device]) -> None:
        self.model = model
        self._devices = DeviceTable.of(devices)
        self._mailboxes: dict[str | None, tuple[tuple[Device, ...], tuple[Cohort, ...]]] = {}
        self._counts: dict[tuple[str | None, tuple[str, ...]], tuple[int, int]] = {}

    def on_others(self, device: Device, changes: Sequence[CandidateChange], after: AccessModel) -> tuple[int, int]:
        """Return how many other devices changes let in, and how many they keep out."""
        own, cohorts = self._around(device)
        key = device.mailbox, tuple(change.words for change in changes)
        if key not in self._counts:
            touched = [each for each in cohorts if any(change.touches(each.representative) for change in changes)]
            self._counts[key] = _counts(self.model, after, touched)
        opens, closes = self._counts[key]
        itself = sum(each == device for each in own)
        own_opens, own_closes = _counts(self.model, after, (Cohort(device, itself),))
        return opens - own_opens, closes - own_closes

    def in_mailbox(self, device: Device, after: AccessModel) -> tuple[Device, ...]:
        """Return the other devices of a device's mailbox that get in or are kept out, in order."""
        if device.mailbox is None:
            return ()
        own, _cohorts = self._around(device)
        return tuple(each for each in own if each != device and any(_counts(self.model, after, (Cohort(each, 1),))))

    def _around(self, device: Device) -> tuple[tuple[Device, ...], tuple[Cohort, ...]]:
        """Return the devices of a device's mailbox, and every device by cohort: those of the mailbox on their own.

        Where the mailbox is not known, only the devices with the same names.
        """
        key = device.mailbox
        if key is None:
            names = (device.device_id, device.guid)
            own = tuple(each for each in self._devices.select(lambda *other: other == names) if each.mailbox is None)
            return own, self._cohorts(key, ())
        if key not in self._mailboxes:
            own = tuple(self._devices.select(lambda _device_id, _guid: True, key))
            self._mailboxes[key] = own, self._cohorts(key, own)
        return self._mailboxes[key]

    def _cohorts(self, key: str | None, own: Iterable[Device]) -> tuple[Cohort, ...]:
        apart = {key: frozenset(fold(each.device_id) for each in own if each.device_id)} if key is not None else {}
        return cohorts_of(self._devices, (self.model,), lambda mailbox: mailbox == key, apart).cohorts


def minimal_changes(effects: Effects, device: Device, most: int = 5) -> tuple[MinimalChange, ...]:
    """Return the smallest changes that turn the decision about a device, the safest first.

    A device that is let in is to be kept out, any other is to be let in. Empty where no change of these settings does.
    INVARIANT: what changes a policy or the default for everybody comes last, however few devices are seen to change.
    """
    model = effects.model
    wanted = "Blocked" if model.decide(device).state == "Allowed" else "Allowed"
    candidates = tuple(inwards(model, device) if wanted == "Allowed" else outwards(model, device))
    for size in (1, 2):
        found = []
        for changes in combinations(candidates, size):
            after = model
            for change in changes:
                after = change.apply(after)
            decision = after.decide(device)
            if decision.state == wanted:
                opens, closes = effects.on_others(device, changes, after)
                made = _made(changes, decision, opens, closes, effects.in_mailbox(device, after))
                found.append((_rank(changes, opens + closes), made))
        if found:
            ranked = [made for _, made in sorted(found, key=lambda item: item[0])]
            return tuple(ranked[:most])
    return ()


_Rank = tuple[bool, int, int, int, tuple[str, ...]]


def _rank(changes: Sequence[CandidateChange], others: int) -> _Rank:
    """Return where changes belong: those for all last, then by how many devices change, then by how far they reach."""
    breadth = max(REACH.index(change.reach) for change in changes)
    order = max(change.order for change in changes)
    return (
        any(change.reach in FOR_ALL for change in changes),
        others,
        breadth,
        order,
        tuple(change.words for change in changes),
    )


def _made(
    changes: Sequence[CandidateChange], decision: Decision, opens: int, closes: int, own: tuple[Device, ...]
) -> MinimalChange:
    return MinimalChange(
        tuple(change.words for change in changes),
        decision,
        opens,
        closes,
        own,
        tuple(dict.fromkeys(change.scope for change in changes if change.scope)),
        tuple(dict.fromkeys(caution for change in changes for caution in change.cautions)),
        changes[0].command if len(changes) == 1 else None,
    )


def _counts(before: AccessModel, after: AccessModel, cohorts: Iterable[Cohort]) -> tuple[int, int]:
    opens = closes = 0
    for device, number in cohorts:
        was, is_ = before.decide(device).state == "Allowed", after.decide(device).state == "Allowed"
        opens += number * (is_ and not was)
        closes += number * (was and not is_)
    return opens, closes
