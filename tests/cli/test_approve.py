"""`policylint approve` and `policylint deny`: which devices, in which words of the files, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.texts import output_schema
from tests.worlds import sealed

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

NOW = {"SOURCE_DATE_EPOCH": "1795867200"}  # 2026-11-28
CONFIG = "version: 1\nsnapshot: live.json\nguards: {snapshot-max-age-hours: null}\n"
LIVE = """
organization: {DefaultAccessLevel: Quarantine}
deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow}]
mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: true, AllowNonProvisionableDevices: true}]
mailboxes:
  - Identity: ann@contoso.com
    ActiveSyncEnabled: true
    ActiveSyncAllowedDeviceIDs: [OLD1]
    ActiveSyncBlockedDeviceIDs: []
  - {Identity: bob@contoso.com, ActiveSyncEnabled: true, ActiveSyncBlockedDeviceIDs: [LOST1]}
  - {Identity: cid@contoso.com, ActiveSyncEnabled: true}
  - {Identity: dan@contoso.com, ActiveSyncEnabled: false}
"""
POLICY = """\
organization: {DefaultAccessLevel: Quarantine}

deviceAccessRules:
  - {Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow}
"""
MAILBOXES = """\
# who is excepted, and why
mailboxes:
  - Identity: ann@contoso.com
    ActiveSyncAllowedDeviceIDs: [OLD1]  # her first phone
    reason: project
"""
ANN, BOB, CID, DAN = (f"{name}@contoso.com" for name in ("ann", "bob", "cid", "dan"))


def device(name: str, owner: str | None = ANN, **values: str) -> dict[str, Any]:
    reported = {"DeviceType": "iPhone", "DeviceModel": "iPhone15C2", "DeviceOS": "iOS 18.7"} | values
    times = {"FirstSyncTime": "2026-11-20T06:00:00Z", "LastSuccessSync": "2026-11-21T06:00:00Z"}
    return {"mailbox": owner, "DeviceId": name, "ClientType": "EAS", "ClientVersion": "16.1", **times, **reported}


DEVICES = [
    device("OLD1"),
    device("NEW1"),
    device("NEW2", BOB, DeviceModel="iPhone16C1"),
    device("LOST1", BOB),
    device("NEW3", CID, DeviceType="Android", DeviceModel="Pixel 8", DeviceOS="Android 15"),
    device("PAD1", CID, DeviceType="iPad", DeviceModel="iPad13C4"),
    device("OFF1", DAN),
    device("LIAR1", CID, DeviceType="iPhone", DeviceUserAgent="Thunderbird-EAS/1.0"),
    device("STRAY1", None),
    device("SHARED1", ANN, DeviceModel="iPhone14C3"),
    device("SHARED1", CID, DeviceModel="iPhone14C3"),
]


@pytest.fixture
def repository(folder: Folder) -> Folder:
    folder.write("policylint.yaml", CONFIG)
    folder.write("policy/a.yaml", POLICY)
    folder.write("policy/mailboxes.yaml", MAILBOXES)
    folder.write("live.json", sealed(LIVE, DEVICES))
    return folder


def files(folder: Folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder.path / "policy").iterdir()}


def record(folder: Folder, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = folder.run(*arguments, "--format", "json", **NOW)
    assert code == done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    output_schema(arguments[0]).validate(found)
    return found


def moves(found: dict[str, Any]) -> dict[str, str]:
    return {
        f"{each['deviceId']} of {each['mailbox']}": f"{each['before']['state']} -> {each['after']['state']}"
        for each in found["edits"]
    }


APPROVED = """\
# who is excepted, and why
mailboxes:
  - Identity: ann@contoso.com
    # NEW1: iPhone15C2, iOS 18.7, last sync 2026-11-21; approved 2026-11-28
    ActiveSyncAllowedDeviceIDs: [OLD1, NEW1]  # her first phone
    reason: project
    exemptions: {NEW1: {reason: new phone, expires: 2027-03-31}}
