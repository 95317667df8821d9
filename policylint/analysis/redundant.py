"""Rules that can be left out: without any device noticing, without any of some, or as they decide about none."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from policylint.access.decide import AccessModel
from policylint.access.request import SPECIFIC
from policylint.access.rule_index import STRICTNESS
from policylint.model.access_rule import rule_key
from policylint.model.device import CHARACTERISTICS
from policylint.model.state import RULE
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.model.device import DeviceClass
    from policylint.model.entity import Entity
    from policylint.model.matcher import Expansion


Value: TypeAlias = tuple[int, str]
"""A value of a characteristic: its place in `CHARACTERISTICS`, and its text, folded."""


def redundant_rules(model: AccessModel) -> tuple[Entity, ...]:
    """Return rules that can all go together: every device keeps its state, as long as the default stays as it is.

    Exact: such a rule gives what the default gives, and no rule that it would have to outrank gives anything else.
    The order is that of the configuration. Empty where the default is not known.
    """
    organization = model.state.organization
    default = organization.text("DefaultAccessLevel") if organization is not None else ""
    if default not in STRICTNESS:
        return ()
    visible = [rule for rule in (model.state.rules or {}).values() if rule.text("Characteristic") in CHARACTERISTICS]
    if any(rule.text("AccessLevel") not in STRICTNESS for rule in visible):
        return ()
    # Whatever gives another level than the default never goes, so what goes hides nothing of what stays.
    kept = Counter(_cell(rule) for rule in visible if rule.text("AccessLevel") != default)
    return tuple(
        rule
        for rule in visible
        if rule.text("AccessLevel") == default and not any(_outranks(model, rule, cell) for cell in kept)
    )


def _cell(rule: Entity) -> tuple[int, str]:
    return CHARACTERISTICS.index(rule.text("Characteristic")), rule.text("AccessLevel")


def _outranks(model: AccessModel, rule: Entity, other: tuple[int, str]) -> bool:
    """Return whether a rule decides where another one matches too, which gives something else."""
    place, level = _cell(rule)
    if place == other[0]:
        return False
    if model.facts.precedence == SPECIFIC:
        return place > other[0]
    return STRICTNESS[level] > STRICTNESS[other[1]]


class Removable(NamedTuple):
    """A declared rule that can go, or an entry with `matches`, and the rules that go with it: one, or those it makes.

    The key of the rules of an entry is not that of the entry, whose name is the words of its `matches`.
    """

    entry: Entity
    rules: tuple[Entity, ...]


def removable_entries(
    model: AccessModel, expansions: Sequence[Expansion] = (), *, exact: bool = True
) -> tuple[Removable, ...]:
    """Return the declared rules and whole entries with `matches` that can all go together, in their order.

    What comes in the place of a rule counts: one of another entry with `matches` that names the same value, and the
    live one where what is not declared stays, which `exact` denies. Where that has another level, the rule is needed.
    """
    redundant = {rule.key: rule for rule in redundant_rules(model)}
    if not redundant:
        return ()
    level = next(iter(redundant.values())).text("AccessLevel")
    named = {
        rule_key(entry.text("Characteristic"), value.text)
        for entry, values in ((each.pattern.entry, each.values) for each in expansions)
        if entry.kind == RULE and entry.text("AccessLevel") != level
        for value in values
    }
    entries = {id(each.pattern.entry.origin.node): each for each in expansions if each.pattern.entry.kind == RULE}

    def can_go(key: str) -> bool:
        rule = redundant.get(key)
        if rule is None or key in named:
            return False
        return exact or rule.base is None or rule.base.text("AccessLevel") == level

    found: dict[int, Removable] = {}
    for key, rule in redundant.items():
        node = id(rule.origin.node)
        if not rule.is_declared or node in found:
            continue
        entry = entries.get(node)
        keys = [key] if entry is None else [each.key for each in entry.objects]
        if all(map(can_go, keys)):
            whole = rule if entry is None else entry.pattern.entry
            found[node] = Removable(whole, tuple(redundant[each] for each in keys))
    return tuple(found.values())


def without(model: AccessModel, rules: Iterable[Entity]) -> AccessModel:
    """Return a configuration without some rules."""
    gone = {rule.key for rule in rules}
    kept = {key: rule for key, rule in (model.state.rules or {}).items() if key not in gone}
    return AccessModel(model.state.with_kind(RULE, kept), model.facts, steps=model.steps)


class Overridden(NamedTuple):
    """A rule that decides about none of the seen devices that it matches, and those that do instead."""

    rule: Entity
    devices: int
    by: tuple[Entity, ...]


def overridden_rules(model: AccessModel, classes: Iterable[tuple[DeviceClass, int]]) -> tuple[Overridden, ...]:
    """Return the rules that other rules keep from deciding about any device of the classes, each with its number."""
    matched: Counter[str] = Counter()
    decided: set[str] = set()
    others: dict[str, dict[str, Entity]] = {}
    for device_class, number in classes:
        rules = model.rules.decide(device_class).matched
        for rule in rules:
            matched[rule.key] += number
            if rule is rules[0]:
                decided.add(rule.key)
            else:
                others.setdefault(rule.key, {})[rules[0].key] = rules[0]
    return tuple(
        Overridden(rule, matched[key], tuple(others[key].values()))
        for key, rule in (model.state.rules or {}).items()
        if matched[key] and key not in decided
    )
