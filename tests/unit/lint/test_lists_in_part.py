"""What rules say of lists in part, of what lists drop, and of names in the place of IDs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from policylint.source import Source
from tests.rules.harness import project_of

if TYPE_CHECKING:
    from policylint.diagnostic import Diagnostic

LIVE: dict[str, Any] = {
    "organization": {"DefaultAccessLevel": "Quarantine", "AdminMailRecipients": ["it@contoso.com"]},
    "mailboxes": [
        {
            "PrimarySmtpAddress": "eva@contoso.com",
            "ActiveSyncAllowedDeviceIDs": ["5B4EAC0F4E5336138354D81AA63878C1"],
            "ActiveSyncBlockedDeviceIDs": ["DROPPED1QWERTZ"],
        }
    ],
    "devices": [
        {
            "mailbox": "eva@contoso.com",
            "DeviceId": "5B4EAC0F4E5336138354D81AA63878C1",
            "DeviceType": "Outlook",
            "DeviceModel": "SM-S918B",
            "DeviceOS": "Android 13",
        }
    ],
}


def found(lists: str, rule: str, live: dict[str, Any] | None = LIVE) -> list[Diagnostic]:
    text = f"mailboxes:\n  - {{Identity: eva@contoso.com, {lists}}}\n"
    return [each for each in project_of([Source("a.yaml", text)], "{}", live).lint().diagnostics if each.rule == rule]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5b4eac0f-4e53-3613-8354-d81aa63878c1", "`5B4EAC0F4E5336138354D81AA63878C1`"),
        (
            "eva/ExchangeActiveSyncDevices/Outlook§5B4EAC0F4E5336138354D81AA63878C1",
            "`5B4EAC0F4E5336138354D81AA63878C1`",
        ),
    ],
)
def test_an_id_that_is_to_be_removed_is_named_in_its_own_form(text: str, says: str) -> None:
    (each,) = found(f"ActiveSyncAllowedDeviceIDs: {{Remove: ['{text}']}}", "device-id-in-other-form")
    assert "error" == str(each.severity)
    assert "takes no ID out of the list" in each.message
    assert "`5B4EAC0F4E5336138354D81AA63878C1`" in (each.help or "")


@pytest.mark.parametrize("name", ["SM-S918B", "Android 13", "iPhone 14 Pro"])
def test_a_name_is_not_an_id(name: str) -> None:
    (each,) = found(f"ActiveSyncBlockedDeviceIDs: [DROPPED1QWERTZ, '{name}']", "device-id-in-other-form")
    assert "not an ID" in each.message
    assert "5B4EAC0F4E5336138354D81AA63878C1" in (each.help or "")


def test_a_list_in_part_drops_nothing() -> None:
    lists = "ActiveSyncAllowedDeviceIDs: {Remove: [5B4EAC0F4E5336138354D81AA63878C1]}"
    assert [] == found(lists, "device-list-drops-device")


def test_a_blocked_list_that_drops_the_id_of_a_phone_that_is_gone_may_let_it_in() -> None:
    (each,) = found("ActiveSyncBlockedDeviceIDs: [NEWLOST1QWERTZ]", "device-list-drops-device")
    assert "`DROPPED1QWERTZ`, which has no partnership now, may come back" in each.message
    assert "{Add: [NEWLOST1QWERTZ]}" in (each.help or "")


def test_a_phone_that_moves_to_the_blocked_list_is_not_to_be_kept() -> None:
    lists = (
        "ActiveSyncAllowedDeviceIDs: [], ActiveSyncBlockedDeviceIDs: [DROPPED1QWERTZ, 5B4EAC0F4E5336138354D81AA63878C1]"
    )
    assert [] == found(lists, "device-list-drops-device")


def test_a_list_that_only_removes_is_not_known_to_be_empty() -> None:
    text = "organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: {Remove: [left@contoso.com]}}\n"
    rules = [each.rule for each in project_of([Source("a.yaml", text)], "{}").lint().diagnostics]
    assert "quarantine-without-admin-recipients" not in rules


@pytest.mark.parametrize(
    ("manage", "words"),
    [
        ("{manage: {mailboxes: additive}}", "as long as the list stays declared"),
        ("{manage: {mailboxes: exact}}", "taken out of Exchange too (`manage`: exact)"),
        ("{manage: {mailboxes: owned}, since: applied}", "since `applied`"),
        ("{manage: {mailboxes: {mode: owned, lists: additive}}}", "write it under `Remove`"),
    ],
)
def test_what_removal_does_is_said_as_the_mode_has_it(manage: str, words: str) -> None:
    text = "mailboxes: [{Identity: eva@contoso.com, ActiveSyncAllowedDeviceIDs: [A1], expires: 2026-01-01}]\n"
    (each,) = (
        each
        for each in project_of([Source("a.yaml", text)], manage).lint().diagnostics
        if each.rule == "expired-exemption"
    )
    assert words in (each.help or "")
