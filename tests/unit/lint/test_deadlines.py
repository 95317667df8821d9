"""Which devices a deadline concerns, how many, and of how many mailboxes."""

from __future__ import annotations

from typing import Any

import pytest

from policylint.lint.load import load_rules
from policylint.source import Source
from tests.rules.harness import lint, store

DEVICES = [
    ("eva@contoso.com", "EAS", "14.1", "iPhone"),
    ("eva@contoso.com", "EAS", "16.0", "iPhone"),
    ("uma@contoso.com", "EAS", "16.1", "iPad"),
    ("uma@contoso.com", "EAS", "not a version", "iPad"),
    ("zoe@contoso.com", "Outlook", "1.0", "Outlook Lite for Android"),
    ("zoe@contoso.com", "UniversalOutlook", "2.0", "WINDOWS"),
]
LIVE: dict[str, Any] = {
    "mailboxes": [{"PrimarySmtpAddress": name} for name in ("eva@contoso.com", "uma@contoso.com", "zoe@contoso.com")],
    "devices": [
        {"mailbox": who, "DeviceId": str(number), "ClientType": client, "ClientVersion": version, "DeviceType": kind}
        for number, (who, client, version, kind) in enumerate(DEVICES)
    ],
}
RULE = """\
title: Something ends
severity: info
severity-when-certain: error
subject: policy
predicate: deadline-of-devices
params: {until: %s, %s}
message: "it {when}: {devices}"
help: "see to it"
"""


def found(params: str, until: str = "2026-12-31") -> list[tuple[str, str]]:
    """Return severity and message of what a rule with some parameters finds."""
    (rule,) = load_rules([Source("rules/house/some-end/rule.yaml", RULE % (until, params))], store())
    text = "deviceAccessRules:\n  - {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}\n"
    return [(str(each.severity), each.message) for each in lint(text, LIVE, only=[rule]).of("some-end")]


@pytest.mark.parametrize(
    ("params", "devices"),
    [
        ("client-types: [EAS]", "4 devices of 2 mailboxes (such as `eva@contoso.com`)"),
        ("client-types: [EAS], below: '16.1'", "2 devices of 1 mailbox (such as `eva@contoso.com`)"),
        ("below: '3'", None),
        ("below: '14.1'", None),
        ("named: [outlook lite]", "1 device of 1 mailbox (such as `zoe@contoso.com`)"),
        ("client-types: [EAS], named: [Outlook Lite]", None),
        ("client-types: [UniversalOutlook, Outlook]", "2 devices of 1 mailbox (such as `zoe@contoso.com`)"),
        ("client-types: [MOWA]", None),
    ],
)
def test_the_devices_that_are_meant_are_counted(params: str, devices: str | None) -> None:
    assert found(params) == ([("info", f"it ends on 2026-12-31, in 38 days: {devices}")] if devices else [])


@pytest.mark.parametrize(
    ("until", "severity", "words"),
    [
        ("2026-11-24", "info", "ends on 2026-11-24, in 1 day:"),
        ("2026-11-23", "error", "ended on 2026-11-23, today:"),
        ("2026-11-22", "error", "ended on 2026-11-22, 1 day ago:"),
    ],
)
def test_once_the_day_has_come_it_is_certain(until: str, severity: str, words: str) -> None:
    ((level, message),) = found("client-types: [EAS]", until)
    assert (severity, True) == (level, f"it {words}" in message)


def test_it_is_silent_before_its_time() -> None:
    assert [] == found("from: 2026-11-24, client-types: [EAS]")
    assert [] != found("from: 2026-11-23, client-types: [EAS]")
