"""The cheapest of all sets of rules, found by trying them where there are few kinds of device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.analysis.kinds import STRICT, is_lasting, is_right

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policylint.access.decision import AccessState
    from policylint.analysis.greedy import Rule
    from policylint.analysis.kinds import Kind, Kinds, Rules
    from policylint.analysis.redundant import Value

LOOKS = 100_000
"""How often the search looks at a kind of device before it gives up."""


def cheapest(kinds: Kinds, start: Rules, looks: int = LOOKS) -> Rules:
    """Return the cheapest rules, or the cheapest that were found before the search had to give up.

    `start` are rules that are known to do; they are returned where none are cheaper.
    """
    search = _Search(kinds, start, looks)
    search.run({}, frozenset(), frozenset(), 0)
    return search.best


class _Search:
    """Tries, for the first kind that does not get what it is to get, each rule that could give it that."""

    def __init__(self, kinds: Kinds, start: Rules, looks: int) -> None:
        self.best: Rules = start
        self._kinds, self._looks = kinds, looks
        self._cost = kinds.cost(start)

    def run(self, rules: Mapping[Value, AccessState], banned: frozenset[Rule], left: frozenset[int], cost: int) -> None:
        """Look for cheaper rules that hold some, none of the banned ones; `left` are kinds that need none."""
        self._looks -= len(self._kinds.kinds)
        if self._looks < 0:
            return
        wrong = self._wrong(rules, left)
        if wrong is None or cost + self._least(wrong) >= self._cost:
            return
        if not wrong:
            self.best, self._cost = rules, cost
            return
        number = wrong[0]
        kind = self._kinds.kinds[number]
        for rule in self._options(kind, rules):
            if rule not in banned:
                value, state = rule
                self.run({**rules, value: state}, banned, left, cost + self._kinds.costs[value])
                banned |= {rule}
        if number in self._kinds.listable or rules.keys().isdisjoint(kind.values):
            self.run(rules, banned, left | {number}, cost + self._kinds.price(number))

    def _wrong(self, rules: Rules, left: frozenset[int]) -> Sequence[int] | None:
        """Return the kinds that do not get what they are to get, None where a kind that has no list is matched."""
        found = []
        for number, kind in enumerate(self._kinds.kinds):
            if not is_right(kind, rules, self._kinds.default):
                if number not in left:
                    found.append(number)
                elif number not in self._kinds.listable and not rules.keys().isdisjoint(kind.values):
                    return None
        return found

    def _least(self, wrong: Sequence[int]) -> int:
        """Return what rules for some kinds cost at least: those that share no value need a rule each."""
        used: set[Value] = set()
        least = 0
        for number in wrong:
            values = self._kinds.kinds[number].values
            if used.isdisjoint(values):
                used.update(values)
                least += 1
        return least

    def _options(self, kind: Kind, rules: Rules) -> Sequence[Rule]:
        """Return the rules that could give a kind what it is to get, beside those that match it."""
        matched = [value for value in kind.values if value in rules]
        if kind.wanted is None or any(STRICT[rules[value]] > STRICT[kind.wanted] for value in matched):
            return ()
        looser = [place for place, value in enumerate(kind.values) if rules.get(value, kind.wanted) != kind.wanted]
        beyond = kind.values[looser[-1] + 1 :] if looser else kind.values
        values = [
            value
            for value in beyond
            if value in self._kinds.costs and value not in rules and (not looser or is_lasting(value))
        ]
        return [(value, kind.wanted) for value in sorted(values, key=self._kinds.order.__getitem__)]
