"""One entry for many mailboxes: which they are, what goes before it, and what is refused."""

from __future__ import annotations

import json
from itertools import permutations
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


ENTRIES = {
    "": "Identity: chief@contoso.com",
    "glob *": "matches: {glob: '*'}",
    "one of ben": "matches: {one-of: [ben]}",
}
GIVEN = ("ActiveSyncEnabled", "OWAforDevicesEnabled", "MacOutlookEnabled")


@pytest.mark.parametrize("order", list(permutations(ENTRIES)), ids=repr)
def test_each_setting_has_the_place_and_the_words_of_the_entry_that_gives_it(order: tuple[str, ...]) -> None:
    """The second entry with `matches` gives every setting, the first one two, the one of the mailbox itself one."""
    own, first, second = "", *(words for words in order if words)
    gives = {own: GIVEN[:1], first: GIVEN[:2], second: GIVEN}
    lines = [ENTRIES[each] + "".join(f", {name}: false" for name in gives[each]) for each in order]
    done = opened("".join(f"- {{{line}}}\n" for line in lines))
    assert done.is_valid
    for state in (done.policy.state, done.desired_model.state):
        ben = next(
            each for each in state.of_kind("mailbox").values() if "ben" in each.names or "chief" in each.identity
        )
        assert [own, first, second] == [ben.pattern_of(name) for name in GIVEN]
        assert [order.index(each) + 2 for each in (own, first, second)] == [ben.where(name).line for name in GIVEN]
        assert [order.index(each) + 2 for each in (own, first, second)] == [ben.at(name).begin.line for name in GIVEN]


@pytest.fixture
def three(folder: Folder) -> Folder:
    """Return a project where one mailbox has settings of two entries with `matches`, another one of its own, too."""
    folder.write("policylint.yaml", SETTINGS + "policies: [policy.yaml]\nsnapshot: live.json\n")
    entries = (
        "{matches: {glob: '*@contoso.com'}, ActiveSyncAllowedDeviceIDs: {Add: [ONE]}}",
        "{matches: {one-of: [ann, ben]}, ActiveSyncBlockedDeviceIDs: {Add: [TWO]}}",
        "{Identity: ben, ActiveSyncAllowedDeviceIDs: {Add: [ONE]}}",
    )
    tests = "".join(
        f"  - {{name: {name} {device}, device: {{DeviceId: {device}}}, mailbox: {name}, expect: Quarantined}}\n"
        for name in ("ann", "ben")
        for device in ("ONE", "TWO")
    )
    folder.write("policy.yaml", "mailboxes:\n" + "".join(f"  - {each}\n" for each in entries) + f"tests:\n{tests}")
    folder.write("live.json", THREE)
    return folder


PLACES = {
    ("ann", "ONE"): (2, "glob *@contoso.com"),
    ("ann", "TWO"): (3, "one of ann and ben"),
    ("ben", "ONE"): (4, ""),
    ("ben", "TWO"): (3, "one of ann and ben"),
}
THREE = seal(
    organization={"DefaultAccessLevel": "Quarantine"},
    mailboxes=MAILBOXES,
    devices=[
        {"mailbox": f"{name}@contoso.com", "DeviceId": device, "DeviceType": "Any", "ClientType": "EAS"}
        for name, device in PLACES
    ],
)


def _place(line: int, words: str) -> str:
    return f"policy.yaml:{line}, from matches: {words}" if words else f"policy.yaml:{line}"


def test_every_answer_names_the_entry_that_gives_the_setting(three: Folder) -> None:
    devices = json.loads(three.run("simulate", "--format", "json").stdout)["devices"]
    found = {(each["mailbox"].partition("@")[0], each["deviceId"]): each["desired"]["decidedBy"] for each in devices}
    assert PLACES == {key: (each["line"], each.get("matches", "")) for key, each in found.items()}
    decisive = {key: f"of {key[0]}@contoso.com, {_place(*place)}" for key, place in PLACES.items()}
    for (name, device), words in decisive.items():
        assert f"{words}\n" in three.run("why", device, "--mailbox", name).stdout
    failed, differs = three.run("test").stdout, three.run("diff", "live").stdout
    for (name, _), place in PLACES.items():
        assert f"of {name}@contoso.com ({_place(*place)})\n" in failed
    assert all(f"{decisive[key]}\n" in differs for key in (("ann", "ONE"), ("ann", "TWO")))
    listed = three.run("report", "exemptions", "--format", "csv").stdout.splitlines()
    for (name, device), (line, words) in PLACES.items():
        [row] = (each for each in listed if f"{name}@contoso.com" in each and f",{device}," in each)
        assert f"policy.yaml:{line}:" in row
        assert f"from matches: {words}" in row if words else "from matches" not in row


def test_a_step_names_the_entries_of_what_it_changes(three: Folder) -> None:
    steps = json.loads(three.run("plan", "--format", "json").stdout)["steps"]
    found = {(each["identity"].partition("@")[0], *each["changes"][0]["after"]): each for each in steps}
    for key, place in PLACES.items():
        assert (_place(*place) if place[1] else None) == found[key].get("declared")


def test_the_reason_of_a_setting_is_that_of_the_entry_that_gives_it(three: Folder) -> None:
    off = ["{matches: {glob: 'ann*'}, MacOutlookEnabled: false, reason: one}"]
    off += ["{matches: {glob: '*@contoso.com'}, ActiveSyncEnabled: false, reason: two}"]
    three.write("policy.yaml", "mailboxes:\n" + "".join(f"  - {each}\n" for each in off))
    (device,) = json.loads(three.run("why", "ONE", "--mailbox", "ann", "--format", "json").stdout)["devices"]
    said = [caution for change in device["changes"] for caution in change["cautions"] if "reason" in caution]
    assert {"the policy gives a reason for ann@contoso.com: two"} == set(said)


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
    both = f"OWAforDevicesEnabled: {origin}; MacOutlookEnabled: policy.yaml:3"
    assert {"ann@contoso.com": origin, "dan@fabrikam.com": both} == {
        step["identity"]: step["declared"] for step in steps
    }
    assert 0 == folder.run("lint").returncode
    assert 0 == folder.run("fmt", "--check", "policy.yaml").returncode


def test_what_to_write_instead_of_a_name_that_is_a_pattern(folder: Folder) -> None:
    folder.write("policylint.yaml", SETTINGS + "policies: [policy.yaml]\n")
    folder.write("policy.yaml", f"mailboxes:\n  - {{Identity: '*', {OFF}}}\n")
    assert "write `matches` instead of `Identity`" in folder.run("lint").stdout


def test_a_pattern_among_listed_names_is_found_with_how_to_write_one() -> None:
    done = opened(f"- {{matches: {{one-of: ['svc-*']}}, {OFF}}}\n")
    [found] = [each for each in done.lint().diagnostics if each.rule == "listed-mailbox-not-found"]
    assert "`svc-*` is one value in a list: write `glob` for a pattern" == found.help
