"""The schemas for editors: whole in themselves, in a known dialect, right about texts."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from policylint.schema.editor import editor_schema
from policylint.schema.store import CONFIG, POLICY
from tests.policies import STORE


def settings(edition: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = editor_schema(STORE, POLICY, edition)["definitions"]
    return {f"{kind}.{name}": prop for kind, schema in found.items() for name, prop in schema["properties"].items()}


@pytest.mark.parametrize("identifier", [POLICY, CONFIG])
def test_each_is_one_valid_document(identifier: str) -> None:
    schema = editor_schema(STORE, identifier)
    jsonschema.Draft7Validator.check_schema(schema)
    text = json.dumps(schema)
    assert "policylint:" not in text
    assert '"exchange"' not in text
    assert "formatMinimum" not in text


@pytest.mark.parametrize(
    ("setting", "value", "right"),
    [
        ("device-access-rule.QueryString", 16.1, True),
        ("device-access-rule.QueryString", False, True),
        ("device-access-rule.QueryString", [], False),
        ("device-access-rule.AccessLevel", "Allow", True),
        ("device-access-rule.AccessLevel", "allow", False),
        ("mobile-device-mailbox-policy.MaxAttachmentSize", "5 MB", True),
        ("mobile-device-mailbox-policy.MaxAttachmentSize", 5242880, True),
        ("mobile-device-mailbox-policy.MaxAttachmentSize", "Unlimited", True),
        ("mobile-device-mailbox-policy.MaxAttachmentSize", "five", False),
        ("mobile-device-mailbox-policy.MaxInactivityTimeLock", "00:15:00", True),
        ("mobile-device-mailbox-policy.MaxInactivityTimeLock", "15:00", False),
        ("mobile-device-mailbox-policy.MinPasswordLength", 6, True),
        ("mobile-device-mailbox-policy.MinPasswordLength", None, True),
        ("mobile-device-mailbox-policy.MinPasswordLength", 99, False),
        ("mobile-device-mailbox-policy.IsDefaultPolicy", True, False),
        ("mailbox.ActiveSyncMailboxPolicy", None, True),
        ("mailbox.ActiveSyncAllowedDeviceIDs", [1234], True),
        ("mailbox.ActiveSyncAllowedDeviceIDs", None, True),
        ("mailbox.ActiveSyncAllowedDeviceIDs", "ID", False),
        ("test.expect", "Allowed", True),
        ("test.expect", ["Allowed", "Blocked"], True),
        ("test.expect", [], False),
    ],
)
def test_values(setting: str, value: Any, right: bool) -> None:
    assert right is jsonschema.Draft7Validator(settings()[setting]).is_valid(value)


def test_an_edition_lacks_what_it_does_not_have() -> None:
    missing = settings().keys() - settings("exchange-2013").keys()
    assert "mobile-device-mailbox-policy.AllowApplePushNotifications" in missing
    assert settings().keys() - settings("exchange-online").keys() < settings().keys()


def test_hover_names_default_licence_and_source() -> None:
    words = settings()["mobile-device-mailbox-policy.AllowBluetooth"]["markdownDescription"]
    for part in ("Whether Bluetooth", "Allow, Disable, HandsfreeOnly", "Default: Allow", "Enterprise CAL", "https://"):
        assert part in words
