"""Device IDs in the lists of mailboxes: what is meant, what is expected, and that no advice opens a door."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policylint.diagnostic import Severity
from tests.rules.harness import Lint, lint

OUTLOOK = "5B4EAC0F4E5336138354D81AA63878C1"
IPHONE = "ApplF17K3QXDG5MN"
GUID = "13a21939-2018-54f7-a496-15f5847fd5e8"
LIVE: dict[str, Any] = {
    "organization": {"DefaultAccessLevel": "Quarantine", "AdminMailRecipients": ["mobile@contoso.com"]},
    "mailboxes": [
        {"PrimarySmtpAddress": "eva@contoso.com", "ActiveSyncAllowedDeviceIDs": [OUTLOOK]},
        {"PrimarySmtpAddress": "tom@contoso.com"},
    ],
    "devices": [
        {"mailbox": "eva@contoso.com", "DeviceId": OUTLOOK, "Guid": GUID, "DeviceModel": "Outlook for iOS and Android"},
        {"mailbox": "tom@contoso.com", "DeviceId": IPHONE, "DeviceModel": "iPhone15C2"},
    ],
}
ALLOWED, BLOCKED = "ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs"
OTHER_FORM = "device-id-in-other-form"


def _lint(list_: str, *ids: str, live: dict[str, Any] | None = LIVE, more: str = "") -> Lint:
    entries = "".join(f"\n      - '{text}'" for text in ids)
    settings = "{packs: [recommended, notes]}"
    return lint(f"mailboxes:\n  - Identity: eva@contoso.com\n    {list_}:{entries}\n{more}", live, settings)


FORMS = [
    pytest.param("5b4eac0f-4e53-3613-8354-d81aa63878c1", f"write `{OUTLOOK}` (Outlook", id="dashes-and-case"),
    pytest.param("{5b4eac0f-4e53-3613-8354-d81aa63878c1}", f"write `{OUTLOOK}` (Outlook", id="braces"),
    pytest.param(f"eva/ExchangeActiveSyncDevices/Outlook§Outlook§{OUTLOOK}", f"write `{OUTLOOK}`", id="path"),
    pytest.param(f"eva\\ExchangeActiveSyncDevices\\Outlook§Outlook§{OUTLOOK}", f"write `{OUTLOOK}`", id="backslashes"),
    pytest.param(f"Eva Horn/ExchangeActiveSyncDevices/EAS§{OUTLOOK}", f"write `{OUTLOOK}`", id="path-with-spaces"),
    pytest.param(f"{OUTLOOK}, ApplF2LK51XVDTTN", f"`{OUTLOOK}`, `ApplF2LK51XVDTTN`", id="comma"),
    pytest.param(f"{OUTLOOK};{IPHONE}", f"`{OUTLOOK}`, `{IPHONE}`", id="semicolon"),
    pytest.param(f"{OUTLOOK} {IPHONE}", f"`{OUTLOOK}`, `{IPHONE}`", id="space"),
    pytest.param("5B4EAC0F 4E533613 8354D81A A63878C1", f"write `{OUTLOOK}` (Outlook", id="groups"),
    pytest.param("eva@contoso.com", f"list the DeviceId of each device that is meant: `{OUTLOOK}`", id="address"),
    pytest.param(GUID, f"write `{OUTLOOK}` (Outlook", id="partnership"),
    pytest.param(GUID.replace("-", ""), f"write `{OUTLOOK}` (Outlook", id="partnership-without-dashes"),
    pytest.param("Appl-F17K3QXDG5MN", f"`{IPHONE}` (iPhone15C2) of `tom@contoso.com`: list it there", id="of-another"),
]


@pytest.mark.parametrize(("text", "expected"), FORMS)
@pytest.mark.parametrize("list_", [ALLOWED, BLOCKED])
def test_an_id_in_another_form_is_named(text: str, expected: str, list_: str) -> None:
    found = _lint(list_, text)
    (finding,) = found.of(OTHER_FORM)
    assert (str(finding.severity), expected in (finding.help or "")) == ("error", True), finding.help
    assert found.lines("stale-device-id", "blocked-device-not-seen", "device-id-of-other-mailbox") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("5b4eac0f-4e53-3613-8354-d81aa63878c1", f"`{OUTLOOK}`, if this is no GUID", id="dashes"),
        pytest.param(f"eva/ExchangeActiveSyncDevices/Outlook§Outlook§{OUTLOOK}", f"write `{OUTLOOK}`", id="path"),
        pytest.param(f"{OUTLOOK},{IPHONE}", f"`{OUTLOOK}`, `{IPHONE}`", id="comma"),
        pytest.param("eva@contoso.com", "`Get-MobileDevice -Mailbox eva@contoso.com`", id="address"),
    ],
)
def test_it_is_found_without_a_snapshot(text: str, expected: str) -> None:
    (finding,) = _lint(BLOCKED, text, live=None).of(OTHER_FORM)
    assert (str(finding.severity), expected in (finding.help or "")) == ("error", True), finding.help


@pytest.mark.parametrize("text", [OUTLOOK, OUTLOOK.lower(), "SEC1A2B3C4D5E6F7", "androidc123456789"])
def test_a_plain_id_is_in_its_form(text: str) -> None:
    assert _lint(BLOCKED, text).of(OTHER_FORM) == ()


def test_the_owner_of_a_device_is_named() -> None:
    (allowed,) = _lint(ALLOWED, OUTLOOK, IPHONE).of("device-id-of-other-mailbox")
    assert allowed.help == "it is a device of `tom@contoso.com`: list it there"
    (blocked,) = _lint(BLOCKED, IPHONE).of("device-id-of-other-mailbox")
    assert "this entry keeps it out of `eva@contoso.com`" in (blocked.help or "")


def test_a_blocked_id_of_a_removed_partnership_is_never_to_be_removed() -> None:
    found = _lint(BLOCKED, "7KQ2VC41TD9RN3H6844QLMX5PA")
    assert found.of("stale-device-id") == ()
    (note,) = found.of("blocked-device-not-seen")
    assert str(note.severity) == "info"
    assert "without the entry such a device gets what the rules and the default level (Quarantine)" in (note.help or "")


def test_devices_that_are_still_to_connect_are_counted() -> None:
    text = "".join(
        f"  - {{Identity: {name}@contoso.com, ActiveSyncAllowedDeviceIDs: [{number}KQ2VC41TD9RN3H6844], {note}}}\n"
        for number, (name, note) in enumerate([("eva", "reason: new phone"), ("tom", "owner: service desk")])
    )
    live = {**LIVE, "mailboxes": [{"PrimarySmtpAddress": f"{name}@contoso.com"} for name in ("eva", "tom")]}
    found = lint(f"mailboxes:\n{text}", live)
    notes = found.of("allowed-device-not-seen")
    assert [f"1 allowed device of `{name}@contoso.com` has not connected yet" for name in ("eva", "tom")] == [
        note.message.partition(":")[0] for note in notes
    ]
    assert {str(note.severity) for note in notes} == {"info"}
    assert found.of("stale-device-id") == ()


def test_an_id_without_a_reason_is_stale() -> None:
    (found,) = _lint(ALLOWED, OUTLOOK, "1KQ2VC41TD9RN3H6844QLMX5PA").of("stale-device-id")
    assert str(found.severity) == "warning"
    assert "`reason`" in (found.help or "")


def test_an_id_past_its_day_is_found_once() -> None:
    found = _lint(ALLOWED, OUTLOOK, "1KQ2VC41TD9RN3H6844QLMX5PA", more="    expires: 2020-01-01\n")
    assert len(found.of("expired-exemption")) == 1
    assert found.lines("stale-device-id", "allowed-device-not-seen") == []


def test_a_list_that_drops_a_device_says_what_becomes_of_it() -> None:
    (found,) = _lint(ALLOWED, "1KQ2VC41TD9RN3H6844QLMX5PA").of("device-list-drops-device")
    assert f"`{OUTLOOK}` (Outlook for iOS and Android) becomes Quarantined" in found.message
    assert found.help is not None
    assert f"write `[1KQ2VC41TD9RN3H6844QLMX5PA, {OUTLOOK}]`" in found.help
    assert "`{Add: [1KQ2VC41TD9RN3H6844QLMX5PA]}`" in found.help


def test_a_list_that_keeps_the_devices_is_not_found() -> None:
    assert _lint(ALLOWED, OUTLOOK.lower(), "1KQ2VC41TD9RN3H6844QLMX5PA").of("device-list-drops-device") == ()


OFF = """\
mailboxes:
  - Identity: eva@contoso.com
    ActiveSyncEnabled: false
    ActiveSyncBlockedDeviceIDs: [{id}]
