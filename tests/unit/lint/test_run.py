"""The result of a run: what is found, what is hidden, by which rules."""

from __future__ import annotations

from policylint.diagnostic import error
from policylint.lint.run import lint
from policylint.source import Source, Span
from policylint.syntax.parse import parse
from policylint.syntax.suppression import suppressions
from tests.rules.harness import project_of, rules

TEXT = "organization:\n  DefaultAccessLevel: Allow  # policylint: ignore[default-level-allow] a laboratory\n"
SOURCE = Source("a.yaml", TEXT)


def test_the_result_has_what_is_found_and_hidden_and_the_rules_of_the_run() -> None:
    facts = project_of([SOURCE], "{severity: {default-level-allow: error}}").lint_facts
    found = error("schema", Span(SOURCE, 0, 12), "wrong", "right")
    result = lint([found], suppressions(SOURCE, parse(SOURCE)[0]), rules(), facts, files=2)
    assert (found,) == result.diagnostics == result.errors
    assert ["default-level-allow"] == [hidden.rule for hidden in result.suppressed]
    assert (2, ()) == (result.files, result.only(["b.yaml"]).diagnostics)
    severities = {rule.id: str(rule.severity) for rule in result.rules}
    assert ("error", "error") == (severities["default-level-allow"], severities["schema"])
    assert "cis-password-short" not in severities