"""
NEW_ENTRY = """\
  # NEW2: iPhone16C1, iOS 18.7, last sync 2026-11-21; approved 2026-11-28
  - Identity: bob@contoso.com
    ActiveSyncAllowedDeviceIDs: {Add: [NEW2]}
    reason: new phone
    owner: help-desk
"""


def test_an_id_goes_on_the_list_that_is_declared(repository: Folder) -> None:
    done = repository.run("approve", "NEW1", "--reason", "new phone", "--expires", "2027-03-31", **NOW)
    assert 0 == done.returncode
    assert done.stdout.startswith("approved 1 device of 1 mailbox; nothing has changed in Exchange yet\n")
    assert "policylint plan" in done.stdout
    assert APPROVED.encode() == files(repository)["mailboxes.yaml"]
    assert POLICY.encode() == files(repository)["a.yaml"]
    for arguments in (("lint",), ("test",), ("fmt", "--check")):
        assert 0 == repository.run(*arguments, **NOW).returncode
    assert "+NEW1" in repository.run("plan", **NOW).stdout


def test_a_mailbox_without_an_entry_gets_one_at_its_place(repository: Folder) -> None:
    assert 0 == repository.run("approve", "NEW2", "--reason", "new phone", "--owner", "help-desk", **NOW).returncode
    assert MAILBOXES + NEW_ENTRY == files(repository)["mailboxes.yaml"].decode()
    assert 0 == repository.run("fmt", "--check", **NOW).returncode


def test_it_says_what_each_device_gets(repository: Folder) -> None:
    found = record(repository, "approve", "NEW1", "PAD1", "OFF1")
    assert {
        "NEW1 of ann@contoso.com": "Quarantined -> Allowed",
        "OFF1 of dan@contoso.com": "Blocked -> Blocked",
        "PAD1 of cid@contoso.com": "Allowed -> Allowed",
    } == moves(found)
    ways = {each["deviceId"]: each["standsInTheWay"] for each in found["edits"]}
    assert {"NEW1": None, "PAD1": None, "OFF1": "ActiveSyncEnabled of dan@contoso.com is false"} == ways


def test_it_says_what_was_not_read_and_might_stand_in_the_way(repository: Folder) -> None:
    repository.write("live.json", sealed(LIVE.replace("    ActiveSyncBlockedDeviceIDs: []\n", ""), DEVICES))
    verdict = repository.run("approve", "NEW1", "--dry-run", **NOW).stdout.partition("\n")[0]
    assert (
        "would approve 1 device of 1 mailbox (assumed: ActiveSyncBlockedDeviceIDs not read); nothing is written"
        == verdict
    )


def test_a_test_that_fails_anyway_does_not_stop_it_where_it_moves(repository: Folder) -> None:
    failing = "tests:\n  - {name: x, device: {DeviceType: x}, expect: Blocked}\n"
    repository.write("policy/mailboxes.yaml", f"{MAILBOXES}\n{failing}")
    assert 0 == repository.run("approve", "NEW1", **NOW).returncode


def test_a_test_that_would_fail_stops_it(repository: Folder) -> None:
    phone = "{DeviceType: iPhone, DeviceId: NEW1}"
    passing = f"tests:\n  - {{name: still waits, device: {phone}, mailbox: {ANN}, expect: Quarantined}}\n"
    repository.write("policy/tests.yaml", passing)
    done = repository.run("approve", "NEW1", **NOW)
    assert done.returncode != 0
    assert "after this edit the test `still waits` of policy/tests.yaml would fail" in done.stderr
    assert MAILBOXES.encode() == files(repository)["mailboxes.yaml"]


def test_twice_is_once(repository: Folder) -> None:
    repository.run("approve", "NEW1", **NOW)
    once = files(repository)
    done = repository.run("approve", "new1", **NOW)
    assert (0, "nothing to do: 1 device on the list already") == (done.returncode, done.stdout.partition("\n")[0])
    assert "policy/mailboxes.yaml:5:" in done.stdout
    assert once == files(repository)


REFUSED = {
    "a block": (("LOST1",), "blocked by ActiveSyncBlockedDeviceIDs of bob@contoso.com in live.json"),
    "an unknown owner": (("STRAY1",), "its owner is not known"),
    "an ID of nobody": (("NOBODY1",), "no device of the snapshot has this ID"),
    "an ID of two mailboxes": (("SHARED1",), "it is a device of ann@contoso.com and cid@contoso.com"),
    "no ID": (("AB-12*", "--mailbox", ANN), "is a pattern, and IDs are compared whole"),
    "an address": ((ANN,), "is an address"),
    "one of two": (("NEW1", "LOST1"), "blocked by ActiveSyncBlockedDeviceIDs of bob@contoso.com in live.json"),
}


@pytest.mark.parametrize(("arguments", "why"), REFUSED.values(), ids=REFUSED)
def test_refused_and_nothing_written(repository: Folder, arguments: tuple[str, ...], why: str) -> None:
    before = files(repository)
    found = record(repository, "approve", *arguments, code=1)
    assert ["refused", True] == [found["outcome"], why in found["refused"][0]["why"]]
    assert before == files(repository)


ERRORS = {
    "no such mailbox": (("NEW1", "--mailbox", "eve@contoso.com"), 4, "no mailbox `eve@contoso.com` in live.json"),
    "a day that is past": (("NEW1", "--expires", "2026-11-27"), 3, "2026-11-27 is past"),
    "no day": (("NEW1", "--expires", "soon"), 3, "`soon` is not a day"),
    "no reason": (("NEW1", "--reason", " "), 3, "it is empty"),
    "IDs and filters": (("NEW1", "--quarantined"), 3, "devices are named by ID and by filters"),
    "nothing": ((), 3, "no device is named"),
    "no time": (("--first-seen-after", "x"), 3, "`x` is no time"),
    "two values for a rule": (("--type", "x", "--model", "y", "--as-rule"), 3, "the filters name several"),
    "several models for a rule": (("--quarantined", "--as-rule"), 3, "a rule compares one DeviceModel"),
    "a rule that is there": (("--type", "iPad", "--as-rule"), 1, "there is a rule `iPad (DeviceType)` already"),
}


@pytest.mark.parametrize(("arguments", "code", "why"), ERRORS.values(), ids=ERRORS)
def test_an_error_and_nothing_written(repository: Folder, arguments: tuple[str, ...], code: int, why: str) -> None:
    before = files(repository)
    done = repository.run("approve", *arguments, **NOW)
    assert code == done.returncode
    assert why in done.stderr
    assert before == files(repository)


def test_a_block_that_is_declared_is_named_with_its_place(repository: Folder) -> None:
    text = "mailboxes:\n  - Identity: bob@contoso.com\n    ActiveSyncBlockedDeviceIDs: [A1, LOST1]\n"
    repository.write("policy/mailboxes.yaml", text)
    (row,) = record(repository, "approve", "LOST1", code=1)["refused"]
    assert "blocked by ActiveSyncBlockedDeviceIDs at policy/mailboxes.yaml:3:38" == row["why"]


GROUP = "mailboxes:\n  - matches: {one-of: [cid@contoso.com]}\n    "


def test_a_block_of_a_group_is_named_with_its_place(repository: Folder) -> None:
    repository.write("policy/groups.yaml", f"{GROUP}ActiveSyncBlockedDeviceIDs: [NEW3]\n")
    (row,) = record(repository, "approve", "NEW3", code=1)["refused"]
    assert "blocked by ActiveSyncBlockedDeviceIDs at policy/groups.yaml:3:33" == row["why"]


def test_what_a_group_gives_a_mailbox_is_not_taken_from_it(repository: Folder) -> None:
    repository.write("policy/groups.yaml", f"{GROUP}ActiveSyncAllowedDeviceIDs: {{Add: [KIOSK1]}}\n")
    done = repository.run("approve", "NEW3", **NOW)
    assert (0, True) == (done.returncode, "gets its own ActiveSyncAllowedDeviceIDs" in done.stdout)
    assert b"ActiveSyncAllowedDeviceIDs: {Add: [KIOSK1, NEW3]}" in files(repository)["groups.yaml"]


def test_a_mailbox_that_is_declared_twice_is_refused(repository: Folder) -> None:
    repository.write("policy/b.yaml", "mailboxes:\n  - {Identity: ann, ActiveSyncEnabled: true}\n")
    done = repository.run("approve", "NEW1", **NOW)
    assert 1 == done.returncode
    assert "declared 2 times: policy/b.yaml:2:5 and policy/mailboxes.yaml:3:5" in done.stdout


def test_a_file_that_is_read_only_stays(repository: Folder) -> None:
    (repository.path / "policy" / "mailboxes.yaml").chmod(0o444)
    done = repository.run("approve", "NEW1", **NOW)
    assert 4 == done.returncode
    assert "policy/mailboxes.yaml" in done.stderr
    assert MAILBOXES.encode() == files(repository)["mailboxes.yaml"]


def test_an_id_may_be_on_a_list_before_the_device_connects(repository: Folder) -> None:
    found = record(repository, "approve", "FUTURE1", "--mailbox", "ANN@contoso.com", "--reason", "rollout")
    assert {"FUTURE1 of ann@contoso.com": "Quarantined -> Allowed"} == moves(found)
    assert [False] == [each["seen"] for each in found["edits"]]
    assert 0 == repository.run("lint", **NOW).returncode


def test_an_id_of_two_mailboxes_is_of_the_one_that_is_named(repository: Folder) -> None:
    found = record(repository, "approve", "SHARED1", "--mailbox", CID)
    assert {"SHARED1 of cid@contoso.com": "Quarantined -> Allowed"} == moves(found)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_keeps_its_encoding(repository: Folder, encoding: str) -> None:
    repository.write("policy/mailboxes.yaml", MAILBOXES.encode(encoding))
    assert 0 == repository.run("approve", "NEW1", **NOW).returncode
    text = files(repository)["mailboxes.yaml"].decode(encoding)
    assert "[OLD1, NEW1]  # her first phone\n" in text
    assert text.encode(encoding) == files(repository)["mailboxes.yaml"]


def test_filters_need_a_yes(repository: Folder) -> None:
    before = files(repository)
    found = record(repository, "approve", "--quarantined", code=1)
    assert ("unconfirmed", before) == (found["outcome"], files(repository))
    found = record(repository, "approve", "--quarantined", "--yes")
    assert {
        "NEW1 of ann@contoso.com": "Quarantined -> Allowed",
        "SHARED1 of ann@contoso.com": "Quarantined -> Allowed",
        "NEW2 of bob@contoso.com": "Quarantined -> Allowed",
        "NEW3 of cid@contoso.com": "Quarantined -> Allowed",
        "SHARED1 of cid@contoso.com": "Quarantined -> Allowed",
    } == moves(found)
    assert {"its values contradict each other": ["LIAR1"], "its owner is not known": ["STRAY1"]} == left_out(found)
    assert 0 == repository.run("lint", **NOW).returncode


def left_out(found: dict[str, Any]) -> dict[str, list[str]]:
    return {group["why"]: [each["deviceId"] for each in group["devices"]] for group in found["leftOut"]}


FILTERS = {
    "type": (("--type", "android"), {"NEW3"}),
    "model": (("--model", "iPhone16C1"), {"NEW2"}),
    "system": (("--os", "iOS 18.7", "--mailbox", ANN), {"NEW1", "SHARED1"}),
    "agent": (("--agent", "x"), set[str]()),
    "mailbox": (("--mailbox", CID), {"NEW3", "SHARED1"}),
    "part of a value": (("--os", "iOS"), set[str]()),
    "time": (("--first-seen-after", "2026-11-21"), set[str]()),
    "day": (("--first-seen-after", "2026-11-20", "--type", "Android"), {"NEW3"}),
}


@pytest.mark.parametrize(("arguments", "expected"), FILTERS.values(), ids=FILTERS)
def test_filters_compare_whole_values(repository: Folder, arguments: tuple[str, ...], expected: set[str]) -> None:
    found = record(repository, "approve", *arguments, "--dry-run")
    assert expected == {each["deviceId"] for each in found["edits"]}
    assert MAILBOXES.encode() == files(repository)["mailboxes.yaml"]


def test_what_filters_leave_out_is_told_with_the_reason(repository: Folder) -> None:
    found = record(repository, "approve", "--type", "iPhone", "--dry-run")
    assert {
        "Allowed: ActiveSyncAllowedDeviceIDs": ["OLD1"],
        "Blocked: ActiveSyncBlockedDeviceIDs": ["LOST1"],
        "Blocked: ActiveSyncEnabled": ["OFF1"],
        "its owner is not known": ["STRAY1"],
        "its values contradict each other": ["LIAR1"],
    } == left_out(found)


def test_a_device_that_contradicts_itself_may_be_named(repository: Folder) -> None:
    assert {"LIAR1 of cid@contoso.com": "Quarantined -> Allowed"} == moves(record(repository, "approve", "LIAR1"))


def test_the_edits_can_be_seen_before_they_are_made(repository: Folder) -> None:
    done = repository.run("approve", "NEW1", "--diff", **NOW)
    assert done.stdout.startswith("would approve 1 device of 1 mailbox; nothing is written\n")
    assert "+    ActiveSyncAllowedDeviceIDs: [OLD1, NEW1]  # her first phone\n" in done.stdout
    assert "+    ActiveSyncAllowedDeviceIDs" in record(repository, "approve", "NEW1", "--diff")["diff"]
    assert MAILBOXES.encode() == files(repository)["mailboxes.yaml"]


def test_a_rule_lets_a_class_in_and_says_what_else(repository: Folder) -> None:
    before = files(repository)
    found = record(repository, "approve", "NEW1", "--as-rule", "--reason", "standard phone", code=1)
    assert ("unconfirmed", before) == (found["outcome"], files(repository))
    assert ["LIAR1", "NEW1", "STRAY1"] == sorted(each["deviceId"] for each in found["rule"]["admits"])
    assert 1 == found["rule"]["contradicting"]
    done = repository.run("approve", "NEW1", "--as-rule", "--reason", "standard phone", "--yes", **NOW)
    assert 0 == done.returncode
    assert "the rule also lets in: 2 other devices\n" in done.stdout
    assert "any device that says so" in done.stdout
    rule = "  - {Characteristic: DeviceModel, QueryString: iPhone15C2, AccessLevel: Allow, reason: standard phone}\n"
    assert rule in files(repository)["a.yaml"].decode()
    assert MAILBOXES.encode() == files(repository)["mailboxes.yaml"]


def test_a_rule_that_would_not_decide_is_refused(repository: Folder) -> None:
    block = "  - {Characteristic: DeviceOS, QueryString: Android 15, AccessLevel: Quarantine}\n"
    repository.write("policy/a.yaml", POLICY + block)
    done = repository.run("approve", "NEW3", "--as-rule", "--yes", **NOW)
    assert 1 == done.returncode
    assert "would not let in NEW3 of cid@contoso.com: rule Android 15 (DeviceOS)" in done.stderr
    assert (POLICY + block).encode() == files(repository)["a.yaml"]


DENIED = """\
# who is excepted, and why
mailboxes:
  - Identity: ann@contoso.com
    ActiveSyncAllowedDeviceIDs: []  # her first phone
    # OLD1: iPhone15C2, iOS 18.7, last sync 2026-11-21; denied 2026-11-28
    ActiveSyncBlockedDeviceIDs: {Add: [OLD1]}
    reason: project
    exemptions: {OLD1: {reason: lost}}
