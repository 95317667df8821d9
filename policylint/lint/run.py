"""What is found in policy files to the result of a run: which rules apply, what they find, and what is held back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.diagnostic import Diagnostic, Severity
from policylint.lint.check import active_rules, check
from policylint.lint.suppress import suppress
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from policylint.lint.baseline import Baseline, Entry
    from policylint.lint.facts import Facts
    from policylint.lint.rule import Rule
    from policylint.syntax.suppression import Suppression


class LintResult(NamedTuple):
    """What is wrong with a policy, what its comments hide, both sorted; by which rules, and in how many files.

    `skipped` are the rules that compare with live state, where there is none. `known` are the findings that the
    `baseline` holds, `gone` its entries that are found no longer, with how often.
    """

    diagnostics: tuple[Diagnostic, ...]
    suppressed: tuple[Diagnostic, ...]
    rules: tuple[Rule, ...]
    files: int
    skipped: tuple[Rule, ...] = ()
    baseline: Baseline | None = None
    known: tuple[Diagnostic, ...] = ()
    gone: tuple[Entry, ...] = ()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Return the findings that fail a run."""
        return tuple(found for found in self.diagnostics if found.severity is Severity.ERROR)

    def only(self, paths: Collection[str], declared: Collection[tuple[str, str]] = ()) -> LintResult:
        """Return the findings in some of the files; `declared` are the kinds and folded names of what they declare."""
        return self._replace(
            diagnostics=tuple(each for each in self.diagnostics if each.span.path in paths),
            known=tuple(each for each in self.known if each.span.path in paths),
            gone=tuple(each for each in self.gone if (each.about.kind, fold(each.about.name)) in declared),
            files=len(paths),
        )


def lint(
    found: Iterable[Diagnostic],
    comments: Iterable[Suppression],
    rules: Sequence[Rule],
    facts: Facts,
    *,
    files: int,
    baseline: Baseline | None = None,
) -> LintResult:
    """Return what was found in the files and what the rules find that the configuration switches on.

    `found` and `comments` are those of all the policy files, of which there are `files`.
    """
    active = active_rules(rules, facts.config)
    fixed = {rule.id for rule in rules if rule.mandatory}
    names = {name: rule.id for rule in rules for name in rule.names}
    shown, hidden = suppress((*found, *check(active, facts)), comments, names, fixed, facts.today)
    without = facts.snapshot is None
    skipped = tuple(rule for rule in active if without and rule.predicate and rule.predicate.needs_snapshot)
    result = LintResult(shown, hidden, active, files, skipped)
    if baseline is None:
        return result
    runs = {rule.id for rule in active if sees_all_it_needs(rule, facts)}
    whole = not any(each.severity is Severity.ERROR and each.about is None for each in shown)
    known = set(names.values())
    matched = baseline.match(shown, names, lambda entry: whole and (entry.rule in runs or entry.rule not in known))
    return result._replace(diagnostics=matched.shown, baseline=baseline, known=matched.known, gone=matched.gone)


def errors_about(objects: Collection[tuple[str, str]], rules: Sequence[Rule], facts: Facts) -> tuple[Diagnostic, ...]:
    """Return the errors that rules about single objects find in some of them, which are given by kind and key.

    They are those of the facts, which are used for nothing else.
    """
    facts.only = objects
    kinds = {kind for kind, _ in objects}
    asked = [rule for rule in active_rules(rules, facts.config) if rule.subject in kinds]
    return tuple(found for found in check(asked, facts) if found.severity is Severity.ERROR)


def sees_all_it_needs(rule: Rule, facts: Facts) -> bool:
    """Return whether a rule that finds nothing says that there is nothing to find."""
    if rule.predicate is None or facts.sees_all:
        return True
    return not rule.predicate.needs_snapshot and (facts.snapshot is None or not rule.predicate.needs_whole)
