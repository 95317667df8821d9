"""The difference of two configurations: which devices get in under one and not under the other.

Exact: the result is empty where no device can tell the two apart, and only there. What a device gets depends on four
values that rules compare, on its mailbox, and on what kind of client it is. The first are taken as products of groups
(`regions`), the mailboxes by the settings that matter, the clients by the few kinds that the steps tell apart.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from policylint.access.decide import STATE_OF_LEVEL, STEPS, AccessModel, Facts
from policylint.access.decision import STATES, Decision
from policylint.analysis.partition import (
    Partition,
    Treatment,
    ValueSet,
    class_sets,
    groups_of,
    partitions,
    products,
    tables,
    unsimulated_rules,
)
from policylint.model.device import CHARACTERISTICS, Device, DeviceClass
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policylint.analysis.partition import ClassSet
    from policylint.model.entity import Entity

Direction: TypeAlias = Literal["looser", "stricter", "other"]
"""Where access moves; other: from or to something that decides outside these settings."""

Verdict: TypeAlias = Literal["equal", "looser", "stricter", "mixed"]

StepOutcome: TypeAlias = "tuple[str | None, str | None, str]"
"""State, reason and step of a decision."""

UNNAMED_CLASS: DeviceClass = (None, None, None, None)
"""The class of a device with no value that a rule names."""

CLIENTS = (
    ("Exchange ActiveSync", "EAS", "16.1"),
    ("Exchange ActiveSync below 16.1", "EAS", "14.1"),
    ("Outlook mobile", "Outlook", ""),
    ("OWA for Devices", "MOWA", ""),
    ("Windows Mail", "UniversalOutlook", ""),
    ("other clients", "other", ""),
)
"""The kinds of client that the steps tell apart, each with a client type and version of the kind."""

ENROLMENT = (("not enrolled in device management", False), ("enrolled in device management", True))
ENFORCEMENT = (
    ("enforcing their policy", "full"),
    ("not enforcing all of their policy", "none"),
    ("managed by another service", "external"),
)

ClientState: TypeAlias = tuple[int, int, int]
"""A kind of client, whether enrolled, and what of the policy is enforced, as places in the three tables."""

CLIENT_STATES: tuple[ClientState, ...] = tuple(
    product(range(len(CLIENTS)), range(len(ENROLMENT)), range(len(ENFORCEMENT)))
)


class DeviceSelector(NamedTuple):
    """A mailbox, and one of its device IDs; None is any mailbox not named, any other device."""

    mailbox: str | None
    device_id: str | None = None


class Scope(NamedTuple):
    """Whose devices a region is about.

    `decided_by_rules` says that the rules decide about them on both sides; which mailbox and client it is makes no
    difference then and `members` is empty. Otherwise it is the devices of the members in one of the client states.
    """

    decided_by_rules: bool
    members: tuple[DeviceSelector, ...] = ()
    client_states: tuple[frozenset[int], ...] = ()

    def words(self) -> tuple[str, ...]:
        """Return the kinds of client, of enrolment and of enforcement in words; nothing for each that may be any."""
        found = []
        for table, chosen in zip((CLIENTS, ENROLMENT, ENFORCEMENT), self.client_states, strict=False):
            if len(chosen) < len(table):
                found.append(" or ".join(str(table[place][0]) for place in sorted(chosen)))
        return tuple(found)


class Region(NamedTuple):
    """Devices that get one thing on one side and another on the other: a scope times a product of groups of values.

    `witness` is one of them, a device of the snapshot where there is one; `before` and `after` are the decisions about
    it. `devices` counts those of the snapshot in the region, `known` the rows of the catalog.
    """

    scope: Scope
    values: tuple[ValueSet, ...]
    witness: Device
    before: Decision
    after: Decision
    devices: int
    known: int

    @property
    def direction(self) -> Direction:
        """Return where access moves."""
        return direction(self.before, self.after)


class Comparison(NamedTuple):
    """The difference. `regions` are those that a device can tell; in `reasons` only Exchange's reason differs.

    Both begin with the region of most devices. `partitions` are the groups that the regions are made of. `rules` are
    the pairs of rules that are not the same on both sides, `unseen` those of them that are not simulated: no record
    shows what they compare.
    """

    regions: tuple[Region, ...]
    reasons: tuple[Region, ...]
    partitions: tuple[Partition, ...]
    rules: tuple[tuple[Entity | None, Entity | None], ...]
    unseen: tuple[tuple[Entity | None, Entity | None], ...]
    devices: int
    notes: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """Return where access moves on the whole; mixed where it moves both ways, or out of these settings' hands."""
        ways = {region.direction for region in self.regions}
        if not ways:
            return "equal"
        if ways == {"looser"}:
            return "looser"
        return "stricter" if ways == {"stricter"} else "mixed"

    def moved(self, way: Direction) -> int:
        """Return how many devices of the snapshot move one way."""
        return sum(region.devices for region in self.regions if region.direction == way)


