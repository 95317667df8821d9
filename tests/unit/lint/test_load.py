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


def test_a_kind_of_object_that_no_schema_describes_is_refused() -> None:
    asked = "predicate: declared-twice\nparams: {kinds: [mailbox, phone]}"
    text = GOOD.replace("predicate: field-in\nparams: {field: DefaultAccessLevel, values: [Allow]}", asked)
    with pytest.raises(RuleError, match="`phone` is none of organization, deviceAccessRule,"):
        load_rules([("house", Source("lint/no-allow/rule.yaml", text))], store())


def test_two_rules_of_one_name_are_refused() -> None:
    other = GOOD.replace("id: no-allow", "id: other-rule") + "aliases: [no-allow]\n"
    sources = [("a", Source("a/no-allow/rule.yaml", GOOD)), ("b", Source("b/other-rule/rule.yaml", other))]
    with pytest.raises(RuleError, match="two rules are called `no-allow`"):
        load_rules(sources, store())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("7", 7, id="number"),
        pytest.param("9" * 18, 10**18 - 1, id="longest"),
        pytest.param(f'"{"9" * 5000}"', "9" * 5000, id="quoted"),
        pytest.param("\u0663", "\u0663", id="digit-of-another-script"),
        pytest.param("\u00b2", "\u00b2", id="superscript"),
        pytest.param("null", None, id="null"),
        pytest.param('"true"', "true", id="quoted-word"),
    ],
)
def test_parameters_are_plain_data(text: str, expected: object) -> None:
    source = Source("a.yaml", f"[{text}]")
    node, _ = parse(source)
    assert node is not None
    assert [expected] == plain_data(source, node)


@pytest.mark.parametrize("digits", [19, 5000])
def test_a_number_that_is_too_long_is_refused_where_it_stands(digits: int) -> None:
    text = GOOD.replace("values: [Allow]", f"values: [{'9' * digits}]")
    with pytest.raises(RuleError, match=f"a number of {digits} digits") as caught:
        load_rules([("house", Source("lint/no-allow/rule.yaml", text))], store())
    span, remedy = caught.value.span, caught.value.help
    assert span is not None
    assert ("9" * digits, 6) == (text[span.start : span.end], span.begin.line)
    assert remedy == "write at most 18, or quotes around it to mean the text"
