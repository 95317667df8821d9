"""Entries with `matches` to the objects that they stand for: one exact rule for each value that they name.

Exchange compares whole values and knows no ranges, so each value needs a rule of its own.

Source: https://learn.microsoft.com/powershell/module/exchangepowershell/new-activesyncdeviceaccessrule
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from policylint.devices.matching import WILDCARD, matcher_test, unfit
from policylint.model.access_rule import rule_identity, rule_key
from policylint.model.entity import EMPTY
from policylint.model.lock import lock_key
from policylint.model.matcher import Candidate, Conflict, Expansion, Listed
from policylint.model.state import RULE
from policylint.text import fold, natural

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from policylint.devices.observed import Observed
    from policylint.model.entity import Entity
    from policylint.model.lock import Lock
    from policylint.model.matcher import Pattern
    from policylint.model.policy_set import PolicySet

    SpelledOut = Mapping[str, Collection[str]]

LEVEL = "AccessLevel"


def expand_rules(policy: PolicySet, observed: Observed, lock: Lock, spelled_out: SpelledOut = EMPTY) -> PolicySet:
    """Return a policy with the rules that its entries with `matches` stand for, behind those that are written.

    `spelled_out` are the values that entries of any environment list. A rule that is written wins over one that an
    entry stands for. Of two entries that stand for one rule the first counts; where they differ in the level, that is a
    conflict.
    """
    if not any(pattern.entry.kind == RULE for pattern in policy.patterns):
        return policy
    written = policy.state.of_kind(RULE)
    made: dict[str, tuple[Entity, Pattern]] = {}
    expansions: list[Expansion] = []
    conflicts: list[Conflict] = []
    known = Candidates(observed, lock, spelled_out)
    for pattern in policy.patterns:
        if pattern.entry.kind != RULE:
            continue
        found = _Found(pattern, known, lock)
        rules: list[Entity] = []
        for rule in found.rules:
            if rule.key in written:
                continue
            first, other = made.setdefault(rule.key, (rule, pattern))
            if first is rule:
                rules.append(rule)
            elif first.get(LEVEL) != rule.get(LEVEL):
                conflicts.append(Conflict(rule.identity, LEVEL, other.entry, pattern.entry))
        expansions.append(
            Expansion(
                pattern,
                tuple(rules),
                tuple(found.listed),
                values=found.values,
                new=found.new,
                has_lock=found.has_lock,
                without_effect=bool(found.rules) and not rules,
            )
        )
    rules_there = {**written, **{key: rule for key, (rule, _) in made.items()}}
    state = policy.state.with_kind(RULE, rules_there)
    return policy._replace(
        state=state,
        expansions=(*policy.expansions, *expansions),
        conflicts=(*policy.conflicts, *conflicts),
    )


def spelled_out_by(patterns: Iterable[Pattern]) -> SpelledOut:
    """Return the values that entries list in `one-of`, by their characteristic."""
    found: dict[str, dict[str, None]] = {}
    for entry, matcher in patterns:
        if entry.kind == RULE and matcher.condition.one_of is not None:
            found.setdefault(entry.text("Characteristic"), {}).update(dict.fromkeys(matcher.condition.one_of))
    return found


class Candidates:
    """The values of each characteristic that an entry may be about, as a lock spells them, or as they mostly are."""

    def __init__(self, observed: Observed, lock: Lock, spelled_out: SpelledOut) -> None:
        self._observed = observed
        self._lock = lock
        self._spelled_out = spelled_out
        self._known: dict[str, tuple[dict[str, Candidate], list[str]]] = {}

    def of(self, pattern: Pattern) -> Iterator[Candidate]:
        """Yield the values that an entry may name: those that it spells out, else those that begin as it says."""
        known, keys = self._of(pattern.entry.text("Characteristic"))
        condition = pattern.matcher.condition
        if condition.one_of is not None:
            for key, text in {fold(text): text for text in reversed(condition.one_of)}.items():
                yield known.get(key, Candidate(text))
            return
        prefix = fold(condition.family or WILDCARD.split(condition.glob or "")[0])
        for key in keys[bisect_left(keys, prefix) :]:
            if not key.startswith(prefix):
                return
            yield known[key]

    def _of(self, characteristic: str) -> tuple[dict[str, Candidate], list[str]]:
        """Return the values that are seen, known, listed or locked, by their folded text, and those texts in order."""
        if characteristic not in self._known:
            values = self._observed.of(characteristic)
            seen = values.frequent if values is not None else ()
            found = {fold(each.text): Candidate(each.text, each.devices, each.rows) for each in seen}
            for text in self._spelled_out.get(characteristic, ()):
                found.setdefault(fold(text), Candidate(text))
            for key, locked in self._lock.values(characteristic).items():
                found[key] = found.get(key, Candidate(""))._replace(text=locked.text)
            self._known[characteristic] = found, sorted(found)
        return self._known[characteristic]


class _Found:
    """What one entry stands for. `new` are the values that its lock does not have."""

    def __init__(self, pattern: Pattern, known: Candidates, lock: Lock) -> None:
        self._pattern = pattern
        self.listed: list[Listed] = []
        locked = lock.of(lock_key(*pattern))
        self.has_lock = locked is not None
        self.values = tuple(named_values(pattern, known.of(pattern), self.listed.append))
        self.rules = [_rule(pattern, candidate.text) for candidate in self.values]
        there = {fold(value.text) for value in locked.values} if locked is not None else set()
        self.new = tuple(text for rule in self.rules if fold(text := rule.text("QueryString")) not in there)


def named_values(
    pattern: Pattern, known: Iterable[Candidate], list_value: Callable[[Listed], None]
) -> Iterator[Candidate]:
    """Yield the values that an entry names, in order.

    What it may be about and nobody can tell, or what no rule can name, is listed where devices or the catalog have it.
    """
    test = matcher_test(pattern.matcher, {})
    named = [(candidate, answer) for candidate in known if (answer := test(candidate.text)) is not False]
    for candidate, answer in sorted(named, key=lambda each: (natural(each[0].text), each[0].text)):
        why = unfit(candidate.text) or ("its version cannot be told for sure" if answer is None else None)
        if why is None:
            yield candidate
        elif candidate.devices or candidate.rows:
            list_value(Listed(candidate.text, candidate.devices, why))


def _rule(pattern: Pattern, value: str) -> Entity:
    entry = pattern.entry
    characteristic = entry.text("Characteristic")
    return entry._replace(
        identity=rule_identity(characteristic, value),
        key=rule_key(characteristic, value),
        settings={**entry.settings, "QueryString": value},
        pattern=str(pattern.matcher),
    )