def direction(before: Decision, after: Decision) -> Direction:
    """Return where access moves between two decisions that differ in state."""
    if before.state is None or after.state is None:
        return "other"
    return "looser" if STATES.index(after.state) < STATES.index(before.state) else "stricter"


def compare(
    old: AccessModel, new: AccessModel, *, devices: Sequence[Device] = (), catalog: Iterable[DeviceClass] = ()
) -> Comparison:
    """Return the difference of two configurations, with counts over devices and over known classes."""
    return _Comparing(old, new).result(devices, catalog)


def is_same(old: AccessModel, new: AccessModel) -> bool:
    """Return whether no device can tell two configurations apart."""
    return not compare(old, new).regions


def before_rules(model: AccessModel, device: Device) -> Decision | None:
    """Return the decision of the steps before the rules; None where the rules or the default decide."""
    mailbox = model.mailbox(device.mailbox)
    for step in STEPS:
        if step.name in ("rules", "default"):
            return None
        answer = step.apply(model, device, mailbox)
        if isinstance(answer, Decision):
            return answer
    return None


_SWITCHES = ("ActiveSyncEnabled", "OutlookMobileEnabled", "OWAforDevicesEnabled")
_Profile: TypeAlias = tuple[bool, ...]
_Listed: TypeAlias = tuple[bool, bool]
_Context: TypeAlias = tuple[_Profile, _Profile, _Listed, _Listed]
"""What of a mailbox matters on each side, and whether each side blocks or allows the device by its ID."""
_UNLISTED: _Listed = (False, False)
_Pair: TypeAlias = "tuple[StepOutcome | None, StepOutcome | None]"
"""What the steps before the rules give on each side; None where the rules decide."""
_Key: TypeAlias = "tuple[str, StepOutcome, StepOutcome]"


def _profile(model: AccessModel, mailbox: Entity | None) -> _Profile:
    switches = tuple(mailbox is not None and mailbox.get(name) is False for name in _SWITCHES)
    policy = model.state.policy_of(mailbox)
    return (*switches, policy is not None and policy.get("AllowNonProvisionableDevices") is False)


def _ids(mailbox: Entity | None, setting: str) -> dict[str, str]:
    return {fold(item): item for item in (mailbox.items(setting) if mailbox is not None else ()) if item}


def _outcome(decision: Decision | None) -> StepOutcome | None:
    return None if decision is None else (decision.state, decision.reason, decision.step)


def _difference(old: StepOutcome, new: StepOutcome) -> _Key | None:
    """Return what differs: the state, or the reason alone; None where nothing does."""
    if old[0] != new[0] or (old[0] is None and old[2] != new[2]):
        return ("state", (old[0], None, "" if old[0] else old[2]), (new[0], None, "" if new[0] else new[2]))
    if old[1] != new[1]:
        return ("reason", (old[0], old[1], ""), (new[0], new[1], ""))
    return None


def _client_state(device: Device) -> ClientState:
    """Return the client state that stands for a device's own."""
    if device.client_type == "EAS":
        old = before_rules(_ONLINE, device)
        client = 1 if old is not None and old.step == "service" else 0
    else:
        kinds = {"Outlook": 2, "REST": 2, "MOWA": 3, "UniversalOutlook": 4}
        client = kinds.get(device.client_type, 5)
    refused = device.provisionable == "unknown" and (device.live_state, device.live_reason) == ("Blocked", "Policy")
    enforcement = (
        2 if device.provisionable == "external" else int(device.provisionable in {"partial", "none"} or refused)
    )
    return (client, int(device.managed), enforcement)