"""


def test_deny_takes_an_id_off_the_allowed_list_and_blocks_it(repository: Folder) -> None:
    done = repository.run("deny", "OLD1", "--reason", "lost", **NOW)
    assert 0 == done.returncode
    assert done.stdout.startswith("denied 1 device of 1 mailbox; nothing has changed in Exchange yet\n")
    assert "a phone keeps the mail that it has" in done.stdout
    assert DENIED.encode() == files(repository)["mailboxes.yaml"]
    for arguments in (("lint",), ("test",), ("fmt", "--check")):
        assert 0 == repository.run(*arguments, **NOW).returncode


def test_deny_takes_an_id_off_a_list_that_only_exchange_has(repository: Folder) -> None:
    repository.write("policy/mailboxes.yaml", "mailboxes: []\n")
    assert {"OLD1 of ann@contoso.com": "Allowed -> Blocked"} == moves(record(repository, "deny", "OLD1"))
    text = files(repository)["mailboxes.yaml"].decode()
    assert "    ActiveSyncAllowedDeviceIDs: {Remove: [OLD1]}\n" in text
    assert "    ActiveSyncBlockedDeviceIDs: {Add: [OLD1]}\n" in text


def test_deny_finds_what_syncs(repository: Folder) -> None:
    found = record(repository, "deny", "--mailbox", CID, "--yes")
    assert {"NEW3", "PAD1", "LIAR1", "SHARED1"} == {each["deviceId"] for each in found["edits"]}
    assert {"Blocked"} == {each["after"]["state"] for each in found["edits"]}
    assert 1 == repository.run("approve", "PAD1", **NOW).returncode


ENVIRONMENTS = "environments: {test: {policies: [policy/a.yaml, policy/mailboxes.yaml, policy/t.yaml]}}\n"


def test_what_an_edit_means_for_another_environment_is_said_and_tested(repository: Folder) -> None:
    repository.write("policylint.yaml", f"{CONFIG}policies: [policy/a.yaml, policy/mailboxes.yaml]\n{ENVIRONMENTS}")
    test = "{name: t, device: {DeviceType: iPhone, DeviceId: NEW1}, mailbox: ann@contoso.com, expect: Quarantined}"
    repository.write("policy/t.yaml", f"tests:\n  - {test}\n")
    done = repository.run("approve", "NEW1", **NOW)
    assert "after this edit the test `t` of policy/t.yaml would fail in the environment `test`" in done.stderr
    assert MAILBOXES == (repository.path / "policy/mailboxes.yaml").read_text()
    repository.write("policy/t.yaml", f"tests:\n  - {test.replace('Quarantined', 'Allowed')}\n")
    done = repository.run("approve", "NEW1", **NOW)
    assert "note: the environment `test` reads policy/mailboxes.yaml too, and changes as well" in done.stderr
    assert "NEW1" in (repository.path / "policy/mailboxes.yaml").read_text()


def test_an_edit_may_not_make_another_environment_invalid(repository: Folder) -> None:
    repository.write("policylint.yaml", f"{CONFIG}policies: [policy/a.yaml, policy/mailboxes.yaml]\n{ENVIRONMENTS}")
    repository.write("policy/t.yaml", "mailboxes:\n  - {Identity: bob@contoso.com, ActiveSyncEnabled: true}\n")
    done = repository.run("approve", "NEW2", **NOW)
    assert "after this edit the policy of the environment `test` would not be valid" in done.stderr
    assert MAILBOXES == (repository.path / "policy/mailboxes.yaml").read_text()


ENDED = MAILBOXES.replace("reason: project", "reason: project\n    expires: {}")


def test_an_id_does_not_go_into_an_entry_that_has_ended(repository: Folder) -> None:
    before = repository.write("policy/mailboxes.yaml", ENDED.format("2026-11-01")).read_text()
    done = repository.run("approve", "NEW1", "--reason", "new phone", **NOW)
    assert done.returncode == 1
    assert "its entry ended on 2026-11-01 (policy/mailboxes.yaml:6:14), and an ID on it ends with it" in done.stdout
    assert before == (repository.path / "policy/mailboxes.yaml").read_text()
    done = repository.run("approve", "NEW1", "--reason", "new phone", "--expires", "2027-01-31", **NOW)
    assert done.returncode == 0
    assert repository.run("expire", **NOW).returncode == 0
    text = (repository.path / "policy/mailboxes.yaml").read_text()
    assert "NEW1: {reason: new phone, expires: 2027-01-31}" in text


def test_an_id_that_ends_with_its_entry_says_so(repository: Folder) -> None:
    repository.write("policy/mailboxes.yaml", ENDED.format("2027-06-30"))
    done = repository.run("approve", "NEW1", "--reason", "new phone", **NOW)
    assert "ends with its entry on 2027-06-30 (policy/mailboxes.yaml:6:14)" in done.stdout


def test_an_id_that_is_not_seen_yet_needs_a_reason(repository: Folder) -> None:
    done = repository.run("approve", "NEXTPHONE1", "--mailbox", ANN, **NOW)
    assert (1, True) == (done.returncode, "`NEXTPHONE1` is not seen yet" in done.stdout)
    assert repository.run("approve", "NEXTPHONE1", "--mailbox", ANN, "--reason", "x", **NOW).returncode == 0


@pytest.mark.parametrize("text", ["bell\a", "two\u2028lines"])
def test_a_reason_is_what_a_file_can_hold(repository: Folder, text: str) -> None:
    done = repository.run("approve", "NEW1", "--reason", text, **NOW)
    assert (3, True) == (done.returncode, "invalid value for `--reason`: it holds a" in done.stderr)


PATTERN = """\
mailboxes:
  - matches: {glob: "*@contoso.com"}
    ActiveSync{}DeviceIDs: {}
    reason: pilot
