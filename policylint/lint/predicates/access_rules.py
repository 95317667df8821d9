"""Questions about what device access rules decide, alone and beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.rule_index import STRICTNESS
from policylint.analysis.redundant import overridden_rules, removable_entries
from policylint.devices.observed import has_wildcard, sample
from policylint.devices.query_forms import version_in
from policylint.lint.parameters import many, one_of, text
from policylint.lint.predicate import Finding, Varying, entity_predicate, label, policy_predicate
from policylint.lint.predicates.query_strings import matches_nothing
from policylint.model.access_rule import entry_identity
from policylint.model.config import EXACT
from policylint.model.device import CHARACTERISTICS
from policylint.model.state import RULE
from policylint.phrases import count, listed, quoted, show
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TypeVar

    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params
    from policylint.model.device import DeviceClass
    from policylint.model.entity import Entity

    _Found = TypeVar("_Found")

STRING = "QueryString"
RULE_AND_OTHERS = {"rule": "the rule with its level", "others": "the rules that decide instead"}


@policy_predicate(placeholders={**RULE_AND_OTHERS, "devices": Varying("some devices that both match")})
def access_rule_disputed(_params: Params, facts: Facts) -> Findings:
    """Find each rule that stricter ones on other characteristics overrule for some known device.

    Where only a stricter rule is declared the finding is at that one.
    """
    for dispute in once_an_entry(_disputes(facts), lambda dispute: dispute.rule):
        declared = [rule for rule in dispute.stricter.values() if rule.is_declared]
        at = dispute.rule if dispute.rule.is_declared else next(iter(declared), None)
        if at is None:
            continue
        values = ", ".join(quoted(value) for value in dispute.example if value is not None)
        devices = (
            f"{count(dispute.devices, 'device')} in the snapshot, such as" if dispute.devices else "a known device is"
        )
        related = [
            mark
            for rule in (*dispute.stricter.values(), dispute.rule)
            if rule is not at
            for mark in label(rule, STRING, f"matches them too: {rule.text('AccessLevel')}")
        ]
        others = listed(map(_with_level, dispute.stricter.values()), 2)
        words = {"rule": _with_level(dispute.rule), "others": others, "devices": f"{devices} {values}"}
        yield Finding(at.at(STRING), words, tuple(related[:5]))


class _Dispute:
    """A rule that stricter ones overrule: those, the devices of the snapshot, and one class of them."""

    def __init__(self, rule: Entity, example: DeviceClass) -> None:
        self.rule = rule
        self.stricter: dict[str, Entity] = {}
        self.devices = 0
        self.example = example


def _disputes(facts: Facts) -> Iterable[_Dispute]:
    """Return the overruled rules, in the order of the device classes that show them: the most frequent first."""
    found: dict[str, _Dispute] = {}
    seen = facts.observed
    known = ((each, devices, facts.access.rules.matching(each)) for each, devices in seen.classes.items())
    several = [each for each in known if len(each[2]) > 1]
    several.sort(key=lambda each: (-each[1], [value or "" for value in each[0]]))
    of_catalog = ((row, 0, matched) for row in seen.catalog if len(matched := facts.access.rules.matching(row)) > 1)
    for device_class, devices, matched in (*several, *of_catalog):
        strictest = [rule for rule in matched if rule.text("AccessLevel") == matched[0].text("AccessLevel")]
        for rule in matched:
            if rule.text("AccessLevel") != matched[0].text("AccessLevel"):
                dispute = found.setdefault(rule.key, _Dispute(rule, device_class))
                dispute.devices += devices
                for other in strictest:
                    dispute.stricter.setdefault(other.key, other)
    return found.values()


@policy_predicate(
    placeholders={**RULE_AND_OTHERS, "devices": Varying("how many devices the rule matches")}, needs_snapshot=True
)
def access_rule_overridden(_params: Params, facts: Facts) -> Findings:
    """Find each declared rule that matches devices of the snapshot and decides for none of them."""
    every = overridden_rules(facts.access, facts.observed.classes.items())
    for found in once_an_entry(every, lambda found: found.rule):
        if found.rule.is_declared:
            by = sorted(found.by, key=lambda rule: rule.key)
            marks = [mark for rule in by for mark in label(rule, STRING, "decides instead")]
            words = {"rule": _with_level(found.rule), "others": listed(map(_with_level, by), 3)}
            yield Finding(found.rule.at(STRING), {**words, "devices": count(found.devices, "device")}, tuple(marks[:5]))


def _with_level(rule: Entity) -> str:
    return f"{quoted(rule.identity)} ({show(rule.text('AccessLevel'))})"


@policy_predicate(placeholders={"rule": "the rule", "default": "the default access level"})
def access_rule_redundant(_params: Params, facts: Facts) -> Findings:
    """Find each declared rule without which every device would get the same access.

    A rule on a string that no known device reports is left to the predicate about those.
    """
    exact = facts.config.managed("deviceAccessRules").mode == EXACT
    for _entry, (rule, *_) in removable_entries(facts.access, facts.policy.expansions, exact=exact):
        if rule.pattern or not matches_nothing(rule, facts):
            words = {"rule": quoted(entry_identity(rule)), "default": quoted(facts.default_level)}
            fix = facts.fixes.without_object(rule, safe=True) if not rule.pattern else None
            yield Finding(rule.at(STRING), words, fix=fix)


def once_an_entry(found: Iterable[_Found], rule_of: Callable[[_Found], Entity]) -> Iterator[_Found]:
    """Yield what is found of rules, but of those that one entry with `matches` stands for only the first."""
    met: set[int] = set()
    for each in found:
        rule = rule_of(each)
        if not rule.pattern:
            yield each
        elif id(rule.origin.node) not in met:
            met.add(id(rule.origin.node))
            yield each


_DIGIT = regex(r"[0-9]")
CONSEQUENCES: Mapping[str, str] = {
    "Allow": "a device that updates no longer matches and loses what this rule gives it",
    "Quarantine": "a device that updates no longer matches and gets what the other rules and the default say",
    "Block": "other versions do not match",
}
"""What an update means, by the level of the rule."""

STICKY = ("DeviceOS", "Block")
"""The characteristic and the level that hold on to a device after its update.