def _online() -> AccessModel:
    from policylint.model.state import State

    return AccessModel(State(), Facts())


_ONLINE = _online()
"""Exchange Online without any settings: it refuses the clients that the service refuses."""


class _Comparing:
    """What is worked out once for a pair of configurations."""

    def __init__(self, old: AccessModel, new: AccessModel) -> None:
        self.old, self.new = old, new
        self.parts = partitions(tables(old.state), tables(new.state))
        self.defaults = (_outcome(old.decide_class(UNNAMED_CLASS)), _outcome(new.decide_class(UNNAMED_CLASS)))
        self._classes: dict[_Pair, tuple[tuple[ClassSet, _Key], ...]] = {}
        self._where: dict[tuple[str | None, str | None], _Context] = {}
        self._same_facts = old.facts == new.facts
        self._precedences = (old.facts.precedence, new.facts.precedence)

    @cached_property
    def generic(self) -> _Context:
        """Return the context of a device of any mailbox that neither side says anything about."""
        return (_profile(self.old, None), _profile(self.new, None), _UNLISTED, _UNLISTED)

    def contexts(self) -> dict[_Context, list[DeviceSelector]]:
        """Return the contexts that may make a difference, each with who is in it; fills `_where`."""
        found: dict[_Context, list[DeviceSelector]] = {self.generic: [DeviceSelector(None)]}
        olds, news = self.old.state.mailboxes or {}, self.new.state.mailboxes or {}
        for key in {**olds, **news}:
            one, other = olds.get(key), news.get(key)
            if one is other and self._same_facts and self.old.state.policies is self.new.state.policies:
                continue
            name = (other or one).identity  # type: ignore[union-attr]
            profiles = (_profile(self.old, one), _profile(self.new, other))
            same = profiles[0] == profiles[1] and self._same_facts
            if not same:
                self._put(found, (*profiles, _UNLISTED, _UNLISTED), DeviceSelector(name), key, None)
            lists = [_ids(box, f"ActiveSync{kind}DeviceIDs") for box in (one, other) for kind in ("Blocked", "Allowed")]
            for device_id in sorted({item for listed in lists for item in listed}):
                before = (device_id in lists[0], device_id in lists[1])
                after = (device_id in lists[2], device_id in lists[3])
                if not same or before != after:
                    spelled = next(listed[device_id] for listed in reversed(lists) if device_id in listed)
                    self._put(found, (*profiles, before, after), DeviceSelector(name, spelled), key, device_id)
        return found

    def _put(
        self,
        found: dict[_Context, list[DeviceSelector]],
        context: _Context,
        member: DeviceSelector,
        key: str,
        device_id: str | None,
    ) -> None:
        found.setdefault(context, []).append(member)
        self._where[key, device_id] = context

    def pair(self, probe: Device) -> _Pair:
        """Return what the steps before the rules give to a device on each side."""
        return _outcome(before_rules(self.old, probe)), _outcome(before_rules(self.new, probe))

    def probe(
        self, member: DeviceSelector, client_state: ClientState, device_class: DeviceClass = UNNAMED_CLASS
    ) -> Device:
        """Return a device of a member in a client state."""
        _, client_type, version = CLIENTS[client_state[0]]
        key = self._key(member.mailbox)
        return Device(
            device_id=member.device_id or "",
            mailbox=key,
            device_class=device_class,
            client_type=client_type,
            client_version=version,
            provisionable=ENFORCEMENT[client_state[2]][1],  # type: ignore[arg-type]
            managed=ENROLMENT[client_state[1]][1],
            owner=member.mailbox or "",
        )

    @cached_property
    def _keys(self) -> dict[str, str]:
        states = (self.old.state, self.new.state)
        return {box.identity: key for state in states for key, box in (state.mailboxes or {}).items()}

    def _key(self, name: str | None) -> str | None:
        return None if name is None else self._keys[name]

    def classes(self, pair: _Pair) -> tuple[tuple[ClassSet, _Key], ...]:
        """Return the classes that differ, given what the steps before the rules give."""
        known = self._classes.get(pair)
        if known is None:
            known = self._classes[pair] = class_sets(
                self.parts, lambda levels: self._label(pair, levels), self._precedences
            )
        return known

    def _label(self, pair: _Pair, levels: Treatment) -> _Key | None:
        sides = []
        for given, level, default in zip(pair, levels, self.defaults, strict=True):
            by_level: StepOutcome = (STATE_OF_LEVEL.get(level or ""), "DeviceRule", f"rule-{(level or '').lower()}")
            sides.append(given or (default if level is None else by_level))
        assert sides[0] is not None
        assert sides[1] is not None
        return _difference(sides[0], sides[1])

    def scopes(self) -> tuple[tuple[Scope, _Pair], ...]:
        """Return whose devices may tell the difference, with what the steps before the rules give them."""
        contexts = self.contexts()
        merged: dict[tuple[_Pair, tuple[frozenset[int], ...]], list[DeviceSelector]] = {}
        self._scope_of: dict[tuple[_Context, ClientState], tuple[_Pair, tuple[frozenset[int], ...]]] = {}
        for context, members in contexts.items():
            labels = {
                client_state: self._distinct(self.pair(self.probe(members[0], client_state)))
                for client_state in CLIENT_STATES
            }
            for client_states, pair in _situation_products(labels):
                merged.setdefault((pair, client_states), []).extend(members)
                for client_state in product(*client_states):
                    self._scope_of[context, (client_state[0], client_state[1], client_state[2])] = (pair, client_states)
        decided_by_rules: _Pair = (None, None)
        found: list[tuple[Scope, _Pair]] = [(Scope(decided_by_rules=True), decided_by_rules)]
        for (pair, client_states), members in merged.items():
            ordered = tuple(sorted(members, key=lambda member: (member.mailbox or "", member.device_id or "")))
            found.append((Scope(False, ordered, client_states), pair))
        return tuple(found)

    @staticmethod
    def _distinct(pair: _Pair) -> _Pair | None:
        """Return the pair where these devices are a scope of their own: not the rules on both sides, nor the same."""
        old, new = pair
        if (old is None and new is None) or (old is not None and new is not None and _difference(old, new) is None):
            return None
        return pair

    def result(self, devices: Sequence[Device], catalog: Iterable[DeviceClass]) -> Comparison:
        """Return the comparison."""
        scopes = self.scopes()
        regions: dict[tuple[object, int], tuple[Scope, ClassSet, _Key]] = {}
        for scope, pair in scopes:
            for number, (cells, key) in enumerate(self.classes(pair)):
                regions[self._name(scope, pair), number] = (scope, cells, key)
        seen, first = self._count(devices) if regions else (Counter(), {})
        known: Counter[tuple[object, int]] = Counter()
        for row in catalog if regions else ():
            found = self._find((None, None), groups_of(self.parts, row))
            known[((None, None), ()), found if found is not None else -1] += 1
        found_regions = [
            (key[0], self._region(scope, cells, first.get(name), seen[name], known[name]))
            for name, (scope, cells, key) in regions.items()
        ]
        found_regions.sort(key=lambda item: _region_order(item[1]))
        old_unseen, new_unseen = unsimulated_rules(self.old.state), unsimulated_rules(self.new.state)
        return Comparison(
            regions=tuple(region for kind, region in found_regions if kind == "state"),
            reasons=tuple(region for kind, region in found_regions if kind == "reason"),
            partitions=self.parts,
            rules=_pairs(self.old.state.rules or {}, self.new.state.rules or {}),
            unseen=_pairs(old_unseen, new_unseen),
            devices=len(devices),
            notes=self._notes(),
        )

    @staticmethod
    def _name(scope: Scope, pair: _Pair) -> object:
        return (pair, scope.client_states)

    def _find(self, pair: _Pair, groups: tuple[Treatment, ...]) -> int | None:
        for number, (cells, _) in enumerate(self.classes(pair)):
            if all(group in among for group, among in zip(groups, cells, strict=True)):
                return number
        return None

    def _count(self, devices: Iterable[Device]) -> tuple[Counter[tuple[object, int]], dict[tuple[object, int], Device]]:
        """Return how many devices each region has, and the first of each."""
        counts: Counter[tuple[object, int]] = Counter()
        first: dict[tuple[object, int], Device] = {}
        cells: dict[tuple[_Pair, tuple[Treatment, ...]], int | None] = {}
        classes: dict[DeviceClass, tuple[Treatment, ...]] = {}
        for device in devices:
            pair = self.pair(device)
            if pair == (None, None):
                scope: object = (pair, ())
            elif self._distinct(pair) is None:
                continue
            else:
                device_id = fold(device.device_id) or None
                context = self._where.get((device.mailbox, device_id)) or self._where.get((device.mailbox, None))
                pair, client_states = self._scope_of[context or self.generic, _client_state(device)]
                scope = (pair, client_states)
            groups = classes.get(device.device_class)
            if groups is None:
                groups = classes[device.device_class] = groups_of(self.parts, device.device_class)
            if (pair, groups) not in cells:
                cells[pair, groups] = self._find(pair, groups)
            number = cells[pair, groups]
            if number is not None:
                counts[scope, number] += 1
                first.setdefault((scope, number), device)
        return counts, first

    def _region(self, scope: Scope, cells: ClassSet, seen: Device | None, devices: int, known: int) -> Region:
        values = tuple(
            ValueSet(name, part, groups) for name, part, groups in zip(CHARACTERISTICS, self.parts, cells, strict=True)
        )
        witness = seen
        if witness is None:
            first = [among.first() for among in values]
            member = scope.members[0] if scope.members else DeviceSelector(None)
            client_state = (
                next(iter(product(*map(sorted, scope.client_states))), (0, 0, 0)) if scope.members else (0, 0, 0)
            )
            witness = self.probe(
                member, (client_state[0], client_state[1], client_state[2]), (first[0], first[1], first[2], first[3])
            )
        return Region(
            scope=scope,
            values=values,
            witness=witness,
            before=self.old.decide(witness),
            after=self.new.decide(witness),
            devices=devices,
            known=known,
        )

    def _notes(self) -> tuple[str, ...]:
        sides = (("old", self.old), ("new", self.new))
        assumed = [
            (name, note)
            for name, model in sides
            for note in model.decide_class(UNNAMED_CLASS).notes
            if "assumed" in note
        ]
        notes = [f"{name}: {note}" for name, note in assumed]
        if len(assumed) == 2:
            notes = [f"both sides: {assumed[0][1]}"]
        if self.old.facts != self.new.facts:
            notes.append("the two sides differ in edition, precedence, or what is declared under `outside:`")
        return tuple(notes)


