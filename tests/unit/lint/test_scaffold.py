"""A new rule is one that works."""

from __future__ import annotations

import pytest

from policylint.errors import UsageError
from policylint.lint.scaffold import rule_files
from tests.texts import CONFIG, project

RULE = "house/no-allow"
SETTINGS = "version: 1\npacks: []\ncustom-rules: [lint]\nseverity: {no-allow: error}\n"


def test_the_files_of_a_rule() -> None:
    names = [f"{RULE}/{name}" for name in ("rule.yaml", "rule.md", "good/example.yaml", "bad/example.yaml")]
    assert names == list(rule_files(RULE))
    page = rule_files(RULE)[f"{RULE}/rule.md"]
    sections = [line for line in page.splitlines() if line.startswith("#")]
    assert ["# no-allow", "## What it finds", "## Why it matters", "## How to fix", "## Sources"] == sections


@pytest.mark.parametrize("kind", ["good", "bad"])
def test_it_loads_and_its_examples_hold(kind: str) -> None:
    files = {f"lint/{name}": text for name, text in rule_files(RULE).items()}
    example = rule_files(RULE)[f"{RULE}/{kind}/example.yaml"]
    result = project({CONFIG: SETTINGS, **files, "policy.yaml": example}).lint()
    marked = [number for number, line in enumerate(example.splitlines(), 1) if line.endswith("# expect: no-allow")]
    assert bool(marked) == (kind == "bad")
    assert [("no-allow", line) for line in marked] == [(found.rule, found.span.begin.line) for found in result.errors]


@pytest.mark.parametrize(
    "name", ["", "no-allow", "/no-allow", "house/", "House/no-allow", "house/no_allow", "a/b/c", "../b"]
)
def test_what_is_not_the_name_of_a_rule_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is not the name of a rule"):
        rule_files(name)