"""


@pytest.mark.parametrize(
    ("command", "given", "expected"),
    [
        ("approve", ("Allowed", "[OLD1]"), "ActiveSyncAllowedDeviceIDs: [OLD1, NEW1]"),
        ("approve", ("Allowed", "{Add: [OLD1]}"), "ActiveSyncAllowedDeviceIDs: {Add: [OLD1, NEW1]}"),
        ("deny", ("Blocked", "[LOST1]"), "ActiveSyncBlockedDeviceIDs: [LOST1, NEW1]"),
        ("deny", ("Blocked", "{Add: [LOST1]}"), "ActiveSyncBlockedDeviceIDs: {Add: [LOST1, NEW1]}"),
        ("deny", ("Allowed", "[OLD1, NEW1]"), "ActiveSyncAllowedDeviceIDs: [OLD1]"),
        ("deny", ("Allowed", "{Add: [OLD1, NEW1]}"), "ActiveSyncAllowedDeviceIDs: {Add: [OLD1], Remove: [NEW1]}"),
    ],
)
def test_a_mailbox_whose_list_is_of_a_pattern_gets_an_own_one(
    repository: Folder, command: str, given: tuple[str, str], expected: str
) -> None:
    repository.write("policy/mailboxes.yaml", PATTERN.replace("{}", "%s") % given)
    done = repository.run(command, "NEW1", "--mailbox", ANN, "--reason", "x", **NOW)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"gets its own ActiveSync{given[0]}DeviceIDs: those of policy/mailboxes.yaml:3:" in done.stdout
    own, _, pattern = (repository.path / "policy/mailboxes.yaml").read_text().partition("  - matches:")
    assert expected in own
    assert "NEW1: {reason: x}" in own
    assert given[1] in pattern


ENDS = f"  - Identity: {ANN}\n    ActiveSyncEnabled: true\n    expires: 2027-06-30\n"


@pytest.mark.parametrize(
    ("command", "given", "expected"),
    [
        ("approve", "[OLD1]", "its list comes from policy/mailboxes.yaml:3:"),
        ("deny", "[OLD1, NEW1]", "which would allow the ID again without the entry"),
        ("deny", "{Add: [NEW1]}", "which would allow the ID again without the entry"),
    ],
)
def test_a_list_of_a_pattern_does_not_go_into_an_entry_that_ends(
    repository: Folder, command: str, given: str, expected: str
) -> None:
    repository.write("policy/mailboxes.yaml", PATTERN.replace("{}", "%s") % ("Allowed", given) + ENDS)
    before = files(repository)
    done = repository.run(command, "NEW1", "--reason", "x", "--expires", "2027-08-31", **NOW)
    assert done.returncode == 1
    assert "its entry ends on 2027-06-30 (policy/mailboxes.yaml:7:14)" in done.stdout
    assert expected in done.stdout
    assert before == files(repository)


@pytest.mark.parametrize("given", [("Blocked", "[LOST1]"), ("Allowed", "[OLD1]")])
def test_a_block_outlives_the_entry_that_it_is_in(repository: Folder, given: tuple[str, str]) -> None:
    repository.write("policy/mailboxes.yaml", PATTERN.replace("{}", "%s") % given + ENDS)
    done = repository.run("deny", "NEW1", "--reason", "lost", **NOW)
    assert done.returncode == 0
    assert "ends on 2027-06-30 (policy/mailboxes.yaml:7:14); `policylint expire` leaves the block" in done.stdout
    done = repository.run("expire", "--as-of", "2027-07-01", **NOW)
    assert done.returncode == 0, done.stderr
    assert {"Blocked"} == {
        each["desired"]["state"]
        for each in json.loads(repository.run("simulate", "--format", "json", **NOW).stdout)["devices"]
        if each["deviceId"] == "NEW1"
    }


def test_what_is_said_of_an_id_on_the_list_is_renewed(repository: Folder) -> None:
    first = ("approve", "OLD1", "--owner", "help-desk", "--expires", "2027-01-31")
    assert "on the list already; renewed until 2027-01-31" in repository.run(*first, **NOW).stdout
    assert "nothing to do: 1 device on the list already" in repository.run(*first, **NOW).stdout
    assert repository.run("approve", "OLD1", "--expires", "2027-02-28", **NOW).returncode == 0
    text = MAILBOXES + "    exemptions: {OLD1: {owner: help-desk, expires: 2027-02-28}}\n"
    assert text == (repository.path / "policy/mailboxes.yaml").read_text()


def test_an_id_that_is_renewed_stays_after_its_entry_has_ended(repository: Folder) -> None:
    repository.write("policy/mailboxes.yaml", ENDED.format("2026-11-01"))
    assert repository.run("approve", "OLD1", "--expires", "2027-01-31", **NOW).returncode == 0
    assert repository.run("expire", **NOW).returncode == 0
    assert "[OLD1]" in (repository.path / "policy/mailboxes.yaml").read_text()


def test_why_a_device_is_denied_is_written_later_too(repository: Folder) -> None:
    found = record(repository, "deny", "LOST1", "--reason", "stolen")
    assert moves(found) == {f"LOST1 of {BOB}": "Blocked -> Blocked"}
    assert "stolen" in (repository.path / "policy/mailboxes.yaml").read_text()


def test_an_id_that_is_not_seen_yet_needs_no_reason_twice(repository: Folder) -> None:
    approve = ("approve", "NEXTPHONE1", "--mailbox", ANN)
    assert repository.run(*approve, "--reason", "x", **NOW).returncode == 0
    assert repository.run(*approve, **NOW).stdout.startswith("nothing to do")
