"""Rules chosen one bundle at a time: a rule with the more specific and stricter rules that are its exceptions."""

from __future__ import annotations

from collections import Counter, defaultdict
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, TypeAlias

from policylint.analysis.kinds import MOST_LISTED, PERSONAL, STRICT, is_lasting
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from policylint.access.decision import AccessState
    from policylint.analysis.kinds import Kind, Kinds, Rules
    from policylint.analysis.redundant import Value

Rule: TypeAlias = "tuple[Value, AccessState]"
"""A value that a rule compares, and what the rule gives."""

MOST_EXCEPTIONS = 64
"""How many kinds of device a rule may match that have to get something else."""


class Bundle(NamedTuple):
    """Rules that are taken together, kinds that go on lists, what they cost, and the kinds and devices they gain."""

    rules: tuple[Rule, ...]
    listed: tuple[int, ...]
    cost: int
    kinds: int
    devices: int


def candidates(kinds: Kinds) -> Mapping[Rule, set[int]]:
    """Return the rules that give a kind what it is to get, each with the kinds that have to get something else."""
    wanted: dict[Value, set[AccessState]] = defaultdict(set)
    for kind in kinds.kinds:
        for value in kind.values:
            if kind.wanted is not None and value in kinds.costs:
                wanted[value].add(kind.wanted)
    found: dict[Rule, set[int]] = {(value, state): set() for value, states in wanted.items() for state in states}
    for number, kind in enumerate(kinds.kinds):
        for value in kind.values:
            for state in wanted.get(value, ()):
                if state != kind.wanted:
                    found[value, state].add(number)
    return found


def take(kinds: Kinds, against: Mapping[Rule, set[int]], budget: int | None = None) -> Rules:
    """Return rules that give kinds what they are to get, each time the bundle that is worth most.

    Every kind gets that from them under both readings of the order, or no rule matches it, or a list can hold its
    devices. `against` are the rules to choose from, each with the kinds that have to get something else. Worth is the
    number of kinds for the cost; with a `budget`, which is the most rules to take, the number of devices for each rule.
    """
    return _Taking(kinds, {rule: set(numbers) for rule, numbers in against.items()}, budget).rules


