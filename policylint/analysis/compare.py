"""The difference of two configurations: which devices get in under one and not under the other.

Exact: the result is empty where no device can tell the two apart, and only there. A decision depends on its request
alone: four values that rules compare, a client, facts of a mailbox, and lists. The values are taken as products of
groups (`partition`), clients as every kind there is, mailboxes by their facts and lists under both configurations.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Literal, TypeAlias

from policylint.access.cohorts import cohorts_of
from policylint.access.decision import STATES, Decision
from policylint.access.request import AccessRequest, MailboxFacts
from policylint.access.rule_index import STATE_OF_LEVEL
from policylint.analysis.client_states import (
    CLIENT_STATES,
    DOMAINS,
    STATE_OF_CLIENT,
    UNNAMED_CLASS,
    ClientState,
    client,
    device_in,
    in_words,
)
from policylint.analysis.diagram import products
from policylint.analysis.partition import Partition, Treatment, ValueSet, class_sets, groups_of, partitions
from policylint.model.device import CHARACTERISTICS, Device, DeviceClass
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policylint.access.decide import AccessModel
    from policylint.analysis.partition import ClassSet
    from policylint.model.entity import Entity

Direction: TypeAlias = Literal["looser", "stricter", "other"]
"""Where access moves; other: from or to something that decides outside these settings."""

Verdict: TypeAlias = Literal["equal", "looser", "stricter", "mixed"]

StepOutcome: TypeAlias = "tuple[str | None, str | None, str]"
"""State, reason and step of a decision."""


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
        """Return the kinds of client, of enrollment and of enforcement in words; nothing for each that may be any."""
        return in_words(self.client_states)


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
    old: AccessModel, new: AccessModel, *, devices: Iterable[Device] = (), catalog: Iterable[DeviceClass] = ()
) -> Comparison:
    """Return the difference of two configurations, with counts over devices and over known classes."""
    return _Comparing(old, new).result(devices, catalog)


_Pair: TypeAlias = "tuple[StepOutcome | None, StepOutcome | None]"
"""What the steps before the rules give on each side; None where the rules decide."""
_Key: TypeAlias = "tuple[str, StepOutcome, StepOutcome]"
_States: TypeAlias = "tuple[frozenset[int], ...]"
_BY_RULES: _Pair = (None, None)


class _Context(NamedTuple):
    """What of a mailbox, and of an ID, matters on each side."""

    old: MailboxFacts
    new: MailboxFacts
    listed_before: frozenset[str] = frozenset()
    listed_after: frozenset[str] = frozenset()

    def requests(self, state: ClientState) -> tuple[AccessRequest, AccessRequest]:
        """Return what a client in a state asks each side."""
        asking = client(state)
        return (
            AccessRequest(UNNAMED_CLASS, asking, self.old, self.listed_before),
            AccessRequest(UNNAMED_CLASS, asking, self.new, self.listed_after),
        )


def _outcome(decision: Decision | None) -> StepOutcome | None:
    return None if decision is None else (decision.state, decision.reason, decision.step)


def _difference(old: StepOutcome, new: StepOutcome) -> _Key | None:
    """Return what differs: the state, or the reason alone; None where nothing does."""
    if old[0] != new[0] or (old[0] is None and old[2] != new[2]):
        return ("state", (old[0], None, "" if old[0] else old[2]), (new[0], None, "" if new[0] else new[2]))
    if old[1] != new[1]:
        return ("reason", (old[0], old[1], ""), (new[0], new[1], ""))
    return None


def _distinct(pair: _Pair) -> _Pair | None:
    """Return the pair where these devices are a scope of their own: not the rules on both sides, nor the same."""
    old, new = pair
    if (old is None and new is None) or (old is not None and new is not None and _difference(old, new) is None):
        return None
    return pair


def _contexts(old: AccessModel, new: AccessModel) -> dict[_Context, list[DeviceSelector]]:
    """Return the contexts that may make a difference, each with who is in it; the first is of any other mailbox."""
    found = {_Context(old.facts_of(None), new.facts_of(None)): [DeviceSelector(None)]}
    same_facts = old.facts == new.facts
    same_policies = _same_policies(old.state.policies or {}, new.state.policies or {})
    olds, news = old.state.mailboxes or {}, new.state.mailboxes or {}
    for key in {**olds, **news}:
        before, after = olds.get(key), news.get(key)
        if same_facts and same_policies and _same_settings(before, after):
            continue
        name = (after or before).identity  # type: ignore[union-attr]
        context = _Context(old.facts_of(key), new.facts_of(key))
        same = context.old == context.new and same_facts
        if not same:
            found.setdefault(context, []).append(DeviceSelector(name))
        listings = old.listing(key), new.listing(key)
        for device_id in sorted({*listings[0], *listings[1]}):
            listed = [listing.get(device_id, frozenset()) for listing in listings]
            if not same or listed[0] != listed[1]:
                there = _Context(context.old, context.new, *listed)
                found.setdefault(there, []).append(DeviceSelector(name, _spelled(device_id, after, before)))
    return found


def _same_policies(one: Mapping[str, Entity], other: Mapping[str, Entity]) -> bool:
    """Return whether the mailbox policies are the same, and are found by the same names."""
    if one is other:
        return True
    return one.keys() == other.keys() and all(
        _same_settings(each, other[key]) and (each.identity, each.ids) == (other[key].identity, other[key].ids)
        for key, each in one.items()
    )


def _same_settings(one: Entity | None, other: Entity | None) -> bool:
    """Return whether two mailboxes are one, or have the same settings, which are all that decides."""
    return one is other or (one is not None and other is not None and one.settings == other.settings)


def _spelled(device_id: str, *mailboxes: Entity | None) -> str:
    """Return a folded ID as a list of the first mailbox that has it writes it."""
    lists = (items for box in mailboxes if box is not None for items in box.settings.values())
    return next(
        (item for items in lists if isinstance(items, tuple) for item in items if fold(item) == device_id), device_id
    )


class _Comparing:
    """What is worked out once for a pair of configurations."""

    def __init__(self, old: AccessModel, new: AccessModel) -> None:
        self.old, self.new = old, new
        self.parts = partitions(old.rules.tables, new.rules.tables)
        self.classes = cache(self._classes)
        self.scope_of: dict[_Context, dict[ClientState, tuple[_Pair, _States]]] = {}
        self.scopes = self._scopes()

    def pair(self, requests: tuple[AccessRequest, AccessRequest]) -> _Pair:
        """Return what the steps before the rules give on each side."""
        old, new = requests
        return _outcome(self.old.before_rules(old)), _outcome(self.new.before_rules(new))

    def _scopes(self) -> dict[tuple[_Pair, _States], Scope]:
        """Return whose devices may tell the difference, by what the steps before the rules give them."""
        merged: dict[tuple[_Pair, _States], list[DeviceSelector]] = {}
        for context, members in _contexts(self.old, self.new).items():
            own = self.scope_of[context] = {}
            labels = {state: _distinct(self.pair(context.requests(state))) for state in CLIENT_STATES}
            for states, pair in _state_products(labels):
                merged.setdefault((pair, states), []).extend(members)
                own.update((state, (pair, states)) for state in _each(states))
        found = {(_BY_RULES, _NO_STATES): Scope(decided_by_rules=True)}
        for (pair, states), members in merged.items():
            ordered = tuple(sorted(members, key=lambda member: (member.mailbox or "", member.device_id or "")))
            found[pair, states] = Scope(False, ordered, states)
        return found

    def _classes(self, pair: _Pair) -> tuple[tuple[ClassSet, _Key], ...]:
        """Return the classes that differ, given what the steps before the rules give."""
        defaults = [_outcome(model.decide_class(UNNAMED_CLASS)) for model in (self.old, self.new)]

        def label(levels: Treatment) -> _Key | None:
            sides = []
            for given, level, default in zip(pair, levels, defaults, strict=True):
                by_level: StepOutcome = (STATE_OF_LEVEL.get(level or ""), "DeviceRule", f"rule-{(level or '').lower()}")
                sides.append(given or (default if level is None else by_level))
            assert sides[0] is not None
            assert sides[1] is not None
            return _difference(sides[0], sides[1])

        return class_sets(self.parts, label, (self.old.facts.precedence, self.new.facts.precedence))

    def result(self, devices: Iterable[Device], catalog: Iterable[DeviceClass]) -> Comparison:
        """Return the comparison."""
        regions = {
            (name, number): (scope, cells, key)
            for name, scope in self.scopes.items()
            for number, (cells, key) in enumerate(self.classes(name[0]))
        }
        index = cohorts_of(devices, (self.old, self.new))
        of_cohort = {
            number: region
            for number, cohort in enumerate(index.cohorts if regions else ())
            if (region := self._region_of(cohort.representative)) is not None
        }
        seen: Counter[object] = Counter()
        for number, region in of_cohort.items():
            seen[region] += index.cohorts[number].size
        first = index.first_of(of_cohort)
        known = Counter(
            ((_BY_RULES, _NO_STATES), self._cell(_BY_RULES, groups_of(self.parts, row)))
            for row in (catalog if regions else ())
        )
        found = [
            (key[0], self._region(scope, cells, first.get(name), seen[name], known[name]))
            for name, (scope, cells, key) in regions.items()
        ]
        found.sort(key=lambda item: _region_order(item[1]))
        return Comparison(
            regions=tuple(region for kind, region in found if kind == "state"),
            reasons=tuple(region for kind, region in found if kind == "reason"),
            partitions=self.parts,
            rules=_pairs(self.old.state.rules or {}, self.new.state.rules or {}),
            unseen=_pairs(self.old.rules.unsimulated, self.new.rules.unsimulated),
            devices=sum(cohort.size for cohort in index.cohorts),
            notes=_notes(self.old, self.new),
        )

    def _cell(self, pair: _Pair, groups: tuple[Treatment, ...]) -> int | None:
        """Return the number of the set of classes that groups of values are in, None where they make no difference."""
        for number, (cells, _) in enumerate(self.classes(pair)):
            if all(group in among for group, among in zip(groups, cells, strict=True)):
                return number
        return None

    def _region_of(self, device: Device) -> tuple[tuple[_Pair, _States], int] | None:
        """Return the region of a device, None where it is in none."""
        requests = self.old.request(device), self.new.request(device)
        pair = self.pair(requests)
        if pair == _BY_RULES:
            name = (_BY_RULES, _NO_STATES)
        elif _distinct(pair) is None:
            return None
        else:
            old, new = requests
            context = _Context(old.mailbox, new.mailbox, old.listed, new.listed)
            name = self.scope_of[context][STATE_OF_CLIENT[old.client]]
        number = self._cell(pair, groups_of(self.parts, device.device_class))
        return None if number is None else (name, number)

    def _region(self, scope: Scope, cells: ClassSet, seen: Device | None, devices: int, known: int) -> Region:
        values = tuple(
            ValueSet(name, part, groups) for name, part, groups in zip(CHARACTERISTICS, self.parts, cells, strict=True)
        )
        witness = seen or self._witness(scope, values)
        return Region(
            scope=scope,
            values=values,
            witness=witness,
            before=self.old.decide(witness),
            after=self.new.decide(witness),
            devices=devices,
            known=known,
        )

    def _witness(self, scope: Scope, values: tuple[ValueSet, ...]) -> Device:
        """Return a device of a region that has none in the snapshot."""
        first = [among.first() for among in values]
        member = scope.members[0] if scope.members else DeviceSelector(None)
        states = (self.old.state.mailboxes or {}, self.new.state.mailboxes or {})
        keys = (key for boxes in states for key, box in boxes.items() if box.identity == member.mailbox)
        key = None if member.mailbox is None else next(keys)
        state = next(iter(_each(scope.client_states))) if scope.members else CLIENT_STATES[0]
        device_class = (first[0], first[1], first[2], first[3])
        return device_in(state, member.mailbox or "", key, member.device_id or "", device_class)


_NO_STATES: _States = ()


def _each(states: _States) -> Iterable[ClientState]:
    return ((one, two, three) for one, two, three in product(*map(sorted, states)))


def _notes(old: AccessModel, new: AccessModel) -> tuple[str, ...]:
    assumed = [
        (name, note)
        for name, model in (("old", old), ("new", new))
        for note in model.decide_class(UNNAMED_CLASS).notes
        if "assumed" in note
    ]
    notes = [f"{name}: {note}" for name, note in assumed]
    if len(assumed) == 2:
        notes = [f"both sides: {assumed[0][1]}"]
    if old.facts != new.facts:
        notes.append("the two sides differ in edition, precedence, or what is declared under `outside:`")
    return tuple(notes)


def _state_products(labels: Mapping[ClientState, _Pair | None]) -> Iterable[tuple[_States, _Pair]]:
    """Return the client states that have a label, as products of the three domains."""
    start: tuple[int, ...] = (-1, -1, -1)

    def transition(place: int, state: tuple[int, ...], number: int) -> tuple[int, ...]:
        return (*state[:place], number, *state[place + 1 :])

    return products(DOMAINS, transition, start, lambda state: labels[(state[0], state[1], state[2])])


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
