"""`report pack`: whether each control of a pack holds, on what, and never a pass without having looked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.texts import output_schema, shared
from tests.worlds import sealed

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

NOW = {"SOURCE_DATE_EPOCH": "1795849200"}  # 2026-11-28
CIS = "cis-exchange-2019-l1"
POLICIES = """\
mobileDeviceMailboxPolicies:
  - Name: Default
    IsDefault: true
    AllowSimplePassword: false
    PasswordEnabled: true
    MinPasswordLength: 3
    PasswordHistory: 0  # policylint: ignore[cis-password-history-short] phones have no history until 2027-01-31
  - Name: Staff
    AllowSimplePassword: true
    PasswordEnabled: true
    MinPasswordLength: 6
    PasswordHistory: 5
"""
LIVE = """\
organization: {DefaultAccessLevel: Block}
mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: true}, {Name: Staff}]
mailboxes: [{Identity: eva@contoso.com, ActiveSyncAllowedDeviceIDs: [A1]}]
"""


@pytest.fixture
def repository(folder: Folder) -> Folder:
    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\nguards: {snapshot-max-age-hours: null}\n")
    folder.write("policy/a.yaml", POLICIES)
    folder.write("live.json", sealed(LIVE, []))
    return folder


def report(folder: Folder, pack: str, *arguments: str) -> dict[str, Any]:
    done = folder.run("report", "pack", pack, "--format", "json", *arguments, **NOW)
    assert 0 == done.returncode, done.stderr
    record: dict[str, Any] = json.loads(done.stdout)
    output_schema("report-pack").validate(record)
    return record


def controls(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["rule"]: each for each in record["controls"]}


def outcomes(folder: Folder, pack: str, *arguments: str) -> dict[str, str]:
    return {name: each["outcome"] for name, each in controls(report(folder, pack, *arguments)).items()}


def test_controls_of_a_benchmark_have_their_numbers_in_order(repository: Folder) -> None:
    found = report(repository, CIS)["controls"]
    assert [f"3.{number}" for number in range(1, 12)] == [each["control"] for each in found]
    assert "`AllowSimplePassword` is false" == found[0]["title"]


def test_what_holds_what_does_not_and_what_is_accepted(repository: Folder) -> None:
    found = controls(report(repository, CIS))
    assert ("fail", 2, ["open"]) == _told(found["cis-simple-password-allowed"])
    assert ("fail", 2, ["open"]) == _told(found["cis-password-short"])
    assert ("pass", 2, []) == _told(found["cis-password-not-required"])
    assert ("accepted", 2, ["accepted"]) == _told(found["cis-password-history-short"])
    where = found["cis-password-short"]["findings"][0]
    assert ("policy/a.yaml", 6) == (where["path"], where["line"])


def _told(control: dict[str, Any]) -> tuple[str, int | None, list[str]]:
    return control["outcome"], control["checked"], [each["standing"] for each in control["findings"]]


def test_the_summary_counts_the_controls(repository: Folder) -> None:
    record = report(repository, "strict")
    assert len(record["controls"]) == sum(record["summary"].values())
    for outcome, number in record["summary"].items():
        assert number == sum(each["outcome"] == outcome for each in record["controls"])


def test_what_the_baseline_holds_is_a_failure_that_is_known(repository: Folder) -> None:
    repository.write("policylint.yaml", f"version: 1\nsnapshot: live.json\npacks: [{CIS}]\nbaseline: known.yaml\n")
    assert 0 == repository.run("lint", "--update-baseline", **NOW).returncode
    found = controls(report(repository, CIS))
    assert ("fail", 2, ["baseline"]) == _told(found["cis-password-short"])
    assert found["cis-password-short"]["why"].startswith("1 finding, all in the baseline; 2 mobile device")
    assert "accepted" == found["cis-password-history-short"]["outcome"]


def test_a_rule_for_another_edition_is_not_applicable(repository: Folder) -> None:
    hybrid = report(repository, "hybrid")["controls"]
    assert [("hybrid-basic-auth-open", "notApplicable")] == [
        (each["rule"], each["outcome"]) for each in hybrid if each["rule"] == "hybrid-basic-auth-open"
    ]


def test_of_live_objects_that_no_file_declares_only_failures_are_known(repository: Folder) -> None:
    found = controls(report(repository, "strict"))
    assert "fail" == found["exemption-by-device-id"]["outcome"]
    assert "notKnown" == found["device-id-in-both-lists"]["outcome"]
    why = "`ActiveSyncBlockedDeviceIDs` of `eva@contoso.com` is in no file, and was not read"
    assert why == found["device-id-in-both-lists"]["why"]


def test_live_objects_that_no_file_declares_are_checked(repository: Folder) -> None:
    live = LIVE.replace(
        "[A1]", "[], ActiveSyncBlockedDeviceIDs: [], MacOutlookEnabled: true, OWAforDevicesEnabled: true"
    )
    repository.write("live.json", sealed(live, []))
    found = controls(report(repository, "strict"))
    assert ("pass", 1, []) == _told(found["device-id-in-both-lists"])
    assert "1 mailbox checked, 1 of them live and in no file" == found["device-id-in-both-lists"]["why"]


def test_a_setting_that_only_live_state_has_is_checked(repository: Folder) -> None:
    repository.write("policy/o.yaml", "organization: {AdminMailRecipients: [it@contoso.com]}\n")
    assert "pass" == outcomes(repository, "strict")["default-level-allow"]
    repository.write("live.json", sealed(LIVE.replace("Block", "Allow"), []))
    assert "fail" == outcomes(repository, "strict")["default-level-allow"]


ORGANIZATION = "organization: {AdminMailRecipients: [it@contoso.com]}\n"
BLOCK = "organization: {AdminMailRecipients: [it@contoso.com], DefaultAccessLevel: Block}\n"


@pytest.mark.parametrize(
    ("text", "more", "rule", "expected"),
    [
        pytest.param(ORGANIZATION, "", "default-level-allow", "notKnown", id="undeclared"),
        pytest.param(BLOCK, "", "default-level-allow", "pass", id="declared"),
        pytest.param(ORGANIZATION, "", "outlook-mobile-not-allowed", "notKnown", id="needs-whole"),
        pytest.param(ORGANIZATION, "", "quarantine-without-admin-recipients", "notKnown", id="quarantine"),
        pytest.param(ORGANIZATION, "", "recipient-outside-organization", "notKnown", id="domains-not-known"),
        pytest.param(ORGANIZATION, "domains: [contoso.com]", "recipient-outside-organization", "pass", id="domains"),
        pytest.param("deviceAccessRules: []\n", "", "windows-mail-rule", "notApplicable", id="exact"),
        pytest.param(
            "deviceAccessRules: []\n",
            "manage: {deviceAccessRules: additive}",
            "windows-mail-rule",
            "notKnown",
            id="additive",
        ),
        pytest.param(ORGANIZATION, "", "access-rule-redundant", "notKnown", id="whole-policy"),
        pytest.param(ORGANIZATION, "", "list-item-twice", "pass", id="files-tell"),
        pytest.param(
            "mailboxes: [{matches: {glob: '*'}, ActiveSyncEnabled: true}]\n",
            "",
            "outlook-mobile-left-on",
            "notKnown",
            id="not-expanded",
        ),
    ],
)
def test_without_live_state_only_what_the_files_tell_passes(
    folder: Folder, text: str, more: str, rule: str, expected: str
) -> None:
    folder.write("policylint.yaml", f"version: 1\n{more}\n")
    folder.write("policy/a.yaml", text)
    assert expected == outcomes(folder, "strict")[rule]


def test_a_question_without_a_finding_is_not_answered(repository: Folder) -> None:
    found = controls(report(repository, "lifecycle"))
    assert ("notKnown", []) == (
        found["approved-client-app-grant"]["outcome"],
        found["approved-client-app-grant"]["findings"],
    )
    assert "no export of Exchange shows it" == found["approved-client-app-grant"]["why"]
    assert "pass" == found["activesync-certificate-sign-in"]["outcome"], "no device uses ActiveSync"
    assert "notKnown" == found["exchange-web-services-ends"]["outcome"]


def test_about_objects_of_which_there_are_none_it_is_not_applicable(repository: Folder) -> None:
    found = controls(report(repository, "strict"))
    assert ("notApplicable", None) == _told(found["version-pinned-rule"])[:2]
    assert "there are no device access rules" == found["version-pinned-rule"]["why"]


def test_without_live_state_what_no_file_declares_is_not_known(repository: Folder) -> None:
    (repository.path / "live.json").unlink()
    found = controls(report(repository, "strict"))
    assert "notKnown" == found["exemption-by-device-id"]["outcome"]
    assert "no file declares mailboxes, and live state was not read" == found["exemption-by-device-id"]["why"]
    assert ("fail", 2) == _told(found["cis-simple-password-allowed"])[:2]


@pytest.mark.parametrize("live", [None, "devices"])
def test_a_rule_that_needs_live_state_never_passes_without_it(repository: Folder, live: str | None) -> None:
    needing = {rule.id for rule in shared().rules if rule.predicate is not None and rule.predicate.needs_snapshot}
    assert len(needing) > 10
    arguments = ("--allow-incomplete", live) if live is not None else ()
    if live is None:
        (repository.path / "live.json").unlink()
    else:
        repository.write("live.json", sealed(LIVE, [], complete={live: "cut"}))
    for pack in ("strict", "lifecycle"):
        found = outcomes(repository, pack, *arguments)
        assert {"pass", "accepted"}.isdisjoint(found[name] for name in needing & found.keys())


def test_a_rule_that_is_switched_off_is_not_known(repository: Folder) -> None:
    config = "version: 1\nsnapshot: live.json\nseverity: {cis-password-not-required: off}\n"
    repository.write("policylint.yaml", config)
    found = controls(report(repository, CIS))["cis-password-not-required"]
    assert ("notKnown", "it is switched off in policylint.yaml") == (found["outcome"], found["why"])


def test_a_question_that_no_export_answers_is_not_known(repository: Folder) -> None:
    device = {"mailbox": "eva@contoso.com", "DeviceId": "A1", "DeviceType": "iPhone", "ClientType": "EAS"}
    repository.write("live.json", sealed(LIVE, [device]))
    found = controls(report(repository, "lifecycle"))["activesync-certificate-sign-in"]
    assert ("notKnown", 1) == (found["outcome"], len(found["findings"]))
    assert "the finding says where to look" in found["why"]


def test_it_is_said_that_live_state_is_missing(repository: Folder) -> None:
    (repository.path / "live.json").unlink()
    done = repository.run("report", "pack", "strict", **NOW)
    assert "as of 2026-11-28, without live state\n" in done.stdout
    assert "live.json is not there: skipped" in done.stderr


def test_live_state_alone_is_checked(repository: Folder) -> None:
    (repository.path / "policylint.yaml").unlink()
    (repository.path / "policy/a.yaml").unlink()
    record = report(repository, "strict", "--snapshot", "live.json")
    found = controls(record)
    assert "fail" == found["exemption-by-device-id"]["outcome"]
    assert ("contoso.onmicrosoft.com", None) == (record["organization"], record["revision"])


def test_another_day_may_be_taken_for_today(repository: Folder) -> None:
    record = report(repository, CIS, "--as-of", "2027-02-01")
    assert "2027-02-01" == record["asOf"]
    assert "fail" == controls(record)["cis-password-history-short"]["outcome"], "the comment has ended"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((CIS,), 0),
        ((CIS, "--fail-on", "fail"), 1),
        ((CIS, "--fail-on", "not-known"), 0),
        (("strict", "--fail-on", "not-known"), 1),
        (("cis",), 3),
        ((), 3),
    ],
)
def test_exit_codes(repository: Folder, arguments: tuple[str, ...], code: int) -> None:
    assert code == repository.run("report", "pack", *arguments, **NOW).returncode


def test_a_policy_that_is_not_valid_has_no_report(repository: Folder) -> None:
    repository.write("policy/b.yaml", "mailboxes: [{Identity: 1, Colour: red}]\n")
    done = repository.run("report", "pack", CIS, **NOW)
    assert (1, "") == (done.returncode, done.stdout)


def test_a_page_names_what_it_rests_on_and_escapes_what_the_policy_says(repository: Folder) -> None:
    repository.write("policy/a.yaml", POLICIES.replace("Staff", "'<script>alert(1)</script>'"))
    done = repository.run("report", "pack", CIS, "--format", "html", **NOW)
    assert 0 == done.returncode, done.stderr
    assert done.stdout.isascii()
    assert "<script>alert" not in done.stdout
    assert "&lt;script&gt;alert(1)" in done.stdout
    for words in ("contoso.onmicrosoft.com", "<dt>As of</dt><dd>2026-11-28</dd>", "3.11", "comments ignore"):
        assert words in done.stdout


def test_text_is_cut_and_says_so(repository: Folder) -> None:
    more = "".join(f"  - {{Name: P{number}, AllowSimplePassword: true}}\n" for number in range(9))
    repository.write("policy/a.yaml", POLICIES + more)
    cut = repository.run("report", "pack", CIS, **NOW).stdout
    assert "... and 5 more; --full shows all" in cut
    assert "--full" not in repository.run("report", "pack", CIS, "--full", **NOW).stdout
