"""The quarantine queue, sorted as a person would sort it: groups with what speaks for and against each.

The queue is of the devices that Exchange reports as quarantined, or that live settings quarantine, and that the policy
does not let in either. Nothing here is a verdict: what a device reports is a claim.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from policylint.access.cohorts import cohorts_of
from policylint.access.decide import AccessModel
from policylint.access.partnerships import near_the_limit
from policylint.devices.contradictions import contradiction
from policylint.devices.query_forms import version_in
from policylint.devices.written_ids import why_not_listed
from policylint.model.access_rule import rule_identity, rule_key
from policylint.model.entity import Entity
from policylint.model.origin import Origin
from policylint.model.state import RULE
from policylint.model.system_mailboxes import system_pattern
from policylint.named_tuple import NamedTuple
from policylint.text import fold, instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from policylint.access.decision import Decision
    from policylint.access.partnerships import Partnerships
    from policylint.model.device import Device, DeviceClass
    from policylint.model.device_table import CohortIndex, DeviceTable

Section: TypeAlias = Literal["successors", "kinds", "contradictions", "owners"]

SECTIONS: tuple[Section, ...] = ("successors", "kinds", "contradictions", "owners")
"""The parts of the queue in their order: the first two may be accepted by number, the others never."""

ACCEPTABLE: frozenset[Section] = frozenset({"successors", "kinds"})

SILENT = timedelta(days=1)
"""How long a device has not synced, at least, for another one of its owner to be called its successor."""

_QUARANTINED = fold("Quarantined")


class Queued(NamedTuple):
    """A device in the queue: whether Exchange reports it as quarantined, and whether live settings quarantine it.

    `before` is the device that it may be the successor of.
    """

    device: Device
    reported: bool
    computed: bool
    before: Device | None = None


class RuleEffect(NamedTuple):
    """What one rule on the model of a group would let in: how many devices, of those in other groups, catalog rows."""

    rule: Entity
    devices: int
    others: int
    contradicting: int
    known: int


class Group(NamedTuple):
    """Devices of the queue that are alike. `why` says why they are not to be accepted together; else it is empty.

    `rule` is what a rule on their model would do, None where there is no such rule, or it would not let all of them in.
    `outranks` is then what would decide before it, about the first device that stays out.
    """

    number: int
    section: Section
    kind: str
    model: str
    system: str
    agent: str
    devices: tuple[Queued, ...]
    why: str = ""
    rule: RuleEffect | None = None
    outranks: Decision | None = None


class Queue(NamedTuple):
    """The groups of the queue by number, and the mailboxes that have about as many partnerships as fit."""

    groups: tuple[Group, ...]
    near_limit: tuple[Partnerships, ...]

    @property
    def devices(self) -> int:
        """Return how many devices wait."""
        return sum(len(group.devices) for group in self.groups)

    def count(self, wanted: Callable[[Queued], bool]) -> int:
        """Return how many devices of the queue are as wanted."""
        return sum(wanted(each) for group in self.groups for each in group.devices)


_Key: TypeAlias = "tuple[Section, str, str, str, str, str]"


def triage(
    live: AccessModel,
    desired: AccessModel,
    devices: DeviceTable,
    catalog: Iterable[DeviceClass] = (),
    taken_at: str = "",
) -> Queue:
    """Return the queue of a snapshot that was taken at a time, empty where that is not known."""
    index = cohorts_of(devices, (live, desired))
    numbers = {number for number, each in enumerate(index.cohorts) if _waits(each.representative, live, desired)}
    waiting = list(index.members(numbers))
    before = _predecessors(waiting, desired, devices, instant(taken_at))
    groups: dict[_Key, list[Queued]] = {}
    for device in waiting:
        queued = Queued(device, *_how(device, live), before.get(_id_of(device)))
        section, why = _section(queued, desired.decide(device), desired)
        groups.setdefault((section, *_kind_of(device), why), []).append(queued)
    effects = _Effects(desired, index, tuple(catalog))
    ordered = sorted(groups.items(), key=lambda item: (SECTIONS.index(item[0][0]), -len(item[1]), item[0]))
    return Queue(
        tuple(_group(number, key, members, effects) for number, (key, members) in enumerate(ordered, start=1)),
        tuple(near_the_limit(devices).values()),
    )


def _waits(device: Device, live: AccessModel, desired: AccessModel) -> bool:
    decision = desired.decide(device)
    kept_out = decision.state == "Quarantined" or decision.step == "mailbox-switch"
    return kept_out and any(_how(device, live))


def _how(device: Device, live: AccessModel) -> tuple[bool, bool]:
    """Return whether Exchange reports a device as quarantined, and whether live settings quarantine it."""
    return fold(device.live_state) == _QUARANTINED, live.decide(device).state == "Quarantined"


def _id_of(device: Device) -> tuple[str | None, str]:
    return device.mailbox, fold(device.device_id)


def _section(queued: Queued, decision: Decision, desired: AccessModel) -> tuple[Section, str]:
    """Return the part of the queue that a device is in, and why it is not to be accepted by number."""
    device, mailbox = queued.device, desired.mailbox(queued.device.mailbox)
    if mailbox is not None and system_pattern(mailbox) is not None:
        return "owners", "the mailbox is one that Exchange made for itself, to test itself"
    if device.mailbox is None:
        return "owners", "the owner is not known: no mailbox has a list that can hold the ID"
    if decision.step == "mailbox-switch":
        return "owners", f"{decision.setting} of the mailbox is false"
    flaw = why_not_listed(device.device_id)
    if flaw is not None:
        return "contradictions", flaw
    found = contradiction(device.device_class, device.client_type)
    if found is not None:
        return "contradictions", found.words
    return ("successors" if queued.before is not None else "kinds"), ""


def _kind_of(device: Device) -> tuple[str, str, str, str]:
    """Return what devices of a group have in common: type, model, family of the system, name of the agent."""
    kind, model, system, agent = (value or "" for value in device.device_class)
    known = version_in(system)
    return kind, model, known[0] if known is not None else system, agent.partition("/")[0]


def _group(number: int, key: _Key, members: Sequence[Queued], effects: _Effects) -> Group:
    section, kind, model, system, agent, why = key
    found = effects.of(model, members) if section == "kinds" and model else None
    rule, outranks = (found, None) if isinstance(found, RuleEffect) else (None, found)
    return Group(number, section, kind, model, system, agent, tuple(members), why, rule, outranks)


def _predecessors(
    waiting: Sequence[Device], desired: AccessModel, devices: DeviceTable, taken: datetime | None
) -> Mapping[tuple[str | None, str], Device]:
    """Return the device that each one of the queue may be the successor of, by mailbox and ID.

    It is of the same owner, type and model, is let in, and has been silent since before the new one first synced.
    """
    owners = {device.mailbox for device in waiting if device.mailbox is not None and device.device_class[1]}
    if not owners:
        return {}
    index = cohorts_of(devices, (desired,), lambda mailbox: mailbox in owners)
    models = {_looks(device) for device in waiting}
    admitted = {
        number
        for number, each in enumerate(index.cohorts)
        if each.representative.mailbox in owners
        and _looks(each.representative) in models
        and desired.decide(each.representative).state == "Allowed"
    }
    known: dict[tuple[str | None, tuple[str, str]], list[Device]] = {}
    for device in index.members(admitted):
        known.setdefault((device.mailbox, _looks(device)), []).append(device)
    found = {}
    for device in waiting:
        others = known.get((device.mailbox, _looks(device)), ()) if device.mailbox is not None else ()
        silent = [other for other in others if _was_before(other, device, taken)]
        if silent:
            found[_id_of(device)] = max(silent, key=lambda other: (other.last_sync, other.device_id))
    return found


def _looks(device: Device) -> tuple[str, str]:
    return fold(device.device_class[0] or ""), fold(device.device_class[1] or "")


def _was_before(old: Device, new: Device, taken: datetime | None) -> bool:
    """Return whether a device has been silent since before another one first synced."""
    last, first = instant(old.last_sync), instant(new.first_sync)
    until = taken or instant(new.last_sync)
    if last is None or first is None or until is None or fold(old.device_id) == fold(new.device_id):
        return False
    return last < first and until - last >= SILENT


class _Effects:
    """Says what one rule on a model would let in, of the devices of the snapshot and of the catalog."""

    def __init__(self, desired: AccessModel, index: CohortIndex, catalog: Sequence[DeviceClass]) -> None:
        self._desired = desired
        self._trial = AccessModel(desired.state, desired.facts, desired.rules.copy(), desired.steps)
        self._cohorts: dict[str, list[tuple[Device, int]]] = {}
        for cohort in index.cohorts:
            model = fold(cohort.representative.device_class[1] or "")
            self._cohorts.setdefault(model, []).append((cohort.representative, cohort.size))
        self._catalog: dict[str, list[DeviceClass]] = {}
        for row in catalog:
            self._catalog.setdefault(fold(row[1] or ""), []).append(row)

    def of(self, model: str, members: Sequence[Queued]) -> RuleEffect | Decision:
        """Return what a rule on a model would let in; where there is one, or a device stays out, what decides that."""
        settings = {"Characteristic": "DeviceModel", "QueryString": model, "AccessLevel": "Allow"}
        key = rule_key("DeviceModel", model)
        if key in self._desired.state.of_kind(RULE):
            return self._desired.decide(members[0].device)
        rule = Entity(RULE, rule_identity("DeviceModel", model), key, settings, Origin(""))
        self._trial.put_rule(rule)
        try:
            for each in members:
                if (decision := self._trial.decide(each.device)).state != "Allowed":
                    return decision
            moved = list(self._moved(model))
            rows = self._catalog.get(fold(model), ())
            known = sum(self._desired.decide_class(row).state != self._trial.decide_class(row).state for row in rows)
        finally:
            self._trial.remove_rule(rule)
        total = sum(size for _, size in moved)
        contradicting = sum(
            size for device, size in moved if contradiction(device.device_class, device.client_type) is not None
        )
        return RuleEffect(rule, total, total - len(members), contradicting, known)

    def _moved(self, model: str) -> Iterator[tuple[Device, int]]:
        """Yield a device of each cohort that the rule on trial lets in, and how many there are."""
        for device, size in self._cohorts.get(fold(model), ()):
            if self._desired.decide(device).state != self._trial.decide(device).state:
                yield device, size
