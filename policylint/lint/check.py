"""The rules that a configuration switches on, applied to a policy."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

from policylint.diagnostic import About, Diagnostic, Severity
from policylint.lint.predicate import Varying
from policylint.phrases import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Finding
    from policylint.lint.rule import Rule
    from policylint.model.config import Config


def active_rules(rules: Iterable[Rule], config: Config) -> tuple[Rule, ...]:
    """Return the rules of the configured packs and edition, with the configured severity; mandatory ones always."""
    return tuple(
        configured
        for rule in rules
        if (rule.mandatory or set(rule.packs) & set(config.packs) or config.severity.keys() & rule.names)
        and (not rule.editions or config.edition in rule.editions)
        and (configured := _configured(rule, config.severity)) is not None
    )


def _configured(rule: Rule, severities: Mapping[str, str]) -> Rule | None:
    """Return a rule with the configured severity, which is that of all its findings; None where it is off."""
    word = next((severities[name] for name in rule.names if name in severities), None)
    if rule.mandatory or word is None:
        return rule
    return None if word == "off" else rule._replace(severity=Severity(word), severity_when_certain=None)


def check(rules: Sequence[Rule], facts: Facts) -> tuple[Diagnostic, ...]:
    """Return what the rules find, sorted by location, then rule; no two are equal."""
    found: dict[tuple[object, ...], Diagnostic] = {}
    for rule in rules:
        if rule.predicate is None:
            continue
        telling = _telling_words(rule)
        for finding in rule.predicate.apply(rule.subject, rule.params, facts):
            words = {**rule.params, **finding.values}
            diagnostic = Diagnostic(
                rule=rule.id,
                severity=rule.severity_of(certain=finding.certain),
                span=finding.span,
                message=rule.message.format_map(words),
                help=finding.help or rule.help.format_map(words),
                related=finding.related,
                label=finding.label,
                url=rule.url,
                fix=finding.fix,
                about=_about(finding, telling, facts) if not rule.mandatory else None,
            )
            found[diagnostic.sort_key] = diagnostic
    return tuple(sorted(found.values(), key=lambda diagnostic: diagnostic.sort_key))


def _telling_words(rule: Rule) -> tuple[str, ...]:
    """Return the placeholders of a message that tell its findings apart: those that do not change by themselves."""
    known = rule.predicate.placeholders if rule.predicate is not None else {}
    named = {name for _, name, _, _ in Formatter().parse(rule.message) if name}
    return tuple(sorted(name for name in named & known.keys() if not isinstance(known[name], Varying)))


def _about(finding: Finding, telling: Iterable[str], facts: Facts) -> About:
    """Return what a finding is about, as a baseline knows it again."""
    about = finding.subject
    kind, name = facts.known_as(about.kind, about.identity) if about is not None else facts.object_at(finding.span)
    words = ((each, finding.values[each].replace("`", "")) for each in telling if each in finding.values)
    return About(kind, name, tuple((each, word) for each, word in words if word != show(name) and each != "identity"))
