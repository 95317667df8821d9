"""The smallest changes that would let a device in, or keep it out; those that affect the fewest others come first."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from policylint.access.cohorts import cohorts_of
from policylint.analysis.candidate_changes import FOR_ALL, POLICY, REACH, inwards, outwards
from policylint.model.device import CHARACTERISTICS
from policylint.model.device_table import DeviceTable
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policylint.access.decide import AccessModel
    from policylint.access.decision import Decision
    from policylint.access.request import AccessRequest
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


class _Move(NamedTuple):
    """What a change does to one device: 1 where it lets it in, and where it keeps it out."""

    device: Device
    opens: int
    closes: int


class _Moves(NamedTuple):
    """What a change does: how many devices of other mailboxes it lets in and keeps out, and those of the own one."""

    opens: int
    closes: int
    own: tuple[_Move, ...]


class _Others(NamedTuple):
    """Devices of one cohort: one of them, what it asks for, whether it is let in, and how many there are."""

    device: Device
    request: AccessRequest
    is_in: bool
    number: int


class _Around(NamedTuple):
    """The devices of a mailbox one by one, and all others by cohort, these also by each value that they report."""

    own: tuple[Device, ...]
    others: tuple[_Others, ...]
    by_value: Mapping[tuple[str, str], Sequence[_Others]]


class Effects:
    """What changes do to the devices of a snapshot. Each change is tried on each cohort that it can affect once."""

    def __init__(self, model: AccessModel, devices: Iterable[Device]) -> None:
        self.model = model
        self._devices = DeviceTable.of(devices)
        self._mailboxes: dict[str | None, _Around] = {}
        self._moves: dict[tuple[str | None, tuple[str, ...]], _Moves] = {}

    def of_mailbox(self, key: str) -> tuple[Device, ...]:
        """Return the devices of a mailbox, in order."""
        return self._around(key).own

    def on_others(self, device: Device, changes: Sequence[CandidateChange], after: AccessModel) -> tuple[int, int]:
        """Return how many other devices changes let in, and how many they keep out."""
        moves = self._of(device, changes, after)
        others = [move for move in moves.own if move.device != device]
        opens = moves.opens + sum(move.opens for move in others)
        closes = moves.closes + sum(move.closes for move in others)
        if device.mailbox is not None:
            return opens, closes
        itself = self._itself(device)  # of no known mailbox, so it is in a cohort with others
        own_opens, own_closes = self._change(device, after)
        return opens - itself * own_opens, closes - itself * own_closes

    def in_mailbox(self, device: Device, changes: Sequence[CandidateChange], after: AccessModel) -> tuple[Device, ...]:
        """Return the other devices of a device's mailbox that get in or are kept out, in order."""
        own = self._of(device, changes, after).own
        return tuple(move.device for move in own if move.device != device and (move.opens or move.closes))

    def _of(self, device: Device, changes: Sequence[CandidateChange], after: AccessModel) -> _Moves:
        key = device.mailbox, tuple(change.words for change in changes)
        if key not in self._moves:
            around = self._around(device.mailbox)
            opens = closes = 0
            same = not any(change.reach == POLICY for change in changes)  # another request comes of a policy alone
            for each in _touched(around, changes):
                is_in = _lets_in(after, each.request if same else after.request(each.device))
                opens += each.number * (is_in and not each.is_in)
                closes += each.number * (each.is_in and not is_in)
            touched = [each for each in around.own if any(change.touches(each) for change in changes)]
            own = tuple(_Move(each, *self._change(each, after)) for each in touched)
            self._moves[key] = _Moves(opens, closes, own)
        return self._moves[key]

    def _change(self, device: Device, after: AccessModel) -> tuple[int, int]:
        """Return whether a configuration lets a device in, and whether it keeps it out, unlike the one there is."""
        was, is_ = self.model.decide(device).state == "Allowed", after.decide(device).state == "Allowed"
        return int(is_ and not was), int(was and not is_)

    def _itself(self, device: Device) -> int:
        """Return how many devices there are that are equal to one of no known mailbox."""
        names = (device.device_id, device.guid)
        return sum(each == device for each in self._devices.select(lambda *other: other == names))

    def _around(self, key: str | None) -> _Around:
        """Return the devices of a mailbox, and all others by cohort; where it is not known, all are others."""
        if key not in self._mailboxes:
            index = cohorts_of(self._devices, (self.model,), lambda mailbox: key is not None and mailbox == key)
            by_value: dict[tuple[str, str], list[_Others]] = {}
            others = []
            for cohort in index.cohorts:
                device = cohort.representative
                if key is not None and device.mailbox == key:
                    continue
                request = self.model.request(device)
                known = _Others(device, request, _lets_in(self.model, request), cohort.size)
                others.append(known)
                for name, value in zip(CHARACTERISTICS, device.device_class, strict=True):
                    if value is not None:
                        by_value.setdefault((name, fold(value)), []).append(known)
            own = self._devices.select(lambda _device_id, _guid: True, key) if key is not None else ()
            self._mailboxes[key] = _Around(tuple(own), tuple(others), by_value)
        return self._mailboxes[key]


def _lets_in(model: AccessModel, request: AccessRequest) -> bool:
    """Return whether a request is granted. Values that no rule names are left out: then most requests are equal."""
    named = model.rules.named_in(request.device_class)
    return model.decide_request(request._replace(device_class=named)).state == "Allowed"


def _touched(around: _Around, changes: Sequence[CandidateChange]) -> Iterable[_Others]:
    """Return the cohorts of other mailboxes that changes can affect, each once."""
    if any(change.reach in FOR_ALL for change in changes):
        return around.others
    found = (around.by_value.get((change.reach, change.value), ()) for change in changes)
    return {id(each): each for several in found for each in several}.values()


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
                made = _made(changes, decision, opens, closes, effects.in_mailbox(device, changes, after))
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
