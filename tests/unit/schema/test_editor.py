"""The schemas for editors: whole in themselves, in a known dialect, right about texts."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from policylint.schema.editor import editor_schema
from policylint.schema.store import CONFIG, POLICY
from tests.worlds import STORE

if TYPE_CHECKING:
    from collections.abc import Iterator

EDITIONS = STORE.schema(CONFIG)["properties"]["edition"]["enum"]
OURS = {"reason", "owner", "expires", "exemptions", "matches"}


@cache
def settings(*editions: str) -> dict[str, Any]:
    """Return the schema of each setting by the file of its object and its name."""
    found: dict[str, Any] = editor_schema(STORE, POLICY, editions or None)["definitions"]
    return {f"{kind}.{name}": prop for kind, schema in found.items() for name, prop in schema["properties"].items()}


def keywords(schema: Any) -> Iterator[str]:
    """Yield every keyword of a schema, names of properties and what is said in words apart."""
    if isinstance(schema, list):
        for part in schema:
            yield from keywords(part)
    elif isinstance(schema, dict):
        for keyword, value in schema.items():
            yield keyword
            named = keyword in ("properties", "definitions")
            if keyword not in ("default", "defaultSnippets", "enum"):
                yield from keywords(list(value.values()) if named else value)


@pytest.mark.parametrize("identifier", [POLICY, CONFIG])
def test_each_is_one_valid_document_in_words_that_editors_know(identifier: str) -> None:
    schema = editor_schema(STORE, identifier)
    jsonschema.Draft7Validator.check_schema(schema)
    assert "policylint:" not in json.dumps(schema)
    known = {*jsonschema.Draft7Validator.VALIDATORS, "$schema", "title", "description", "default", "definitions"}
    known |= {"then", "else", "deprecated", "deprecationMessage", "doNotSuggest", "defaultSnippets"}
    assert set() == set(keywords(schema)) - known - {"markdownDescription", "errorMessage", "patternErrorMessage"}


@pytest.mark.parametrize("identifier", [POLICY, CONFIG])
def test_the_same_every_time(identifier: str) -> None:
    assert json.dumps(editor_schema(STORE, identifier)) == json.dumps(editor_schema(STORE, identifier))
    assert editor_schema(STORE, identifier, EDITIONS) == editor_schema(STORE, identifier)


def test_objects_stay_closed() -> None:
    def closed(schema: Any) -> bool:
        if isinstance(schema, list):
            return all(map(closed, schema))
        if not isinstance(schema, dict):
            return True
        return schema.get("additionalProperties") is not True and all(map(closed, schema.values()))

    policy = editor_schema(STORE, POLICY)
    assert closed(policy)
    assert all(entry["additionalProperties"] is False for entry in (policy, *policy["definitions"].values()))
    assert closed(editor_schema(STORE, CONFIG))


@pytest.mark.parametrize(
    ("setting", "value", "right"),
    [
        ("device-access-rule.QueryString", 16.1, True),
        ("device-access-rule.QueryString", False, True),
        ("device-access-rule.QueryString", "x", True),
        ("device-access-rule.QueryString", "", False),
        ("device-access-rule.QueryString", None, False),
        ("device-access-rule.QueryString", [], False),
        ("device-access-rule.QueryString", {}, False),
        ("device-access-rule.AccessLevel", "Allow", True),
        ("device-access-rule.AccessLevel", "allow", False),
        ("device-access-rule.AccessLevel", True, False),
        ("device-access-rule.expires", "2027-03-31", True),
        ("device-access-rule.expires", "31.3.2027", False),
        ("organization.AdminMailRecipients", ["a@contoso.com"], True),
        ("organization.AdminMailRecipients", ["contoso.com"], False),
        ("organization.AdminMailRecipients", [7], False),
        ("organization.UserMailInsert", None, True),
        ("organization.UserMailInsert", 5, True),
        ("organization.UserMailInsert", "x" * 257, False),
        ("mobile-device-mailbox-policy.MaxAttachmentSize", "5 MB", True),
        ("mobile-device-mailbox-policy.MaxAttachmentSize", "5kb", True),
        ("mobile-device-mailbox-policy.MaxAttachmentSize", 5242880, True),
        ("mobile-device-mailbox-policy.MaxAttachmentSize", "Unlimited", True),
        ("mobile-device-mailbox-policy.MaxAttachmentSize", "unlimited", False),
        ("mobile-device-mailbox-policy.MaxAttachmentSize", "five", False),
        ("mobile-device-mailbox-policy.MaxAttachmentSize", 1.5, False),
        ("mobile-device-mailbox-policy.MaxInactivityTimeLock", "00:15:00", True),
        ("mobile-device-mailbox-policy.MaxInactivityTimeLock", "Unlimited", True),
        ("mobile-device-mailbox-policy.MaxInactivityTimeLock", "15:00", False),
        ("mobile-device-mailbox-policy.MaxInactivityTimeLock", 15, False),
        ("mobile-device-mailbox-policy.MaxInactivityTimeLock", 36_900, True),  # 10:15:00 to the base of 60
        ("mobile-device-mailbox-policy.MaxPasswordFailedAttempts", 8, True),
        ("mobile-device-mailbox-policy.MaxPasswordFailedAttempts", "Unlimited", True),
        ("mobile-device-mailbox-policy.MaxPasswordFailedAttempts", 3, False),
        ("mobile-device-mailbox-policy.MaxPasswordFailedAttempts", "8", False),
        ("mobile-device-mailbox-policy.MinPasswordLength", 6, True),
        ("mobile-device-mailbox-policy.MinPasswordLength", None, True),
        ("mobile-device-mailbox-policy.MinPasswordLength", 99, False),
        ("mobile-device-mailbox-policy.PasswordEnabled", True, True),
        ("mobile-device-mailbox-policy.PasswordEnabled", "yes", False),
        ("mobile-device-mailbox-policy.IsDefaultPolicy", True, False),
        ("mobile-device-mailbox-policy.IsDefaultPolicy", None, False),
        ("mailbox.ActiveSyncMailboxPolicy", None, True),
        ("mailbox.ActiveSyncMailboxPolicy", 7, True),
        ("mailbox.ActiveSyncAllowedDeviceIDs", [1234], True),
        ("mailbox.ActiveSyncAllowedDeviceIDs", None, True),
        ("mailbox.ActiveSyncAllowedDeviceIDs", "ID", False),
        ("device-autoblock-threshold.DeviceBlockDuration", "1.00:00:00", True),
        ("device-autoblock-threshold.DeviceBlockDuration", "Unlimited", False),
        ("test.expect", "Allowed", True),
        ("test.expect", ["Allowed", "Blocked"], True),
        ("test.expect", [], False),
        ("assertion.never", {"DeviceOS": [11, "Android"]}, True),
        ("assertion.never", {"Device": "x"}, False),
    ],
)
def test_values(setting: str, value: Any, right: bool) -> None:
    validator = jsonschema.Draft7Validator(
        settings()[setting], format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER
    )
    assert right is validator.is_valid(value)


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_edition_lacks_what_it_does_not_have(edition: str) -> None:
    expected = {
        f"{kind.schema['$id'].rpartition('/')[2]}.{setting.name}"
        for kind in STORE.object_types.values()
        for setting in kind.settings.values()
        if kind.exists_in(edition) and setting.exists_in(edition)
    }
    names = {f"{kind.schema['$id'].rpartition('/')[2]}." for kind in STORE.object_types.values()}
    legacy = {name for name, prop in settings().items() if prop.get("deprecated")}
    found = {
        name for name in settings(edition) if name.startswith(tuple(names)) and name.rpartition(".")[2] not in OURS
    }
    assert expected == found - legacy


def test_what_one_of_several_editions_has_is_there() -> None:
    both = settings("exchange-2013", "exchange-online")
    assert settings("exchange-2013").keys() | settings("exchange-online").keys() == both.keys()


@pytest.mark.parametrize(
    ("setting", "parts"),
    [
        (
            "mobile-device-mailbox-policy.AllowBluetooth",
            ("Whether Bluetooth", "Default: Allow.", "Needs: Enterprise CAL (on-premises).", "(https://learn.micro"),
        ),
        (
            "mobile-device-mailbox-policy.MaxInactivityTimeLock",
            ("time span [d.]hh:mm:ss from 00:01:00 to 01:00:00, or Unlimited.", "Default: Unlimited."),
        ),
        ("mobile-device-mailbox-policy.UNCAccessEnabled", ("Default: true (observed in an untouched Exchange Online",)),
        ("mobile-device-mailbox-policy.PasswordHistory", ("a whole number from 0 to 50.", "Default: 0.")),
        ("mobile-device-mailbox-policy.MinPasswordComplexCharacters", ("Default: 1.",)),
        ("mobile-device-mailbox-policy.MinPasswordLength", ("from 1 to 16, or null.", "Default: null.")),
        ("mobile-device-mailbox-policy.MaxAttachmentSize", ("a number of bytes from 0 to 2147482624, or Unlimited.",)),
        ("mailbox.OutlookMobileEnabled", ("Write true or false.", "Only in: exchange-online.")),
        ("mailbox.ActiveSyncDebugLogging", ("no plan changes it.",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hover_says_what_microsoft_says(setting: str, parts: tuple[str, ...]) -> None:
    for part in parts:
        assert part in settings()[setting]["markdownDescription"]


def test_hover_on_a_section_says_where_there_is_one() -> None:
    sections = editor_schema(STORE, POLICY)["properties"]
    assert "Only in: exchange-online." in sections["mailboxPlans"]["markdownDescription"]
    assert "(https://learn.microsoft.com/" in sections["deviceAccessRules"]["markdownDescription"]


def test_every_default_is_told_and_given() -> None:
    for kind in STORE.object_types.values():
        for setting in kind.settings.values():
            found = settings()[f"{kind.schema['$id'].rpartition('/')[2]}.{setting.name}"]
            assert setting.schema.get("default", ...) == found.get("default", ...)


def test_nothing_that_has_a_default_has_a_type_beside_it() -> None:
    """The language server would write all of them into a new object, and what is written is managed."""
    assert [] == [name for name, prop in settings().items() if "default" in prop and "type" in prop]


@pytest.mark.parametrize(("section", "keys"), [
    ("deviceAccessRules", ["Characteristic", "QueryString", "AccessLevel", "reason"]),
    ("mobileDeviceMailboxPolicies", ["Name", "PasswordEnabled", "reason"]),
    ("mailboxes", ["Identity", "ActiveSyncAllowedDeviceIDs", "reason"]),
    ("mailboxPlans", ["Identity"]),
    ("tests", ["name", "device", "expect"]),
    ("assertions", ["name", "never", "reason"]),
])  # fmt: skip
def test_a_new_entry_is_offered_whole(section: str, keys: list[str]) -> None:
    (snippet,) = editor_schema(STORE, POLICY)["properties"][section]["defaultSnippets"]
    assert keys == list(snippet["body"])
    assert snippet["label"].startswith("new ")


def test_the_places_of_a_new_entry_are_numbered_in_their_order() -> None:
    (snippet,) = editor_schema(STORE, POLICY)["properties"]["tests"]["defaultSnippets"]
    assert {
        "name": "$1",
        "device": {"DeviceType": "$2", "DeviceModel": "$3", "DeviceOS": "$4"},
        "expect": "${5|Allowed,Blocked,Quarantined|}",
    } == snippet["body"]
