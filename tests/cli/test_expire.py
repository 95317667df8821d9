"""`policylint expire`: what has expired goes out of the files and off live lists; what keeps devices out stays."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from tests.worlds import sealed

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

SCHEMA = jsonschema.Draft202012Validator(
    json.loads((Path(__file__).parents[2] / "schemas" / "output" / "expire-v1.schema.json").read_text())
)
AS_OF = ("--as-of", "2026-11-28")
CONFIG = "version: 1\nsnapshot: live.json\nguards: {snapshot-max-age-hours: null}\n"
EVA = "mailboxes:\n  - Identity: eva@contoso.com\n"
LIVE = "mailboxes: [{Identity: eva@contoso.com, ActiveSyncAllowedDeviceIDs: [IPAD1, IPAD2, IPAD9]}]"


def _device(device_id: str, **facts: str) -> dict[str, str]:
    common = {"mailbox": "eva@contoso.com", "DeviceType": "iPad", "ClientType": "EAS", "ClientVersion": "16.1"}
    return common | {"DeviceId": device_id, "LastSuccessSync": "2026-11-22T06:00:00Z"} | facts


DEVICES = [_device("IPAD1"), _device("IPAD2", LastSuccessSync="2026-01-02T06:00:00Z"), _device("IPAD9")]


def _folder(folder: Folder, policy: str, *, config: str = CONFIG, live: str = LIVE, devices: Any = DEVICES) -> Folder:
    folder.write("policylint.yaml", config)
    folder.write("policy/a.yaml", policy)
    folder.write("live.json", sealed("organization: {DefaultAccessLevel: Quarantine}\n" + live, devices))
    return folder


def _expired(folder: Folder, *arguments: str) -> dict[str, Any]:
    done = folder.run("expire", "--format", "json", *AS_OF, *arguments)
    assert 0 == done.returncode, done.stderr
    record: dict[str, Any] = json.loads(done.stdout)
    SCHEMA.validate(record)
    return record


def _text(folder: Folder) -> str:
    return (folder.path / "policy" / "a.yaml").read_text()


ONE_ID = f"""{EVA}    ActiveSyncAllowedDeviceIDs:
      # the old one
      - IPAD1  # in the hall
      - IPAD2
    owner: help-desk
    exemptions:
      IPAD1: {{reason: loan, expires: 2026-11-27}}
      IPAD2: {{reason: new, expires: 2026-11-28}}
"""


def test_one_id_goes_with_its_note_and_its_comments_on_the_day_after_its_last(folder: Folder) -> None:
    _folder(folder, ONE_ID)
    done = folder.run("expire", *AS_OF)
    assert 0 == done.returncode
    assert done.stdout.startswith("1 exemption taken out of the policy\n")
    assert "policy/a.yaml:5:9  allowed ID IPAD1 of eva@contoso.com" in done.stdout
    assert "nothing has changed in Exchange yet; next: `policylint plan`" in done.stdout
    assert (
        _text(folder)
        == f"""{EVA}    ActiveSyncAllowedDeviceIDs:
      - IPAD2
    owner: help-desk
    exemptions:
      IPAD2: {{reason: new, expires: 2026-11-28}}