def _situation_products(
    labels: dict[ClientState, _Pair | None],
) -> Iterable[tuple[tuple[frozenset[int], ...], _Pair]]:
    domains = (range(len(CLIENTS)), range(len(ENROLMENT)), range(len(ENFORCEMENT)))
    start: tuple[int, ...] = (-1, -1, -1)

    def step(place: int, state: tuple[int, ...], atom: int) -> tuple[int, ...]:
        return (*state[:place], atom, *state[place + 1 :])

    return products(domains, step, start, lambda state: labels[(state[0], state[1], state[2])])


def _pairs(old: Mapping[str, Entity], new: Mapping[str, Entity]) -> tuple[tuple[Entity | None, Entity | None], ...]:
    """Return the rules of which there is none on the other side, or one of another level."""
    if old is new:
        return ()
    keys = {
        key
        for key in {**old, **new}
        if key not in old or key not in new or old[key].text("AccessLevel") != new[key].text("AccessLevel")
    }
    return tuple((old.get(key), new.get(key)) for key in sorted(keys))


def _region_order(region: Region) -> tuple[object, ...]:
    return (
        -region.devices,
        -region.known,
        not region.scope.decided_by_rules,
        str(region.before.state),
        str(region.after.state),
        tuple((not values.includes_unnamed, values.first() or "") for values in region.values),
        tuple((member.mailbox or "", member.device_id or "") for member in region.scope.members[:3]),
        region.scope.words(),
    )
