"""Questions about entries with `matches`, and about the lock that keeps the values they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.devices.matching import WILDCARD, matcher_test, unfit
from policylint.diagnostic import Label
from policylint.lint.predicate import Finding, Varying, policy_predicate
from policylint.model.lock import LOCK_NAME
from policylint.model.matcher import KEY, NOT
from policylint.model.state import MAILBOX, RULE
from policylint.phrases import count, listed, quoted
from policylint.source import Span
from policylint.syntax.node import MappingNode, SequenceNode
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params
    from policylint.model.matcher import Condition, Expansion, Listed, Pattern

PATTERN = {"pattern": "what the entry names, in words"}
_MOST = 5


def _words(pattern: Pattern) -> dict[str, str]:
    return {"pattern": quoted(str(pattern.matcher))}


def _expansions(facts: Facts, kind: str) -> list[Expansion]:
    return [each for each in facts.policy.expansions if each.pattern.entry.kind == kind]


@policy_predicate(
    placeholders={
        "object": "the object that both stand for",
        "other": Varying("where the other entry is"),
        "setting": "the setting that they want to be different",
        "values": "what the two want",
    }
)
def matches_conflict(_params: Params, facts: Facts) -> Findings:
    """Find each pair of entries with `matches` that stand for one object and differ in a setting of it."""
    met: set[tuple[int, int]] = set()
    for each in facts.policy.conflicts:
        pair = (id(each.first.origin.node), id(each.second.origin.node))
        if pair not in met:
            met.add(pair)
            other = each.first.origin.key_span(KEY)
            related = (Label(other, "the other entry"),)
            words = {
                "object": quoted(each.identity),
                "other": str(other),
                "setting": each.setting,
                "values": each.words,
            }
            yield Finding(each.second.origin.key_span(KEY), words, related)


@policy_predicate(
    placeholders={
        **PATTERN,
        "missing": Varying("what the lock does not have"),
    }
)
def lock_outdated(_params: Params, facts: Facts) -> Findings:
    """Find each entry with `matches` that the lock does not have, or not with all the values that it stands for."""
    for found in _expansions(facts, RULE):
        values = listed(map(quoted, found.new), _MOST)
        if not found.has_lock:
            several = count(len(found.values), "value")
            missing = f"this entry, which stands for {several}{f': {values}' if found.new else ''}"
        elif found.new:
            missing = f"{count(len(found.new), 'value')} that this entry stands for: {values}"
        else:
            continue
        lines = listed((f"`- {text}`" for text in found.new), 3)
        what = f", which adds {lines}" if found.new else ""
        advice = f"run `policylint lock`{what}, and commit {LOCK_NAME} with the entry"
        words = {**_words(found.pattern), "missing": missing}
        yield Finding(found.pattern.entry.origin.key_span(KEY), words, help=advice, subject=found.pattern.entry)


@policy_predicate(placeholders={"what": "the value or the entry", "why": "why it has no place there"}, files_tell=True)
def lock_without_use(_params: Params, facts: Facts) -> Findings:
    """Find each value of the lock that its own entry does not name, and each entry that the policy does not have.

    The entries of every environment are read.
    """
    known = facts.lock.known() if facts.lock.lock.entries else frozenset()
    for entry in facts.lock.lock.entries:
        name = quoted(f"{entry.matcher} ({entry.characteristic})")
        if entry.key not in known:
            why = f"no entry of the policy has these `matches` with the level {entry.level}"
            yield Finding(entry.span, {"what": name, "why": why})
            continue
        test = matcher_test(entry.matcher, {})
        for value in entry.values:
            if test(value.text) is not True or unfit(value.text):
                words = {"what": quoted(value.text), "why": f"{name} does not name it, and it makes no rule"}
                yield Finding(value.span, words)


@policy_predicate(placeholders={**PATTERN, "values": Varying("the values, how many devices report them, and why")})
def matches_listed_value(_params: Params, facts: Facts) -> Findings:
    """Find each entry with `matches` that may be about values that cannot be told: those make no rule."""
    for found in _expansions(facts, RULE):
        if found.listed:
            shown = sorted(found.listed, key=lambda each: (-each.devices, each.value))
            words = {**_words(found.pattern), "values": listed(map(_listed, shown), _MOST)}
            yield Finding(found.pattern.entry.origin.key_span(KEY), words, subject=found.pattern.entry)


def _listed(each: Listed) -> str:
    devices = count(each.devices, "device") if each.devices else "catalog"
    return f"{quoted(each.value)} ({devices}: {each.why})"


@policy_predicate(placeholders={**PATTERN, "why": Varying("why it makes nothing")})
def matches_nothing_known(_params: Params, facts: Facts) -> Findings:
    """Find each entry with `matches` that stands for nothing: nothing known is as it says, or all has an entry already.

    It is certain unless the mailboxes are not known, as there is no snapshot that has them. One that spells out values
    which nothing known reports is found as well, and is not certain.
    """
    yield from _no_mailboxes(facts)
    for found in _expansions(facts, RULE):
        if found.objects:
            yield from _unknown_values(found, facts)
            continue
        characteristic = found.pattern.entry.text("Characteristic")
        why = f"names no value of {facts.observed.sources_phrase(characteristic)}, and none of {LOCK_NAME}"
        if found.without_effect:
            why = "makes no rule, as other entries have a rule on each of its values"
        words = {**_words(found.pattern), "why": why}
        yield Finding(found.pattern.entry.origin.key_span(KEY), words, certain=True, subject=found.pattern.entry)


def _unknown_values(found: Expansion, facts: Facts) -> Findings:
    """Find an entry that spells out values which nothing known reports."""
    unknown = [each.text for each in found.values if not (each.devices or each.rows)]
    unknown = [text for text in unknown if found.pattern.matcher.condition.one_of is not None]
    values = facts.observed.of(found.pattern.entry.text("Characteristic"))
    if unknown and values is not None:
        near = [other.text for text in unknown if (other := values.alike(text) or values.mistyped(text)) is not None]
        words = {**_words(found.pattern), "why": f"names what nothing known reports: {listed(map(quoted, unknown))}"}
        advice = f"did you mean {listed(map(quoted, near))}?" if near else None
        advice = _glob_advice(unknown) or advice
        yield Finding(found.pattern.entry.origin.key_span(KEY), words, help=advice, subject=found.pattern.entry)


def _glob_advice(unknown: Iterable[str]) -> str | None:
    """Return how to write what looks like a pattern among values that a list spells out, None where nothing does."""
    pattern = next((text for text in unknown if WILDCARD.search(text)), None)
    return f"{quoted(pattern)} is one value in a list: write `glob` for a pattern" if pattern is not None else None


def _no_mailboxes(facts: Facts) -> Findings:
    for found in _expansions(facts, MAILBOX):
        if not found.objects:
            why = "names no mailbox of the snapshot"
            if found.needs_live:
                why = "is not expanded: no snapshot says which mailboxes there are"
            words, entry = {**_words(found.pattern), "why": why}, found.pattern.entry
            yield Finding(entry.origin.key_span(KEY), words, certain=not found.needs_live, subject=entry)


@policy_predicate(
    placeholders={"value": "the name", "what": "what it is instead", "effect": "what that means for the entry"},
    needs_snapshot=True,
)
def listed_mailbox_not_found(_params: Params, facts: Facts) -> Findings:
    """Find each name in `one-of` and `file` that is not that of one mailbox of a snapshot with all mailboxes.

    It is certain where the name is to be left out: the mailbox that is meant may then be among those that are not.
    It finds nothing if the snapshot is redacted.
    """
    if facts.snapshot is None or facts.snapshot.header.redacted or facts.snapshot.state.mailboxes is None:
        return
    names, met = facts.live_names(MAILBOX), set[tuple[Span, str, bool]]()
    for pattern in facts.policy.patterns:
        for place, condition in enumerate(pattern.matcher.conditions if pattern.entry.kind == MAILBOX else ()):
            for text, span in _listed_names(pattern, place, condition, facts):
                key = (span, fold(text), place > 0)
                if key in met or names.get(fold(text)) is not None:
                    continue
                met.add(key)
                near = facts.near_live(MAILBOX, text)
                words = {
                    "value": quoted(text),
                    "what": names.why_not_one(fold(text), "is no mailbox of the snapshot"),
                    "effect": "is not left out" if place else "gets no entry",
                }
                advice = f"did you mean {quoted(near)}?" if near is not None else None
                advice = _glob_advice([text]) or advice
                yield Finding(span, words, help=advice, certain=place > 0)


def _listed_names(pattern: Pattern, place: int, condition: Condition, facts: Facts) -> Iterator[tuple[str, Span]]:
    """Yield the names that a condition lists, each with where it is; `place` is that of the condition."""
    at = pattern.entry.origin.key_span(KEY)
    node = _parts_of(pattern)[place].values.get("one-of")
    items = node.items if isinstance(node, SequenceNode) else ()
    for text, item in zip(condition.one_of or (), items, strict=True):
        yield text, Span(at.source, item.start, item.end)
    for line in facts.lists.files.get(condition.file or "", ()):
        yield line.text, line.span


def _parts_of(pattern: Pattern) -> list[MappingNode]:
    """Return where each condition of a matcher is written, that which must hold first."""
    entry = pattern.entry.origin.node
    node = entry.values.get(KEY) if entry is not None else None
    if not isinstance(node, MappingNode):
        return []
    excluded = node.values.get(NOT)
    parts = [node, *(excluded.items if isinstance(excluded, SequenceNode) else [excluded])]
    return [part for part in parts if isinstance(part, MappingNode)]