"""
    )
    assert "ActiveSyncAllowedDeviceIDs: -IPAD1, -IPAD9" in folder.run("plan").stdout
    assert 0 == folder.run("fmt", "--check").returncode
    again = folder.run("expire", *AS_OF)
    assert again.stdout.startswith("nothing to take out of the policy on 2026-11-28\n")


WHOLE = "    ActiveSyncAllowedDeviceIDs: {value}\n    expires: 2026-11-01\n"
MANAGE = "manage: {{mailboxes: {}}}\n"
ADDITIVE_LISTS = MANAGE.format("{mode: additive, lists: additive}")


@pytest.mark.parametrize(
    ("value", "manage", "after", "outcome"),
    [
        ("[IPAD1]", "", "    ActiveSyncAllowedDeviceIDs: []\n", "goes"),
        ("[IPAD1]", MANAGE.format("exact"), None, "goes"),
        ("[NEW1]", "", "    ActiveSyncAllowedDeviceIDs: []\n", "not-live"),
        (
            "{Add: [IPAD1]}",
            "",
            "    ActiveSyncAllowedDeviceIDs: {Remove: [IPAD1]}\n    exemptions: {IPAD1: {expires: 2026-11-01}}\n",
            "remove",
        ),
        ("{Add: [NEW1]}", "", None, "not-live"),
        ("{Add: [IPAD1]}", MANAGE.format("exact"), None, "goes"),
        (
            "[IPAD1]",
            ADDITIVE_LISTS,
            "    ActiveSyncAllowedDeviceIDs: {Remove: [IPAD1]}\n    exemptions: {IPAD1: {expires: 2026-11-01}}\n",
            "remove",
        ),
        ("[NEW1]", ADDITIVE_LISTS, None, "not-live"),
    ],
)
def test_an_id_that_would_stay_on_the_live_list_is_written_under_remove(
    folder: Folder, value: str, manage: str, after: str | None, outcome: str
) -> None:
    other = "  - {Identity: uma@contoso.com, ActiveSyncEnabled: false}\n"
    _folder(folder, f"{EVA}{WHOLE.format(value=value)}\n{other}", config=CONFIG + manage)
    (ended,) = _expired(folder)["ended"]
    assert outcome == ended["outcome"]
    assert _text(folder) == (f"{EVA}{after}\n{other}" if after is not None else f"mailboxes:\n{other}")
    desired = json.loads(folder.run("simulate", "--format", "json").stdout)["devices"]
    (state,) = [row["desired"]["state"] for row in desired if row["deviceId"] == "IPAD1"]
    stays = "NEW1" in value and ("Add" in value or manage == ADDITIVE_LISTS)
    assert ("Allowed" if stays else "Quarantined") == state
    assert "expired" not in folder.run("lint").stdout


def test_what_was_removed_goes_from_the_policy_too_once_it_is_not_live(folder: Folder) -> None:
    removed = "    ActiveSyncAllowedDeviceIDs: {Remove: [IPAD7, IPAD9]}\n    exemptions:\n"
    notes = "      IPAD7: {expires: 2026-11-01}\n      IPAD9: {expires: 2026-11-01}\n"
    _folder(folder, EVA + removed + notes)
    (ended,) = _expired(folder)["ended"]
    assert ("IPAD7", "not-live") == (ended["item"], ended["outcome"])
    assert "{Remove: [IPAD9]}" in _text(folder)
    assert "IPAD7" not in _text(folder)
    by_hand = EVA + "    ActiveSyncAllowedDeviceIDs: {Remove: [IPAD7]}\n    expires: 2026-11-01\n"
    _folder(folder, by_hand)
    assert [] == _expired(folder)["ended"]


KEPT = """\
organization: {AdminMailRecipients: [it@contoso.com]}
deviceAccessRules:
  - {Characteristic: DeviceType, QueryString: Pad, AccessLevel: Block, expires: 2026-11-01}
  - {Characteristic: DeviceType, QueryString: Tab, AccessLevel: Quarantine, expires: 2026-11-01}
mobileDeviceMailboxPolicies:
  - {Name: Default, IsDefault: true, PasswordEnabled: false}
  - {Name: Strict, IsDefault: false, PasswordEnabled: true}
mailboxes:
  - Identity: eva@contoso.com
    ActiveSyncBlockedDeviceIDs: [IPAD3]
    exemptions: {IPAD3: {expires: 2026-11-01}}
  - Identity: uma@contoso.com
    ActiveSyncEnabled: false
    ActiveSyncMailboxPolicy: Strict
    ActiveSyncBlockedDeviceIDs: [IPAD4]
    expires: 2026-11-01