Source: a blocked device never gets to report its new system,
https://practical365.com/exchange-server/is-quarantine-smarter-than-block-for-activesync-device-access-rules/
"""


@entity_predicate(
    RULE,
    params={
        "characteristics": many(one_of("the characteristics that change with an update", *CHARACTERISTICS)),
        "constant": many(text("the values that hold a number and never change"), minimum=0),
    },
    placeholders={
        "value": "the query string",
        "characteristic": "its characteristic",
        "consequence": Varying("what an update of a device means"),
    },
    exact_only=True,
)
def version_pinned(rule: Entity, params: Params, facts: Facts) -> Findings:
    """Find a rule on one version: on a characteristic that changes with updates, with a number in the string.

    A string that no known device reports is left to the predicate about those.
    """
    characteristic, query, level = (rule.text(name) for name in ("Characteristic", STRING, "AccessLevel"))
    if characteristic not in params["characteristics"] or not _DIGIT.search(query) or has_wildcard(query):
        return
    if not facts.is_among(query, params["constant"]) and not matches_nothing(rule, facts):
        consequence = CONSEQUENCES.get(level, CONSEQUENCES["Quarantine"])
        if (characteristic, level) == STICKY:
            consequence += ", and a device blocked by it may stay blocked after its update"
        words = {"value": quoted(query), "characteristic": characteristic, "consequence": consequence}
        yield Finding(rule.at(STRING), words, help=_advice_on_version(characteristic, query, level, facts))


def _advice_on_version(characteristic: str, query: str, level: str, facts: Facts) -> str | None:
    """Return what to do about a rule on one version of a system; None where the rule's own advice is all there is."""
    better = (
        "prefer Quarantine to Block, as an updated phone no longer matches and can report its new version; "
        if level == "Block"
        else ""
    )
    values = facts.observed.of(characteristic)
    found = version_in(query) if characteristic == "DeviceOS" and facts.observed.has_devices else None
    if values is None or found is None:
        return (
            f"{better}DeviceType and DeviceModel do not change; review the rule after each release" if better else None
        )
    lower, number = values.below(fold(found[0]), found[1])
    below = (
        f"{count(len(lower), 'lower value')} of {found[0]} ({count(number, 'device')}): {sample(lower)}"
        if lower
        else "no lower one"
    )
    return (
        f"each value needs a rule of its own, which `matches` with `family: {found[0]}` makes of a range of versions;"
        f" the snapshot has {below}; {better}DeviceType and DeviceModel do not change with updates"
    )


@entity_predicate(
    RULE,
    params={"type": text("the DeviceType that does not cover the system of this name")},
    placeholders={
        "value": "the query string",
        "others": Varying("the other types that devices with this system report"),
    },
    exact_only=True,
)
def android_type_incomplete(rule: Entity, params: Params, facts: Facts) -> Findings:
    """Find a rule on a DeviceType, stricter than the default, while devices with this system report other types.

    It finds nothing if the snapshot has devices and none of them reports another type.
    """
    kind, seen = params["type"], facts.observed
    if rule.text("Characteristic") != "DeviceType" or fold(rule.text(STRING)) != fold(kind):
        return
    default = facts.default_level
    if default is None or STRICTNESS.get(rule.text("AccessLevel"), 0) <= STRICTNESS.get(default, 0):
        return
    others = _other_types(kind, seen.classes)
    if seen.has_devices and not others:
        return
    names = listed((quoted(name) for name in sorted(others, key=lambda name: (-others[name], name))), 3)
    shown = f"{count(sum(others.values()), 'device')} in the snapshot are {names}" if others else "some makers do"
    yield Finding(rule.at(STRING), {"value": quoted(rule.text(STRING)), "others": shown})


def _other_types(kind: str, classes: Mapping[DeviceClass, int]) -> dict[str, int]:
    """Return how many devices report a system of the name of a type and another type, by that type."""
    others: dict[str, int] = {}
    for (other, _, system, _), number in sorted(classes.items(), key=lambda item: [part or "" for part in item[0]]):
        is_other = other is not None and fold(other) not in {fold(kind), "OUTLOOK"}
        if other is not None and is_other and system is not None and fold(system).startswith(fold(kind)):
            others[other] = others.get(other, 0) + number
    return others
