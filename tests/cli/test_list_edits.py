"""`{Add: [...], Remove: [...]}`: a list in part, in every command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.worlds import sealed

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

LIVE = """
organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [it@contoso.com, old@contoso.com]}
mailboxes: [{Identity: eva@contoso.com, ActiveSyncAllowedDeviceIDs: [IPAD1, IPAD2]}]
"""
DEVICES = [
    {"mailbox": "eva@contoso.com", "DeviceId": name, "DeviceType": "iPad", "ClientType": "EAS", "ClientVersion": "16.1"}
    for name in ("IPAD1", "IPAD2", "IPAD3")
]
POLICY = """\
organization:
  DefaultAccessLevel: Quarantine
  AdminMailRecipients: {Add: [new@contoso.com], Remove: [OLD@contoso.com]}

mailboxes:
  - Identity: eva@contoso.com
    ActiveSyncAllowedDeviceIDs: {Add: [IPAD3], Remove: [IPAD2]}
"""


@pytest.fixture
def repository(folder: Folder) -> Folder:
    folder.write("policylint.yaml", "version: 1\nsnapshot: live.json\nguards: {snapshot-max-age-hours: null}\n")
    folder.write("policy/a.yaml", POLICY)
    folder.write("live.json", sealed(LIVE, DEVICES))
    return folder


def test_a_plan_adds_and_removes_and_leaves_the_rest(repository: Folder) -> None:
    text = repository.run("plan").stdout
    assert "AdminMailRecipients: +new@contoso.com, -old@contoso.com\n" in text
    assert "ActiveSyncAllowedDeviceIDs: +IPAD3\n" in text
    assert "ActiveSyncAllowedDeviceIDs: -IPAD2\n" in text
    assert "eva@contoso.com.ActiveSyncAllowedDeviceIDs: [IPAD1] (not declared)\n" in text


def test_who_gets_in_follows_it(repository: Folder) -> None:
    rows = json.loads(repository.run("simulate", "--format", "json").stdout)["devices"]
    assert {"IPAD1": "Allowed", "IPAD2": "Quarantined", "IPAD3": "Allowed"} == {
        row["deviceId"]: row["desired"]["state"] for row in rows
    }


def test_it_has_a_canonical_form(repository: Folder) -> None:
    assert 0 == repository.run("fmt", "--check").returncode
    repository.write(
        "policy/a.yaml", POLICY.replace("{Add: [IPAD3], Remove: [IPAD2]}", "{Remove: [IPAD2], Add: ['IPAD3']}")
    )
    assert 0 == repository.run("fmt").returncode
    assert POLICY == (repository.path / "policy" / "a.yaml").read_text(encoding="utf-8")


def test_lint_says_nothing_of_what_stays(repository: Folder) -> None:
    assert "device-list-drops-device" not in repository.run("lint").stdout


def test_without_a_snapshot_it_is_what_it_adds(repository: Folder) -> None:
    done = repository.run("why", "IPAD3", "--mailbox", "eva@contoso.com", "--type", "iPad", "--no-snapshot")
    assert "Allowed" in done.stdout.splitlines()[0] + done.stdout.splitlines()[1]


@pytest.mark.parametrize(
    ("value", "message", "hint"),
    [
        ("{Add: IPAD3}", "`Add` is a single value", "write a list: [IPAD3]"),
        ("{Ad: [IPAD3]}", "unknown key `Ad`", "did you mean `Add`?"),
        ("{Add: [IPAD3], Set: [X]}", "unknown key `Set`", "keys here: Add, Remove"),
        ("{}", "`ActiveSyncAllowedDeviceIDs` is a mapping", "write {Add: [...], Remove: [...]}"),
        ("{Add: []}", "`Add` is an empty list", "write a list of texts"),
        ("{Add: [[X]]}", "this entry is a list", "write a text"),
    ],
)
def test_what_is_wrong_with_one(repository: Folder, value: str, message: str, hint: str) -> None:
    repository.write("policy/a.yaml", POLICY.replace("{Add: [IPAD3], Remove: [IPAD2]}", value))
    done = repository.run("lint", "--format", "concise")
    assert 1 == done.returncode
    assert message in done.stdout
    assert hint in repository.run("lint").stdout


def test_an_item_cannot_be_added_and_removed(repository: Folder) -> None:
    repository.write("policy/a.yaml", POLICY.replace("[IPAD2]", "[ipad3]"))
    done = repository.run("lint")
    assert 1 == done.returncode
    assert "`IPAD3` is both added and removed [" in done.stdout