"""


def test_what_keeps_devices_out_stays_and_is_listed(folder: Folder) -> None:
    _folder(folder, KEPT, config=CONFIG.replace("snapshot: live.json\n", ""))
    record = _expired(folder)
    assert KEPT == _text(folder)
    assert ([], [], []) == (record["ended"], record["comments"], record["files"])
    assert [
        (3, None, "lifting it opens access; do it by hand"),
        (4, None, "lifting it opens access; do it by hand"),
        (10, "IPAD3", "lifting it opens access; do it by hand"),
        (13, None, "lifting it opens access; do it by hand"),
        (14, None, "the default policy may ask for less; do it by hand"),
        (15, "IPAD4", "lifting it opens access; do it by hand"),
    ] == [(each["line"], each["item"], each["why"]) for each in record["kept"]]
    text = folder.run("expire", *AS_OF).stdout
    assert text.startswith("nothing to take out of the policy on 2026-11-28; 6 expired entries are kept\n")
    assert "policy/a.yaml:3:5" in text
    assert "expired on 2026-11-01, kept: lifting it opens access; do it by hand" in text


MIXED = f"""{EVA}    ActiveSyncEnabled: false
    OWAforDevicesEnabled: true
    ActiveSyncDebugLogging: true
    ActiveSyncAllowedDeviceIDs: [IPAD1, IPAD2]
    expires: 2026-11-01
    exemptions: {{IPAD2: {{expires: 2027-11-01}}}}
"""


def test_an_entry_is_judged_setting_by_setting(folder: Folder) -> None:
    _folder(folder, MIXED)
    record = _expired(folder)
    assert ["OWAforDevicesEnabled", "ActiveSyncDebugLogging", "ActiveSyncAllowedDeviceIDs"] == [
        each["property"] for each in record["ended"]
    ]
    assert ["ActiveSyncEnabled"] == [each["property"] for each in record["kept"]]
    assert (
        _text(folder)
        == f"""{EVA}    ActiveSyncEnabled: false
    ActiveSyncAllowedDeviceIDs: [IPAD2]
    expires: 2026-11-01
    exemptions: {{IPAD2: {{expires: 2027-11-01}}}}
"""
    )


LAX = """\
mobileDeviceMailboxPolicies:
  - {Name: Default, IsDefault: true, AllowNonProvisionableDevices: false}
  - {Name: Lax, IsDefault: false, AllowNonProvisionableDevices: true}
mailboxes:
  - Identity: eva@contoso.com
    ActiveSyncMailboxPolicy: Lax
    expires: 2026-11-01
"""


def test_a_laxer_policy_ends_with_the_default_one(folder: Folder) -> None:
    live = (
        LAX.replace("    expires: 2026-11-01\n", "")
        .replace("mailboxes:", "mailboxes: ")
        .replace("policies", "policies")
    )
    _folder(folder, LAX, live=live)
    (ended,) = _expired(folder)["ended"]
    assert "remove" == ended["outcome"]
    assert _text(folder).endswith("    ActiveSyncMailboxPolicy: null\n")
    assert "ActiveSyncMailboxPolicy: Lax -> null" in folder.run("plan").stdout
    assert [[], []] == [_expired(folder)[key] for key in ("ended", "kept")]


@pytest.mark.parametrize(
    ("given", "ends", "outcome"), [("Strict", True, "goes"), ("Lax", True, "stays-declared"), ("Odd", False, None)]
)
def test_the_policy_that_an_entry_with_matches_gives_comes_back(
    folder: Folder, given: str, ends: bool, outcome: str | None
) -> None:
    more = "".join(
        f"  - {{Name: {name}, IsDefault: false, AllowNonProvisionableDevices: {value}}}\n"
        for name, value in (("Strict", "false"), ("Odd", "true, PasswordEnabled: false"))
    )
    lax = "  - {Name: Lax, IsDefault: false, AllowNonProvisionableDevices: true, PasswordEnabled: true}\n"
    default = "  - {Name: Default, IsDefault: true, AllowNonProvisionableDevices: true, PasswordEnabled: false}\n"
    strict = more.replace("false}", "false, PasswordEnabled: true}", 1)
    policies = f"mobileDeviceMailboxPolicies:\n{default}{lax}{strict}"
    boxes = f'mailboxes:\n  - {{matches: {{glob: "eva@*"}}, ActiveSyncMailboxPolicy: {given}}}\n'
    own = "  - {Identity: eva@contoso.com, ActiveSyncMailboxPolicy: Lax, expires: 2026-11-01}\n"
    _folder(folder, policies + boxes + own, live="mailboxes: [{Identity: eva@contoso.com}]")
    record = _expired(folder)
    assert [outcome] * ends == [each["outcome"] for each in record["ended"]]
    assert _text(folder) == policies + boxes + ("" if ends else own)


RULES = """\
deviceAccessRules:
  # loan phones
  - {Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow, expires: 2026-11-01}

  - {Characteristic: DeviceType, QueryString: Pad, AccessLevel: Allow, expires: 2026-11-28}
