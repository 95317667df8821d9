"""Questions about the strings of device access rules, compared with what devices report."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING

from policylint.devices.confusables import is_odd
from policylint.devices.observed import MOST_SCANNED, ObservedValue, ObservedValues, has_wildcard, sample
from policylint.lint.parameters import by_name, flag, many, optional, text
from policylint.lint.predicate import Finding, Varying, entity_predicate
from policylint.lint.predicates.meant import Hint, meant_by
from policylint.model.device import CHARACTERISTICS
from policylint.model.state import RULE
from policylint.phrases import count, quoted
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from policylint.edits import Fix
    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params
    from policylint.model.entity import Entity

STRING = "QueryString"
VALUE = {"value": "the query string"}
VALUE_AND_CHARACTERISTIC = {**VALUE, "characteristic": "the characteristic of the rule"}


def _values(rule: Entity, facts: Facts) -> ObservedValues | None:
    """Return what devices report as the characteristic of a rule, None where no device record shows it."""
    return facts.observed.of(rule.text("Characteristic"))


@entity_predicate(
    RULE,
    params={
        "values": by_name(CHARACTERISTICS, "characteristic", many(text("the strings to find"))),
        "unless-seen": optional(flag("whether to leave out what a device of the snapshot reports")),
        "client": optional(
            text("the ClientType that the strings belong to; a rule that matches a device of another one is left out")
        ),
    },
    placeholders={
        **VALUE,
        "level": "the level of the rule",
        "others": Varying("what the snapshot shows of devices of another ClientType than `client`"),
    },
)
def access_rule_for(rule: Entity, params: Params, facts: Facts) -> Findings:
    """Find a rule on one of some known strings."""
    query = rule.text(STRING)
    if not facts.is_among(query, params["values"].get(rule.text("Characteristic"), ())):
        return
    values = _values(rule, facts) if params.get("unless-seen") else None
    seen = values.find(query) if values is not None else None
    if (seen is not None and seen.devices) or ("client" in params and _matches_other(rule, params["client"], facts)):
        return
    read = facts.observed.shows(rule.text("Characteristic"))
    others = "no other device of the snapshot reports it" if read else "there is no snapshot that shows others"
    yield Finding(rule.at(STRING), {"value": quoted(query), "level": rule.text("AccessLevel"), "others": others})


def _matches_other(rule: Entity, client: str, facts: Facts) -> bool:
    """Return whether a device of the snapshot reports the value of a rule and is not of a type of client."""
    types = facts.client_types.get((rule.text("Characteristic"), fold(rule.text(STRING))), frozenset())
    return bool(types - {fold(client)})


@entity_predicate(
    RULE,
    placeholders={**VALUE, "client": "the client that is meant", "governed": "what governs that client"},
)
def access_rule_for_other_client(rule: Entity, _params: Params, facts: Facts) -> Findings:
    """Find a rule on a name of a client that does not use Exchange ActiveSync, where no known device reports it."""
    query, values = rule.text(STRING), _values(rule, facts)
    if values is None or values.find(query) is not None:
        return
    client = facts.other_clients.find(query)
    if client is not None:
        yield Finding(rule.at(STRING), {"value": quoted(query), "client": client.client, "governed": client.governed})


@entity_predicate(
    RULE,
    placeholders={**VALUE_AND_CHARACTERISTIC, "sources": Varying("where the string was looked for")},
    exact_only=True,
)
def access_rule_matches_nothing(rule: Entity, _params: Params, facts: Facts) -> Findings:
    """Find a rule on a string that neither snapshot nor catalog has, with the values that may be meant.

    Wildcards and odd characters are left to the predicates about those. Without devices, a string is found only where
    something speaks against it: a known value that is nearly the same, a form that no value has, a name instead of a
    value. The predicate is certain where the characteristic never has such a form, and the snapshot shows the one that
    is meant.
    """
    if matches_nothing(rule, facts):
        characteristic, query = rule.text("Characteristic"), rule.text(STRING)
        hints = meant_by(characteristic, query, facts)
        words = {
            "value": quoted(query),
            "characteristic": characteristic,
            "sources": facts.observed.sources_phrase(characteristic),
        }
        advice = "; ".join(hint.words for hint in hints) or None
        values = facts.observed.of(characteristic)
        if advice is None and values is not None and values.is_plausible(query):
            advice = (
                f"a value that is newer than the catalog of {facts.catalog.compiled} is not known and may be right;"
                " compare it with `Get-MobileDevice`"
            )
        fix = _written_as_meant(rule, hints[0], facts) if len(hints) == 1 else None
        yield Finding(rule.at(STRING), words, help=advice, fix=fix, certain=any(hint.certain for hint in hints))


def _written_as_meant(rule: Entity, hint: Hint, facts: Facts) -> Fix | None:
    """Return the fix that changes a rule to what is meant, where that is one value; it is never safe."""
    name = "Characteristic" if hint.elsewhere else STRING
    return facts.fixes.rewrite(rule, name, hint.meant) if hint.meant is not None else None


def matches_nothing(rule: Entity, facts: Facts) -> bool:
    """Return whether the predicate about rules that match nothing finds a rule."""
    asked = rule.text("Characteristic"), rule.text(STRING)
    if asked not in facts.matching_nothing:
        facts.matching_nothing[asked] = _matches_nothing(*asked, facts)
    return facts.matching_nothing[asked]


def _matches_nothing(characteristic: str, query: str, facts: Facts) -> bool:
    seen, values = facts.observed, facts.observed.of(characteristic)
    if values is None or values.find(query) is not None or has_wildcard(query) or is_odd(query):
        return False
    if facts.other_clients.find(query) is not None:
        return False  # the predicate about those clients says it
    return seen.shows(characteristic) or any(not hint.guess for hint in meant_by(characteristic, query, facts))


_WILDCARD = regex(r"[*?]")


@entity_predicate(RULE, placeholders=VALUE, exact_only=True)
def access_rule_wildcard(rule: Entity, _params: Params, facts: Facts) -> Findings:
    """Find a rule on a string with `*` or `?` that no device reports so, with the values it may mean."""
    query, values = rule.text(STRING), _values(rule, facts)
    if not has_wildcard(query) or (values is not None and values.find(query) is not None):
        return
    meant = _meant(values, query) if values is not None else []
    advice = f"write a rule for each value that is meant: {sample(meant)}" if meant else None
    fix = facts.fixes.rewrite(rule, STRING, meant[0].text) if len(meant) == 1 else None
    yield Finding(rule.at(STRING), {"value": quoted(query)}, help=advice, fix=fix)


def _meant(values: ObservedValues, query: str) -> list[ObservedValue]:
    """Return the known values that the pattern would match in other programs, the most frequent first."""
    beginning = _WILDCARD.split(query)[0]
    candidates = values.starting_with(beginning) if beginning else values.frequent[:MOST_SCANNED]
    pattern = re.compile(translate(fold(query).replace("[", "[[]")))
    return [seen for seen in candidates if pattern.fullmatch(fold(seen.text))]


@entity_predicate(
    RULE, placeholders={**VALUE, "reported": Varying("the spelling that most devices report")}, exact_only=True
)
def query_string_case(rule: Entity, _params: Params, facts: Facts) -> Findings:
    """Find a rule on a string that devices report, but never with the upper and lower case of the rule."""
    query, values = rule.text(STRING), _values(rule, facts)
    seen = values.find(query) if values is not None else None
    if values is not None and seen is not None and query not in values.spellings[fold(query)]:
        fix = facts.fixes.rewrite(rule, STRING, seen.text, safe=True)
        yield Finding(rule.at(STRING), {"value": quoted(query), "reported": quoted(seen.text)}, fix=fix)


RARE = 5
"""How many times more catalog rows another characteristic must have."""


@entity_predicate(
    RULE,
    placeholders={
        **VALUE_AND_CHARACTERISTIC,
        "other": "the characteristic that devices report the string as",
        "where": Varying("which devices do"),
    },
    exact_only=True,
)
def value_of_other_characteristic(rule: Entity, _params: Params, facts: Facts) -> Findings:
    """Find a rule on a string that devices mostly report as another characteristic.

    What no known device reports as the characteristic of the rule is left to access-rule-matches-nothing.
    """
    characteristic, query = rule.text("Characteristic"), rule.text(STRING)
    values = _values(rule, facts)
    own = values.find(query) if values is not None else None
    if own is None:
        return
    elsewhere = facts.observed.elsewhere(characteristic, query)
    name, other = min(elsewhere, key=lambda item: item[1].order, default=("", None))
    if other is not None and _is_rather(own, other):
        where = f"{count(other.devices, 'device')} in the snapshot" if other.devices else "the catalog"
        words = {"value": quoted(query), "characteristic": characteristic, "other": name, "where": where}
        yield Finding(rule.at(STRING), words, fix=facts.fixes.rewrite(rule, "Characteristic", name))


def _is_rather(own: ObservedValue, other: ObservedValue) -> bool:
    """Return whether devices mostly report a value as another characteristic than the rule's own."""
    if own.devices or other.devices:
        return not own.devices
    return own.rows * RARE < other.rows
