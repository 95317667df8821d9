"""Which rules are applied, how severe, and in which order findings come."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policylint.lint.check import active_rules
from policylint.source import Source
from tests.rules.harness import config, lint, rules

BY_ID = {rule.id: rule for rule in rules()}


@pytest.mark.parametrize(
    ("rule", "settings", "expected"),
    [
        pytest.param("default-level-allow", "{}", "warning", id="recommended"),
        pytest.param("default-level-allow", "{packs: [notes]}", None, id="other-pack"),
        pytest.param("default-level-allow", "{severity: {default-level-allow: off}}", None, id="off"),
        pytest.param("default-level-allow", "{severity: {default-level-allow: error}}", "error", id="severity"),
        pytest.param("cis-password-short", "{}", None, id="pack-not-chosen"),
        pytest.param("cis-password-short", "{packs: [cis-exchange-2019-l1]}", "warning", id="pack-chosen"),
        pytest.param("cis-password-short", "{severity: {cis-password-short: info}}", "info", id="named-alone"),
        pytest.param("declared-twice", "{packs: [notes]}", "error", id="mandatory-always"),
        pytest.param("declared-twice", "{severity: {declared-twice: off}}", "error", id="mandatory-not-off"),
        pytest.param("windows-mail-rule", "{edition: exchange-2019}", None, id="other-edition"),
        pytest.param("hybrid-basic-auth-open", "{edition: exchange-se}", "warning", id="edition"),
    ],
)
def test_the_configuration_chooses(rule: str, settings: str, expected: str | None) -> None:
    active = {found.id: str(found.severity) for found in active_rules(rules(), config(settings))}
    assert active.get(rule) == expected


def test_an_earlier_name_chooses_too() -> None:
    renamed = BY_ID["cis-password-short"]._replace(aliases=("short-password",))
    (active,) = active_rules([renamed], config("{severity: {short-password: error}}"))
    assert (active.id, str(active.severity)) == ("cis-password-short", "error")


RENAMED = [
    pytest.param("device-os-rule-rots", "version-pinned-rule", id="version-pinned-rule"),
    pytest.param("android-type-leaks", "android-type-incomplete", id="android-type-incomplete"),
    pytest.param(
        "device-encryption-shuts-out", "device-encryption-excludes-devices", id="device-encryption-excludes-devices"
    ),
    pytest.param("default-policy-given-up", "default-policy-unset", id="default-policy-unset"),
    pytest.param("enterprise-licence-needed", "enterprise-license-needed", id="enterprise-license-needed"),
]
RENAMED_POLICY = """\
deviceAccessRules:
  - Characteristic: UserAgent
    QueryString: Android-SAMSUNG-SM-G973F/101.11{comment}
    AccessLevel: Block
"""


@pytest.mark.parametrize(("old", "new"), RENAMED)
def test_a_renamed_rule_is_switched_by_its_earlier_id(old: str, new: str) -> None:
    off, error = (
        {rule.id: rule for rule in active_rules(SERVER, config(_with(old, word)))} for word in ("off", "error")
    )
    assert new not in off
    assert str(error[new].severity) == "error"
    assert old not in BY_ID


SERVER = [rule._replace(editions=()) for rule in rules()]


def _with(name: str, severity: str) -> str:
    return f"{{packs: [recommended, notes], severity: {{{name}: {severity}}}}}"


@pytest.mark.parametrize("name", ["device-os-rule-rots", "version-pinned-rule"])
def test_an_ignore_comment_may_name_the_earlier_id(name: str) -> None:
    found = lint(RENAMED_POLICY.format(comment=""), only=[BY_ID["version-pinned-rule"]])
    assert found.lines() == [("version-pinned-rule", 3)]
    comment = f"  # policylint: ignore[{name}] these tablets get no more updates"
    ignored = lint(RENAMED_POLICY.format(comment=comment), only=[BY_ID["version-pinned-rule"]])
    assert ignored.lines() == []


@pytest.mark.parametrize("name", ["device-os-rule-rots", "version-pinned-rule"])
def test_an_ignore_comment_with_nothing_to_ignore_is_found_under_the_name_it_has(name: str) -> None:
    text = RENAMED_POLICY.format(comment=f"  # policylint: ignore[{name}] no version").replace("/101.11", "")
    text = text.replace("SM-G973F", "SM")
    (found,) = lint(text, only=[BY_ID["version-pinned-rule"]]).diagnostics
    assert (found.rule, found.message) == ("suppression", f"nothing to ignore: `{name}` finds nothing here")


@pytest.mark.parametrize("name", sorted(rule.id for rule in rules() if rule.predicate is None))
def test_what_a_stage_finds_cannot_be_ignored(name: str) -> None:
    text = f"organization: {{DefaultAccessLevel: Block}}  # policylint: ignore[{name}] no reason will do\n"
    (found,) = lint(text, settings="{packs: []}").of("suppression")
    assert found.message == f"`{name}` may not be ignored"
    assert name in {rule.id for rule in active_rules(rules(), config(f"{{severity: {{{name}: off}}}}"))}


POLICY = """\
mailboxes:
  - {Identity: john.doe@contoso.com, ActiveSyncEnabled: false}
