"""The rules that a configuration switches on, applied to a policy."""

from __future__ import annotations

from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING

from policylint.diagnostic import About, Diagnostic, Severity
from policylint.lint.predicate import Varying
from policylint.lint.rule import with_included
from policylint.phrases import count, show

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Finding
    from policylint.lint.rule import Rule
    from policylint.model.config import Config
    from policylint.model.entity import Entity
    from policylint.source import Span


def active_rules(rules: Iterable[Rule], config: Config, selected: Collection[str] = frozenset()) -> tuple[Rule, ...]:
    """Return the rules of the configured packs and edition, with the configured severity.

    Mandatory ones, those that may not be ignored, and those of the ids `selected` are among them whatever the packs.
    """
    packs, named = with_included(config.packs), config.severity.keys() | {*config.not_ignorable}
    return tuple(
        configured
        for rule in rules
        if (rule.mandatory or rule.id in selected or not packs.isdisjoint(rule.packs) or named & {*rule.names})
        and (not rule.editions or config.edition in rule.editions)
        and (configured := _configured(rule, config.severity, rule.id in selected)) is not None
    )


def _configured(rule: Rule, severities: Mapping[str, str], is_selected: bool) -> Rule | None:
    """Return a rule with the configured severity, which is that of all its findings; None where it is off."""
    word = next((severities[name] for name in rule.names if name in severities), None)
    if rule.mandatory or word is None or (word == "off" and is_selected):
        return rule
    return None if word == "off" else rule._replace(severity=Severity(word), severity_when_certain=None)


def check(rules: Sequence[Rule], facts: Facts) -> tuple[Diagnostic, ...]:
    """Return what the rules find, sorted by location, then rule; no two are equal."""
    found: dict[tuple[object, ...], Diagnostic] = {}
    for rule in rules:
        if rule.predicate is None or not _can_find(rule, facts):
            continue
        telling: tuple[str, ...] | None = None
        help_of_all = None if "{" in rule.help or "}" in rule.help else rule.help
        findings = rule.predicate.apply(rule.subject, rule.params, facts)
        once = _once_an_entry(findings) if facts.policy.patterns else zip(findings, repeat(()))
        for finding, others in once:
            if telling is None:
                telling = _telling_words(rule)
            about = _about(finding, others, telling, facts) if not rule.is_of_form else None
            words = {**rule.params, **finding.values}
            more = f"; and {count(len(others), 'more object')} of this entry" if others else ""
            diagnostic = Diagnostic(
                rule=rule.id,
                severity=rule.severity_of(certain=finding.certain),
                span=finding.span,
                message=rule.message.format_map(words) + more,
                help=finding.help or (rule.help.format_map(words) if help_of_all is None else help_of_all),
                related=finding.related,
                label=finding.label,
                url=rule.url,
                fix=finding.fix,
                about=about,
            )
            found[*diagnostic.sort_key, about] = diagnostic
    return tuple([found[key] for key in sorted(found, key=_WITHOUT_ABOUT)])


_WITHOUT_ABOUT = itemgetter(slice(-1))
"""The sort key in what findings are told apart by: all but what they are about."""


def _can_find(rule: Rule, facts: Facts) -> bool:
    """Return whether a rule may find anything: some find nothing without live state."""
    return rule.predicate is not None and not (rule.predicate.needs_snapshot and facts.snapshot is None)


class _Asked(dict[str, str]):
    """Notes the placeholders that a message asks for; `string.Formatter` would have to be imported."""

    def __missing__(self, name: str) -> str:
        self[name] = ""
        return ""


def _telling_words(rule: Rule) -> tuple[str, ...]:
    """Return the placeholders of a message that tell its findings apart: those that do not change by themselves.

    The name of the object is not among them.
    """
    known = rule.predicate.placeholders if rule.predicate is not None else {}
    asked = _Asked()
    rule.message.format_map(asked)
    said = (asked.keys() & known.keys()) - {"identity"}
    return tuple(sorted(name for name in said if not isinstance(known[name], Varying)))


def _once_an_entry(findings: Iterable[Finding]) -> Iterator[tuple[Finding, Sequence[Finding]]]:
    """Yield each finding; of those at one place of an entry with `matches` the first, with those of other objects."""
    alike: dict[tuple[str, int, int], list[Finding]] = {}
    for finding in findings:
        if finding.subject is None or not _is_of_matches(finding.subject, finding.span):
            yield finding, ()
        else:
            alike.setdefault((finding.span.path, finding.span.start, finding.span.end), []).append(finding)
    for first, *others in alike.values():
        keys = {each.subject.key for each in others if each.subject is not None and each.subject is not first.subject}
        certain = first.certain or any(each.certain for each in others)
        yield first._replace(fix=None, certain=certain), [each for each in others if _has(each, keys)]


def _has(finding: Finding, keys: set[str]) -> bool:
    """Return whether a finding is about one of some objects, each of which is then taken out."""
    if finding.subject is None or finding.subject.key not in keys:
        return False
    keys.remove(finding.subject.key)
    return True


def _is_of_matches(entity: Entity, span: Span) -> bool:
    """Return whether what is at a place is said by an entry with `matches`, for whatever objects that stands for."""
    if entity.pattern or not entity.lent:
        return bool(entity.pattern)
    return any(lent.entry.origin.span(name) == span for name, lent in entity.lent.items())


def _about(finding: Finding, others: Sequence[Finding], telling: Collection[str], facts: Facts) -> About:
    """Return what a finding is about, as a baseline knows it again: of an entry with `matches` that, and what is said
    of all of its objects.
    """
    about = finding.subject
    if about is None or _is_of_matches(about, finding.span):
        kind, name = facts.object_at(finding.span)
    else:
        kind, name = facts.known_as(about.kind, about.identity)
    if not telling:
        return About(kind, name)
    values = finding.values
    same = [each for each in telling if each in values]
    for other in others:
        same = [each for each in same if other.values.get(each) == values[each]]
    if not same:
        return About(kind, name)
    shown = show(name)
    words = [(each, values[each].replace("`", "")) for each in same]
    return About(kind, name, tuple([each for each in words if each[1] != shown]))
