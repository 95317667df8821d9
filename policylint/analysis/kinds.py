"""Kinds of device with what each is to get, and what rules on the values they show give them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from policylint.access.rule_index import STATE_OF_LEVEL, STRICTNESS
from policylint.devices.query_forms import is_versioned
from policylint.model.device import CHARACTERISTICS
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policylint.access.decision import AccessState
    from policylint.analysis.redundant import Value
    from policylint.text import NaturalKey

STRICT: Mapping[AccessState, int] = {state: STRICTNESS[level] for level, state in STATE_OF_LEVEL.items()}
"""How strict a state is."""

LASTING, VERSIONED = 1, 2
"""What a rule costs: one on a version is worth taking where it saves more than one that lasts."""

PERSONAL = 2
"""What a device on a list of its mailbox costs: as much as a rule on a version."""

MOST_LISTED = 3
"""How many devices of a kind, or beside one rule, may be on lists so that there are fewer rules."""

_LOST = 10**9
"""What a device costs that does not keep what it has: more than any rules do."""

Order: TypeAlias = "tuple[int, int, NaturalKey, str]"
"""What sorts values, the one that is better to read first."""

Rules: TypeAlias = "Mapping[Value, AccessState]"
"""The values that rules compare, each with the state that its rule gives."""


class Kind(NamedTuple):
    """Devices that show the same values, what they are to get (None where that is not known), and their number.

    The values come in the order of their characteristics, the most specific one last.
    """

    values: tuple[Value, ...]
    wanted: AccessState | None
    devices: int


def given(values: Iterable[Value], rules: Rules, default: AccessState) -> AccessState | None:
    """Return what rules and default give devices under both readings of the order, None where the readings differ."""
    state, strictest = default, -1
    for value in values:
        found = rules.get(value)
        if found is not None:
            state, strictest = found, max(strictest, STRICT[found])
    return state if strictest in {-1, STRICT[state]} else None


def is_right(kind: Kind, rules: Rules, default: AccessState) -> bool:
    """Return whether rules and default give a kind what it is to get, under both readings of the order.

    What keeps it from a looser rule has to last: without a rule on a version, its devices would get more with their
    next update.
    """
    if kind.wanted is None or given(kind.values, rules, default) != kind.wanted:
        return False
    lasting = False
    for value in reversed(kind.values):
        state = rules.get(value)
        if state == kind.wanted:
            lasting = lasting or is_lasting(value)
        elif state is not None and not lasting:
            return False
    return True


def is_lasting(value: Value) -> bool:
    """Return whether devices still show a value after their next update."""
    return not is_versioned(CHARACTERISTICS[value[0]], value[1])


class Kinds:
    """All kinds, what rules on their values cost, and which kinds lists can hold."""

    def __init__(
        self, kinds: Sequence[Kind], default: AccessState, costs: Mapping[Value, int], order: Mapping[Value, Order]
    ) -> None:
        """`costs` are of the values that a rule can hold, `order` says which value is taken before another."""
        self.kinds, self.default, self.costs, self.order = kinds, default, costs, order
        self.listable: frozenset[int] = frozenset()
        self.shown_by: dict[Value, list[int]] = defaultdict(list)
        for number, kind in enumerate(kinds):
            for value in kind.values:
                self.shown_by[value].append(number)

    def price(self, number: int) -> int:
        """Return what it costs if rules do not give a kind what it is to get."""
        return self.kinds[number].devices * (PERSONAL if number in self.listable else _LOST)

    def cost(self, rules: Rules) -> int:
        """Return what rules cost, with the devices that are left to lists and those that are lost."""
        left = (self.price(number) for number, kind in enumerate(self.kinds) if not is_right(kind, rules, self.default))
        return sum(self.costs[value] for value in rules) + sum(left)


def needed(rules: Rules, kinds: Iterable[Kind], default: AccessState) -> Rules:
    """Return rules without those that can be left out, the last of them first.

    Each kind that gets what it is to get still does; what happens to the other kinds does not count.
    """
    right: dict[Value, list[Kind]] = {value: [] for value in rules}
    for kind in kinds:
        if is_right(kind, rules, default):
            for value in filter(right.__contains__, kind.values):
                right[value].append(kind)
    kept = dict(rules)
    found = True
    while found:
        found = False
        for value in reversed(tuple(kept)):
            state = kept.pop(value)
            if not all(is_right(kind, kept, default) for kind in right[value]):
                kept[value] = state
            else:
                found = True
    return {value: rules[value] for value in rules if value in kept}
