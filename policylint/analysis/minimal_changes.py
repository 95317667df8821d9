"""The smallest changes that would let a device in, or keep it out; those that affect the fewest others come first."""

from __future__ import annotations

from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

from policylint.access.cohorts import cohorts_of
from policylint.access.steps import BY_CLIENT
from policylint.analysis.candidate_changes import FOR_ALL, OF_MAILBOX, POLICY, REACH, inwards, outwards
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
    from policylint.model.device import Device, DeviceClass


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


class Turn:
    """Changes that together turn the decision about a device, with the decision that comes of them.

    What they do to another device depends on its request alone, and is worked out once. It is the same for any device
    that differs from this one in no more than its ID and the name of its mailbox.
    """

    def __init__(
        self, model: AccessModel, device: Device, changes: tuple[CandidateChange, ...], after: AccessModel
    ) -> None:
        self.changes = changes
        self.decision = after.decide(device)
        self.for_others = tuple(change for change in changes if change.reach not in OF_MAILBOX)
        self._model = model
        self._facts, self._listed = after.facts_of(device.mailbox), after.request(device).listed
        self._values = [(CHARACTERISTICS.index(change.reach), change.value) for change in changes if change.value]
        self._known: dict[AccessRequest, bool] = {}

    def lets_in(self, near: Near, *, has_same_id: bool) -> bool:
        """Return whether the changes let a device of the same mailbox in."""
        listed = self._listed if has_same_id else near.request.listed
        device_class = self._told_apart(near)
        request = near.request._replace(device_class=device_class, mailbox=self._facts, listed=listed)
        known = self._known.get(request)
        if known is None:
            after = applied(self._model, self.changes)
            known = self._known[request] = after.decide_request(request).state == "Allowed"
        return known

    def _told_apart(self, near: Near) -> DeviceClass:
        """Return the class of a device without the values that no rule names and no change either."""
        values = [*near.named]
        for place, value in self._values:
            own = near.request.device_class[place]
            if own is not None and fold(own) == value:
                values[place] = own
        kind, model, system, agent = values
        return kind, model, system, agent


def applied(model: AccessModel, changes: Iterable[CandidateChange]) -> AccessModel:
    """Return a configuration after changes."""
    for change in changes:
        model = change.apply(model)
    return model


class Moves(NamedTuple):
    """What changes do to the other devices: how many they let in and keep out, and those of the same mailbox."""

    opens: int
    closes: int
    same_mailbox: tuple[Device, ...] = ()


class Near(NamedTuple):
    """A device, what it asks for, its class without what no rule names, and whether it is let in without changes."""

    device: Device
    request: AccessRequest
    named: DeviceClass
    is_in: bool


class _Others(NamedTuple):
    """Devices of one cohort: one of them, what it asks for, whether it is let in, and how many there are."""

    device: Device
    request: AccessRequest
    is_in: bool
    number: int


class _Cohorts(NamedTuple):
    """The devices by cohort, also by each value that they report."""

    every: tuple[_Others, ...]
    by_value: Mapping[tuple[str, str], Sequence[_Others]]


