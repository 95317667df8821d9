"""The fewest device access rules that give devices what they have today, under another default.

Rules may contradict each other only where the order in which they count makes no difference: of the rules that match a
device, the one on the most specific characteristic is also the strictest. So `Allow` for a type stands beside `Block`
for one of its models, but not beside `Block` for a version, which its devices no longer show after their next update.

The rules are the cheaper of two choices. One takes pure values alone, of which all devices have one state, and is a set
cover: each time the value that covers most kinds of device for its cost. It costs at most H(n) times as much as the
cheapest such choice, H(n) being 1 + 1/2 + ... + 1/n, and n the most kinds that one value covers. The other takes rules
with their exceptions. Where there are few kinds, all choices are tried.
Source: V. Chvatal, A greedy heuristic for the set-covering problem, https://doi.org/10.1287/moor.4.3.233
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from policylint.access.rule_index import STATE_OF_LEVEL
from policylint.analysis.exhaustive import LOOKS, cheapest
from policylint.analysis.greedy import MOST_EXCEPTIONS, candidates, take
from policylint.analysis.kinds import LASTING, MOST_LISTED, VERSIONED, Kind, Kinds, needed
from policylint.devices.query_forms import is_versioned
from policylint.model.device import CHARACTERISTICS
from policylint.named_tuple import NamedTuple
from policylint.text import fold, natural

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from policylint.access.decision import AccessState
    from policylint.analysis.greedy import Rule
    from policylint.analysis.kinds import Rules
    from policylint.analysis.redundant import Value
    from policylint.model.device import DeviceClass

PREFERENCE = CHARACTERISTICS
"""Which characteristic is taken where it makes no other difference, the best first."""

LEVEL_OF_STATE: Mapping[AccessState, str] = {state: level for level, state in STATE_OF_LEVEL.items()}
"""The level of a rule that gives a state."""


class Known(NamedTuple):
    """What devices of one class have today by rules and default, None where that is not known, and their number."""

    state: AccessState | None
    devices: int


class Choice(NamedTuple):
    """A value that becomes a rule: as devices mostly spell it, and what it gives them."""

    characteristic: str
    text: str
    state: AccessState
    cost: int

    @property
    def value(self) -> Value:
        """Return what the rule compares."""
        return CHARACTERISTICS.index(self.characteristic), fold(self.text)

    @property
    def is_versioned(self) -> bool:
        """Return whether it is a version, which devices no longer show after their next update."""
        return self.cost == VERSIONED


def choose(
    classes: Mapping[DeviceClass, Known],
    default: AccessState,
    *,
    prefer: Sequence[str] = PREFERENCE,
    budget: int | None = None,
    sayable: Callable[[str], bool] = lambda _text: True,
    listable: Callable[[Collection[tuple[Value, ...]]], Collection[tuple[Value, ...]]] = lambda _values: (),
    looks: int = LOOKS,
) -> tuple[Choice, ...]:
    """Return values whose rules give the devices what they have, the most readable first.

    `classes` are those of the devices that rules and default decide about. Under both readings of the order, each class
    gets what it has, or no rule matches it, or lists can hold its devices. With a `budget` no more values are chosen
    than that: those that cover the most devices. `sayable` says of a text whether a rule can hold it, `listable` of
    some classes, by their values, which can be on lists. With more `looks` all choices are tried for more kinds.
    """
    texts = {value: text for value, text in _spelled(classes).items() if sayable(text)}
    order = {name: place for place, name in enumerate(dict.fromkeys((*prefer, *PREFERENCE)))}
    costs = {
        value: VERSIONED if is_versioned(CHARACTERISTICS[value[0]], text) else LASTING for value, text in texts.items()
    }
    rank = {
        value: (costs[value], order[CHARACTERISTICS[value[0]]], natural(text), value[1])
        for value, text in texts.items()
    }
    kinds = Kinds(kinds_of(classes), default, costs, rank)
    against = candidates(kinds)
    kinds.listable = _listable(kinds, against, listable)
    rules = _cheapest(kinds, against, looks)
    if budget is not None and len(rules) > budget:
        rules = _kept(kinds, take(kinds, against, budget))
    return tuple(Choice(CHARACTERISTICS[value[0]], texts[value], state, costs[value]) for value, state in rules.items())


def values_of(device_class: DeviceClass) -> tuple[Value, ...]:
    """Return the values that devices of a class show."""
    return tuple((place, fold(text)) for place, text in enumerate(device_class) if text)


def kinds_of(classes: Mapping[DeviceClass, Known]) -> Sequence[Kind]:
    """Return the kinds of device of some classes, sorted by their values."""
    states: dict[tuple[Value, ...], AccessState | None] = {}
    devices: Counter[tuple[Value, ...]] = Counter()
    for device_class, known in classes.items():
        values = values_of(device_class)
        if states.setdefault(values, known.state) != known.state:
            states[values] = None
        devices[values] += known.devices
    return [Kind(values, states[values], devices[values]) for values in sorted(devices)]


def _spelled(classes: Mapping[DeviceClass, Known]) -> Mapping[Value, str]:
    """Return the values that devices show, each as most devices spell it."""
    spellings: dict[Value, Counter[str]] = defaultdict(Counter)
    for device_class, known in classes.items():
        for text, value in zip(filter(None, device_class), values_of(device_class), strict=True):
            spellings[value][text] += known.devices
    return {value: min(texts, key=lambda each: (-texts[each], each)) for value, texts in spellings.items()}


def _listable(
    kinds: Kinds,
    against: Mapping[Rule, Collection[int]],
    which: Callable[[Collection[tuple[Value, ...]]], Collection[tuple[Value, ...]]],
) -> frozenset[int]:
    """Return the kinds of few devices that lists can hold, of those that would be the exceptions of a rule."""
    asked = {
        kinds.kinds[number].values: number
        for numbers in against.values()
        if len(numbers) <= MOST_EXCEPTIONS
        for number in numbers
        if kinds.kinds[number].devices <= MOST_LISTED
    }
    return frozenset(asked[values] for values in which(asked.keys())) if asked else frozenset()


def _cheapest(kinds: Kinds, against: Mapping[Rule, set[int]], looks: int) -> Rules:
    """Return the cheapest rules that are found, the most readable first."""
    pure = {rule: numbers for rule, numbers in against.items() if not numbers}
    found = [_kept(kinds, take(kinds, pure)), _kept(kinds, take(kinds, against))]
    return _kept(kinds, cheapest(kinds, min(found, key=kinds.cost), looks))


def _kept(kinds: Kinds, rules: Rules) -> Rules:
    """Return rules without those that can be left out, the most readable first."""
    ordered = {value: rules[value] for value in sorted(rules, key=kinds.order.__getitem__)}
    return needed(ordered, kinds.kinds, kinds.default)
