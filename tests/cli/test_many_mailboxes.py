"""One entry for many mailboxes: which they are, what goes before it, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.sealed import seal
from tests.texts import CONFIG, LIVE, project

if TYPE_CHECKING:
    from policylint.project.project import Project
    from tests.cli.conftest import Folder

SETTINGS = """\
version: 1
guards: {snapshot-max-age-hours: null}
manage: {mailboxes: {mode: additive, except: ['svc-*@contoso.com']}}
"""
OFF, ON = "OWAforDevicesEnabled: false", "OWAforDevicesEnabled: true"


def row(name: str, domain: str = "contoso.com", **more: Any) -> dict[str, Any]:
    switches = ("ActiveSyncEnabled", "OWAforDevicesEnabled", "MacOutlookEnabled", "OutlookMobileEnabled")
    known = {"Identity": name, "Name": name, "PrimarySmtpAddress": f"{name}@{domain}"}
    lists: dict[str, Any] = {"ActiveSyncAllowedDeviceIDs": [], "ActiveSyncBlockedDeviceIDs": []}
    policy = {"ActiveSyncMailboxPolicy": None, "ActiveSyncMailboxPolicyIsDefaulted": "True"}
    return {**known, **dict.fromkeys(switches, "True"), **lists, **policy, **more}


MAILBOXES = [
    row("ann"),
    row("ben", EmailAddresses=["SMTP:ben@contoso.com", "smtp:chief@contoso.com"]),
    row("cyd", "fabrikam.com", EmailAddresses=["SMTP:cyd@fabrikam.com", "smtp:cyd@contoso.com"]),
    row("dan", "fabrikam.com"),
    row("svc-scan"),
    row("HealthMailbox0123456789abcdef"),
]
LIVE_STATE = seal(organization={"DefaultAccessLevel": "Quarantine"}, mailboxes=MAILBOXES)


def opened(policy: str, live: bytes | None = LIVE_STATE, **files: str) -> Project:
    """Return a project of entries of mailboxes; a file of names is `names` with `_` for its period."""
    lists = {name.replace("_", "."): text for name, text in files.items()}
    state = {LIVE: live} if live is not None else {}
    return project({CONFIG: SETTINGS, "policy.yaml": f"mailboxes:\n{policy}", **lists, **state})


def off(opened: Project) -> list[str]:
    """Return the mailboxes that OWA for Devices is switched off for."""
    mailboxes = (opened.policy.state.mailboxes or {}).values()
    return sorted(each.identity.partition("@")[0] for each in mailboxes if each.get("OWAforDevicesEnabled") is False)


WHICH = {
    "all": ('glob: "*"', ["ann", "ben", "cyd", "dan"]),
    "any-address": ('glob: "*@CONTOSO.com"', ["ann", "ben", "cyd"]),
    "one-character": ('glob: "?an@fabrikam.com"', ["dan"]),
    "named": ("one-of: [ann, chief@contoso.com, ben@contoso.com]", ["ann", "ben"]),
    "named-as-a-system": ("one-of: [svc-scan]", ["svc-scan"]),
    "left-out-by-another-name": ('glob: "*", not: {one-of: [chief@contoso.com, cyd]}', ["ann", "dan"]),
    "left-out-by-pattern": ('glob: "*", not: {glob: "*@contoso.com"}', ["dan"]),
    "left-out-by-any": ('glob: "*", not: [{one-of: [ann]}, {glob: "dan@*"}]', ["ben", "cyd"]),
    "left-out-by-both": ('glob: "*", not: {one-of: [ann, dan], glob: "*@contoso.com"}', ["ben", "cyd", "dan"]),
    "file": ("file: names.txt", ["ann", "ben"]),
    "file-and-pattern": ('file: names.txt, glob: "a*"', ["ann"]),
    "file-left-out": ('glob: "*", not: {file: names.txt}', ["cyd", "dan"]),
}
NAMES = "# the field\n\nANN@contoso.com\n  chief@contoso.com  # by another address\nben@contoso.com\n"


@pytest.mark.parametrize(("matches", "names"), WHICH.values(), ids=WHICH)
def test_which_mailboxes_an_entry_is_about(matches: str, names: list[str]) -> None:
    assert names == off(opened(f"- {{matches: {{{matches}}}, {OFF}}}\n", names_txt=NAMES))


@pytest.mark.parametrize(
    ("matches", "names"),
    [('glob: "*"', []), ("one-of: [eva, EVA, ann]", ["ann", "eva"]), ('file: names.txt, glob: "a*"', ["ANN"])],
)
def test_without_a_snapshot_only_listed_names_are_known(matches: str, names: list[str]) -> None:
    assert names == off(opened(f"- {{matches: {{{matches}}}, {OFF}}}\n", None, names_txt=NAMES))


def test_an_entry_of_its_own_goes_before_setting_by_setting() -> None:
    done = opened(
        f"- {{matches: {{glob: '*'}}, {OFF}, MacOutlookEnabled: false}}\n- {{Identity: chief@contoso.com, {ON}}}\n"
    )
    assert ["ann", "cyd", "dan"] == off(done)
    own = next(each for each in (done.policy.state.mailboxes or {}).values() if each.identity == "chief@contoso.com")
    assert {"Identity": "chief@contoso.com", "OWAforDevicesEnabled": True, "MacOutlookEnabled": False} == own.settings
    assert [3, 2] == [own.at(name).begin.line for name in ("OWAforDevicesEnabled", "MacOutlookEnabled")]
    assert [3, 2] == [own.where(name).line for name in ("OWAforDevicesEnabled", "MacOutlookEnabled")]
    assert done.is_valid


def test_two_patterns_that_agree_give_a_mailbox_both_their_settings() -> None:
    done = opened(
        f"- {{matches: {{glob: '*'}}, {OFF}}}\n- {{matches: {{one-of: [ann]}}, {OFF}, MacOutlookEnabled: false}}\n"
    )
    found = {each.identity: each.get("MacOutlookEnabled") for each in (done.policy.state.mailboxes or {}).values()}
    assert done.is_valid
    assert {"ann@contoso.com": False, "dan@fabrikam.com": None}.items() <= found.items()


def test_two_patterns_that_disagree_are_an_error_that_names_both() -> None:
    done = opened(f"- {{matches: {{glob: '*'}}, {OFF}}}\n- {{matches: {{glob: 'ann*'}}, {ON}}}\n")
    assert not done.is_valid
    [error] = [found for found in done.lint().errors if found.rule == "matches-conflict"]
    assert (3, 2) == (error.span.begin.line, error.related[0].span.begin.line)
    assert "`ann@contoso.com`" in error.message
    assert opened(
        f"- {{matches: {{glob: '*'}}, {OFF}}}\n- {{matches: {{glob: 'ann*'}}, {ON}}}\n- {{Identity: ann, {ON}}}\n"
    ).is_valid


def test_a_name_that_is_no_mailbox_is_found_in_its_file() -> None:
    done = opened(f"- {{matches: {{glob: '*', not: {{file: names.txt}}}}, {OFF}}}\n", names_txt=f"{NAMES}eve\n")
    [error] = [found for found in done.lint().diagnostics if found.rule == "listed-mailbox-not-found"]
    assert ("names.txt:6:1", "error") == (str(error.span), error.severity.value)


@pytest.mark.parametrize("path", ["gone.txt", "../outside.txt", "/etc/passwd"])
def test_a_file_that_cannot_be_read_is_an_error_at_its_entry(folder: Folder, path: str) -> None:
    folder.write("policylint.yaml", SETTINGS + "policies: [policy.yaml]\n")
    folder.write("policy.yaml", f"mailboxes:\n  - {{matches: {{file: {path}}}, {OFF}}}\n")
    done = folder.run("lint")
    assert (1, True) == (done.returncode, "policy.yaml:2:6: error" in done.stdout), done.stdout


def test_the_plan_has_single_mailboxes_with_where_they_come_from(folder: Folder) -> None:
    folder.write("policylint.yaml", SETTINGS + "policies: [policy.yaml]\nsnapshot: live.json\n")
    entries = f"  - {{matches: {{file: lists/field.txt}}, {OFF}}}\n  - {{Identity: dan, MacOutlookEnabled: false}}\n"
    folder.write("policy.yaml", f"mailboxes:\n{entries}")
    folder.write("lists/field.txt", "ann\r\ndan@fabrikam.com\r\n")
    folder.write("live.json", LIVE_STATE)
    steps = json.loads(folder.run("plan", "--format", "json").stdout)["steps"]
    origin = "policy.yaml:2, from matches: file lists/field.txt"
    assert {"ann@contoso.com": origin, "dan@fabrikam.com": "policy.yaml:2"} == {
        step["identity"]: step["declared"] for step in steps
    }
    assert 0 == folder.run("lint").returncode
    assert 0 == folder.run("fmt", "--check", "policy.yaml").returncode


def test_live_state_is_not_written_over_an_entry_for_many(folder: Folder) -> None:
    folder.write("policylint.yaml", SETTINGS + "policies: [policy.yaml]\nsnapshot: live.json\n")
    policy = folder.write("policy.yaml", f"mailboxes:\n  - {{matches: {{glob: 'ann*'}}, {OFF}}}\n")
    folder.write("live.json", seal(mailboxes=[row("ann", ActiveSyncEnabled="False")]))
    done = folder.run("import", "live.json", "--update", "--take-live", "-o", ".")
    assert f"  - {{matches: {{glob: 'ann*'}}, {OFF}}}\n" in policy.read_text(), done.stderr


def test_what_to_write_instead_of_a_name_that_is_a_pattern(folder: Folder) -> None:
    folder.write("policylint.yaml", SETTINGS + "policies: [policy.yaml]\n")
    folder.write("policy.yaml", f"mailboxes:\n  - {{Identity: '*', {OFF}}}\n")
    assert "write `matches` instead of `Identity`" in folder.run("lint").stdout
