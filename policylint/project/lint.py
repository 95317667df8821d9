"""The policy files of a project to everything that is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.diagnostic import Diagnostic, Severity
from policylint.lint.check import active_rules, check
from policylint.lint.suppress import RULE, suppress

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from policylint.lint.rule import Context, Rule
    from policylint.project.load import LoadedFile


class LintResult(NamedTuple):
    """What is wrong with a policy, what its comments hide, both sorted, and how many files there are."""

    diagnostics: tuple[Diagnostic, ...]
    suppressed: tuple[Diagnostic, ...]
    files: int

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Return the findings that fail a run."""
        return tuple(found for found in self.diagnostics if found.severity is Severity.ERROR)

    def only(self, paths: Collection[str]) -> LintResult:
        """Return the findings in some of the files."""
        found = tuple(diagnostic for diagnostic in self.diagnostics if diagnostic.span.path in paths)
        return self._replace(diagnostics=found, files=len(paths))


def lint(files: Sequence[LoadedFile], rules: Sequence[Rule], context: Context) -> LintResult:
    """Return what is wrong with policy files, and what the rules find that the configuration switches on."""
    found = [diagnostic for file in files for diagnostic in file.diagnostics]
    found.extend(check(active_rules(rules, context.config), context))
    comments = [comment for file in files for comment in file.suppressions]
    fixed = {"syntax", "schema", "file", RULE} | {rule.id for rule in rules if rule.mandatory}
    known = fixed | {name for rule in rules for name in (rule.id, *rule.aliases)}
    return LintResult(*suppress(found, comments, known, fixed, context.today), files=len(files))
