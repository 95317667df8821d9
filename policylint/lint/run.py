"""What is found in policy files to the result of a run: which rules apply, what they find, and what comments hide."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.diagnostic import Diagnostic, Severity
from policylint.lint.check import active_rules, check
from policylint.lint.suppress import suppress

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from policylint.lint.facts import Facts
    from policylint.lint.rule import Rule
    from policylint.syntax.suppression import Suppression


class LintResult(NamedTuple):
    """What is wrong with a policy, what its comments hide, both sorted; by which rules, and in how many files.

    `skipped` are the rules that compare with live state, where there is none.
    """

    diagnostics: tuple[Diagnostic, ...]
    suppressed: tuple[Diagnostic, ...]
    rules: tuple[Rule, ...]
    files: int
    skipped: tuple[Rule, ...] = ()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Return the findings that fail a run."""
        return tuple(found for found in self.diagnostics if found.severity is Severity.ERROR)

    def only(self, paths: Collection[str]) -> LintResult:
        """Return the findings in some of the files."""
        found = tuple(diagnostic for diagnostic in self.diagnostics if diagnostic.span.path in paths)
        return self._replace(diagnostics=found, files=len(paths))


def lint(
    found: Iterable[Diagnostic],
    comments: Iterable[Suppression],
    rules: Sequence[Rule],
    facts: Facts,
    *,
    files: int,
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
    return LintResult(shown, hidden, active, files, skipped)