"""


@pytest.mark.parametrize(("mode", "outcome"), [("exact", "goes"), ("additive", "stays-live"), ("owned", "stays-live")])
def test_a_rule_that_stays_live_is_said_with_the_mode(folder: Folder, mode: str, outcome: str) -> None:
    live = "deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow}]"
    _folder(folder, RULES, config=f"{CONFIG}manage: {{deviceAccessRules: {mode}}}\n", live=live)
    shown = folder.run("expire", "--dry-run", *AS_OF).stdout
    assert RULES == _text(folder)
    assert ("stays in Exchange and is listed as drift (`manage`:" in shown) == (mode != "exact")
    (ended,) = _expired(folder)["ended"]
    assert outcome == ended["outcome"]
    assert _text(folder) == "deviceAccessRules:\n" + RULES.partition("\n\n")[2]


@pytest.mark.parametrize("mode", ["exact", "owned", "additive"])
@pytest.mark.parametrize("matches", [False, True])
def test_a_rule_that_is_not_live_is_said_so(folder: Folder, mode: str, matches: bool) -> None:
    live = "deviceAccessRules: [{Characteristic: DeviceType, QueryString: Pad, AccessLevel: Allow}]"
    rules = RULES.replace("QueryString: iPad", "matches: {one-of: [iPad, iPod]}") if matches else RULES
    _folder(folder, rules, config=f"{CONFIG}manage: {{deviceAccessRules: {mode}}}\n", live=live)
    assert "it is not live" in folder.run("expire", "--dry-run", *AS_OF).stdout
    assert ["not-live"] == [each["outcome"] for each in _expired(folder)["ended"]]


@pytest.mark.parametrize("more", [(), ("--no-snapshot",)])
def test_a_rule_stays_live_where_the_revision_last_applied_is_not_known(folder: Folder, more: tuple[str, ...]) -> None:
    live = "deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPad, AccessLevel: Allow}]"
    config = f"{CONFIG}since: refs/tags/none\nmanage: {{deviceAccessRules: owned}}\n"
    _folder(folder, RULES, config=config, live=live)
    shown = folder.run("expire", "--dry-run", *AS_OF, *more).stdout
    assert "it stays in Exchange and is listed as drift (`manage`: owned; `refs/tags/none`" in shown
    assert ["stays-live"] == [each["outcome"] for each in _expired(folder, *more)["ended"]]


@pytest.mark.parametrize(("mode", "outcome"), [("exact", "goes"), ("additive", "stays-live")])
def test_an_entry_with_matches_ends_as_a_whole_and_one_of_mailboxes_stays(
    folder: Folder, mode: str, outcome: str
) -> None:
    level = "AccessLevel: Allow"
    entry = f"  - {{Characteristic: DeviceOS, matches: {{one-of: [iOS 17, iOS 18]}}, {level}, expires: 2026-11-01}}\n"
    boxes = 'mailboxes:\n  - {matches: {glob: "eva@*"}, OWAforDevicesEnabled: true, expires: 2026-11-01}\n'
    live = f"deviceAccessRules: [{{Characteristic: DeviceOS, QueryString: iOS 17, {level}}}]"
    kept = f"deviceAccessRules:\n  - {{Characteristic: DeviceType, QueryString: Pad, {level}}}\n"
    config = f"{CONFIG}manage: {{deviceAccessRules: {mode}}}\n"
    _folder(folder, kept + entry + boxes, config=config, live=f"{live}\n{LIVE}")
    assert "policylint.lock" not in folder.run("expire", "--dry-run", *AS_OF).stdout
    folder.run("lock")
    assert "go out of policylint.lock too" in folder.run("expire", "--dry-run", *AS_OF).stdout
    assert "-      - iOS 17" in folder.run("expire", "--diff", *AS_OF).stdout
    record = _expired(folder)
    assert ["policy/a.yaml", "policylint.lock"] == record["files"]
    assert 0 == folder.run("lock", "--check").returncode
    assert [outcome] == [each["outcome"] for each in record["ended"]]
    assert ["it is about several mailboxes; end it by hand"] == [each["why"] for each in record["kept"]]
    assert kept + boxes == _text(folder)


def test_locked_values_stay_that_an_entry_of_another_environment_has_too(folder: Folder) -> None:
    entry = "{{Characteristic: DeviceOS, matches: {{one-of: [iOS {}]}}, AccessLevel: Allow{}}}"
    ended = "deviceAccessRules:\n" + "".join(f"  - {entry.format(n, ', expires: 2026-11-01')}\n" for n in (17, 18))
    environments = "environments:\n  lab: {policies: [lab/*.yaml]}\n"
    _folder(folder, ended, config=CONFIG + "policies: [policy/*.yaml]\n" + environments)
    folder.write("lab/a.yaml", f"deviceAccessRules:\n  - {entry.format(17, '')}\n")
    folder.run("lock")
    assert "policylint.lock" in _expired(folder)["files"]
    lock = (folder.path / "policylint.lock").read_text()
    assert (True, False) == ("iOS 17" in lock, "iOS 18" in lock)
    assert 0 == folder.run("lock", "--check").returncode


def test_unused_ends_only_what_was_seen_and_has_been_silent(folder: Folder) -> None:
    listed = "[IPAD1, IPAD2, NEVER, OTHER, TWICE, SILENT]"
    devices = [
        *DEVICES,
        _device("OTHER", mailbox="uma@contoso.com", LastSuccessSync="2026-01-02T06:00:00Z"),
        _device("TWICE", LastSuccessSync="2026-01-02T06:00:00Z"),
        _device("TWICE", ClientType="REST", DeviceType="Outlook"),
        _device("SILENT", LastSuccessSync=""),
    ]
    mailboxes = LIVE.replace("]}]", "]}, {Identity: uma@contoso.com, ActiveSyncEnabled: true}]")
    text = f"{EVA}    ActiveSyncAllowedDeviceIDs: {listed}\n    ActiveSyncBlockedDeviceIDs: [IPAD2]\n"
    _folder(folder, text, live=mailboxes, devices=devices)
    record = _expired(folder, "--unused", "300")
    assert [("IPAD2", "its device has not synced for 325 days")] == [
        (each["item"], each["why"]) for each in record["ended"]
    ]
    assert text.replace("IPAD2, NEVER", "NEVER") == _text(folder)


@pytest.mark.parametrize("section", ["devices", "mailboxes"])
def test_unused_is_refused_where_the_snapshot_is_not_whole(folder: Folder, section: str) -> None:
    _folder(folder, f"{EVA}    ActiveSyncAllowedDeviceIDs: [IPAD2]\n")
    folder.write("live.json", sealed(LIVE, DEVICES, complete={section: "not read: no rights"}))
    done = folder.run("expire", "--unused", "30", "--allow-incomplete", section)
    assert 0 != done.returncode
    assert "policylint export-script" in done.stderr or "`--unused` needs a whole snapshot" in done.stderr
    assert "IPAD2" in _text(folder)


COMMENTS = f"""{EVA}    # policylint: ignore[exemption-by-device-id] until 2026-11-01 agreed with the help desk
    ActiveSyncAllowedDeviceIDs: [IPAD1, IPAD2]  # policylint: ignore[untidy-device-id] nothing
    reason: tests
  # policylint: ignore[untidy-mailbox-name] one that goes with what it is about
  - {{Identity: uma@contoso.com, ActiveSyncAllowedDeviceIDs: {{Add: [IPAD3]}}, expires: 2026-11-01}}
