"""What makes a plan checkable: what decides about each class of devices before and after, and where it switches.

`policylint.checker` reads it without the rest of policylint, and the converging script before its first change.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from policylint.access.request import GATE, client_of
from policylint.access.steps import ALLOWED, BLOCKED, OF_MAILBOX, REFERENCE
from policylint.checker import digest, problems
from policylint.desired.overlay import DEFAULT
from policylint.model.access_rule import rule_identity
from policylint.model.device import CHARACTERISTICS, PROPERTIES, Device, DeviceClass
from policylint.model.state import MAILBOX, ORGANIZATION, POLICY, RULE
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from policylint.access.decision import AccessState, Decision
    from policylint.access.request import Facts
    from policylint.model.entity import Entity, Value
    from policylint.model.state import State
    from policylint.plan.change import ObjectChange

_NOT_LED = "setting-not-read"
"""The guard that refuses plans whose steps do not lead to what is wanted."""

OUTSIDE = "outside"
"""The kind of what decides and is no object that a plan changes; `setting` is the step of the order of decision."""


Held: TypeAlias = Literal["own", "default"]


class Decider(NamedTuple):
    """What decides: a setting of an object, with its value.

    `identity` is None where each device has its own mailbox, which no step changes. The value of a list is the ID of
    the device that it holds; None where no step changes the list.
    """

    kind: str
    identity: str | None
    setting: str
    value: Value


class Outcome(NamedTuple):
    """What a class of devices gets, None where that is not decided here, and what decides it."""

    state: AccessState | None
    by: Decider


class DecisionClass(NamedTuple):
    """Devices about which the same decides before and after, and which switch at the same step.

    `values` are those that rules name. `mailbox` is there where a step changes what decides about it, `device_id` where
    one of its lists that a step changes holds the device. `policy` is the policy of its mailbox before, in plans that
    change which policies ask for what, of devices that do not do it all; `held` says why that one: it is the mailbox's
    own, or the default. `step` is the ID of the step at which the state switches, None where it stays. `flaps` says
    that it switches more than once, or to a third state.
    """

    values: DeviceClass
    mailbox: str | None
    device_id: str | None
    held: Held | None
    policy: str | None
    before: Outcome
    after: Outcome
    step: str | None
    flaps: bool
    devices: int = 0


class ValueCount(NamedTuple):
    """A value that a rule names, live or desired, and how many devices report it."""

    characteristic: str
    value: str
    devices: int


class MailboxCount(NamedTuple):
    """A mailbox that a step changes, how many devices it has, and which of their IDs its changed lists hold.

    `unseen` are the other IDs that these lists hold before or after, which no device of the mailbox has.
    """

    mailbox: str
    devices: int
    listed: tuple[str, ...]
    unseen: tuple[str, ...] = ()


class PolicyCount(NamedTuple):
    """A mailbox policy: whether it refuses devices that do not enforce it, before and after; None where there is none.

    `default` says whether mailboxes without one of their own have it before. `devices` counts those that it governs
    before and that do not enforce it. `also` are other names that steps have for it.
    """

    policy: str
    before: bool | None
    after: bool | None
    default: bool
    devices: int
    also: tuple[str, ...] = ()


class Evidence(NamedTuple):
    """The classes of decision of a plan, which cover every device, and what is counted of them by other keys.

    `ends` is a digest of what the changed objects are before and after, as `policylint.checker` has it.
    """

    precedence: str
    ends: str
    classes: tuple[DecisionClass, ...]
    values: tuple[ValueCount, ...] = ()
    mailboxes: tuple[MailboxCount, ...] = ()
    policies: tuple[PolicyCount, ...] = ()


class Course(NamedTuple):
    """A cohort of devices on its way through a plan: one of them, and how many; the step it switches at, 0 for none."""

    device: Device
    size: int
    before: Decision
    after: Decision
    step: int
    flaps: bool


def unseen_devices(live: State, desired: State) -> Iterator[Device]:
    """Yield a device for each value that a rule names and that reports nothing else, and one that reports nothing."""
    nothing: DeviceClass = (None, None, None, None)
    yield Device(device_id="", mailbox=None, device_class=nothing)
    for place, names in enumerate(_named(live, desired)):
        for value in names.values():
            alone: list[str | None] = list(nothing)
            alone[place] = value
            yield Device(device_id="", mailbox=None, device_class=(alone[0], alone[1], alone[2], alone[3]))


def listed_apart(changes: Iterable[ObjectChange]) -> Mapping[str, frozenset[str]]:
    """Return the folded IDs of each list that a step changes, by the key of its mailbox."""
    found: dict[str, set[str]] = {}
    for change in changes:
        if change.kind == MAILBOX:
            for name in {*change.add, *change.remove} & {ALLOWED, BLOCKED}:
                items = (*(change.live.items(name) if change.live is not None else ()), *change.add.get(name, ()))
                found.setdefault(change.key, set()).update(map(fold, items))
    return {key: frozenset(ids) for key, ids in found.items()}


def _named(live: State, desired: State) -> tuple[dict[str, str], ...]:
    """Return, for each characteristic, the values that rules name, by their folded form."""
    found: tuple[dict[str, str], ...] = tuple({} for _ in CHARACTERISTICS)
    for rule in (*live.of_kind(RULE).values(), *desired.of_kind(RULE).values()):
        if (characteristic := rule.text("Characteristic")) in CHARACTERISTICS:
            query = rule.text("QueryString")
            found[CHARACTERISTICS.index(characteristic)][fold(query)] = query
    return found


def evidence_of(
    courses: Iterable[Course],
    changes: Sequence[ObjectChange],
    live: State,
    desired: State,
    facts: Facts,
    step_id: Callable[[int], str],
    ends: Mapping[str, Any],
) -> Evidence:
    """Return the evidence of the devices that steps take on their course; those that nobody has are of size 0.

    `ends` has how each changed object is found, and what it is before and after, by kind and identity.
    """
    return _Maker(changes, live, desired, facts, step_id).evidence(courses, ends)


class _Maker:
    def __init__(
        self,
        changes: Sequence[ObjectChange],
        live: State,
        desired: State,
        facts: Facts,
        step_id: Callable[[int], str],
    ) -> None:
        self._live, self._desired, self._facts, self._step_id = live, desired, facts, step_id
        self._changes = changes
        self._named = _named(live, desired)
        self._values: tuple[dict[str | None, str | None], ...] = tuple({None: None} for _ in CHARACTERISTICS)
        self._mailboxes = {change.key: change.identity for change in changes if _decides_about_mailbox(change)}
        self._listed = listed_apart(changes)
        self._holds = any(
            (change.kind == POLICY and (change.action != "update" or {GATE, DEFAULT} & change.settings.keys()))
            or (change.kind == MAILBOX and REFERENCE in change.settings)
            for change in changes
        )  # fmt: skip

    def evidence(self, courses: Iterable[Course], ends: Mapping[str, Any]) -> Evidence:
        counts: dict[DecisionClass, int] = {}
        for course in courses:
            each = self._class(course)
            counts[each] = counts.get(each, 0) + course.size
        classes = sorted((each._replace(devices=number) for each, number in counts.items()), key=_order)
        return Evidence(
            precedence=self._facts.precedence,
            ends=digest(ends),
            classes=tuple(classes),
            values=tuple(self._value_counts(classes)),
            mailboxes=tuple(self._mailbox_counts(classes, ends)),
            policies=tuple(self._policy_counts(classes)) if self._holds else (),
        )

    def _class(self, course: Course) -> DecisionClass:
        device = course.device
        mailbox = self._mailboxes.get(device.mailbox) if device.mailbox is not None else None
        listed = self._listed.get(device.mailbox, frozenset()) if device.mailbox is not None else frozenset()
        device_id = device.device_id if device.device_id and fold(device.device_id) in listed else None
        held, policy = self._policy_of(device.mailbox) if self._holds and _is_held(device) else (None, None)
        return DecisionClass(
            values=self._named_values(device.device_class),
            mailbox=mailbox,
            device_id=device_id,
            held=held,
            policy=policy,
            before=self._outcome(course.before, mailbox, device_id),
            after=self._outcome(course.after, mailbox, device_id),
            step=self._step_id(course.step) if course.step and not course.flaps else None,
            flaps=course.flaps,
        )

    def _named_values(self, reported: DeviceClass) -> DeviceClass:
        found: list[str | None] = []
        for known, names, value in zip(self._values, self._named, reported, strict=True):
            if value not in known:
                known[value] = names.get(fold(value)) if value is not None else None
            found.append(known[value])
        return (found[0], found[1], found[2], found[3])

    def _policy_of(self, key: str | None) -> tuple[Held, str | None]:
        """Return why a mailbox has its policy before the first step, and which one; None where that is not known."""
        mailbox = self._live.of_kind(MAILBOX).get(key) if key is not None else None
        reference = mailbox.get(REFERENCE) if mailbox is not None else None
        if isinstance(reference, str):
            return "own", self._named_policy(reference)
        default = self._live.default_policy
        return "default", default.identity if default is not None else None

    def _named_policy(self, reference: str) -> str:
        policy = self._live.find_policy(reference) or self._desired.find_policy(reference)
        return policy.identity if policy is not None else reference

    def _outcome(self, decision: Decision, mailbox: str | None, device_id: str | None) -> Outcome:
        return Outcome(decision.state, self._decider(decision, mailbox, device_id))

    def _decider(self, decision: Decision, mailbox: str | None, device_id: str | None) -> Decider:
        entity, setting = decision.decided_by, decision.setting or ""
        if decision.decider == "mailbox":
            return Decider(MAILBOX, mailbox, setting, device_id if setting in {BLOCKED, ALLOWED} else False)
        if decision.decider == "policy":
            return Decider(POLICY, entity.identity if entity is not None else None, setting, False)
        if decision.step.startswith("rule-") and entity is not None:
            return Decider(RULE, self._rule_identity(entity), setting, entity.text(setting))
        if decision.step == "default":
            level = entity.text("DefaultAccessLevel") if entity is not None else ""
            return Decider(ORGANIZATION, None, "DefaultAccessLevel", level or None)
        return Decider(OUTSIDE, None, decision.step, None)

    def _rule_identity(self, rule: Entity) -> str:
        characteristic, query = rule.text("Characteristic"), rule.text("QueryString")
        return rule_identity(characteristic, self._named[CHARACTERISTICS.index(characteristic)][fold(query)])

    def _value_counts(self, classes: Sequence[DecisionClass]) -> Iterator[ValueCount]:
        counts: Counter[tuple[int, str]] = Counter()
        for each in classes:
            for place, value in enumerate(each.values):
                if value is not None:
                    counts[(place, value)] += each.devices
        for place, value in sorted(counts):
            yield ValueCount(CHARACTERISTICS[place], value, counts[place, value])

    def _mailbox_counts(self, classes: Sequence[DecisionClass], ends: Mapping[str, Any]) -> Iterator[MailboxCount]:
        counts: Counter[str] = Counter(dict.fromkeys(self._mailboxes.values(), 0))
        listed: dict[str, set[str]] = {}
        for each in classes:
            if each.mailbox is not None:
                counts[each.mailbox] += each.devices
                if each.device_id is not None:
                    listed.setdefault(each.mailbox, set()).add(each.device_id)
        for mailbox in sorted(counts):
            _target, settings = ends[f"{MAILBOX}\n{mailbox}"]
            seen = listed.get(mailbox, set())
            items = [item for name in (BLOCKED, ALLOWED) for end in settings.get(name, ()) for item in end or ()]
            names = {fold(item): item for item in reversed(items)}
            unseen = sorted(names[item] for item in names.keys() - set(map(fold, seen)))
            yield MailboxCount(mailbox, counts[mailbox], tuple(sorted(seen)), tuple(unseen))

    def _policy_counts(self, classes: Sequence[DecisionClass]) -> Iterator[PolicyCount]:
        """Yield the policies that steps change, and those that devices are held to at any step."""
        default = self._live.default_policy
        own = default.identity if default is not None else None
        policies = [change for change in self._changes if change.kind == POLICY]
        promoted = [change.identity for change in policies if change.settings.get(DEFAULT) is True]
        moves: dict[str | None, list[str | None]] = {}
        also: dict[str, set[str]] = {}
        for change in self._changes:
            if change.kind != MAILBOX or REFERENCE not in change.settings:
                continue
            live = change.live.get(REFERENCE) if change.live is not None else None
            for reference in (live, change.settings[REFERENCE]):
                name = self._named_policy(reference) if isinstance(reference, str) else None
                moves.setdefault(change.identity, []).append(name)
                if name is not None and isinstance(reference, str) and fold(name) != fold(reference):
                    also.setdefault(name, set()).add(reference)
        counts: Counter[str | None] = Counter()
        used: set[str | None] = {change.identity for change in policies if _gates(change)}
        governs = False
        for each in classes:
            if each.held:
                counts[each.policy] += each.devices
                names = {each.policy, *moves.get(each.mailbox, ())}
                used |= names
                governs = governs or each.held == "default" or None in names
        used |= {own, *promoted} if governs else set()
        for name in sorted(name for name in used if name is not None):
            before, after = self._live.of_kind(POLICY).get(fold(name)), self._desired.of_kind(POLICY).get(fold(name))
            yield PolicyCount(
                policy=name,
                before=before.get(GATE) is False if before is not None else None,
                after=after.get(GATE) is False if after is not None else None,
                default=governs and name == own,
                devices=counts[name],
                also=tuple(sorted(also.get(name, ()))),
            )


def _gates(change: ObjectChange) -> bool:
    return change.action != "update" or GATE in change.settings


def _decides_about_mailbox(change: ObjectChange) -> bool:
    return change.kind == MAILBOX and not {*change.settings, *change.add, *change.remove}.isdisjoint(OF_MAILBOX)


def _is_held(device: Device) -> bool:
    client = client_of(device)
    return client.kind == "EAS" and client.enforcement == "lacking"


def _order(each: DecisionClass) -> tuple[Any, ...]:
    """Return the key that classes are sorted by: those that switch first, in the order of the steps."""
    return (each.step is None, each.step or "", each.mailbox or "", repr(each))


_Record: TypeAlias = "dict[str, Any]"


def _known(record: _Record) -> _Record:
    return {name: value for name, value in record.items() if value is not None}


def contradiction_of(record: Mapping[str, Any]) -> str | None:
    """Return where a saved plan contradicts its evidence, None where it does not.

    Plans of older versions have none. What rests on a setting that was not read has no steps that lead to it; such a
    plan is refused, whatever anybody acknowledges.
    """
    if "affected" not in record or any(refusal["guard"] == _NOT_LED for refusal in record["refusals"]):
        return None
    return next(problems(record), None)


def evidence_record(found: Evidence) -> _Record:
    """Return the evidence of a plan as plain data; in classes, what is not known or not so is left out."""
    return {
        "precedence": found.precedence,
        "ends": found.ends,
        "classes": [_class_record(each) for each in found.classes],
        "values": [each._asdict() for each in found.values],
        "mailboxes": [
            {**each._asdict(), "listed": list(each.listed), "unseen": list(each.unseen)} for each in found.mailboxes
        ],
        "policies": [{**each._asdict(), "also": list(each.also)} for each in found.policies],
    }


def _class_record(each: DecisionClass) -> _Record:
    return _known(
        {
            **dict(zip(PROPERTIES, each.values, strict=True)),
            "mailbox": each.mailbox,
            "deviceId": each.device_id,
            "held": each.held,
            "policy": each.policy,
            "devices": each.devices,
            "before": _outcome_record(each.before),
            "after": _outcome_record(each.after),
            "step": each.step,
            "flaps": each.flaps or None,
        }
    )


def _outcome_record(outcome: Outcome) -> _Record:
    return {"state": outcome.state, "by": _known(outcome.by._asdict())}


def read_evidence(record: Mapping[str, Any]) -> Evidence:
    """Return what `evidence_record` made plain data of."""
    return Evidence(
        precedence=record["precedence"],
        ends=record["ends"],
        classes=tuple(map(_read_class, record["classes"])),
        values=tuple(ValueCount(**each) for each in record["values"]),
        mailboxes=tuple(
            MailboxCount(**{**each, "listed": tuple(each["listed"]), "unseen": tuple(each["unseen"])})
            for each in record["mailboxes"]
        ),
        policies=tuple(PolicyCount(**{**each, "also": tuple(each["also"])}) for each in record["policies"]),
    )


def _read_class(record: Mapping[str, Any]) -> DecisionClass:
    values = [record.get(name) for name in PROPERTIES]
    return DecisionClass(
        values=(values[0], values[1], values[2], values[3]),
        mailbox=record.get("mailbox"),
        device_id=record.get("deviceId"),
        held=record.get("held"),
        policy=record.get("policy"),
        before=_read_outcome(record["before"]),
        after=_read_outcome(record["after"]),
        step=record.get("step"),
        flaps=record.get("flaps", False),
        devices=record["devices"],
    )


def _read_outcome(record: Mapping[str, Any]) -> Outcome:
    by = record["by"]
    return Outcome(record["state"], Decider(by["kind"], by.get("identity"), by["setting"], by.get("value")))
