"""The result of a run: what is found, what is hidden, by which rules."""

from __future__ import annotations

import pytest

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


WITHOUT_PASSWORD = """\
mobileDeviceMailboxPolicies:
  - {Name: Default, IsDefault: true, PasswordEnabled: false}
"""
IGNORED = "  # policylint: ignore[cis-password-not-required] a test"
BOTH = ["cis-password-not-required", "policy-without-password"]


@pytest.mark.parametrize(("settings", "selected", "comment", "expected"), [
    ("{}", (), "", BOTH[1:]),
    ("{packs: [strict]}", (), "", BOTH[:1]),
    ("{packs: [recommended, cis-exchange-2019-l1]}", (), "", BOTH[:1]),
    ("{packs: [recommended, cis-exchange-2019-l1], severity: {cis-password-not-required: off}}", (), "", BOTH[1:]),
    ("{packs: [recommended, cis-exchange-2019-l1], not-ignorable: [policy-without-password]}", (), "", BOTH),
    ("{packs: [recommended, cis-exchange-2019-l1]}", ("policy-without-password",), "", BOTH),
    ("{packs: [recommended, cis-exchange-2019-l1]}", (), IGNORED, BOTH[1:]),
])  # fmt: skip
def test_two_rules_that_say_the_same_of_an_object_say_it_once(
    settings: str, selected: tuple[str, ...], comment: str, expected: list[str]
) -> None:
    source = Source("a.yaml", WITHOUT_PASSWORD.replace("false}", f"false}}{comment}"))
    facts = project_of([source], settings).lint_facts
    comments = suppressions(source, parse(source)[0])
    result = lint([], comments, rules(), facts, files=1, selected=frozenset(selected))
    assert expected == sorted(each.rule for each in result.diagnostics if each.rule in BOTH)
