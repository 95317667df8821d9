"""What rules find in live objects that no policy file declares."""

from __future__ import annotations

from typing import Any

import pytest

from policylint.diagnostic import Severity
from policylint.lint.live import MOST_ALIKE, _written, grouped
from policylint.lint.load import load_rules
from policylint.source import Source
from tests.cli.conftest import Folder
from tests.rules.harness import Lint, lint, project_of, store
from tests.sealed import seal
from tests.texts import LIVE as PATH

ADA = "ada@contoso.com"
POLICY = "organization: {DefaultAccessLevel: Block}\n"
LIVE: dict[str, Any] = {
    "organization": {"DefaultAccessLevel": "Block"},
    "deviceAccessRules": [
        {"Characteristic": "DeviceOS", "QueryString": "iOS", "AccessLevel": "Allow"},
        {"Characteristic": "DeviceType", "QueryString": "HTC*", "AccessLevel": "Block"},
    ],
    "mobileDeviceMailboxPolicies": [{"Name": "Default", "IsDefault": "True", "PasswordEnabled": "False"}],
    "mailboxes": [
        {"PrimarySmtpAddress": ADA, "ActiveSyncAllowedDeviceIDs": ["GONE1", "A1"]},
        {"PrimarySmtpAddress": "b@contoso.com"},
    ],
    "devices": [{"mailbox": ADA, "DeviceId": "A1", "DeviceType": "iPhone", "DeviceOS": "iOS 17.4 21E219"}],
}
NOTES = "{packs: [recommended, notes]}"
ADDITIVE = "{manage: {deviceAccessRules: additive}}"
RULES = ("access-rule-matches-nothing", "access-rule-wildcard", "policy-without-password", "stale-device-id")


def at_live(found: Lint) -> list[str]:
    return sorted(each.rule for each in found.diagnostics if each.span.path == PATH and each.rule in RULES)


def test_rules_look_at_what_is_live_and_stays() -> None:
    found = lint(POLICY, LIVE)
    assert sorted(RULES) == at_live(found)
    said = {each.rule: each for each in found.diagnostics if each.span.path == PATH}
    assert all(each.severity is not Severity.ERROR for each in said.values())
    assert all(
        each.fix is None and not each.related and "import --update" in (each.help or "") for each in said.values()
    )
    assert "`HTC*`" in said["access-rule-wildcard"].message
    assert said["stale-device-id"].about is not None
    assert said["stale-device-id"].about.name == ADA


def test_a_finding_names_its_object_where_its_message_does_not() -> None:
    rule = {"Characteristic": "DeviceType", "QueryString": "HTC*", "AccessLevel": "Block"}
    found = lint(POLICY, {**LIVE, "deviceAccessRules": [rule]})
    (wildcard,) = found.of("access-rule-wildcard")
    assert wildcard.message.startswith("device access rule `HTC* (DeviceType)`: `HTC*` is compared literally")


@pytest.mark.parametrize(
    ("more", "settings", "gone"),
    [
        pytest.param("deviceAccessRules: []\n", "{manage: {deviceAccessRules: exact}}", RULES[:2], id="removed"),
        pytest.param(
            "mailboxes: [{Identity: ada@contoso.com, ActiveSyncAllowedDeviceIDs: []}]\n", "{}", RULES[2:], id="setting"
        ),
        pytest.param("mailboxes: [{Identity: ada@contoso.com, OWAforDevicesEnabled: true}]\n", "{}", (), id="in-part"),
        pytest.param("", "{manage: {mailboxes: {mode: exact, except: [ada@contoso.com]}}}", RULES[3:], id="except"),
        pytest.param(
            "deviceAccessRules: [{Characteristic: DeviceOS, QueryString: iOS, AccessLevel: Allow}]\n",
            ADDITIVE,
            RULES[:1],
            id="declared",
        ),
        pytest.param("", "{severity: {access-rule-wildcard: off}}", RULES[1:2], id="off"),
    ],
)
def test_what_the_policy_removes_or_declares_is_left_out(more: str, settings: str, gone: tuple[str, ...]) -> None:
    assert sorted(set(RULES) - set(gone)) == at_live(lint(POLICY + more, LIVE, settings))


