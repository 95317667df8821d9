"""The canonical form, case by case."""

from __future__ import annotations

from textwrap import dedent

import pytest

from policylint.edit.format import formatted
from policylint.schema.store import CONFIG, POLICY
from policylint.source import Source
from tests.worlds import STORE

RULE = "{Characteristic: DeviceOS, QueryString: iOS 17, AccessLevel: Allow}"


def canonical(text: str, identifier: str = POLICY) -> str:
    found, problems = formatted(Source("a.yaml", text), STORE, identifier)
    assert () == problems
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("16.10", '"16.10"'),
        ("NO", '"NO"'),
        ("0123", '"0123"'),
        ("1E5", '"1E5"'),
        ("0o17", '"0o17"'),
        ("0x1F", '"0x1F"'),
        ("1:30", '"1:30"'),
        ("2027-03-31", '"2027-03-31"'),
        ("'~'", '"~"'),
        ("'null'", '"null"'),
        ("yes", '"yes"'),
        ("y", '"y"'),
        ('"\\u00a0x"', '"\\u00A0x"'),
        ("'iPhone'", "iPhone"),
        ('"Outlook for iOS and Android"', "Outlook for iOS and Android"),
        ('"a: b"', '"a: b"'),
        ('"a #b"', '"a #b"'),
        ("a#b", "a#b"),
        ('"@x"', '"@x"'),
        ('" x "', '" x "'),
        ("'5\" tablet'", '5" tablet'),
        ('"it\'s \\"x\\": y"', '"it\'s \\"x\\": y"'),
        ("'a\\b: c'", "'a\\b: c'"),
        ('"caf\\u00e9"', "café"),
        ('"a\\tb"', '"a\\tb"'),
        (">-\n    two\n    words", ">-\n      two\n      words"),
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_a_text(written: str, expected: str) -> None:
    text = f"deviceAccessRules:\n- Characteristic: DeviceModel\n  QueryString: {written}\n  AccessLevel: Allow\n"
    assert f"    QueryString: {expected}\n" in canonical(text)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("MaxInactivityTimeLock: '00:15:00'", "MaxInactivityTimeLock: 00:15:00"),
        ("MaxInactivityTimeLock: Unlimited", "MaxInactivityTimeLock: Unlimited"),
        ("MaxAttachmentSize: 5 MB", "MaxAttachmentSize: 5 MB"),
        ("MaxAttachmentSize: 5242880", "MaxAttachmentSize: 5242880"),
        ("PasswordEnabled: true", "PasswordEnabled: true"),
        ("MinPasswordLength: null", "MinPasswordLength: null"),
        ("AllowBluetooth: 'Allow'", "AllowBluetooth: Allow"),
        ("UnapprovedInROMApplicationList: []", "UnapprovedInROMApplicationList: []"),
        ('UnapprovedInROMApplicationList: [ a ,"b, c"]', 'UnapprovedInROMApplicationList: [a, "b, c"]'),
    ],
    ids=lambda value: value.split(":", maxsplit=1)[1].strip(),
)
def test_a_setting(written: str, expected: str) -> None:
    text = f"mobileDeviceMailboxPolicies:\n- Name: Default\n  {written}\n"
    assert f"mobileDeviceMailboxPolicies:\n  - Name: Default\n    {expected}\n" == canonical(text)


