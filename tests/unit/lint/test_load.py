"""Rule files that are wrong are refused with words that help."""

from __future__ import annotations

import pytest

from policylint.errors import RuleError
from policylint.lint.load import load_rules, plain_data
from policylint.source import Source
from policylint.syntax.parse import parse
from tests.rules.harness import store

GOOD = """\
id: no-allow
title: No Allow
severity: warning
subject: organization
predicate: field-in
params: {field: DefaultAccessLevel, values: [Allow]}
message: "it is `{value}`"
help: change it
"""


def test_a_rule_is_read() -> None:
    (rule,) = load_rules([("house", Source("lint/no-allow/rule.yaml", GOOD))], store())
    assert (rule.id, rule.group, rule.packs, rule.params["values"]) == (
        "no-allow",
        "house",
        ("recommended",),
        ["Allow"],
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("predicate: field-in", "predicate: field-on", "no predicate `field-on`", id="predicate"),
        pytest.param("values: [Allow]", "valves: [Allow]", "params has no values", id="parameter-missing"),
        pytest.param("values: [Allow]", "values: [Allow], more: 1", "params.more is not known", id="parameter-unknown"),
        pytest.param("field: DefaultAccessLevel", "field: []", "params.field is not of type string", id="type"),
        pytest.param("{value}", "{colour}", "does not answer with colour", id="placeholder"),
        pytest.param("{value}", "{value", "message or help", id="brace"),
        pytest.param("id: no-allow", "id: no-block", "stands in a folder `no-allow`", id="folder"),
        pytest.param("severity: warning", "severity: loud", "severity", id="severity"),
        pytest.param("help: change it\n", "", "help", id="required"),
        pytest.param("title: No Allow", "title: No Allow\ntitle: Again", "title", id="syntax"),
    ],
)
def test_a_wrong_rule_is_refused(old: str, new: str, expected: str) -> None:
    assert old in GOOD
    with pytest.raises(RuleError) as caught:
        load_rules([("house", Source("lint\\no-allow\\rule.yaml", GOOD.replace(old, new)))], store())
    assert expected in caught.value.message


def test_two_rules_of_one_name_are_refused() -> None:
    other = GOOD.replace("id: no-allow", "id: other-rule") + "aliases: [no-allow]\n"
    sources = [("a", Source("a/no-allow/rule.yaml", GOOD)), ("b", Source("b/other-rule/rule.yaml", other))]
    with pytest.raises(RuleError, match="two rules are called `no-allow`"):
        load_rules(sources, store())


def test_a_number_of_any_length_in_parameters_is_read() -> None:
    node, _ = parse(Source("a.yaml", f"[7, {'9' * 5000}, \u0663]"))
    assert node is not None
    assert [7, "9" * 5000, "\u0663"] == plain_data(node)