def test_many_findings_of_a_rule_are_one() -> None:
    mailboxes = [
        {"PrimarySmtpAddress": f"u{number}@contoso.com", "ActiveSyncAllowedDeviceIDs": [f"GONE{number}"]}
        for number in range(MOST_ALIKE + 1)
    ]
    all_ = lint(POLICY, {**LIVE, "mailboxes": mailboxes}).diagnostics
    (found,) = (each for each in grouped(all_, PATH) if each.rule == "stale-device-id")
    assert found.message.endswith(f"and {MOST_ALIKE} more findings like it in live state")
    assert found.about is not None
    assert (found.about.kind, found.about.name, found.about.words) == ("mailbox", "", ())
    some = lint(POLICY, {**LIVE, "mailboxes": mailboxes[1:]}).diagnostics
    assert grouped(some, PATH) == some


def test_equal_objects_have_a_finding_each() -> None:
    mailboxes = [{"PrimarySmtpAddress": f"u{number}@contoso.com", "MacOutlookEnabled": "False"} for number in range(10)]
    found = lint(POLICY, {**LIVE, "mailboxes": mailboxes}, NOTES).of("mac-outlook-half-off")
    assert [f"u{number}@contoso.com" for number in range(10)] == [each.about.name for each in found if each.about]


def test_what_no_file_says_of_a_declared_object_is_looked_at() -> None:
    live = {**LIVE, "organization": {"DefaultAccessLevel": "Allow"}}
    (found,) = lint("organization: {AdminMailRecipients: [it@contoso.com]}\n", live).of("default-level-allow")
    assert found.span.path == PATH
    (found,) = lint("organization: {DefaultAccessLevel: Allow}\n", live).of("default-level-allow")
    assert found.span.path == "policy.yaml"


def test_a_declared_object_does_not_hide_a_live_one_with_the_same_flaw() -> None:
    live = {
        **LIVE,
        "mailboxes": [{"PrimarySmtpAddress": f"{each}@contoso.com", "MacOutlookEnabled": "False"} for each in "ab"],
    }
    found = lint(POLICY + "mailboxes: [{Identity: a@contoso.com, MacOutlookEnabled: false}]\n", live, NOTES)
    assert {"policy.yaml", PATH} == {each.span.path for each in found.of("mac-outlook-half-off")}


def test_a_policy_that_is_removed_is_told_once() -> None:
    live = {
        **LIVE,
        "mobileDeviceMailboxPolicies": [{"Name": "Default", "IsDefault": "True"}, {"Name": "Old"}],
        "mailboxes": [{"PrimarySmtpAddress": "a@contoso.com", "ActiveSyncMailboxPolicy": "Old"}],
    }
    text = POLICY + "mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: true}]\n"
    assert (1, 0) == tuple(len(lint(text, live).of(each)) for each in ("policy-removed-in-use", "policy-not-declared"))
    off = lint(text, live, "{severity: {policy-removed-in-use: off}}")
    assert 1 == len(off.of("policy-not-declared"))


def test_what_a_file_has_too_is_not_said_twice() -> None:
    """A dispute of a declared rule with a live one is found at the declared one."""
    live = {
        **LIVE,
        "deviceAccessRules": [{"Characteristic": "DeviceType", "QueryString": "iPhone", "AccessLevel": "Allow"}],
    }
    text = POLICY + (
        "deviceAccessRules: [{Characteristic: DeviceOS, QueryString: iOS 17.4 21E219, AccessLevel: Block}]\n"
    )
    assert [each.span.path for each in lint(text, live, ADDITIVE).of("access-rule-disputed")] == ["policy.yaml"]


def test_a_policy_that_says_all_that_is_live_has_the_same_findings_in_its_files() -> None:
    text = POLICY + (
        "deviceAccessRules:\n"
        "  - {Characteristic: DeviceOS, QueryString: iOS, AccessLevel: Allow}\n"
        "  - {Characteristic: DeviceType, QueryString: HTC*, AccessLevel: Block}\n"
        "mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: true, PasswordEnabled: false}]\n"
        "mailboxes: [{Identity: ada@contoso.com, ActiveSyncAllowedDeviceIDs: [GONE1, A1]}]\n"
    )
    declared = lint(text, LIVE)
    assert [] == at_live(declared)
    assert sorted(RULES) == sorted(each.rule for each in declared.diagnostics if each.rule in RULES)