"""


def test_a_blocked_list_of_a_mailbox_with_activesync_off_is_kept() -> None:
    found = lint(OFF.format(id=OUTLOOK), LIVE)
    assert found.of("activesync-settings-without-activesync") == ()
    note, *_in_live_state = found.of("device-lists-without-activesync")
    assert (str(note.severity), note.span.path) == ("info", "policy.yaml")
    assert "keep the blocked list" in (note.help or "")
    assert "`OutlookMobileEnabled: false`" in (note.help or "")


def test_nothing_is_said_of_the_list_where_outlook_is_off_as_well() -> None:
    text = OFF.format(id=OUTLOOK) + "    OutlookMobileEnabled: false\n"
    assert lint(text, LIVE).lines("device-lists-without-activesync", "activesync-settings-without-activesync") == []


@pytest.mark.parametrize("list_", [ALLOWED, BLOCKED])
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SEC1 B40", "device-id-in-other-form"),
        (" SEC1B40", "untidy-device-id"),
        ("SEC1B40\t", "untidy-device-id"),
        ("\u00a0SEC1B40", "device-id-in-other-form"),
        ("SEC1\u3000B40", "device-id-in-other-form"),
        ("iPhone\u00a7F04P", "device-id-in-other-form"),
        ("EAS\u00a7iPhone\u00a7F04P", "device-id-in-other-form"),
        ("iPhone\u00c2\u00a7F04P", "device-id-in-other-form"),
        ("iPhone\u00a7", "device-id-in-other-form"),
        ("\u00a7", "device-id-in-other-form"),
        ("contoso.com/Users/Jo/ExchangeActiveSyncDevices/EAS\u00a7iPhone\u00a7F04P", "device-id-in-other-form"),
        ("jo\\ExchangeActiveSyncDevices\\EAS\u00a7iPhone\u00a7F04P", "device-id-in-other-form"),
        ("SEC1/", "device-id-in-other-form"),
        ("*", "device-id-in-other-form"),
        ("SEC1*", "device-id-in-other-form"),
        ("SEC?B40", "device-id-in-other-form"),
        ("{7a1d2c3e-1111-4222-8333-444455556666}", "device-id-in-other-form"),
        ("S\u00c4C1", "device-id-in-other-form"),
        ("\u017fEC1", "device-id-in-other-form"),
        ("\u0663\u0663", "device-id-in-other-form"),
        ("SE\u04211", "device-id-in-other-form"),
        ("\uff33\uff25\uff231", "device-id-in-other-form"),
        ("SEC1\u200b", "invisible-character"),
        (" ", "device-id-in-other-form"),
    ],
)
@pytest.mark.parametrize("form", ["whole", "Add", "Remove"])
def test_what_can_match_no_device_is_an_error(list_: str, text: str, says: str, form: str) -> None:
    value = [text] if form == "whole" else {form: [text]}
    found = lint(json.dumps({"mailboxes": [{"Identity": "tom@contoso.com", list_: value}]}))
    errors = [each.rule for each in found.diagnostics if each.severity is Severity.ERROR]
    assert says in errors
    assert len(errors) <= 2


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("iPhone\u00a7F04PLSH3Q51B", "F04PLSH3Q51B"),
        ("F04PLSH3Q51B\u00a7", "F04PLSH3Q51B"),
        ("CN=iPhone\u00a7F04PLSH3Q51B,CN=ExchangeActiveSyncDevices,CN=jo", "F04PLSH3Q51B"),
        ("iPhone?F04PLSH3Q51B", "F04PLSH3Q51B"),
        ("iPhone\ufffdF04PLSH3Q51B", "F04PLSH3Q51B"),
        ("iPhone%C2%A7F04PLSH3Q51B", "F04PLSH3Q51B"),
        ("iPhone&sect;F04PLSH3Q51B", "F04PLSH3Q51B"),
        ("jo\\ExchangeActiveSyncDevices\\F04PLSH3Q51B\\", "F04PLSH3Q51B"),
        ("SE\u04211B40", "SEC1B40"),
        ("S\u00c4C1", None),
        ("SEC\u00b2", None),
        ("\u017fEC1", None),
        ("*", None),
        ("%", None),
        ("", None),
    ],
)
def test_what_is_meant_is_never_invented(text: str, meant: str | None) -> None:
    found = lint(json.dumps({"mailboxes": [{"Identity": "tom@contoso.com", BLOCKED: [text]}]}))
    (help_,) = [each.help or "" for each in found.of("device-id-in-other-form")]
    assert "is a Device" not in found.of("device-id-in-other-form")[0].message
    assert (f"`{meant}`" if meant is not None else "letters and digits of ASCII") in help_


@pytest.mark.parametrize("list_", [ALLOWED, BLOCKED])
@pytest.mark.parametrize(
    ("ids", "says"),
    [
        (["A" * 33], "device-id-too-long"),
        (["A" * 300], "device-id-too-long"),
        (["SEC1B40", "SEC1B40"], "list-item-twice"),
        (["SEC1B40", "sec1b40", "SEC1B40"], "list-item-twice"),
        ([f"DEV{number:05}" for number in range(101)], "device-list-too-long"),
        ([f"DEV{number:05}" for number in range(50_000)], "device-list-too-long"),
    ],
)
def test_what_is_probably_wrong_is_a_warning_and_found_once(list_: str, ids: list[str], says: str) -> None:
    found = lint(json.dumps({"mailboxes": [{"Identity": "tom@contoso.com", list_: ids}]}))
    assert [(says, Severity.WARNING)] == [(each.rule, each.severity) for each in found.diagnostics]


def test_both_lists_of_a_mailbox_count_together() -> None:
    lists = {name: [f"{name[10]}{number:05}" for number in range(60)] for name in (ALLOWED, BLOCKED)}
    found = lint(json.dumps({"mailboxes": [{"Identity": "tom@contoso.com", **lists}]}))
    (one,) = found.of("device-list-too-long")
    assert one.message.startswith(f"120 IDs in `{ALLOWED}` and `{BLOCKED}`")


def test_an_id_that_a_device_has_is_right_whatever_it_is() -> None:
    live: dict[str, Any] = {"mailboxes": [{"PrimarySmtpAddress": "tom@contoso.com", BLOCKED: []}]}
    for text in ("A" * 40, "S\u00c4C1", "SEC-1"):
        live["devices"] = [{"mailbox": "tom@contoso.com", "DeviceId": text, "ClientType": "EAS"}]
        found = lint(json.dumps({"mailboxes": [{"Identity": "tom@contoso.com", BLOCKED: [text]}]}), live)
        assert () == found.diagnostics, text