class _Taking:
    """The rules taken so far, and what each other one would gain.

    INVARIANT: `_against` are of each rule the kinds that it would give something else than they are to get, under one
    reading at least: no taken rule that lasts and is more specific and stricter matches them, and they are on no list.
    """

    def __init__(self, kinds: Kinds, against: Mapping[Rule, set[int]], budget: int | None) -> None:
        self.rules: dict[Value, AccessState] = {}
        self._kinds, self._against, self._budget = kinds, against, budget
        self._open = {number for number, kind in enumerate(kinds.kinds) if kind.wanted not in {None, kinds.default}}
        self._gain: Counter[Rule] = Counter()
        self._devices: Counter[Rule] = Counter()
        self._price: Counter[Rule] = Counter()
        for number in self._open:
            self._count(number, 1)
        self._keys: dict[Rule, tuple[object, ...]] = {}
        self._run()

    def _run(self) -> None:
        heap: list[tuple[tuple[object, ...], Rule]] = []
        for rule in self._against:
            if (bundle := self._bundle(rule)) is not None:
                self._keys[rule] = self._key(rule, bundle)
                heap.append((self._keys[rule], rule))
        heapify(heap)
        while heap and self._open:
            known, rule = heappop(heap)
            if self._keys.get(rule) != known or (bundle := self._bundle(rule)) is None:
                continue
            if self._key(rule, bundle) == known:
                changed: Iterable[Rule] = self._take(bundle)
            else:
                changed = [rule]
            for other in changed:
                if (bundle := self._bundle(other)) is not None:
                    self._keys[other] = self._key(other, bundle)
                    heappush(heap, (self._keys[other], other))

    def _key(self, rule: Rule, bundle: Bundle) -> tuple[object, ...]:
        value, state = rule
        order = self._kinds.order[value]
        if self._budget is None:
            return -bundle.kinds / bundle.cost, self._kinds.costs[value], -bundle.devices, order, STRICT[state]
        return -bundle.devices / len(bundle.rules), self._kinds.costs[value], -bundle.kinds, order, STRICT[state]

    def _bundle(self, rule: Rule) -> Bundle | None:
        """Return a rule with the exceptions that it still needs, None where it is not to be taken."""
        pending = self._against[rule]
        if rule[0] in self.rules or not self._gain[rule] or len(pending) > MOST_EXCEPTIONS:
            return None
        helpers, listed = self._exceptions(rule, pending) if pending else ((), ())
        devices = sum(self._kinds.kinds[number].devices for number in listed)
        if devices > MOST_LISTED or not self._kinds.listable.issuperset(listed):
            return None
        rules = (*helpers, rule)
        cost = sum(self._kinds.costs[value] for value, _ in rules) + PERSONAL * devices
        gained = self._open.intersection(listed)
        price = sum(self._price[each] for each in rules) + sum(map(self._kinds.price, gained))
        if cost > price or (self._budget is not None and len(self.rules) + len(rules) > self._budget):
            return None
        return Bundle(
            rules,
            tuple(listed),
            cost,
            sum(self._gain[each] for each in rules) + len(gained),
            sum(self._devices[each] for each in rules) + sum(self._kinds.kinds[number].devices for number in gained),
        )

    def _exceptions(self, rule: Rule, pending: Collection[int]) -> tuple[tuple[Rule, ...], tuple[int, ...]]:
        """Return more specific and stricter rules for some kinds, and the kinds that no such rule is for."""
        helped: dict[Rule, set[int]] = defaultdict(set)
        for number in pending:
            for other in self._helpers(rule, number):
                helped[other].add(number)
        found = []
        left = set(pending)
        while helped:
            best = min(helped, key=lambda each: (-len(helped[each]) / self._kinds.costs[each[0]], *self._last(each)))
            found.append(best)
            left -= helped[best]
            helped = {each: rest for each, numbers in helped.items() if (rest := numbers & left)}
        return tuple(found), tuple(sorted(left))

    def _last(self, rule: Rule) -> tuple[object, ...]:
        return -self._gain[rule], self._kinds.order[rule[0]]

    def _helpers(self, rule: Rule, number: int) -> Iterator[Rule]:
        """Yield the rules that would give a kind what it is to get, whatever else the rule gives it."""
        (place, _), state = rule
        kind = self._kinds.kinds[number]
        if kind.wanted is None or STRICT[kind.wanted] < STRICT[state]:
            return
        for value in kind.values:
            helper = value, kind.wanted
            free = value[0] > place and value not in self.rules and is_lasting(value)
            if free and not self._against.get(helper, {number}):
                yield helper

    def _take(self, bundle: Bundle) -> Collection[Rule]:
        """Take a bundle. Return the rules that may be worth more for it, in their order."""
        changed: set[Rule] = set()
        for number in bundle.listed:
            for value in self._kinds.kinds[number].values:
                for state in STRICT:
                    self._settle((value, state), number, changed)
            self._close(number)
        for value, state in bundle.rules:
            self.rules[value] = state
            for number in self._kinds.shown_by[value]:
                kind = self._kinds.kinds[number]
                if kind.wanted == state:
                    self._close(number)
                    for other in self._looser(kind, value) if is_lasting(value) else ():
                        self._settle(other, number, changed)
        return sorted(changed)

    def _looser(self, kind: Kind, value: Value) -> Iterator[Rule]:
        """Yield the less specific and looser rules that match a kind with a value."""
        for other in kind.values[: kind.values.index(value)]:
            for state in STRICT:
                if kind.wanted is not None and STRICT[state] < STRICT[kind.wanted]:
                    yield other, state

    def _settle(self, rule: Rule, number: int, changed: set[Rule]) -> None:
        """Note that a rule would no longer give a kind something else than it is to get."""
        pending = self._against.get(rule)
        if pending is not None and number in pending:
            pending.remove(number)
            if len(pending) <= MOST_EXCEPTIONS:
                changed.add(rule)

    def _close(self, number: int) -> None:
        """Note that a kind gets what it is to get."""
        if number in self._open:
            self._open.remove(number)
            self._count(number, -1)

    def _count(self, number: int, sign: int) -> None:
        """Count a kind that does not get yet what it is to get, or one that now does."""
        kind = self._kinds.kinds[number]
        if kind.wanted is not None:
            price = self._kinds.price(number)
            for value in kind.values:
                self._gain[value, kind.wanted] += sign
                self._devices[value, kind.wanted] += sign * kind.devices
                self._price[value, kind.wanted] += sign * price