organization: {DefaultAccessLevel: Quarantine}
deviceAccessRules:
  - {Characteristic: DeviceType, QueryString: HTC*, AccessLevel: Block}
  - {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
"""


def test_findings_come_in_the_order_of_their_places() -> None:
    found = lint(POLICY).diagnostics
    assert [finding.sort_key for finding in found] == sorted({finding.sort_key for finding in found})
    assert [finding.rule for finding in found] == [
        "outlook-mobile-left-on",
        "outlook-mobile-not-allowed",
        "quarantine-without-admin-recipients",
        "access-rule-wildcard",
    ]


def test_the_order_of_files_makes_no_difference() -> None:
    sources = [
        Source("a.yaml", "organization: {DefaultAccessLevel: Quarantine}\n"),
        Source(
            "b.yaml", "deviceAccessRules: [{Characteristic: DeviceOS, QueryString: iOS, AccessLevel: Quarantine}]\n"
        ),
        Source("c.yaml", "deviceAccessRules: [{Characteristic: DeviceOS, QueryString: ios, AccessLevel: Block}]\n"),
    ]
    assert lint(sources).diagnostics == lint(sources[::-1]).diagnostics


def test_the_order_of_devices_makes_no_difference() -> None:
    devices = [
        {"mailbox": f"user{number}@contoso.com", "DeviceId": f"D{number}", "DeviceType": kind, "DeviceOS": system}
        for number, (kind, system) in enumerate(
            [("iPhone", "iOS 17.4"), ("IPHONE", "iOS 18.1"), ("iPhone", "iOS 17.4")]
        )
    ]
    text = """\
deviceAccessRules:
  - {Characteristic: DeviceOS, QueryString: iOS 1, AccessLevel: Block}
  - {Characteristic: DeviceOS, QueryString: iOS 17.4, AccessLevel: Block}
  - {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
"""
    there = lint(text, {"devices": devices}).diagnostics
    back = lint(text, json.loads(json.dumps({"devices": devices[::-1]}))).diagnostics
    assert there == back
    assert {"access-rule-disputed", "access-rule-matches-nothing"} <= {finding.rule for finding in there}


@pytest.mark.parametrize(
    ("recipients", "live", "severity"),
    [
        pytest.param("", None, "warning", id="not-declared-without-a-snapshot"),
        pytest.param(", AdminMailRecipients: []", None, "error", id="declared-empty"),
        pytest.param("", {"organization": {"AdminMailRecipients": []}}, "error", id="empty-in-the-snapshot"),
    ],
)
def test_a_list_that_may_have_people_in_it_is_no_error(
    recipients: str, live: dict[str, Any] | None, severity: str
) -> None:
    found = lint(f"organization: {{DefaultAccessLevel: Quarantine{recipients}}}\n", live)
    (unattended,) = found.of("quarantine-without-admin-recipients")
    assert severity == str(unattended.severity)