def test_live_findings_fail_nothing_and_are_last(tmp_path: Any) -> None:
    folder = Folder(tmp_path)
    folder.write(
        "policylint.yaml", "version: 1\nedition: exchange-online\nsnapshot: live.json\npolicies: [policy.yaml]\n"
    )
    folder.write("policy.yaml", "organization: {DefaultAccessLevel: Allow}\n")
    folder.write(
        "live.json", seal(organization={"DefaultAccessLevel": "Allow"}, deviceAccessRules=LIVE["deviceAccessRules"])
    )
    done = folder.run("lint", "--format", "concise")
    assert (done.returncode, ["policy.yaml", "live.json"]) == (
        0,
        list(dict.fromkeys(line.split(":")[0] for line in done.stdout.splitlines())),
    )
    assert folder.run("lint", "--strict").returncode == 1
    assert "live.json" not in folder.run("lint", "policy.yaml", "--format", "concise").stdout


def test_a_baseline_holds_them(tmp_path: Any) -> None:
    folder = Folder(tmp_path)
    folder.write(
        "policylint.yaml", "version: 1\nedition: exchange-online\nsnapshot: live.json\npolicies: [policy.yaml]\n"
    )
    folder.write("policy.yaml", "organization: {DefaultAccessLevel: Block}\n")
    folder.write(
        "live.json", seal(organization={"DefaultAccessLevel": "Block"}, deviceAccessRules=LIVE["deviceAccessRules"])
    )
    assert folder.run("lint", "--baseline", "known.json", "--update-baseline").returncode == 0
    done = folder.run("lint", "--baseline", "known.json", "--format", "concise")
    assert done.stdout == ""
    assert "gone" not in done.stderr


def test_a_baseline_does_not_hold_what_comes_later(tmp_path: Any) -> None:
    folder = Folder(tmp_path)
    folder.write(
        "policylint.yaml",
        "version: 1\nedition: exchange-online\nsnapshot: live.json\npolicies: [policy.yaml]\n"
        "packs: [recommended, notes]\n",
    )
    folder.write("policy.yaml", "organization: {DefaultAccessLevel: Block}\n")
    mailboxes = [
        {"PrimarySmtpAddress": f"u{number}@contoso.com", "MacOutlookEnabled": "False"}
        for number in range(MOST_ALIKE + 2)
    ]
    one, *others = mailboxes
    folder.write("live.json", seal(organization={"DefaultAccessLevel": "Block"}, mailboxes=others))
    assert folder.run("lint", "--baseline", "known.json", "--update-baseline").returncode == 0
    folder.write("live.json", seal(organization={"DefaultAccessLevel": "Block"}, mailboxes=[one, *others]))
    done = folder.run("lint", "--baseline", "known.json", "--format", "concise")
    (line,) = done.stdout.splitlines()
    assert "mailbox `u0@contoso.com`" in line


def test_a_mailbox_with_nothing_of_its_own_is_not_looked_at() -> None:
    """Most of 50,000 mailboxes are as they come: no rule is asked about them."""
    mailboxes = [{"PrimarySmtpAddress": f"u{number}@contoso.com"} for number in range(5)]
    facts = project_of([Source("policy.yaml", POLICY)], live={**LIVE, "mailboxes": mailboxes}).lint_facts
    assert {"deviceAccessRule", "mobileDeviceMailboxPolicy"} == set(_written(facts, Source(PATH, "")))


@pytest.mark.parametrize("mandatory", ["true", "false"])
def test_a_rule_of_the_project_looks_at_live_objects_though_it_is_mandatory(mandatory: str) -> None:
    text = (
        f"title: Devices are listed\nseverity: warning\nmandatory: {mandatory}\nsubject: mailbox\n"
        "predicate: field-in\nparams: {field: ActiveSyncEnabled, values: [false]}\n"
        "message: it is off\nhelp: switch it on\n"
    )
    (rule,) = load_rules([], store(), own=[Source("rules/house/is-off/rule.yaml", text)])
    live = {"mailboxes": [{"PrimarySmtpAddress": ADA, "ActiveSyncEnabled": "False"}]}
    (found,) = lint(POLICY, live, only=[rule]).of("is-off")
    assert f"mailbox `{ADA}`: it is off" == found.message