class Effects:
    """What changes do to the devices of a snapshot. Each change is tried on each cohort that it can affect once."""

    def __init__(self, model: AccessModel, devices: Iterable[Device]) -> None:
        self.model = model
        self._devices = DeviceTable.of(devices)
        self._mailboxes: dict[str, tuple[Device, ...]] = {}
        self._totals: dict[tuple[str, ...], tuple[int, int]] = {}

    def of_mailbox(self, key: str) -> tuple[Device, ...]:
        """Return the devices of a mailbox, in order."""
        if key not in self._mailboxes:
            self._mailboxes[key] = tuple(self._devices.select(lambda _device_id, _guid: True, key))
        return self._mailboxes[key]

    def around(self, device: Device) -> tuple[Near, ...]:
        """Return the devices of a device's mailbox; where that is not known, those that are equal to it."""
        if device.mailbox is not None:
            return self.near(self.of_mailbox(device.mailbox))
        names = (device.device_id, device.guid)
        return self.near(each for each in self._devices.select(lambda *other: other == names) if each == device)

    def near(self, devices: Iterable[Device]) -> tuple[Near, ...]:
        """Return devices with what is decided about them now."""
        return tuple(map(self._near, devices))

    def _near(self, device: Device) -> Near:
        request = self.model.request(device)
        named = self.model.rules.named_in(request.device_class)
        decision = self.model.decide_request(request._replace(device_class=named))
        return Near(device, request, named, decision.state == "Allowed")

    def on_others(self, turn: Turn, device: Device, around: Iterable[Near]) -> Moves:
        """Return what changes do to other devices; `around` are those that `around` returns.

        All devices are counted by cohort, for what is for all of them. Those around the device are taken out of that
        and tried one by one: the changes of their mailbox are for them alone.
        """
        opens, closes = self._total(turn.for_others)
        mixed = 0 < len(turn.for_others) < len(turn.changes)
        for_others = applied(self.model, turn.for_others) if mixed else None
        same, own = [], fold(device.device_id)
        for near in around:
            each, was = near.device, near.is_in
            is_ = turn.lets_in(near, has_same_id=fold(each.device_id) == own)
            if turn.for_others:
                counted = is_ if for_others is None else _lets_in(for_others, for_others.request(each))
                opens -= counted and not was
                closes -= was and not counted
            if each != device and is_ != was:
                opens += is_
                closes += was
                same.append(each)
        return Moves(opens, closes, tuple(same) if device.mailbox is not None else ())

    def _total(self, changes: tuple[CandidateChange, ...]) -> tuple[int, int]:
        """Return how many of all devices changes let in, and how many they keep out; none of them is of one mailbox."""
        if not changes:
            return 0, 0
        key = tuple(change.words for change in changes)
        if key not in self._totals:
            after = applied(self.model, changes)
            same = not any(change.reach == POLICY for change in changes)  # another request comes of a policy alone
            opens = closes = 0
            for each in self._touched(changes):
                is_in = _lets_in(after, each.request if same else after.request(each.device))
                opens += each.number * (is_in and not each.is_in)
                closes += each.number * (each.is_in and not is_in)
            self._totals[key] = opens, closes
        return self._totals[key]

    def _touched(self, changes: Sequence[CandidateChange]) -> Iterable[_Others]:
        """Return the cohorts that changes can affect, each once."""
        if any(change.reach in FOR_ALL for change in changes):
            return self._cohorts.every
        found = (self._cohorts.by_value.get((change.reach, change.value), ()) for change in changes)
        return {id(each): each for several in found for each in several}.values()

    @cached_property
    def _cohorts(self) -> _Cohorts:
        every, by_value = [], dict[tuple[str, str], list[_Others]]()
        for cohort in cohorts_of(self._devices, (self.model,)).cohorts:
            device = cohort.representative
            request = self.model.request(device)
            known = _Others(device, request, _lets_in(self.model, request), cohort.size)
            every.append(known)
            for name, value in zip(CHARACTERISTICS, device.device_class, strict=True):
                if value is not None:
                    by_value.setdefault((name, fold(value)), []).append(known)
        return _Cohorts(tuple(every), by_value)


def _lets_in(model: AccessModel, request: AccessRequest) -> bool:
    """Return whether a request is granted. Values that no rule names are left out: then most requests are equal."""
    named = model.rules.named_in(request.device_class)
    return model.decide_request(request._replace(device_class=named)).state == "Allowed"


def minimal_changes(effects: Effects, device: Device, most: int = 5) -> tuple[MinimalChange, ...]:
    """Return the smallest changes that turn the decision about a device, the safest first.

    A device that is let in is to be kept out, any other is to be let in. Empty where no change of these settings does.
    INVARIANT: what changes a policy or the default for everybody comes last, however few devices are seen to change.
    """
    found = ranked(effects, turns(effects.model, device), device, effects.around(device), most)
    return tuple(made(turn, moves) for turn, moves in found)


def turns(model: AccessModel, device: Device) -> tuple[Turn, ...]:
    """Return the smallest changes that turn the decision about a device: all of those that are a single one, or pairs.

    Empty where none does, or where the device's client decides and no setting.
    """
    decision = model.decide(device)
    if decision.step in BY_CLIENT:
        return ()
    wanted = "Blocked" if decision.state == "Allowed" else "Allowed"
    candidates = tuple(inwards(model, device) if wanted == "Allowed" else outwards(model, device))
    for size in (1, 2):
        found = []
        for changes in combinations(candidates, size):
            after = applied(model, changes)
            if after.decide(device).state == wanted:
                found.append(Turn(model, device, changes, after))
        if found:
            return tuple(found)
    return ()


def ranked(
    effects: Effects, found: Iterable[Turn], device: Device, around: Sequence[Near], most: int = 5
) -> list[tuple[Turn, Moves]]:
    """Return changes that turn the decision about a device with what they do to others, the safest first."""
    moved = [(turn, effects.on_others(turn, device, around)) for turn in found]
    moved.sort(key=lambda item: _rank(item[0].changes, item[1].opens + item[1].closes))
    return moved[:most]


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


def made(turn: Turn, moves: Moves) -> MinimalChange:
    """Return changes and what they do as one value."""
    changes = turn.changes
    return MinimalChange(
        tuple(change.words for change in changes),
        turn.decision,
        *moves,
        tuple(dict.fromkeys(change.scope for change in changes if change.scope)),
        tuple(dict.fromkeys(caution for change in changes for caution in change.cautions)),
        changes[0].command if len(changes) == 1 else None,
    )
