"""Rules about single objects look at what entries with `matches` stand for: one finding an entry."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Folder
from tests.rules.harness import Lint, lint
from tests.sealed import seal

LIVE: dict[str, Any] = {
    "organization": {"DefaultAccessLevel": "Block"},
    "deviceAccessRules": [],
    "mobileDeviceMailboxPolicies": [{"Name": "Default", "IsDefault": "True"}],
    "mailboxes": [
        {"PrimarySmtpAddress": f"{name}@contoso.com", "OWAforDevicesEnabled": "True"} for name in ("ada", "ben")
    ],
    "devices": [
        {
            "mailbox": "ada@contoso.com",
            "DeviceId": "W1",
            "DeviceType": "WP8",
            "LastSuccessSync": "2020-01-01T00:00:00Z",
        },
        {
            "mailbox": "ben@contoso.com",
            "DeviceId": "W2",
            "DeviceType": "WP8",
            "LastSuccessSync": "2020-01-01T00:00:00Z",
        },
    ],
}
GLOB = "matches: {glob: '*@contoso.com'}"
ONE_OF = "matches: {one-of: [ada@contoso.com]}"
WP8 = "deviceAccessRules: [{Characteristic: DeviceType, %s, AccessLevel: Allow}]\n"


def messages(found: Lint, rule: str) -> list[str]:
    return [each.message for each in found.of(rule)]


@pytest.mark.parametrize(
    ("who", "more"), [("Identity: ada@contoso.com", 0), (ONE_OF, 0), (GLOB, 1)], ids=["written", "one", "range"]
)
@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ("ActiveSyncMailboxPolicy: Nope", "policy-not-declared"),
        ("ActiveSyncEnabled: false", "outlook-mobile-left-on"),
        ("ActiveSyncAllowedDeviceIDs: [A1]", "exemption-without-owner"),
    ],
)
def test_an_entry_is_found_once_however_many_mailboxes_it_is(who: str, more: int, settings: str, rule: str) -> None:
    found = lint(f"mailboxes: [{{{who}, {settings}}}]\n", LIVE, "{packs: [strict, outlook-mobile]}")
    (message,) = messages(found, rule)
    assert ("; and 1 more object of this entry" in message) == bool(more)
    (one,) = found.of(rule)
    assert (one.span.begin.line, one.fix is None or not more) == (1, True)


@pytest.mark.parametrize("value", ["QueryString: WP8", "matches: {one-of: [WP8]}", "matches: {glob: 'WP*'}"])
@pytest.mark.parametrize("rule", ["idle-access-rule", "access-rule-without-reason"])
def test_rules_that_an_entry_stands_for_are_looked_at(value: str, rule: str) -> None:
    found = lint(WP8 % value, LIVE, "{packs: [strict]}")
    assert 1 == len(found.of(rule))


def test_what_makes_no_sense_for_a_range_is_not_asked() -> None:
    text = "deviceAccessRules: [{Characteristic: DeviceOS, matches: {one-of: [iOS 17.4 21E219]}, AccessLevel: Allow}]\n"
    device = {"mailbox": "ada@contoso.com", "DeviceId": "A1", "DeviceOS": "iOS 17.4 21E219"}
    assert [] == messages(lint(text, {**LIVE, "devices": [device]}), "version-pinned-rule")


def test_a_setting_that_an_entry_lends_is_found_once() -> None:
    text = (
        "mailboxes:\n"
        f"  - {{{GLOB}, ActiveSyncMailboxPolicy: Nope}}\n"
        "  - {Identity: ada@contoso.com, OWAforDevicesEnabled: true}\n"
    )
    (message,) = messages(lint(text, LIVE), "policy-not-declared")
    assert message.endswith("and 1 more object of this entry")


def test_a_baseline_knows_the_entry_again(tmp_path: Any) -> None:
    folder = Folder(tmp_path)
    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\npolicies: [a.yaml]\n")
    folder.write("a.yaml", f"mailboxes: [{{{GLOB}, ActiveSyncMailboxPolicy: Nope}}]\n")
    folder.write("live.json", seal(**LIVE))
    assert 0 == folder.run("lint", "--baseline", "known.yaml", "--update-baseline").returncode
    folder.write("live.json", seal(**{**LIVE, "mailboxes": LIVE["mailboxes"][1:], "devices": []}))
    assert "policy-not-declared" not in folder.run("lint", "--baseline", "known.yaml").stdout
    folder.write("a.yaml", f"mailboxes: [{{{GLOB}, ActiveSyncMailboxPolicy: Other}}]\n")
    assert "policy-not-declared" in folder.run("lint", "--baseline", "known.yaml").stdout
