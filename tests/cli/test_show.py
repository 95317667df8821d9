"""What a snapshot says of one object, as text and as JSON, with and without a policy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from policylint.adapters.resources import read_schema
from tests.sealed import HEADER, seal

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

ORGANIZATION = {"Identity": "Settings", "DefaultAccessLevel": "Quarantine", "AdminMailRecipients": ["it@contoso.com"]}
RULES = [
    {"Characteristic": "DeviceType", "QueryString": "iPad", "AccessLevel": "Allow"},
    {"Characteristic": "DeviceOS", "QueryString": "iOS 17.4", "AccessLevel": "Allow"},
    {"Characteristic": "DeviceOS", "QueryString": "iOS 9.0", "AccessLevel": "Allow"},
    {"Characteristic": "DeviceType", "QueryString": "TbSync", "AccessLevel": "Block"},
]
POLICIES = [
    {"Name": "Strict", "IsDefault": "False", "PasswordEnabled": "True"},
    {"Name": "Default", "IsDefault": "True", "PasswordEnabled": "False"},
]
ANN: dict[str, Any] = {
    "PrimarySmtpAddress": "ann@contoso.com",
    "Name": "Ann Lee",
    "EmailAddresses": ["SMTP:ann@contoso.com", "smtp:lee@contoso.com"],
    "ActiveSyncEnabled": "True",
    "ActiveSyncMailboxPolicy": "Default",
    "ActiveSyncMailboxPolicyIsDefaulted": "True",
    "ActiveSyncAllowedDeviceIDs": ["A1", "B1", "GONE"],
    "ActiveSyncBlockedDeviceIDs": [],
}
BOB: dict[str, Any] = {**ANN, "PrimarySmtpAddress": "bob@contoso.com", "Name": "Bob", "EmailAddresses": []} | {
    "ActiveSyncMailboxPolicy": "Strict",
    "ActiveSyncMailboxPolicyIsDefaulted": "False",
    "ActiveSyncAllowedDeviceIDs": [],
}


def device(mailbox: str, device_id: str, kind: str, **more: str) -> dict[str, str]:
    return {
        "mailbox": mailbox,
        "DeviceId": device_id,
        "Guid": f"g-{device_id}",
        "DeviceType": kind,
        "ClientType": "EAS",
        **more,
    }


DEVICES = [
    device("ann@contoso.com", "A1", "iPhone", DeviceAccessState="Allowed", DeviceAccessStateReason="Individual"),
    device("ann@contoso.com", "A2", "TbSync"),
    device("bob@contoso.com", "B1", "iPad"),
    device("bob@contoso.com", "B2", "Android"),
]


@pytest.fixture
def live(folder: Folder) -> Folder:
    """Return a folder with a snapshot and nothing else."""
    sections: dict[str, Any] = {"deviceAccessRules": RULES, "mobileDeviceMailboxPolicies": POLICIES}
    header = {**HEADER, "takenAt": "2026-11-20T06:00:00Z"}
    text = seal(header, organization=ORGANIZATION, mailboxes=[ANN, BOB], devices=DEVICES, **sections)
    folder.write("live.json", text)
    return folder


def record(folder: Folder, *arguments: str) -> dict[str, Any]:
    done = folder.run("show", *arguments, "--snapshot", "live.json", "--format", "json")
    assert (0, "") == (done.returncode, done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(found, json.loads(read_schema("output/show-v1.schema.json")))
    assert ("live.json", arguments[0]) == (found["snapshot"]["path"], found["what"])
    return found


@pytest.mark.parametrize("name", ["ann@contoso.com", "LEE@contoso.com", "Ann Lee"])
def test_a_mailbox_has_its_policy_the_devices_on_its_lists_and_its_own(live: Folder, name: str) -> None:
    found = record(live, "mailbox", name)["mailbox"]
    assert ["ann@contoso.com", "lee@contoso.com"] == found["addresses"]
    assert {"name": "Default", "inherited": True} == found["policy"]
    assert [("A1", "ann@contoso.com"), ("B1", "bob@contoso.com"), ("GONE", None)] == [
        (each["deviceId"], each["device"]["mailbox"] if each["device"] else None) for each in found["listed"]
    ]
    assert [("A1", "Allowed", "Individual"), ("A2", "Blocked", "DeviceRule")] == [
        (each["deviceId"], each["live"]["state"], each["live"]["reason"]) for each in found["devices"]
    ]
    assert (True, None) == (found["settings"]["ActiveSyncEnabled"], found["settings"]["ActiveSyncMailboxPolicy"])
    assert "OutlookMobileEnabled" in found["notRead"]


def test_a_policy_of_its_own_is_not_inherited(live: Folder) -> None:
    assert {"name": "Strict", "inherited": False} == record(live, "mailbox", "bob@contoso.com")["mailbox"]["policy"]
    text = live.run("show", "mailbox", "ann@contoso.com", "--snapshot", "live.json").stdout
    assert "Default (inherited: it is the default policy)" in text
    assert "  B1    iPad, of bob@contoso.com\n  GONE  no such device\n" in text
    assert "ActiveSyncBlockedDeviceIDs\n  none\n" in text


def test_rules_are_in_the_order_in_which_they_decide_with_their_devices(live: Folder) -> None:
    found = record(live, "rules")
    assert [("TbSync", 1), ("iOS 9.0", 0), ("iOS 17.4", 0), ("iPad", 1)] == [
        (each["QueryString"], each["devices"]) for each in found["rules"]
    ]
    assert {"DefaultAccessLevel": "Quarantine", "devices": 1} == found["default"]


def test_policies_have_their_mailboxes_and_what_is_not_at_its_default(live: Folder) -> None:
    default, strict = record(live, "policies")["policies"]
    assert ("Default", {"own": 0, "inherited": 1}) == (default["identity"], default["mailboxes"])
    assert ("Strict", {"own": 1, "inherited": 0}) == (strict["identity"], strict["mailboxes"])
    assert (["IsDefault"], ["PasswordEnabled"]) == (default["differs"], strict["differs"])
    (named,) = record(live, "policies", "STRICT")["policies"]
    assert strict == named
    short, full = (live.run("show", "policies", "--snapshot", "live.json", *more).stdout for more in ((), ("--full",)))
    assert "policy Default, the default: 1 mailbox\n  1 setting at its default; --full shows all\n" in short
    assert "PasswordEnabled  false  (default)" in full


def test_the_organization_has_its_settings(live: Folder) -> None:
    found = record(live, "organization")["organization"]
    assert ["it@contoso.com"] == found["settings"]["AdminMailRecipients"]
    assert ["DefaultAccessLevel", "AdminMailRecipients"] == found["differs"]
    assert "DefaultAccessLevel   Quarantine" in live.run("show", "organization", "--snapshot", "live.json").stdout


def test_the_snapshot_of_a_repository_is_shown_and_not_its_policy(live: Folder) -> None:
    live.write("policylint.yaml", "version: 1\nsnapshot: live.json\n")
    live.write("policy/a.yaml", "organization: {DefaultAccessLevel: not valid}\n")
    assert "DefaultAccessLevel   Quarantine" in live.run("show", "organization").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("mailbox",), 3, "name a mailbox"),
        (("mailbox", "an@contoso.com"), 4, "no mailbox `an@contoso.com` in live.json"),
        (("policies", "Strikt"), 4, "live.json: no policy `Strikt`"),
        (("rules", "iPad"), 3, "unexpected argument `iPad`"),
        (("plan",), 3, "name the file of a plan"),
        (("nothing",), 3, "`nothing` is not one of"),
    ],
)
def test_what_is_not_there(live: Folder, arguments: tuple[str, ...], code: int, message: str) -> None:
    done = live.run("show", *arguments, "--snapshot", "live.json")
    assert (code, "") == (done.returncode, done.stdout)
    assert message in done.stderr


def test_what_was_not_read_is_not_taken_for_nothing(live: Folder) -> None:
    live.write("live.json", seal(HEADER, complete={"mailboxes": "cut", "devices": "cut"}, organization=ORGANIZATION))
    allowed = ("--allow-incomplete", "mailboxes", "--allow-incomplete", "devices", "--snapshot", "live.json")
    done = live.run("show", "mailbox", "ann@contoso.com", *allowed)
    assert (4, "live.json: `mailboxes` was not read" in done.stderr) == (done.returncode, True)
    done = live.run("show", "rules", *allowed)
    assert "not read" in done.stdout
    assert "note: live.json lacks devices: cut" in done.stderr


def test_without_a_snapshot_it_says_so(folder: Folder) -> None:
    done = folder.run("show", "rules")
    assert (3, True) == (done.returncode, "error: no snapshot of live state is named" in done.stderr)


def test_an_unknown_policy_is_answered_with_those_there_are(live: Folder) -> None:
    shown = live.run("show", "policies", "Executives", "--snapshot", "live.json")
    assert (4, "  = help: known: `Default` and `Strict`") == (shown.returncode, shown.stderr.splitlines()[-1])


def test_text_and_json_agree_on_what_is_at_its_default(live: Folder) -> None:
    organization = {**ORGANIZATION, "UserMailInsert": "", "AllowAccessForUnSupportedPlatform": "False"}
    live.write("live.json", seal(HEADER, organization=organization))
    shown = record(live, "organization")["organization"]
    assert ["AllowAccessForUnSupportedPlatform"] == shown["defaultNotKnown"]
    lines = live.run("show", "organization", "--full", "--snapshot", "live.json").stdout.splitlines()
    for name in shown["settings"]:
        (line,) = (each for each in lines if name in each.split()[:1])
        said = {"(default)": "default", "(default not known)": "unknown"}
        mark = next((known for words, known in said.items() if line.endswith(words)), "differs")
        in_json = (
            "differs" if name in shown["differs"] else "unknown" if name in shown["defaultNotKnown"] else "default"
        )
        assert in_json == mark
