"""What was not read is not empty: a snapshot that lacks something lets lint say no more than a whole one, or none."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from tests.sealed import HEADER, seal
from tests.texts import CONFIG, LIVE, project

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTS: dict[str, Any] = {"ActiveSyncAllowedDeviceIDs": [], "ActiveSyncBlockedDeviceIDs": []}
ON = {"ActiveSyncEnabled": True, "OutlookMobileEnabled": False, "OWAforDevicesEnabled": True}
ADMITS = {"AllowNonProvisionableDevices": True, "PasswordEnabled": True}
WHOLE: dict[str, Any] = {
    "organization": {
        "DefaultAccessLevel": "Block",
        "AdminMailRecipients": ["it@contoso.com"],
        "UserMailInsert": "",
    },
    "deviceAccessRules": [
        {"Name": "Android", "Characteristic": "DeviceType", "QueryString": "Android", "AccessLevel": "Quarantine"},
        {"Name": "iPhone", "Characteristic": "DeviceType", "QueryString": "iPhone", "AccessLevel": "Allow"},
    ],
    "mobileDeviceMailboxPolicies": [
        {"Name": "Default", "IsDefault": True, **ADMITS, "RequireDeviceEncryption": False},
        {"Name": "Strict", "IsDefault": False, **ADMITS, "RequireDeviceEncryption": False},
    ],
    "mailboxes": [
        {
            "PrimarySmtpAddress": "ann@contoso.com",
            "Alias": "ann",
            **LISTS,
            **ON,
            "ActiveSyncMailboxPolicy": "Default",
            "ActiveSyncMailboxPolicyIsDefaulted": True,
            "ActiveSyncAllowedDeviceIDs": ["A1"],
        },
        {
            "PrimarySmtpAddress": "bob@contoso.com",
            "Alias": "bob",
            **LISTS,
            **ON,
            "ActiveSyncMailboxPolicy": "Strict",
            "ActiveSyncMailboxPolicyIsDefaulted": False,
        },
    ],
    "devices": [
        {
            "mailbox": "ann@contoso.com",
            "DeviceId": "A1",
            "Guid": "11111111-2222-4333-8444-555555555551",
            "DeviceType": "iPhone",
            "DeviceModel": "iPhone15C2",
            "DeviceOS": "iOS 17.4 21E219",
            "DeviceUserAgent": "Apple-iPhone15C2/2105.219",
            "ClientType": "EAS",
            "ClientVersion": "16.1",
            "IsRemoteWipeSupported": True,
            "DevicePolicyApplicationStatus": "AppliedInFull",
        },
        {
            "mailbox": "bob@contoso.com",
            "DeviceId": "B1",
            "Guid": "11111111-2222-4333-8444-555555555552",
            "DeviceType": "WidgetType",
            "DeviceModel": "Widget 9",
            "DeviceOS": "Widget OS 5",
            "DeviceUserAgent": "Widget/5.0",
            "ClientType": "EAS",
            "ClientVersion": "16.1",
            "DevicePolicyApplicationStatus": "PartiallyApplied",
        },
    ],
}
SECTIONS = tuple(WHOLE)
POLICIES = {
    "as-live": json.dumps(
        {
            "organization": {"DefaultAccessLevel": "Block", "AdminMailRecipients": {"Remove": ["old@contoso.com"]}},
            "deviceAccessRules": [
                {"Characteristic": "DeviceType", "QueryString": "Android", "AccessLevel": "Quarantine"},
                {"Characteristic": "DeviceType", "QueryString": "iPhone", "AccessLevel": "Allow"},
            ],
            "mobileDeviceMailboxPolicies": [
                {"Name": "Default", "PasswordEnabled": True, "MinPasswordLength": 4},
                {"Name": "Strict", "AllowNonProvisionableDevices": False},
            ],
            "mailboxes": [
                {"Identity": "ann", "ActiveSyncAllowedDeviceIDs": ["A1"], "ActiveSyncMailboxPolicy": None},
                {"Identity": "bob@contoso.com", "ActiveSyncMailboxPolicy": "Strict", "ActiveSyncEnabled": False},
            ],
        }
    ),
    "rules": """
deviceAccessRules:
  - {Characteristic: DeviceType, QueryString: Android, AccessLevel: Quarantine}
  - {Characteristic: DeviceModel, QueryString: Widget 9, AccessLevel: Quarantine}
  - {Characteristic: DeviceOS, QueryString: Widget OS 5, AccessLevel: Allow}
  - {Characteristic: DeviceType, QueryString: WidgetType, AccessLevel: Block}
  - {Characteristic: UserAgent, QueryString: Widget/5.0, AccessLevel: Block}
""",
    "organization": "organization: {UserMailInsert: 'Ask IT.', AdminMailRecipients: {Remove: [old@contoso.com]}}\n",
    "texts": "organization: {OtaNotificationMailInsert: 'Ask IT.', BlockedMailInsert: 'No.'}\n",
    "default": "organization: {DefaultAccessLevel: Quarantine}\n",
    "policies": """
