"""Outputs of some Get- cmdlets alone: every output says what was not read, and nothing takes it for empty."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from policylint.adapters.resources import read_schema
from tests.readers.render_rows import render_csv
from tests.readers.test_collect import DEVICE, MAILBOX, ONLINE, POLICY, RULE, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Folder

ALONE = ("--edition", "exchange-online")
POLICY_FILE = "organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [ops@contoso.com]}\n"
RULE_FILE = "deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Quarantine}]\n"
ROWS = {
    "organization": {**SETTINGS, "OrganizationId": ONLINE},
    "deviceAccessRules": {**RULE, "QueryString": "Android"},
    "mobileDeviceMailboxPolicies": POLICY,
    "mailboxes": MAILBOX,
    "devices": DEVICE,
}


SETTINGS_OF_MAILBOX = {"ActiveSyncAllowedDeviceIDs": [], "OutlookMobileEnabled": True}


def exports(folder: Folder, *sections: str) -> Folder:
    for section in sections:
        folder.write(f"exports/{section}.json", json.dumps([ROWS[section]]))
    return folder


@pytest.fixture
def devices(folder: Folder) -> Folder:
    """Return a folder with devices and nothing else that was read, and a policy."""
    exports(folder, "devices").write("policylint.yaml", "version: 1\nedition: exchange-online\nsnapshot: exports\n")
    folder.write("policy/a.yaml", POLICY_FILE)
    return folder


COMMANDS = {
    "simulate": ("simulate", "--snapshot", "exports"),
    "why": ("why", "PHONE1"),
    "lint": ("lint",),
    "test": ("test",),
    "diff": ("diff", "live"),
    "plan": ("plan",),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_json_says_which_sections_are_missing_and_not_when_nobody_knows(devices: Folder, name: str) -> None:
    command = COMMANDS[name]
    if name == "plan":
        others = [section for section in ROWS if section not in {"organization", "devices"}]
        exports(devices, "organization")
        command = (*command, *(word for each in others for word in ("--allow-incomplete", each)))
    done = devices.run(*command, "--format", "json")
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads(read_schema(f"output/{name}-v1.schema.json")))
    assert None is found["snapshot"]["takenAt"]
    missing = found["snapshot"]["incomplete"]
    assert {"deviceAccessRules", "mobileDeviceMailboxPolicies", "mailboxes"} <= missing.keys(), done.stderr
    assert "devices" not in missing
    assert all(missing.values())


@pytest.mark.parametrize(
    ("sections", "settings", "assumed"),
    [
        (("devices",), (), "mailboxes, mobileDeviceMailboxPolicies, deviceAccessRules and organization"),
        (("devices", "organization", "deviceAccessRules", "mobileDeviceMailboxPolicies"), (), "mailboxes"),
        (("devices", "mailboxes", "deviceAccessRules", "mobileDeviceMailboxPolicies"), (), "organization"),
        (("devices", "mailboxes", "organization", "mobileDeviceMailboxPolicies"), (), "deviceAccessRules"),
        (tuple(ROWS), ("ActiveSyncBlockedDeviceIDs",), "ActiveSyncBlockedDeviceIDs"),
        (tuple(ROWS), ("ActiveSyncEnabled",), "ActiveSyncEnabled"),
        (tuple(ROWS), (), ""),
    ],
)
def test_an_answer_says_what_it_rests_on_without_knowing_it(
    folder: Folder, sections: tuple[str, ...], settings: tuple[str, ...], assumed: str
) -> None:
    exports(folder, *sections)
    if "mailboxes" in sections:
        shown = {name: value for name, value in {**MAILBOX, **SETTINGS_OF_MAILBOX}.items() if name not in settings}
        folder.write("exports/mailboxes.json", json.dumps([shown]))
    left = (word for name in settings for word in ("--allow-incomplete", f"mailboxes.{name}"))
    options = ("--snapshot", "exports", *ALONE, *left)
    why = folder.run("why", "PHONE1", *options)
    first = why.stdout.splitlines()[0]
    head = folder.run("simulate", *options).stdout.splitlines()[0]
    record = json.loads(folder.run("why", "PHONE1", *options, "--format", "json").stdout)
    jsonschema.validate(record, json.loads(read_schema("output/why-v1.schema.json")))
    names = record["devices"][0]["live"]["decision"]["notRead"]
    assert assumed == f"{', '.join(names[:-1])} and {names[-1]}".removeprefix(" and ") if names else "" == assumed
    assert bool(assumed) == (f"(assumed: {assumed} not read)" in first) == ("(assumed: " in head)
    if "mailboxes" not in sections:
        assert "the device is not in" not in why.stdout
    if "deviceAccessRules" not in sections:
        assert "no device access rule matches" not in why.stdout


def test_csv_says_what_is_missing_beside_it(devices: Folder) -> None:
    done = devices.run("simulate", "--format", "csv")
    assert [f"note: exports lacks {each}: " in done.stderr for each in ROWS if each != "devices"] == [True] * 4
    assert "lacks" not in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        ("why", "ann.lee"),
        ("why", "--mailbox", "ANN.LEE"),
        ("simulate", "--mailbox", "ann.lee", "--full"),
        ("show", "mailbox", "ann.lee"),
    ],
    ids=" ".join,
)
def test_an_owner_is_known_by_its_devices_where_no_mailbox_was_read(devices: Folder, command: tuple[str, ...]) -> None:
    devices.write("exports/devices.json", json.dumps([{**DEVICE, "DistinguishedName": ""}]))
    done = devices.run(*command)
    assert (0, True, True) == (done.returncode, "PHONE1" in done.stdout, "ann.lee" in done.stdout), done.stderr
    assert "note: exports lacks mailboxes: " in done.stderr
    assert "a mailbox is known by its devices alone" in done.stderr


@pytest.mark.parametrize("command", [("why", "--mailbox"), ("simulate", "--mailbox"), ("show", "mailbox")])
def test_an_owner_that_no_device_has_is_named(devices: Folder, command: tuple[str, ...]) -> None:
    done = devices.run(*command, "ann.le")
    assert ("", True) == (done.stdout, "did you mean `ann.lee`?" in done.stderr), done.stderr


@pytest.mark.parametrize(("name", "text"), [("rules.json", json.dumps), ("rules.csv", render_csv)])
def test_files_of_live_state_are_compared(folder: Folder, name: str, text: Callable[[list[Any]], str]) -> None:
    for where, level in (("old", "Allow"), ("new", "Block")):
        folder.write(f"{where}/{name}", text([{**RULE, "AccessLevel": level}]))
    for old, new in (("old", "new"), (f"old/{name}", f"new/{name}")):
        done = folder.run("diff", old, new, "--format", "json")
        assert "stricter" == json.loads(done.stdout)["verdict"], done.stderr


def test_what_was_not_read_is_not_gone_from_a_baseline(devices: Folder) -> None:
    devices.write("policy/a.yaml", RULE_FILE)
    assert 0 == devices.run("lint", "--no-snapshot", "--baseline", "known.yaml", "--update-baseline").returncode
    done = devices.run("lint", "--baseline", "known.yaml")
    assert (0, "") == (done.returncode, done.stderr)
    assert "quarantine-without-admin-recipients" in (devices.path / "known.yaml").read_text()
