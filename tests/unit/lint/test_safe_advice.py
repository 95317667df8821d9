"""No advice opens a door: what a remedy says where following it would let a device in."""

from __future__ import annotations

import re

import pytest

from tests.rules.harness import lint, rules

PROTECTED = [
    pytest.param(
        "deviceAccessRules:\n- {Characteristic: DeviceType, QueryString: TbSync, AccessLevel: Block,"
        " expires: 2020-01-01}",
        "its devices get what the other rules and the default give them",
        id="rule",
    ),
    pytest.param(
        "mailboxes: [{Identity: ann@contoso.com, ActiveSyncBlockedDeviceIDs: [LOST1], expires: 2020-01-01}]",
        "its end may let them in",
        id="blocked",
    ),
    pytest.param(
        "mailboxes: [{Identity: ann@contoso.com, OutlookMobileEnabled: false, expires: 2020-01-01}]",
        "its end may let them in",
        id="switch",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PROTECTED)
def test_the_end_of_a_protection_is_said(text: str, expected: str) -> None:
    (found,) = lint(f"{text}\n").of("expired-exemption")
    assert expected in (found.help or "")


def test_an_overridden_block_is_not_simply_to_be_deleted() -> None:
    """Its devices of today are blocked by another rule; those of tomorrow may not be."""
    live = {
        "organization": {"DefaultAccessLevel": "Allow"},
        "mailboxes": [{"PrimarySmtpAddress": "ann@contoso.com"}],
        "devices": [
            {"mailbox": "ann@contoso.com", "DeviceId": "A1", "DeviceOS": "Android 10", "DeviceUserAgent": "Old/1.0"}
        ],
    }
    text = """\
deviceAccessRules:
  - {Characteristic: DeviceOS, QueryString: Android 10, AccessLevel: Block}
  - {Characteristic: UserAgent, QueryString: Old/1.0, AccessLevel: Block}
"""
    (found,) = lint(text, live).of("access-rule-overridden")
    assert "devices that the other rules do not match" in (found.help or "")


@pytest.mark.parametrize("rule", [rule for rule in rules() if rule.group == "mailboxes"], ids=lambda rule: rule.id)
def test_no_remedy_about_a_mailbox_says_to_remove(rule: object) -> None:
    assert not re.search(r"\b(remove|delete)\b", rule.help)  # type: ignore[attr-defined]