mobileDeviceMailboxPolicies:
  - {Name: Default, IsDefault: false, RequireDeviceEncryption: true}
  - {Name: Strict, IsDefault: true}
""",
    "encryption": """
mobileDeviceMailboxPolicies:
  - {Name: Default, RequireDeviceEncryption: true}
  - {Name: Strict}
""",
    "mailboxes": """
mailboxes:
  - {Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: [A1], ActiveSyncMailboxPolicy: Strict}
  - {Identity: bob@contoso.com, ActiveSyncEnabled: false, ActiveSyncBlockedDeviceIDs: [B1]}
""",
}
SETTINGS = {
    "exact": "{version: 1, packs: [recommended, notes, outlook-mobile]}",
    "additive": "{version: 1, packs: [recommended, notes], manage: {deviceAccessRules: additive,"
    " mobileDeviceMailboxPolicies: additive, mailboxes: {mode: exact, except: [ann, bob]}}}",
    "server": "{version: 1, edition: exchange-2019, packs: [recommended, notes], outside: {hybrid-modern-auth: true},"
    " manage: {deviceAccessRules: additive}}",
}
Found: TypeAlias = "set[tuple[str, int, str]]"

NOT_READ = {"section-not-in-snapshot", "setting-not-in-snapshot", "policy-enforcement-not-read"}
"""The rules that say what was not read."""


def found(policy: str, settings: str, live: dict[str, Any] | None, lacks: str | None = None) -> Found:
    """Return the rule, the line and the message of what is found; the snapshot may lack a section."""
    texts: dict[str, str | bytes] = {CONFIG: SETTINGS[settings], "a.yaml": POLICIES[policy]}
    if live is not None:
        edition = "exchange-2019" if settings == "server" else "exchange-online"
        shown = {name: part for name, part in live.items() if name != lacks}
        texts[LIVE] = seal(
            {**HEADER, "edition": edition}, **shown, complete={lacks: "no rights"} if lacks is not None else None
        )
    made = project(texts, allow_incomplete=[lacks] if lacks is not None else [])
    return {(each.rule, each.span.begin.line, each.message) for each in made.lint().diagnostics}


@cache
def known(policy: str, settings: str) -> tuple[Found, Found]:
    """Return what is found with the whole snapshot, and with none."""
    return found(policy, settings, WHOLE), found(policy, settings, None)


def without(section: str, name: str) -> dict[str, Any]:
    """Return live state of which nobody read one property of a section."""
    part = WHOLE[section]
    if isinstance(part, dict):
        return {**WHOLE, section: {key: value for key, value in part.items() if key != name}}
    return {**WHOLE, section: [{key: value for key, value in row.items() if key != name} for row in part]}


def properties() -> Iterator[tuple[str, str]]:
    """Yield each property that a snapshot can lack."""
    needed = {"mailbox", "DeviceId", "Alias", "Name", "PrimarySmtpAddress", "Characteristic", "QueryString"}
    for section, part in WHOLE.items():
        for name in part if isinstance(part, dict) else dict.fromkeys(key for row in part for key in row):
            if name not in needed:
                yield section, name


def new_in(found: Found, policy: str, settings: str) -> list[tuple[str, str]]:
    """Return what is found where neither the whole snapshot nor none lets it, and that does not say what was not read.

    Numbers and examples of a message may differ.
    """
    whole, none = known(policy, settings)
    new = found - none
    new = {each for each in new if each[:2] not in {known[:2] for known in whole} and each[0] not in NOT_READ}
    return [(rule, text) for rule, _, text in new if "not read" not in text and "does not show" not in text]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("policy", POLICIES)
def test_a_section_that_was_not_read_is_not_empty(policy: str, settings: str) -> None:
    more = {each: new_in(found(policy, settings, WHOLE, each), policy, settings) for each in SECTIONS}
    assert {each: said for each, said in more.items() if said} == {}


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("policy", POLICIES)
def test_a_property_that_was_not_read_is_not_empty(policy: str, settings: str) -> None:
    more = {each: new_in(found(policy, settings, without(*each)), policy, settings) for each in properties()}
    assert {each: said for each, said in more.items() if said} == {}


def test_a_default_that_moves_does_not_count_mailboxes_that_were_not_read() -> None:
    said = {text for rule, _, text in found("policies", "exact", WHOLE, "mailboxes") if rule == "default-policy-moved"}
    assert ["mailboxes (they were not read)" in text for text in said] == [True]


def test_what_is_empty_is_said() -> None:
    """The law is not kept by silence."""
    empty = {**WHOLE, "organization": {**WHOLE["organization"], "AdminMailRecipients": []}}
    assert "quarantine-without-admin-recipients" in {rule for rule, *_ in found("rules", "exact", empty)}
    assert "quarantine-without-admin-recipients" not in {rule for rule, *_ in found("rules", "exact", WHOLE)}
