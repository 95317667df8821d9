"""Classes of devices as products of groups of values.

Rules compare whole values, so the values of one characteristic that the rules treat alike, on both sides of a
comparison, are one group, and every value that no rule names is in the group of the rest. What a device gets depends on
the groups of its four values only, and of those only on the strictest level: that is what keeps a hundred thousand
rules a handful of groups, and the answers exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

from policylint.access.request import SPECIFIC
from policylint.access.rule_index import STRICTNESS
from policylint.analysis.diagram import products
from policylint.model.device import CHARACTERISTICS
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from policylint.model.device import DeviceClass
    from policylint.model.entity import Entity

Level: TypeAlias = "str | None"
"""The access level that rules give to a value; None where no rule names it."""

Treatment: TypeAlias = "tuple[Level, ...]"
"""The levels that each side gives to the values of a group."""

Table: TypeAlias = "dict[str, Entity]"
"""The rules of one characteristic by the folded value that they name."""

ClassSet: TypeAlias = "tuple[frozenset[Treatment], ...]"
"""A set of classes: for each characteristic, the groups that a value may be of."""

Label = TypeVar("Label", bound="Hashable")


class Partition:
    """The values of one characteristic, in groups that no side tells apart."""

    def __init__(self, sides: Sequence[Table]) -> None:
        self._sides = sides
        nothing: Treatment = (None,) * len(sides)
        self.includes_unnamed = nothing
        self._members: dict[Treatment, list[str]] = {nothing: []}
        members = self._members
        done: set[str] = set()
        for place, side in enumerate(sides):
            others = tuple((number, other) for number, other in enumerate(sides) if number > place)
            for value, rule in side.items():
                if place and value in done:
                    continue
                levels: list[Level] = [None] * place
                levels.append(rule.text("AccessLevel"))
                for _, other in others:
                    there = other.get(value)
                    levels.append(there.text("AccessLevel") if there is not None else None)
                members.setdefault(tuple(levels), []).append(value)
            if place + 1 < len(sides):
                done.update(side)
        self.groups: tuple[Treatment, ...] = tuple(sorted(members, key=_group_order))
        self._spelled: dict[Treatment, tuple[str, ...]] = {}
        self._first: dict[Treatment, str | None] = {}

    def group_of(self, value: str | None) -> Treatment:
        """Return the group of a value as a device reports it."""
        if value is None:
            return self.includes_unnamed
        key = fold(value)
        rules = [side.get(key) for side in self._sides]
        return tuple(rule.text("AccessLevel") if rule is not None else None for rule in rules)

    def size(self, group: Treatment) -> int:
        """Return how many values of a group rules name."""
        return len(self._members[group])

    def spell(self, value: str) -> str:
        """Return a folded value as the rules write it, the last side first."""
        rule = next(side[value] for side in reversed(self._sides) if value in side)
        return rule.text("QueryString")

    def values(self, group: Treatment) -> tuple[str, ...]:
        """Return the values of a group that rules name, as the rules write them, sorted."""
        known = self._spelled.get(group)
        if known is None:
            known = self._spelled[group] = tuple(self.spell(value) for value in sorted(self._members[group]))
        return known

    def first(self, group: Treatment) -> str | None:
        """Return the first value of a group; None, a value that no rule names, in the group of the rest."""
        if group == self.includes_unnamed:
            return None
        if group not in self._first:
            self._first[group] = self.spell(min(self._members[group]))
        return self._first[group]


def _group_order(group: Treatment) -> tuple[tuple[int, str], ...]:
    return tuple((-1, "") if level is None else (STRICTNESS.get(level, 0), level) for level in group)


class ValueSet(NamedTuple):
    """The values of one characteristic in a set of classes."""

    characteristic: str
    partition: Partition
    groups: frozenset[Treatment]

    @property
    def includes_unnamed(self) -> bool:
        """Return whether a value that no rule names is among them."""
        return self.partition.includes_unnamed in self.groups

    @property
    def is_universal(self) -> bool:
        """Return whether any value is among them."""
        return len(self.groups) == len(self.partition.groups)

    @property
    def named(self) -> tuple[str, ...]:
        """Return the values among them that rules name, by group and then sorted."""
        return self._of(self.groups)

    @property
    def excluded(self) -> tuple[str, ...]:
        """Return the values that rules name and that are not among them, by group and then sorted."""
        return self._of(frozenset(self.partition.groups) - self.groups)

    def first(self) -> str | None:
        """Return one of them: None, a value that no rule names, where that is one."""
        if self.includes_unnamed:
            return None
        return self.partition.first(min(self.groups, key=_group_order))

    def _of(self, groups: frozenset[Treatment]) -> tuple[str, ...]:
        return tuple(
            value for group in self.partition.groups if group in groups for value in self.partition.values(group)
        )


def partitions(*sides: Sequence[Table]) -> tuple[Partition, ...]:
    """Return the values of each characteristic in groups, from the tables of each side."""
    return tuple(Partition([side[place] for side in sides]) for place in range(len(CHARACTERISTICS)))


def groups_of(parts: Sequence[Partition], device_class: DeviceClass) -> tuple[Treatment, ...]:
    """Return the group of each value of a class."""
    return tuple(part.group_of(value) for part, value in zip(parts, device_class, strict=True))


def class_sets(
    parts: Sequence[Partition], label: Callable[[Treatment], Label | None], precedences: Sequence[str]
) -> tuple[tuple[ClassSet, Label], ...]:
    """Return the classes that have a label as products of groups; `label` gets the deciding level of each side.

    `precedences` says for each side which of several rules decides.
    """
    # Of equally strict levels the one of the first characteristic decides. That shows only where a level is not one
    # that Exchange documents, so only then, or where the characteristic decides, the place is kept with the level.
    odd = any(level is not None and level not in STRICTNESS for level in every_level(parts)) or SPECIFIC in precedences
    start: tuple[_Placed, ...] = ((None, 0),) * len(parts[0].includes_unnamed)

    def step(place: int, state: tuple[_Placed, ...], group: Treatment) -> tuple[_Placed, ...]:
        return tuple(
            _deciding(known, (level, place if odd else 0), precedence)
            for known, level, precedence in zip(state, group, precedences, strict=True)
        )

    return products(
        [part.groups for part in parts], step, start, lambda state: label(tuple(level for level, _ in state))
    )


_Placed: TypeAlias = "tuple[Level, int]"
"""A level and the place of the characteristic whose rule gives it."""


def _deciding(one: _Placed, other: _Placed, precedence: str) -> _Placed:
    """Return which of two levels decides: the stricter one, of equals the one of the first characteristic.

    Where the most specific characteristic decides it is the one of the last.
    """
    if one[0] is None or other[0] is None:
        return other if one[0] is None else one
    first, second = sorted((one, other), key=lambda placed: placed[1])
    if precedence == SPECIFIC:
        return second
    return second if STRICTNESS.get(second[0] or "", 0) > STRICTNESS.get(first[0] or "", 0) else first


def every_level(parts: Iterable[Partition]) -> frozenset[Level]:
    """Return every level that any side gives to any value."""
    return frozenset(level for part in parts for group in part.groups for level in group)
