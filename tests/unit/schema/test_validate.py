"""What the schema has against a policy file: the words, the place and the remedy."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from policylint.phrases import nearest
from policylint.schema.keywords import in_range, matches_format
from tests.worlds import STORE, read

if TYPE_CHECKING:
    from collections.abc import Callable

POLICY = "mobileDeviceMailboxPolicies:\n- Name: a\n  "
RULE = "deviceAccessRules:\n- Characteristic: DeviceOS\n  AccessLevel: Allow\n  "
MAILBOX = "mailboxes:\n- Identity: a@contoso.com\n  "
ORGANIZATION = "organization:\n  "

BYTES = "write a number of bytes from 0 to 2147482624, or Unlimited; KB, MB or GB may follow the number"

Case = tuple[str, str, list[tuple[str, str]]]

TYPES: list[Case] = [
    # id, text, [(line:column message, remedy)]
    ("norway-bool", POLICY + "PasswordEnabled: NO\n", [
        ("3:20 `PasswordEnabled` is `NO`, which is not true or false", "write `false`, without quotes")]),
    ("off-bool", POLICY + "PasswordEnabled: off\n", [
        ("3:20 `PasswordEnabled` is `off`, which is not true or false", "write `false`, without quotes")]),
    ("yes-bool", POLICY + "PasswordEnabled: yes\n", [
        ("3:20 `PasswordEnabled` is `yes`, which is not true or false", "write `true`, without quotes")]),
    ("powershell-bool", POLICY + "PasswordEnabled: $true\n", [
        ("3:20 `PasswordEnabled` is `$true`, which is not true or false", "write `true`, without quotes")]),
    ("quoted-bool", POLICY + 'PasswordEnabled: "true"\n', [
        ("3:20 `PasswordEnabled` is `true`, which is not true or false", "write `true`, without quotes")]),
    ("number-bool", POLICY + "PasswordEnabled: 1\n", [
        ("3:20 `PasswordEnabled` is `1`, which is not true or false", "write `true` or `false`")]),
    ("empty-bool", POLICY + "PasswordEnabled:\n", [("3:19 `PasswordEnabled` is empty", "write true or false")]),
    ("null-bool", POLICY + "PasswordEnabled: null\n", [
        ("3:20 `PasswordEnabled` is `null`", "there is no null here; leave it out, or write true or false")]),
    ("null-enum", ORGANIZATION + "DefaultAccessLevel: ~\n", [
        ("2:23 `DefaultAccessLevel` is `~`",
         "there is no null here; leave it out, or write one of Allow, Block, Quarantine")]),
    ("null-required-enum", "deviceAccessRules:\n- {Characteristic: Null, AccessLevel: Allow, QueryString: a}\n", [
        ("2:20 `Characteristic` is `Null`",
         "there is no null here; write one of DeviceModel, DeviceType, DeviceOS, UserAgent, XMSWLHeader")]),
    ("null-required-text", RULE + "QueryString: null\n", [
        ("4:16 `QueryString` is `null`", 'there is no null here; write "null" in quotes to mean that text')]),
    ("null-required-name", "mailboxes: [{Identity: ~}]\n", [
        ("1:24 `Identity` is `~`", 'there is no null here; write "~" in quotes to mean that text')]),
    ("null-item", ORGANIZATION + "AdminMailRecipients: [NULL]\n", [
        ("2:25 this entry is `NULL`",
         'there is no null here; leave it out, or write "NULL" in quotes to mean that text')]),
    ("tilde-text", "deviceAccessRules:\n- {Characteristic: DeviceOS, AccessLevel: Allow, QueryString: A, owner: ~}\n", [
        ("2:73 `owner` is `~`", 'there is no null here; leave it out, or write "~" in quotes to mean that text')]),
    ("quoted-int", POLICY + "PasswordHistory: '6'\n", [
        ("3:20 `PasswordHistory` is `6`, which is not a whole number from 0 to 50", "remove the quotes: 6")]),
    ("octal", POLICY + "PasswordHistory: 010\n", [
        ("3:20 `PasswordHistory` is `010`, which is not a whole number from 0 to 50",
         "write a whole number from 0 to 50")]),
    ("exponent", POLICY + "PasswordHistory: 1E1\n", [
        ("3:20 `PasswordHistory` is `1E1`, which is not a whole number from 0 to 50",
         "write a whole number from 0 to 50")]),
    ("float", POLICY + "PasswordHistory: 1.0\n", [
        ("3:20 `PasswordHistory` is `1.0`, which is not a whole number from 0 to 50",
         "write a whole number from 0 to 50")]),
    ("sexagesimal", POLICY + "PasswordHistory: 1:30\n", [
        ("3:20 `PasswordHistory` is `1:30`, which is not a whole number from 0 to 50",
         "write a whole number from 0 to 50")]),
    ("beyond-int", POLICY + "PasswordHistory: 51\n", [
        ("3:20 `PasswordHistory` is `51`, which is not a whole number from 0 to 50",
         "write a whole number from 0 to 50")]),
    ("zero-length", POLICY + "MinPasswordLength: 0\n", [
        ("3:22 `MinPasswordLength` is `0`, which is not a whole number from 1 to 16, or null",
         "write a whole number from 1 to 16, or null")]),
    ("tilde-nullable", POLICY + "MinPasswordLength: ~\n", [
        ("3:22 `MinPasswordLength` is `~`", "write `null` for no value, or leave the key out")]),
    ("empty-nullable", POLICY + "MinPasswordLength:\n", [
        ("3:21 `MinPasswordLength` is empty", "write `null` for no value, or leave the key out")]),
    ("capital-null", POLICY + "MinPasswordLength: Null\n", [
        ("3:22 `MinPasswordLength` is `Null`", "write `null` for no value, or leave the key out")]),
    ("quoted-null", POLICY + "MinPasswordLength: 'null'\n", [
        ("3:22 `MinPasswordLength` is `null`, which is not a whole number from 1 to 16, or null",
         "remove the quotes: null")]),
    ("unlimited-beyond", POLICY + "MaxPasswordFailedAttempts: 3\n", [
        ("3:30 `MaxPasswordFailedAttempts` is `3`, which is not a whole number from 4 to 16, or Unlimited",
         "write a whole number from 4 to 16, or Unlimited")]),
    ("unlimited-case", POLICY + "MaxPasswordFailedAttempts: unlimited\n", [
        ("3:30 `MaxPasswordFailedAttempts` is `unlimited`, which is not a whole number from 4 to 16, or Unlimited",
         "write `Unlimited`")]),
    ("unlimited-quoted", POLICY + "MaxPasswordFailedAttempts: '8'\n", [
        ("3:30 `MaxPasswordFailedAttempts` is `8`, which is not a whole number from 4 to 16, or Unlimited",
         "remove the quotes: 8")]),
    ("minutes", POLICY + "MaxInactivityTimeLock: 15:00\n", [
        ("3:26 `MaxInactivityTimeLock` is `15:00`, which is not a time span [d.]hh:mm:ss from 00:01:00 to 01:00:00, "
         "or Unlimited", "Exchange reads `15:00` as 15 hours and 0 minutes; for minutes write `00:15:00`")]),
    ("many-minutes", POLICY + "MaxInactivityTimeLock: 90:00\n", [
        ("3:26 `MaxInactivityTimeLock` is `90:00`, which is not a time span [d.]hh:mm:ss from 00:01:00 to 01:00:00, "
         "or Unlimited", "write a time span [d.]hh:mm:ss from 00:01:00 to 01:00:00, or Unlimited")]),
    ("number-of-minutes", POLICY + "MaxInactivityTimeLock: 15\n", [
        ("3:26 `MaxInactivityTimeLock` is `15`, which is not a time span [d.]hh:mm:ss from 00:01:00 to 01:00:00, "
         "or Unlimited", "Exchange reads `15` as 15 days; for minutes write `00:15:00`")]),
    ("number-of-days", POLICY + "PasswordExpiration: 90\n", [
        ("3:23 `PasswordExpiration` is `90`, which is not a time span [d.]hh:mm:ss from 1.00:00:00 to 730.00:00:00, "
         "or Unlimited", "Exchange reads `90` as 90 days; for days write `90.00:00:00`")]),
    ("number-of-something", POLICY + "DevicePolicyRefreshInterval: 1\n", [
        ("3:32 `DevicePolicyRefreshInterval` is `1`, which is not a time span [d.]hh:mm:ss, or Unlimited",
         "Exchange reads `1` as 1 days; for minutes write `00:01:00` or for days write `1.00:00:00`")]),
    ("superscript-minutes", POLICY + "MaxInactivityTimeLock: \u00b2\n", [
        ("3:26 `MaxInactivityTimeLock` is `\u00b2`, which is not a time span [d.]hh:mm:ss from 00:01:00 to 01:00:00, "
         "or Unlimited", "write a time span [d.]hh:mm:ss from 00:01:00 to 01:00:00, or Unlimited")]),
    ("span-beyond", POLICY + "MaxInactivityTimeLock: 02:00:00\n", [
        ("3:26 `MaxInactivityTimeLock` is `02:00:00`, which is not a time span [d.]hh:mm:ss from 00:01:00 to 01:00:00, "
         "or Unlimited", "write a time span [d.]hh:mm:ss from 00:01:00 to 01:00:00, or Unlimited")]),
    ("bytes", POLICY + "MaxAttachmentSize: 1.5 MB\n", [
        ("3:22 `MaxAttachmentSize` is `1.5 MB`, which is not a number of bytes from 0 to 2147482624, "
         "or Unlimited", BYTES)]),
    ("bytes-beyond", POLICY + "MaxAttachmentSize: 2GB\n", [
        ("3:22 `MaxAttachmentSize` is `2GB`, which is not a number of bytes from 0 to 2147482624, "
         "or Unlimited", BYTES)]),
    ("enum-case", ORGANIZATION + "DefaultAccessLevel: allow\n", [
        ("2:23 `DefaultAccessLevel` is `allow`, which is not one of Allow, Block, Quarantine", "write `Allow`")]),
    ("enum-near", ORGANIZATION + "DefaultAccessLevel: Quarantined\n", [
        ("2:23 `DefaultAccessLevel` is `Quarantined`, which is not one of Allow, Block, Quarantine",
         "write `Quarantine`")]),
    ("enum-far", ORGANIZATION + "DefaultAccessLevel: NO\n", [
        ("2:23 `DefaultAccessLevel` is `NO`, which is not one of Allow, Block, Quarantine",
         "write one of Allow, Block, Quarantine")]),
    ("bool-for-enum", POLICY + "AllowBluetooth: true\n", [
        ("3:19 `AllowBluetooth` is `true`, which is not one of Allow, Disable, HandsfreeOnly",
         "write one of Allow, Disable, HandsfreeOnly")]),
    ("empty-text", RULE + "QueryString:\n", [("4:15 `QueryString` is empty", "write a text")]),
    ("empty-quoted-text", RULE + "QueryString: ''\n", [("4:16 `QueryString` is empty", "write a text")]),
    ("list-for-text", RULE + "QueryString: [iOS]\n", [("4:16 `QueryString` is a list", "write a text")]),
    ("mapping-for-text", RULE + "QueryString: {a: b}\n", [("4:16 `QueryString` is a mapping", "write a text")]),
    ("text-too-long", ORGANIZATION + f"UserMailInsert: {'x' * 300}\n", [
        (f"2:19 `UserMailInsert` is `{'x' * 57}...`, which is not a text of at most 256 characters, or null",
         "it has 300 characters; shorten it by 44")]),
    ("text-for-list", MAILBOX + "ActiveSyncAllowedDeviceIDs: ApplDQ7\n", [
        ("3:31 `ActiveSyncAllowedDeviceIDs` is a single value", "write a list: [ApplDQ7]")]),
    ("quoted-null-for-list", MAILBOX + "ActiveSyncAllowedDeviceIDs: 'null'\n", [
        ("3:31 `ActiveSyncAllowedDeviceIDs` is a single value", "write a list: ['null']")]),
    ("empty-for-list", MAILBOX + "ActiveSyncAllowedDeviceIDs:\n", [
        ("3:30 `ActiveSyncAllowedDeviceIDs` has no content", "write a list of texts")]),
    ("empty-item", MAILBOX + "ActiveSyncAllowedDeviceIDs: [a, '']\n", [("3:35 this entry is empty", "write a text")]),
    ("list-in-list", MAILBOX + "ActiveSyncAllowedDeviceIDs: [a, [b]]\n", [
        ("3:35 this entry is a list", "write a text")]),
    ("no-address", ORGANIZATION + "AdminMailRecipients: [mobile admins]\n", [
        ("2:25 this entry is `mobile admins`, which is not a mail address", "write a mail address")]),
    ("nearly-no-address", ORGANIZATION + "AdminMailRecipients: [a]\n", [
        ("2:25 this entry is `a`, which is not a mail address", "write a mail address")]),
    ("blank-before-address", ORGANIZATION + 'AdminMailRecipients: [" ops@contoso.com"]\n', [
        ("2:25 this entry is ` ops@contoso.com`, which is not a mail address", "write `ops@contoso.com`")]),
    ("line-end-after-address", ORGANIZATION + 'AdminMailRecipients: ["ops@contoso.com\\n"]\n', [
        ("2:25 this entry is `ops@contoso.com\\n`, which is not a mail address", "write `ops@contoso.com`")]),
    ("kind-of-address", ORGANIZATION + 'AdminMailRecipients: ["SMTP:ops@contoso.com"]\n', [
        ("2:25 this entry is `SMTP:ops@contoso.com`, which is not a mail address", "write `ops@contoso.com`")]),
    ("name-with-address", ORGANIZATION + 'AdminMailRecipients: ["Ops <ops@contoso.com>"]\n', [
        ("2:25 this entry is `Ops <ops@contoso.com>`, which is not a mail address", "write `ops@contoso.com`")]),
    ("two-signs", ORGANIZATION + 'AdminMailRecipients: ["ops@@contoso.com"]\n', [
        ("2:25 this entry is `ops@@contoso.com`, which is not a mail address", "write `ops@contoso.com`")]),
    ("two-addresses", ORGANIZATION + 'AdminMailRecipients: ["a@contoso.com;b@contoso.com"]\n', [
        ("2:25 this entry is `a@contoso.com;b@contoso.com`, which is not a mail address",
         "write each as an entry of its own: `a@contoso.com` and `b@contoso.com`")]),
    ("comma-for-a-dot", ORGANIZATION + 'AdminMailRecipients: ["ops@contoso,com"]\n', [
        ("2:25 this entry is `ops@contoso,com`, which is not a mail address", "write `ops@contoso.com`")]),
    ("block-minutes", "deviceAutoblockThresholds: [{Identity: a, DeviceBlockDuration: 15}]\n", [
        ("1:64 `DeviceBlockDuration` is `15`, which is not a time span [d.]hh:mm:ss",
         "Exchange reads `15` as 15 days; for minutes write `00:15:00` or for days write `15.00:00:00`")]),
    ("no-date", MAILBOX + "expires: 2027-02-30\n", [
        ("3:12 `expires` is `2027-02-30`, which is not a date (YYYY-MM-DD)", "write a date (YYYY-MM-DD)")]),
    ("short-date", MAILBOX + "expires: 2027-3-1\n", [
        ("3:12 `expires` is `2027-3-1`, which is not a date (YYYY-MM-DD)", "write a date (YYYY-MM-DD)")]),
    ("basic-date", MAILBOX + "expires: 20270301\n", [
        ("3:12 `expires` is `20270301`, which is not a date (YYYY-MM-DD)", "write a date (YYYY-MM-DD)")]),
]  # fmt: skip

SHAPES: list[Case] = [
    ("root-text", "hello\n", [("1:1 this file is `hello`", "write a mapping")]),
    ("root-list", "- organization\n", [("1:1 this file is a list", "write a mapping")]),
    ("root-empty-document", "---\n", [("2:1 this file has no content", "write a mapping")]),
    ("section-empty", "deviceAccessRules:\n", [
        ("1:19 `deviceAccessRules` has no content", "write a list of mappings")]),
    ("section-null", "deviceAccessRules: null\n", [
        ("1:20 `deviceAccessRules` is `null`", "write a list of mappings")]),
    ("section-mapping", "deviceAccessRules: {}\n", [
        ("1:20 `deviceAccessRules` is a mapping", "write a list of mappings")]),
    ("section-of-texts", "mailboxes: [a@contoso.com]\n", [("1:13 this entry is `a@contoso.com`", "write a mapping")]),
    ("organization-list", "organization: []\n", [("1:15 `organization` is an empty list", "write a mapping")]),
    ("unknown-section", "deviceAccesRules: []\n", [
        ("1:1 unknown key `deviceAccesRules`", "did you mean `deviceAccessRules`?")]),
    ("key-with-an-answer", "mailboxes:\n- matches: {glob: a, group: y}\n", [
        ("2:22 unknown key `group`", "a group is outside of policylint: export the addresses of its members to a file,"
         " one a line, and name that with `file`")]),
    ("either-key-twice", RULE + "QueryString: iOS\n  matches: {glob: a}\n", [
        ("5:3 `QueryString` and `matches` stand for the same: an entry has one of them",
         "remove `matches` or `QueryString`")]),
    ("a-mapping-or-a-list", RULE + "matches: {glob: a, not: 1}\n", [
        ("4:27 `not` is `1`, which is not a mapping, or a list of mappings",
         "write a mapping, or a list of mappings")]),
    ("unknown-far", "foo: 1\n", [
        ("1:1 unknown key `foo`",
         "keys here: organization, deviceAccessRules, mobileDeviceMailboxPolicies, mailboxes, mailboxPlans")]),
    ("case-of-key", RULE + "queryString: iOS\n", [
        ("2:3 `QueryString` is missing", "add `QueryString`: a text, or `matches` for several"),
        ("4:3 unknown key `queryString`", "did you mean `QueryString`?")]),
    ("keys-in-two-cases", RULE + "QueryString: iOS\n  querystring: iOS\n", [
        ("5:3 unknown key `querystring`", "did you mean `QueryString`?")]),
    ("setting-of-the-same-cmdlet", MAILBOX + "EwsBlockList: [Outlook-iOS/*]\n", [
        ("3:3 `EwsBlockList` is a parameter of Set-CASMailbox that policylint does not manage",
         "remove it; to keep Outlook mobile out in Exchange Online, write"
         " `OutlookMobileEnabled: false`, and for Outlook for Mac `MacOutlookEnabled: false`")]),
    ("other-protocol-in-another-case", MAILBOX + "IMAPEnabled: false\n", [
        ("3:3 `IMAPEnabled` is a parameter of Set-CASMailbox that policylint does not manage",
         "remove it; it governs IMAP, which no access rule reaches: set it with `Set-CASMailbox` itself")]),
    ("near-a-setting-of-the-same-cmdlet", MAILBOX + "EwsBlockLists: []\n", [
        ("3:3 unknown key `EwsBlockLists`",
         "did you mean `EwsBlockList`? It is a parameter of Set-CASMailbox that policylint does not manage")]),
    ("setting-of-the-whole-organization", ORGANIZATION + "EwsEnabled: true\n", [
        ("2:3 `EwsEnabled` is a parameter of Set-OrganizationConfig that policylint does not manage",
         "remove it; it is of the whole organization and of Exchange Web Services: set it with"
         " `Set-OrganizationConfig` itself")]),
    ("old-name", POLICY + "DevicePasswordEnabled: true\n", [
        ("3:3 `DevicePasswordEnabled` is called `PasswordEnabled` here", "write `PasswordEnabled`")]),
    ("several-missing", "deviceAccessRules: [{QueryString: x}]\n", [
        ("1:22 `AccessLevel` is missing", "add `AccessLevel`: one of Allow, Block, Quarantine"),
        ("1:22 `Characteristic` is missing",
         "add `Characteristic`: one of DeviceModel, DeviceType, DeviceOS, UserAgent, XMSWLHeader")]),
    ("all-missing", "mailboxes: [{}]\n", [
        ("1:13 `Identity` is missing", "add `Identity`: a text, or `matches` for several")]),
    ("in-the-order-written", "mailboxes: [{Identity: a, x: 1}, {Identity: b, y: 2}]\nfoo: 1\n", [
        ("1:27 unknown key `x`", "keys here: Identity, matches, ActiveSyncEnabled"),
        ("1:48 unknown key `y`", "keys here: Identity, matches, ActiveSyncEnabled"),
        ("2:1 unknown key `foo`", "keys here: organization")]),
    ("merge-key-once", "organization: {<<: {a: b}}\n", [
        ("1:16 merge key `<<`", "write the keys out; a policy file holds no merges")]),
    ("key-twice-once", "organization: {UserMailInsert: a, UserMailInsert: b}\n", [
        ("1:35 key `UserMailInsert` is written twice", "remove one of the two")]),
    ("expect-empty", "tests: [{name: a, device: {}, expect: []}]\n", [
        ("1:39 `expect` is an empty list", "write a list of values")]),
    ("expect-unknown", "tests: [{name: a, device: {}, expect: Allow}]\n", [
        ("1:39 `expect` is `Allow`, which is not one of Allowed, Blocked, Quarantined, or a list of values",
         "write `Allowed`")]),
    ("expect-list-unknown", "tests: [{name: a, device: {}, expect: [Allowed, Block]}]\n", [
        ("1:49 this entry is `Block`, which is not one of Allowed, Blocked, Quarantined", "write `Blocked`")]),
    ("rule-of-a-test", "tests: [{name: a, device: {}, expect: Allowed, rule: {QueryString: x}}]\n", [
        ("1:55 `Characteristic` is missing",
         "add `Characteristic`: one of DeviceModel, DeviceType, DeviceOS, UserAgent, XMSWLHeader")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"), [case[1:] for case in TYPES + SHAPES], ids=[case[0] for case in TYPES + SHAPES]
)
def test_findings(text: str, expected: list[tuple[str, str]]) -> None:
    reading = read(text)
    assert [line for line, _ in expected] == reading.lines
    for (_, remedy), found in zip(expected, reading.helps, strict=True):
        assert found is not None
        assert found == remedy or (remedy.startswith("keys here") and found.startswith(remedy))


LEGACY = {
    # the parameters of New-ActiveSyncMailboxPolicy and Set-ActiveSyncMailboxPolicy that are called otherwise now
    "AllowSimpleDevicePassword": "AllowSimplePassword",
    "AlphanumericDevicePasswordRequired": "AlphanumericPasswordRequired",
    "DevicePasswordEnabled": "PasswordEnabled",
    "DevicePasswordExpiration": "PasswordExpiration",
    "DevicePasswordHistory": "PasswordHistory",
    "IsDefaultPolicy": "IsDefault",
    "MaxDevicePasswordFailedAttempts": "MaxPasswordFailedAttempts",
    "MaxInactivityTimeDeviceLock": "MaxInactivityTimeLock",
    "MinDevicePasswordComplexCharacters": "MinPasswordComplexCharacters",
    "MinDevicePasswordLength": "MinPasswordLength",
}


@pytest.mark.parametrize("cased", [str, str.lower, str.upper], ids=["as-written", "lower", "upper"])
@pytest.mark.parametrize("old", LEGACY)
def test_an_old_name_is_given_the_one_of_today(old: str, cased: Callable[[str], str]) -> None:
    reading = read(f"{POLICY}{cased(old)}: true\n")
    assert [f"3:3 `{cased(old)}` is called `{LEGACY[old]}` here"] == reading.lines
    assert [f"write `{LEGACY[old]}`"] == reading.helps


def test_every_old_name_that_the_schemas_carry_is_in_the_table() -> None:
    carried = {
        setting.schema["exchange"]["legacyName"]: setting.name
        for kind in STORE.object_types.values()
        for setting in kind.settings.values()
        if "legacyName" in setting.schema["exchange"]
    }
    assert LEGACY == carried


@pytest.mark.parametrize(("text", "remedy"), [
    # the words of devices, of other cmdlets and of other objects, where those of rules and settings are wanted
    (ORGANIZATION + "DefaultAccessLevel: Allowed\n", "write `Allow`"),
    (ORGANIZATION + "DefaultAccessLevel: Blocked\n", "write `Block`"),
    (ORGANIZATION + "DeviceAccessLevel: Allow\n", "did you mean `DefaultAccessLevel`?"),
    (ORGANIZATION + "AccessLevel: Allow\n", "did you mean `DefaultAccessLevel`?"),
    (RULE + "QueryString: a\n  DeviceAccessLevel: Allow\n", "did you mean `AccessLevel`?"),
    (RULE + "QueryString: a\n  DeviceAccessCharacteristic: DeviceOS\n", "did you mean `Characteristic`?"),
    (RULE.replace("DeviceOS", "DeviceUserAgent") + "QueryString: a\n", "write `UserAgent`"),
    (MAILBOX + "AllowedDeviceIDs: [a]\n", "did you mean `ActiveSyncAllowedDeviceIDs`?"),
    (POLICY + "MobileOTAUpdateMode: true\n", "did you mean `AllowMobileOTAUpdate`?"),
    ("tests: [{name: a, device: {UserAgent: b}, expect: Allowed}]\n", "did you mean `DeviceUserAgent`?"),
    ("tests: [{name: a, device: {DeviceID: b}, expect: Allowed}]\n", "did you mean `DeviceId`?"),
])  # fmt: skip
def test_a_word_of_another_vocabulary_is_given_the_right_one(text: str, remedy: str) -> None:
    assert [remedy] == read(text).helps


def test_the_same_words_stay_text_where_a_text_is_wanted() -> None:
    for word in ("NO", "off", "0123", "1E5", "16.10", "12:30:45", "2026-11-23", "1_000", "0x1F", ".5", "true"):
        reading = read(RULE + f"QueryString: {word}\n")
        assert ([], word) == (reading.lines, reading.value["deviceAccessRules"][0]["QueryString"])


def test_a_valid_file_gives_typed_values() -> None:
    reading = read(
        dedent("""\
        organization:
          DefaultAccessLevel: Quarantine
          UserMailInsert: null
          AdminMailRecipients: []
        mobileDeviceMailboxPolicies:
        - {Name: Default, PasswordEnabled: true, MinPasswordLength: null, PasswordHistory: 5, MaxAttachmentSize: 5 MB,
           MaxInactivityTimeLock: "00:15:00", MaxPasswordFailedAttempts: Unlimited}
        mailboxes:
        - {Identity: a@contoso.com, ActiveSyncAllowedDeviceIDs: null, ActiveSyncMailboxPolicy: null, owner: help-desk}
        """)
    )
    expected: dict[str, Any] = {
        "organization": {"DefaultAccessLevel": "Quarantine", "UserMailInsert": None, "AdminMailRecipients": []},
        "mobileDeviceMailboxPolicies": [{
            "Name": "Default", "PasswordEnabled": True, "MinPasswordLength": None, "PasswordHistory": 5,
            "MaxAttachmentSize": 5_242_880, "MaxInactivityTimeLock": "00:15:00",
            "MaxPasswordFailedAttempts": "Unlimited",
        }],
        "mailboxes": [{
            "Identity": "a@contoso.com", "ActiveSyncAllowedDeviceIDs": [], "ActiveSyncMailboxPolicy": None,
            "owner": "help-desk",
        }],
    }  # fmt: skip
    assert ([], expected) == (reading.lines, reading.value)


def test_a_finding_may_have_a_rule_of_its_own() -> None:
    (finding,) = read(ORGANIZATION + f"UserMailInsert: {'x' * 257}\n").diagnostics
    assert "user-mail-insert-too-long" == finding.rule


def test_reading_again_gives_the_same_findings() -> None:
    text = POLICY + "PasswordHistory: 51\n- Name: b\n  PasswordHistory: 51\n"
    assert ["3:20", "5:20"] == [line.split()[0] for line in read(text).lines]
    assert read(text).lines == read(text).lines


@pytest.mark.parametrize("text", ["9" * 5000 + ":00", "0" * 5000, "1:" * 5000, "\u00b2:\u00b2", "1:\u0665", "-1", ":"])
@pytest.mark.parametrize("key", ["MaxInactivityTimeLock", "MaxAttachmentSize", "PasswordHistory", "MinPasswordLength"])
@pytest.mark.parametrize("quote", ["", "'"])
def test_no_number_is_too_odd_to_be_explained(key: str, text: str, quote: str) -> None:
    assert 1 == len(read(f"mobileDeviceMailboxPolicies: [{{Name: a, {key}: {quote}{text}{quote}}}]\n").lines)


@pytest.mark.parametrize(("word", "expected"), [
    ("allow", "Allow"), ("Alow", "Allow"), ("quarantined", "Quarantine"), ("Deny", None), ("", None),
    ("Bolck", "Block"), ("Blanket", None), ("Alley", None),
    ("A" * 9999, None),
])  # fmt: skip
def test_nearest(word: str, expected: str | None) -> None:
    assert expected == nearest(word, ("Allow", "Block", "Quarantine"))


@pytest.mark.parametrize(("name", "text", "expected"), [
    ("date", "2027-03-31", True), ("date", "2024-02-29", True), ("date", "2025-02-29", False),
    ("date", "2027-W13-3", False), ("date", "20270331", False), ("date", "", False),
    ("date", "\u0662\u0660\u0662\u0667-03-31", False),
    ("smtp-address", "a@contoso.com", True), ("smtp-address", "a b@contoso.com", False),
    ("smtp-address", "a@b@contoso.com", False), ("smtp-address", "contoso.com", False),
    ("smtp-address", "A <a@contoso.com>", False), ("smtp-address", "a@contoso.com,b@contoso.com", False),
    ("timespan", "00:15:00", True), ("timespan", "15:00", False),
])  # fmt: skip
def test_formats(name: str, text: str, expected: bool) -> None:
    assert expected == matches_format(name, text)


@pytest.mark.parametrize(("text", "minimum", "maximum", "expected"), [
    ("00:01:00", "00:01:00", "01:00:00", True), ("01:00:00", "00:01:00", "01:00:00", True),
    ("00:00:59", "00:01:00", "01:00:00", False), ("01:00:01", "00:01:00", "01:00:00", False),
    ("1.00:00:00", None, "23:59:59", False), ("1.00:00:00", "23:59:59", None, True), ("odd", "00:01:00", None, True),
])  # fmt: skip
def test_in_range(text: str, minimum: str | None, maximum: str | None, expected: bool) -> None:
    assert expected == in_range(text, minimum, maximum)