CASES: dict[str, tuple[str, str]] = {
    "order": (
        "tests: []\norganization: {AdminMailRecipients: [], DefaultAccessLevel: Allow}\n",
        "organization: {DefaultAccessLevel: Allow, AdminMailRecipients: []}\ntests: []\n",
    ),
    "comments move with their keys": (
        """\
        organization:
          # who is told
          AdminMailRecipients: []   # nobody
          #what else gets in
          DefaultAccessLevel: Allow #all
        """,
        """\
        organization:
          # what else gets in
          DefaultAccessLevel: Allow  # all
          # who is told
          AdminMailRecipients: []  # nobody
        """,
    ),
    "comments at the head and at the end": (
        f"# yaml-language-server: $schema=x\n# the file\n\n\n# the rules\ndeviceAccessRules:\n- {RULE}\n# end\n",
        f"# yaml-language-server: $schema=x\n# the file\n\n# the rules\ndeviceAccessRules:\n  - {RULE}\n\n# end\n",
    ),
    "a comment at the end of an item": (
        f"deviceAccessRules:\n- {RULE}\n  # of the item\n# of the file\ntests: []\n",
        f"deviceAccessRules:\n  - {RULE}\n  # of the item\n\n# of the file\ntests: []\n",
    ),
    "a comment in brackets": (
        "organization:\n  AdminMailRecipients: [a@contoso.com, # first\n    b@contoso.com]\n",
        "organization:\n  AdminMailRecipients:\n    - a@contoso.com  # first\n    - b@contoso.com\n",
    ),
    "a list too long for a line": (
        f"organization: {{AdminMailRecipients: [{'a' * 60}@contoso.com, {'b' * 60}@contoso.com]}}\n",
        f"organization:\n  AdminMailRecipients:\n    - {'a' * 60}@contoso.com\n    - {'b' * 60}@contoso.com\n",
    ),
    "a line that a comment speaks of stays": (
        f"deviceAccessRules:\n- {{Characteristic: DeviceOS, QueryString: {'x' * 99}, AccessLevel: Allow}}"
        " # policylint: ignore[x] y\n",
        f"deviceAccessRules:\n  - {{Characteristic: DeviceOS, QueryString: {'x' * 99}, AccessLevel: Allow}}"
        "  # policylint: ignore[x] y\n",
    ),
    "keys keep their order where a comment speaks of a line": (
        "organization:\n  AdminMailRecipients: []\n  # policylint: ignore[x] y\n  DefaultAccessLevel: Allow\n",
        "organization:\n  AdminMailRecipients: []\n  # policylint: ignore[x] y\n  DefaultAccessLevel: Allow\n",
    ),
    "blank lines": (
        f"\n\ndeviceAccessRules:\n\n\n- {RULE}\n\n\n\n- {RULE.replace('17', '18')}\n\n\n",
        f"deviceAccessRules:\n  - {RULE}\n\n  - {RULE.replace('17', '18')}\n",
    ),
    "dates": (
        f"deviceAccessRules:\n- {RULE[:-1]}, expires: 2027-03-31}}\n",
        f"deviceAccessRules:\n  - {RULE[:-1]}, expires: 2027-03-31}}\n",
    ),
    "comments without a space in front of them": (
        "organization: {owner: 'me'#a\n}\n",
        "organization:\n  owner: me  # a\n",
    ),
    "a comment behind the head of a text": (
        "organization:\n  reason: |#y\n    # z\n",
        "organization:\n  reason: |  # y\n    # z\n",
    ),
    "line ends and document marker": (
        "---\r\norganization:\r\n    DefaultAccessLevel: Allow\r\n...\r\n",
        "organization:\r\n  DefaultAccessLevel: Allow\r\n",
    ),
    "mixed line ends": (
        "organization:\r\n    DefaultAccessLevel: Allow\n    UserMailInsert: |\r        one\n        two\r\n",
        "organization:\r\n  DefaultAccessLevel: Allow\r\n  UserMailInsert: |\r\n    one\r\n    two\r\n",
    ),
    "a text of several lines": (
        "organization:\n    UserMailInsert: |\n        one\n          two # three\n\n        four\n",
        "organization:\n  UserMailInsert: |\n    one\n      two # three\n\n    four\n",
    ),
    "a text whose first line is indented": (
        "organization:\n UserMailInsert: |1\n    one\n  two\n",
        "organization:\n  UserMailInsert: |2\n      one\n    two\n",
    ),
    "a text without a line end at the end of the file": (
        "organization:\n  UserMailInsert: |\n    one",
        "organization:\n  UserMailInsert: |-\n    one\n",
    ),
    "a text that keeps its line ends, and has one": (
        "organization:\n  UserMailInsert: |+\n    one\ntests: []\n",
        "organization:\n  UserMailInsert: |\n    one\n\ntests: []\n",
    ),
    "a text that keeps its line ends, and has several": (
        "organization:\n  UserMailInsert: |+\n    one\n\n\n  DefaultAccessLevel: Allow\n",
        "organization:\n  DefaultAccessLevel: Allow\n  UserMailInsert: |+\n    one\n\n\n",
    ),
    "a text with a line of spaces": (
        "organization:\n  UserMailInsert: |\n    one\n      \n    two\n",
        "organization:\n  UserMailInsert: |\n    one\n      \n    two\n",
    ),
    "comments between a key and its text": (
        "organization:\n  reason: # one\n    # two\n    why # three\n  owner: me\n",
        "organization:\n  # two\n  # three\n  reason: why  # one\n  owner: me\n",
    ),
    "comments in what is empty": (
        "mailboxes: [ # one\n  # two\n] # three\n",
        "# two\n# three\nmailboxes: []  # one\n",
    ),
    "comments about nothing": ("# one\n{ # two\n}\n# three\n", "# one\n# two\n# three\n{}\n"),
    "a comment behind the end of the document": ("tests: []\n... # end\n", "tests: []\n\n# end\n"),
    "a list that is null": (
        "mailboxes:\n- Identity: a@contoso.com\n  ActiveSyncAllowedDeviceIDs: null\n",
        "mailboxes:\n  - Identity: a@contoso.com\n    ActiveSyncAllowedDeviceIDs: null\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_file(name: str) -> None:
    written, expected = (dedent(text) for text in CASES[name])
    assert expected == canonical(written)
    assert expected == canonical(expected)


def test_a_configuration_keeps_the_order_of_its_rule_ids() -> None:
    text = "severity: {z-rule: off, a-rule: info}\nversion: 1\n"
    assert "version: 1\nseverity: {z-rule: off, a-rule: info}\n" == canonical(text, CONFIG)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("- a\n", "not a mapping"),
        ("a: [\n", "not YAML"),
        ("organisation: {}\n", "unknown key `organisation`"),
        ("organization: {DefaultAccessLevel: allow}\n", "DefaultAccessLevel"),
        ("tests: [\n] # policylint: ignore[x] y\n", "this comment would be about another line"),
        (
            "organization:\n  reason:\n    # policylint: ignore[x] y\n    why\n",
            "this comment would be about another line",
        ),
    ],
)
def test_what_has_no_canonical_form(text: str, message: str) -> None:
    found, problems = formatted(Source("a.yaml", text), STORE, POLICY)
    assert found is None
    assert message in problems[0].message


def test_the_line_of_a_dash_is_that_of_its_first_key() -> None:
    text = (
        "mailboxes:\n- # policylint: ignore[x] y\n"
        "  ActiveSyncAllowedDeviceIDs: [\n    A,\n  ]\n  Identity: a@contoso.com\n"
    )
    expected = (
        "mailboxes:\n  # policylint: ignore[x] y\n"
        "  - ActiveSyncAllowedDeviceIDs:\n      - A\n    Identity: a@contoso.com\n"
    )
    assert expected == canonical(text) == canonical(expected)
