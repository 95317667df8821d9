"""Every rule applied to every object it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Diagnostic, Severity
from policylint.lint.predicates import PREDICATES
from policylint.phrases import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.lint.rule import Context, Rule
    from policylint.model.config import Config
    from policylint.model.entity import Entity


def active_rules(rules: Iterable[Rule], config: Config) -> tuple[Rule, ...]:
    """Return the rules of the configured packs and edition, with the configured severity; mandatory ones always."""
    return tuple(
        rule._replace(severity=severity)
        for rule in rules
        if (rule.mandatory or set(rule.packs) & set(config.packs) or {rule.id, *rule.aliases} & config.severity.keys())
        and (not rule.editions or config.edition in rule.editions)
        and (severity := _severity(rule, config.severity)) is not None
    )


def _severity(rule: Rule, configured: Mapping[str, str]) -> Severity | None:
    word = next((configured[name] for name in (rule.id, *rule.aliases) if name in configured), rule.severity)
    if rule.mandatory:
        return rule.severity
    return None if word == "off" else Severity(word)


def check(rules: Sequence[Rule], context: Context) -> tuple[Diagnostic, ...]:
    """Return what the rules find, sorted by place, then rule; no two are equal."""
    found: dict[tuple[object, ...], Diagnostic] = {}
    for rule in rules:
        predicate = PREDICATES[rule.predicate]
        for subject in _subjects(rule, context):
            for finding in predicate.apply(subject, rule.params, context):
                values = {**rule.params, "identity": show(subject.identity) if subject else "", **finding.values}
                diagnostic = Diagnostic(
                    rule=rule.id,
                    severity=rule.severity,
                    span=finding.span,
                    message=rule.message.format_map(values),
                    help=finding.help or rule.help.format_map(values),
                    related=finding.related,
                )
                found[diagnostic.sort_key] = diagnostic
    return tuple(sorted(found.values(), key=lambda diagnostic: diagnostic.sort_key))


def _subjects(rule: Rule, context: Context) -> Iterator[Entity | None]:
    if rule.subject == "policy":
        yield None
        return
    yield from context.policy.state.of_kind(rule.subject).values()
