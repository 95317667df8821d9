"""What is offered at a place of a text, which is marked with a bar, and what it would write."""

from __future__ import annotations

from functools import cache

import pytest
import yaml

from policylint.editor.completion import Completion, complete
from policylint.schema.store import CONFIG, POLICY
from tests.unit.editor.world import opened, texts

project = cache(lambda: opened(texts()))


def at(marked: str, schema: str = POLICY) -> Completion:
    found = complete(project(), schema, marked.replace("|", "", 1), marked.index("|"))
    return found or Completion(0, 0, ())


def written(marked: str, label: str, schema: str = POLICY) -> str:
    """Return a text after a suggestion is taken."""
    found, text = at(marked, schema), marked.replace("|", "", 1)
    (item,) = [each for each in found.items if each.label == label]
    return text[: found.start] + item.text + text[found.end :]


RULE = "deviceAccessRules:\n  - Characteristic: "
TYPE, MODEL = (f"{RULE}{each}\n    QueryString: " for each in ("DeviceType", "DeviceModel"))
BOX = "mailboxes:\n  - Identity: ada@contoso.com\n    "
IDS = f"{BOX}ActiveSyncAllowedDeviceIDs: "


@pytest.mark.parametrize(
    ("marked", "label", "expected"),
    [
        pytest.param("organ|", "organization", "organization:", id="section"),
        pytest.param("organization:\n  Def|", "DefaultAccessLevel", "organization:\n  DefaultAccessLevel: ", id="key"),
        pytest.param("organization:\n  Def|: x", "reason", "organization:\n  reason: x", id="key-with-a-colon"),
        pytest.param(
            "organization:\n  DefaultAccessLevel:|", "Block", "organization:\n  DefaultAccessLevel: Block", id="blank"
        ),
        pytest.param(
            "organization:\n  DefaultAccessLevel: Al| # x",
            "Quarantine",
            "organization:\n  DefaultAccessLevel: Quarantine # x",
            id="value",
        ),
        pytest.param(f"{BOX}ActiveSyncEnabled: |", "false", f"{BOX}ActiveSyncEnabled: false", id="boolean"),
        pytest.param(f"{TYPE}|", "iPad", f"{TYPE}iPad", id="type"),
        pytest.param(f"{MODEL}|", "yes", f'{MODEL}"yes"', id="quotes"),
        pytest.param(
            f"{MODEL}'|",
            "yes",
            f"{MODEL}'yes'",
            id="own-quote",
        ),
        pytest.param(f'{MODEL}"y|"', "yes", f'{MODEL}"yes"', id="both"),
        pytest.param(
            f"{RULE}DeviceModel\n    matches: {{one-of: [|]}}",
            "yes",
            f'{RULE}DeviceModel\n    matches: {{one-of: ["yes"]}}',
            id="one-of",
        ),
        pytest.param(f"{IDS}[|]", "A1", f"{IDS}[A1]", id="device"),
        pytest.param(f"{IDS}|", "A1", f"{IDS}[A1]", id="no-list-yet"),
        pytest.param(
            f"{IDS}{{Add: [|]}}",
            "A2",
            f"{IDS}{{Add: [A2]}}",
            id="list-in-part",
        ),
        pytest.param(
            "mailboxes:\n  - Identity: b|", "bob@contoso.com", "mailboxes:\n  - Identity: bob@contoso.com", id="mailbox"
        ),
        pytest.param(
            f"{BOX}ActiveSyncMailboxPolicy: |", "Front desk", f"{BOX}ActiveSyncMailboxPolicy: Front desk", id="policy"
        ),
        pytest.param(
            "tests:\n  - name: x\n    device: {DeviceType: |}",
            "iPad",
            "tests:\n  - name: x\n    device: {DeviceType: iPad}",
            id="device-of-a-test",
        ),
        pytest.param(
            "tests:\n  - name: x\n    expect: [|]", "Blocked", "tests:\n  - name: x\n    expect: [Blocked]", id="state"
        ),
        pytest.param(
            "a: 1 # policylint: ignore[|] x",
            "access-rule-wildcard",
            "a: 1 # policylint: ignore[access-rule-wildcard] x",
            id="rule",
        ),
    ],
)
def test_a_suggestion_writes_what_it_says(marked: str, label: str, expected: str) -> None:
    assert expected == written(marked, label)


@pytest.mark.parametrize(
    ("marked", "label", "expected"),
    [
        ("severity:\n  |", "access-rule-wildcard", "severity:\n  access-rule-wildcard: "),
        ("severity: {access-rule-wildcard: |}", "off", "severity: {access-rule-wildcard: off}"),
        ("edition: |", "exchange-2019", "edition: exchange-2019"),
        ("packs: [|]", "recommended", "packs: [recommended]"),
        ("guards: {protect: [a|]}", "ada@contoso.com", "guards: {protect: [ada@contoso.com]}"),
    ],
)
def test_a_suggestion_for_the_configuration(marked: str, label: str, expected: str) -> None:
    assert expected == written(marked, label, CONFIG)


def test_device_values_come_with_their_numbers_the_most_frequent_first() -> None:
    first = at(f"{TYPE}|").items[0]
    assert ("iPad", "2 devices report it") == (first.label, first.detail)


def test_a_value_that_no_plain_scalar_can_be_is_quoted() -> None:
    marked = f"{MODEL}<|"
    text = written(marked, "<b>`#1`: x")
    assert "<b>`#1`: x" == yaml.safe_load(text)["deviceAccessRules"][0]["QueryString"]


def test_devices_in_quarantine_come_first_and_those_of_others_not_at_all() -> None:
    found = [each.label for each in at(f"{IDS}[|]").items]
    assert ["A2", "A1"] == found


def test_a_device_that_is_in_the_list_is_not_offered_again() -> None:
    assert ["A1"] == [each.label for each in at(f"{IDS}[A2, |]").items]


def test_keys_that_are_there_are_not_offered() -> None:
    found = [each.label for each in at("organization:\n  |\n  reason: x\n").items]
    assert "DefaultAccessLevel" in found
    assert "reason" not in found


def test_settings_of_another_edition_are_not_offered() -> None:
    assert "deviceAutoblockThresholds" not in [each.label for each in at("|").items]


def test_required_keys_come_first_and_are_explained() -> None:
    first = at("deviceAccessRules:\n  - {|}").items[0]
    assert ("Characteristic", "required") == (first.label, first.detail)
    assert "learn.microsoft.com" in first.words


@pytest.mark.parametrize("marked", ["deviceAccessRules:\n  - |", "deviceAccessRules:\n  - {A: b}\n  |\n"])
def test_a_new_entry_is_offered_without_defaults(marked: str) -> None:
    (item,) = [each for each in at(marked).items if each.kind == "entry"]
    dash = "" if marked.endswith("- |") else "- "
    expected = (
        f"{dash}Characteristic: ${{1|DeviceModel,DeviceType,DeviceOS,UserAgent,XMSWLHeader|}}\n"
        "    QueryString: $2\n    AccessLevel: ${3|Allow,Block,Quarantine|}\n    reason: $4"
    )
    assert ("new device access rule", expected) == (item.label, item.text)


@pytest.mark.parametrize(
    "marked", ["services:\n  |", "x: |", "organization:\n  reason: |", "organization: {a: {b: |}}"]
)
def test_nothing_is_offered_where_nothing_is_known(marked: str) -> None:
    assert not at(marked).items