"""


def test_ignore_comments_go_that_have_ended_or_hide_nothing(folder: Folder) -> None:
    _folder(folder, COMMENTS)
    record = _expired(folder)
    assert [
        (3, ["exemption-by-device-id"], "expired on 2026-11-01"),
        (4, ["untidy-device-id"], "it hides nothing"),
    ] == [(each["line"], each["rules"], each["why"]) for each in record["comments"]]
    assert _text(folder) == f"{EVA}    ActiveSyncAllowedDeviceIDs: [IPAD1, IPAD2]\n    reason: tests\n"


def test_a_comment_that_only_a_snapshot_can_judge_stays_without_one(folder: Folder) -> None:
    text = f"{EVA}    ActiveSyncAllowedDeviceIDs: [IPAD1]  # policylint: ignore[stale-device-id] meant\n    reason: x\n"
    _folder(folder, text, config="version: 1\n")
    assert [] == _expired(folder)["comments"]


def test_what_would_fail_a_test_is_refused_and_nothing_written(folder: Folder) -> None:
    test = "tests:\n  - name: her iPad\n    device: {DeviceType: iPad, DeviceId: IPAD1}\n"
    text = f"{ONE_ID}\n{test}    mailbox: eva@contoso.com\n    expect: Allowed\n"
    _folder(folder, text)
    done = folder.run("expire", *AS_OF)
    assert 1 == done.returncode
    assert "after this edit the test `her iPad`" in done.stderr
    assert text == _text(folder)


def test_a_file_that_may_not_be_written_is_refused(folder: Folder) -> None:
    _folder(folder, ONE_ID)
    (folder.path / "policy" / "a.yaml").chmod(0o444)
    done = folder.run("expire", *AS_OF)
    assert 4 == done.returncode
    assert ONE_ID == _text(folder)
    assert "" == done.stdout


def test_only_the_named_lines_change_in_the_shown_difference(folder: Folder) -> None:
    _folder(folder, ONE_ID.replace("\n", "\r\n"))
    shown = folder.run("expire", "--diff", *AS_OF).stdout
    gone = re.findall(r"^-(?!-)(.*)$", shown, re.MULTILINE)
    assert [
        "      # the old one",
        "      - IPAD1  # in the hall",
        "      IPAD1: {reason: loan, expires: 2026-11-27}",
    ] == [line.rstrip("\r").removesuffix("\\r") for line in gone]
    assert [] == re.findall(r"^\+(?!\+)(.*)$", shown, re.MULTILINE)


@pytest.mark.parametrize("day", ["tomorrow", "20271231", "2026-W05", "2026-11"])
def test_a_day_that_is_none_is_refused(folder: Folder, day: str) -> None:
    _folder(folder, ONE_ID)
    assert 3 == folder.run("expire", "--as-of", day).returncode
    assert ONE_ID == _text(folder)


def test_no_test_of_another_environment_may_fail(folder: Folder) -> None:
    config = f"{CONFIG}policies: [policy/a.yaml]\nenvironments: {{test: {{policies: ['policy/*.yaml']}}}}\n"
    _folder(folder, ONE_ID, config=config)
    test = "{name: t, device: {DeviceId: IPAD1}, mailbox: eva@contoso.com, expect: Allowed}"
    folder.write("policy/t.yaml", f"tests:\n  - {test}\n")
    done = folder.run("expire", *AS_OF)
    assert "the test `t` of policy/t.yaml would fail in the environment `test`" in done.stderr
    assert (1, ONE_ID) == (done.returncode, _text(folder))
