"""Rule files that are wrong are refused with words that help, at the place that is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylint.documentation import rule_address
from policylint.errors import RuleError
from policylint.lint.load import load_rules
from policylint.source import Source
from tests.rules.harness import store

GOOD = """\
title: No Allow
severity: warning
subject: organization
predicate: field-in
params: {field: DefaultAccessLevel, values: [Allow]}
message: "it is `{value}`"
help: change it
"""
PATH = "lint/house/no-allow/rule.yaml"


def source(text: str, path: str = PATH) -> Source:
    return Source(path, text)


def refused(text: str) -> RuleError:
    with pytest.raises(RuleError) as caught:
        load_rules((), store(), [source(text)])
    return caught.value


def asked(question: str, subject: str = "organization") -> str:
    """Return a rule that asks another question: its predicate and parameters."""
    old = "predicate: field-in\nparams: {field: DefaultAccessLevel, values: [Allow]}"
    text = GOOD.replace(old, question).replace("subject: organization", f"subject: {subject}")
    return text.replace("it is `{value}`", "it is so")


def params_of(question: str, subject: str = "organization") -> dict[str, Any]:
    (rule,) = load_rules((), store(), [source(asked(question, subject))])
    return dict(rule.params)


def test_a_rule_is_read() -> None:
    (rule,) = load_rules([source(GOOD)], store())
    assert (rule.id, rule.group, rule.path, rule.page_path) == (
        "no-allow",
        "house",
        PATH,
        "lint/house/no-allow/rule.md",
    )
    assert (rule.packs, rule.params["values"]) == (("recommended",), ["Allow"])


def test_a_rule_of_policylint_has_a_page_and_one_of_a_project_has_none() -> None:
    (shipped,) = load_rules([source(GOOD)], store())
    (own,) = load_rules((), store(), [source(GOOD)])
    assert (rule_address("no-allow"), None) == (shipped.url, own.url)


def test_the_id_may_be_written_out() -> None:
    (rule,) = load_rules([source(f"id: no-allow\n{GOOD}", PATH.replace("/", "\\"))], store())
    assert (rule.id, rule.group) == ("no-allow", "house")


@pytest.mark.parametrize(
    ("old", "new", "expected", "line"),
    [
        pytest.param("predicate: field-in", "predicate: field-on", "no predicate `field-on`", 4, id="predicate"),
        pytest.param("values: [Allow]", "valves: [Allow]", "`values` is missing", 5, id="parameter-missing"),
        pytest.param("values: [Allow]", "values: [Allow], more: 1", "unknown key `more`", 5, id="parameter-unknown"),
        pytest.param("field: DefaultAccessLevel", "field: []", "`field` is an empty list", 5, id="parameter-type"),
        pytest.param("field: DefaultAccessLevel", "field: Color", "`field` is `Color`", 5, id="setting"),
        pytest.param("values: [Allow]", "values: [Alow]", "this entry is `Alow`", 5, id="value-of-the-setting"),
        pytest.param("values: [Allow]", "values: []", "`values` is an empty list", 5, id="no-value"),
        pytest.param("{value}", "{color}", "`field-in` does not give `color`", 6, id="placeholder"),
        *(
            pytest.param("{value}", text, "is no placeholder", 6, id=text)
            for text in (
                *("{}", "{0}", "{ value}", "{value }", "{value", "value}", "{value}}", "{{value}"),
                *("{value!r}", "{value!z}", "{value!}", "{value:}", "{value:d}", "{value:>2000000000}"),
                *("{value.x}", "{value.__class__}", "{value[0]}", "{value[x]}", "{value:{value}}", "{{{value}:d}"),
                *("{value,}", "{value=}", "{\u0432alue}"),
            )
        ),
        pytest.param(
            "title: No Allow", "id: no-block\ntitle: No Allow", "is not that of the folder `no-allow`", 1, id="id"
        ),
        pytest.param("severity: warning", "severity: loud", "severity", 2, id="severity"),
        pytest.param("subject: organization", "subject: phone", "no kind of object `phone`", 3, id="subject"),
        pytest.param("subject: organization", "subject: policy", "`field-in` is not about `policy`", 3, id="no-object"),
        pytest.param("help: change it\n", "", "`help` is missing", 1, id="required"),
        pytest.param("title: No Allow", "title: No Allow\ntitle: Again", "title", 2, id="syntax"),
        pytest.param("title: No Allow", "title: No Allow\nbuiltin: true", "built-in rules", 2, id="built-in"),
    ],
)
def test_a_wrong_rule_is_refused_where_it_is_wrong(old: str, new: str, expected: str, line: int) -> None:
    assert old in GOOD
    problem = refused(GOOD.replace(old, new))
    assert expected in problem.message
    assert problem.help
    assert problem.span is not None
    assert (PATH, line) == (problem.span.path, problem.span.begin.line)


def test_an_empty_rule_is_refused() -> None:
    assert "empty" in refused("").message


@pytest.mark.parametrize(
    ("question", "subject", "expected"),
    [
        pytest.param(
            "predicate: field-in\nparams: {values: [Allow]}",
            "organization",
            "`field-in` needs one of `field` and `fields`",
            id="none-of-two",
        ),
        pytest.param(
            "predicate: exempt-device\nparams: {list: ActiveSyncAllowedDeviceIDs, client-types: [REST], below: '16.1'}",
            "mailbox",
            "`exempt-device` needs one of `client-types` and `below`",
            id="both-of-two",
        ),
        pytest.param(
            "predicate: exempt-device\nparams: {list: ActiveSyncAllowedDeviceIDs, below: '16.1'}",
            "organization",
            "`exempt-device` is not about `organization`",
            id="other-subject",
        ),
        pytest.param("predicate: query-string-case\nparams: {a: b}", "deviceAccessRule", "unknown key `a`", id="none"),
        pytest.param(
            "predicate: setting-limit\nparams: {field: MinPasswordLength, operator: ge, value: four}",
            "mobileDeviceMailboxPolicy",
            "`value` is `four`, which is not a whole number",
            id="value",
        ),
        pytest.param(
            "predicate: setting-conflict\nparams: {when: {PasswordEnabled: yes}, with: {}}",
            "mobileDeviceMailboxPolicy",
            "`PasswordEnabled` is `yes`, which is not true or false",
            id="value-by-setting",
        ),
        pytest.param(
            "predicate: setting-conflict\nparams: {when: {PaswordEnabled: true}, with: {}}",
            "mobileDeviceMailboxPolicy",
            "unknown key `PaswordEnabled`",
            id="setting-of-value",
        ),
        pytest.param(
            "predicate: invisible-character\nparams: {settings: {mailbox: [Identty]}}",
            "policy",
            "this entry is `Identty`",
            id="setting-by-kind",
        ),
        pytest.param(
            "predicate: invisible-character\nparams: {settings: {mailbx: [Identity]}}",
            "policy",
            "unknown key `mailbx`",
            id="kind-of-setting",
        ),
        pytest.param(
            "predicate: declared-twice\nparams: {kinds: [mailbox, phone]}", "policy", "this entry is `phone`", id="kind"
        ),
        pytest.param(
            "predicate: class-access\nparams: {want: rule, classes: [{name: x, when: never}]}",
            "policy",
            "`when` is `never`",
            id="nested",
        ),
        pytest.param(
            "predicate: access-rule-for\nparams: {values: {DeviceColor: [red]}}",
            "deviceAccessRule",
            "unknown key `DeviceColor`",
            id="characteristic",
        ),
        pytest.param("predicate: declared-twice", "policy", "`kinds` is missing", id="no-parameters"),
    ],
)
def test_parameters_that_are_not_as_the_predicate_has_them_are_refused(
    question: str, subject: str, expected: str
) -> None:
    problem = refused(asked(question, subject))
    assert expected in problem.message
    assert problem.help
    assert problem.span is not None
    assert PATH == problem.span.path


def test_a_near_name_is_proposed() -> None:
    assert refused(asked("predicate: expird\nparams: {note: expires}")).help == "did you mean `expired`?"
    assert refused(GOOD.replace("organization", "organisation")).help == "did you mean `organization`?"
    assert refused(GOOD.replace("{value}", "{valu}")).help == "did you mean `value`?"


@pytest.mark.parametrize(
    ("question", "subject", "expected"),
    [
        pytest.param(
            "predicate: field-in\nparams: {field: UserMailInsert, values: [true, 7, '1E5']}",
            "organization",
            {"field": "UserMailInsert", "values": ["true", "7", "1E5"]},
            id="text",
        ),
        pytest.param(
            "predicate: field-in\nparams: {fields: [PasswordEnabled], values: [true]}",
            "mobileDeviceMailboxPolicy",
            {"fields": ["PasswordEnabled"], "values": [True]},
            id="boolean",
        ),
        pytest.param(
            "predicate: field-in\nparams: {field: ActiveSyncMailboxPolicy, values: [null, 'null']}",
            "mailbox",
            {"field": "ActiveSyncMailboxPolicy", "values": [None, "null"]},
            id="null",
        ),
        pytest.param(
            "predicate: setting-limit\nparams: {field: MaxAttachmentSize, operator: le, value: 10KB}",
            "mobileDeviceMailboxPolicy",
            {"field": "MaxAttachmentSize", "operator": "le", "value": 10240},
            id="size",
        ),
        pytest.param(
            "predicate: setting-limit\nparams: {field: MaxInactivityTimeLock, operator: le, value: Unlimited}",
            "mobileDeviceMailboxPolicy",
            {"field": "MaxInactivityTimeLock", "operator": "le", "value": "Unlimited"},
            id="unlimited",
        ),
    ],
)
def test_values_are_typed_by_their_setting(question: str, subject: str, expected: dict[str, Any]) -> None:
    assert expected == params_of(question, subject)


@pytest.mark.parametrize("digits", [20, 5000])
def test_a_number_that_is_too_long_is_refused_where_it_stands(digits: int) -> None:
    question = f"predicate: setting-limit\nparams: {{field: MinPasswordLength, operator: ge, value: {'9' * digits}}}"
    text = asked(question, "mobileDeviceMailboxPolicy")
    span = refused(text).span
    assert span is not None
    assert ("9" * digits, 5) == (text[span.start : span.end], span.begin.line)


def test_two_rules_of_one_name_are_refused() -> None:
    other = source(GOOD + "aliases: [no-allow]\n", "a/b/other-rule/rule.yaml")
    with pytest.raises(RuleError, match=f"two rules are called `no-allow`: {PATH} and a/b/other-rule/rule.yaml"):
        load_rules([source(GOOD)], store(), [other])


@pytest.mark.parametrize("key", ["subject: mailbox", "message: it is so", "params: {}"])
def test_a_built_in_rule_asks_no_question(key: str) -> None:
    text = "title: A flaw\nseverity: error\nbuiltin: true\n"
    (rule,) = load_rules([source(text)], store())
    assert (rule.predicate, rule.mandatory) == (None, True)
    with pytest.raises(RuleError, match=f"a built-in rule has no `{key.partition(':')[0]}`"):
        load_rules([source(f"{text}{key}\n")], store())


@given(st.text("{}value!:.[]0 x", max_size=12))
def test_a_message_that_is_taken_can_be_filled_in(text: str) -> None:
    try:
        (rule,) = load_rules((), store(), [source(GOOD.replace('"it is `{value}`"', json.dumps(f"it is {text}")))])
    except RuleError:
        return
    assert rule.message.format_map({"value": "Allow", "field": "x", "values": "y"}).startswith("it is ")


@pytest.mark.parametrize(
    "folder", ["No-Allow", "no_allow", "no allow", "no-allow]", "no\nallow", "\u0435", "-a", "a--b"]
)
def test_a_folder_that_is_no_id_is_refused(folder: str) -> None:
    with pytest.raises(RuleError, match="is no id"):
        load_rules((), store(), [source(GOOD, f"lint/house/{folder}/rule.yaml")])


def test_an_alias_that_is_no_id_is_refused() -> None:
    assert "`a]` is no id" in str(refused(GOOD + "aliases: ['a]']\n"))


@pytest.mark.parametrize(("key", "most"), [("title", 200), ("message", 1000), ("help", 1000)])
def test_a_text_that_is_too_short_is_told_how_long_it_has_to_be(key: str, most: int) -> None:
    lines = [f'{key}: "{{"' if line.startswith(f"{key}:") else line for line in GOOD.splitlines()]
    problem = refused("\n".join(lines))
    assert f"`{key}` is `{{`, which is not a text of 3 to {most} characters" == problem.message
