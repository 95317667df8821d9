"""The smallest changes that would let a device in, or keep it out; those that touch the fewest others come first."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from policylint.access.cohorts import cohorts_of
from policylint.access.decide import AccessModel
from policylint.access.request import client_of
from policylint.access.steps import ALLOWED, BLOCKED, governing_switch
from policylint.model.access_rule import rule_identity, rule_key
from policylint.model.device import CHARACTERISTICS
from policylint.model.device_table import Cohort, DeviceTable
from policylint.model.entity import Entity
from policylint.model.origin import Origin
from policylint.model.state import RULE
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from policylint.access.decide import AccessModel
    from policylint.access.decision import Decision
    from policylint.model.device import Device

_REACH = ("device", "DeviceModel", "DeviceOS", "UserAgent", "DeviceType", "mailbox", "policy", "default")
"""How widely a change reaches: of changes that touch as many seen devices, the narrower comes first."""


class MinimalChange(NamedTuple):
    """A change, in words, and what it would do: to the device, and to how many other devices of the snapshot."""

    changes: tuple[str, ...]
    decision: Decision
    opens: int
    closes: int


class _CandidateChange(NamedTuple):
    """One change of a configuration; `reach` says how widely it reaches, `touches` which devices."""

    words: str
    reach: str
    apply: Callable[[AccessModel], AccessModel]
    touches: Callable[[Device], bool]


class Effects:
    """What changes do to the devices of a snapshot. Each change is tried on each cohort once."""

    def __init__(self, model: AccessModel, devices: Iterable[Device]) -> None:
        self.model = model
        self._devices = DeviceTable.of(devices)
        self._mailboxes: dict[str | None, tuple[tuple[Device, ...], tuple[Cohort, ...]]] = {}
        self._counts: dict[tuple[str | None, tuple[str, ...]], tuple[int, int]] = {}

    def on_others(self, device: Device, changes: Sequence[_CandidateChange], after: AccessModel) -> tuple[int, int]:
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
        ids = frozenset(fold(each.device_id) for each in own if each.device_id)
        return cohorts_of(self._devices, (self.model,), lambda mailbox: mailbox == key, (key, ids)).cohorts


def minimal_changes(effects: Effects, device: Device, most: int = 5) -> tuple[MinimalChange, ...]:
    """Return the smallest changes that turn the decision about a device, the safest first.

    A device that is let in is to be kept out, any other is to be let in. Empty where no change of these settings does.
    """
    model = effects.model
    inwards = model.decide(device).state != "Allowed"
    candidates = tuple(_inwards(model, device) if inwards else _outwards(model, device))
    for size in (1, 2):
        found = []
        for changes in combinations(candidates, size):
            after = model
            for change in changes:
                after = change.apply(after)
            decision = after.decide(device)
            if (decision.state == "Allowed") if inwards else (decision.state == "Blocked"):
                opens, closes = effects.on_others(device, changes, after)
                breadth = max(_REACH.index(change.reach) for change in changes)
                words = tuple(change.words for change in changes)
                found.append((opens + closes, breadth, words, MinimalChange(words, decision, opens, closes)))
        if found:
            return tuple(each for *_, each in sorted(found, key=lambda item: item[:3])[:most])
    return ()


def _counts(before: AccessModel, after: AccessModel, cohorts: Iterable[Cohort]) -> tuple[int, int]:
    opens = closes = 0
    for device, number in cohorts:
        was, is_ = before.decide(device).state == "Allowed", after.decide(device).state == "Allowed"
        opens += number * (is_ and not was)
        closes += number * (was and not is_)
    return opens, closes


def _inwards(model: AccessModel, device: Device) -> Iterator[_CandidateChange]:
    mailbox = model.mailbox(device.mailbox)
    if mailbox is not None and device.device_id:
        yield from _lists(mailbox, device, ALLOWED, BLOCKED)
    if mailbox is not None:
        yield from (_switch(mailbox, name, True) for name, value in model.facts_of(mailbox.key).switches if not value)
    policy = model.state.policy_of(mailbox)
    if policy is not None and policy.get("AllowNonProvisionableDevices") is False and device.client_type == "EAS":
        name = "AllowNonProvisionableDevices"
        yield _CandidateChange(
            f"set {name} of policy {policy.identity} to true",
            "policy",
            lambda model: model.with_settings(policy, {name: True}),
            lambda _device: True,
        )
    yield from _rules(model, device, "Allow")
    yield from _default(model, "Allow")


def _outwards(model: AccessModel, device: Device) -> Iterator[_CandidateChange]:
    mailbox = model.mailbox(device.mailbox)
    if mailbox is not None and device.device_id:
        yield from _lists(mailbox, device, BLOCKED, ALLOWED)
    if mailbox is not None:
        governing = governing_switch(client_of(device), model.facts)
        switches = dict(model.facts_of(mailbox.key).switches)
        yield from (_switch(mailbox, name, False) for name, value in {governing: True, **switches}.items() if value)
    yield from _rules(model, device, "Block")
    yield from _default(model, "Block")


def _lists(mailbox: Entity, device: Device, into: str, out_of: str) -> Iterator[_CandidateChange]:
    """Yield the changes of the mailbox's two lists: one takes the device's ID, the other gives it up."""
    listed = {name: {fold(item) for item in mailbox.items(name)} for name in (into, out_of)}
    own = fold(device.device_id)

    def touches(other: Device) -> bool:
        return other.mailbox == device.mailbox and fold(other.device_id) == own

    if own in listed[out_of]:
        left = tuple(item for item in mailbox.items(out_of) if fold(item) != own)
        yield _CandidateChange(
            f"remove {device.device_id} from {out_of} of {mailbox.identity}",
            "device",
            lambda model: model.with_settings(mailbox, {out_of: left}),
            touches,
        )
    if own not in listed[into]:
        more = (*mailbox.items(into), device.device_id)
        yield _CandidateChange(
            f"add {device.device_id} to {into} of {mailbox.identity}",
            "device",
            lambda model: model.with_settings(mailbox, {into: more}),
            touches,
        )


def _switch(mailbox: Entity, name: str, value: bool) -> _CandidateChange:
    return _CandidateChange(
        f"set {name} of {mailbox.identity} to {str(value).lower()}",
        "mailbox",
        lambda model: model.with_settings(mailbox, {name: value}),
        lambda device: device.mailbox == mailbox.key,
    )


def _rules(model: AccessModel, device: Device, level: str) -> Iterator[_CandidateChange]:
    """Yield a rule of a level for each value of the device: a new one, or the one there is with another level."""
    for place, name in enumerate(CHARACTERISTICS):
        value = device.device_class[place]
        if value is None:
            continue
        rule = model.rules.rule_for(place, value)
        if rule is not None and rule.text("AccessLevel") == level:
            continue
        identity = rule_identity(name, value) if rule is None else rule.identity
        words = f"new rule {identity}: {level}" if rule is None else f"set rule {identity} to {level}"
        touches = _has(place, fold(value))
        yield _CandidateChange(words, name, _adding(_rule(name, value, level)), touches)
        if rule is not None:
            yield _CandidateChange(f"delete rule {identity}", name, _deleting(rule), touches)


def _default(model: AccessModel, level: str) -> Iterator[_CandidateChange]:
    organization = model.state.organization
    if organization is not None and organization.text("DefaultAccessLevel") != level:
        settings = {"DefaultAccessLevel": level}
        yield _CandidateChange(
            f"set DefaultAccessLevel to {level}",
            "default",
            lambda model: model.with_settings(organization, settings),
            lambda _device: True,
        )


def _has(place: int, value: str) -> Callable[[Device], bool]:
    return lambda device: fold(device.device_class[place] or "") == value


def _rule(characteristic: str, query: str, level: str) -> Entity:
    return Entity(
        kind=RULE,
        identity=rule_identity(characteristic, query),
        key=rule_key(characteristic, query),
        settings={"Characteristic": characteristic, "QueryString": query, "AccessLevel": level},
        origin=Origin("this change"),
    )


def _adding(rule: Entity) -> Callable[[AccessModel], AccessModel]:
    return lambda model: model.with_rule(rule)


def _deleting(rule: Entity) -> Callable[[AccessModel], AccessModel]:
    return lambda model: model.without_rule(rule)
