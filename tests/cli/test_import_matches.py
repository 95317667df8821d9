"""`import --update` where entries with `matches` make something else than what is live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_many_mailboxes import row
from tests.sealed import seal

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

CONFIG = "version: 1\npolicies: [policy.yaml]\nsnapshot: live.json\nguards: {snapshot-max-age-hours: null}\n"
RULES = """\
deviceAccessRules:
  # old ones
  - {Characteristic: DeviceOS, matches: {family: Tizen, version: <4}, AccessLevel: Block}
"""
LIVE_RULES = [
    {"Characteristic": "DeviceOS", "QueryString": "Tizen 2.4", "AccessLevel": "Quarantine"},
    {"Characteristic": "DeviceOS", "QueryString": "Tizen 3.0", "AccessLevel": "Block"},
]
MAILBOXES = """\
mailboxes:
  - {Identity: ben@contoso.com, MacOutlookEnabled: false}  # of the desk
  - matches: {glob: "*@contoso.com"}
    ActiveSyncBlockedDeviceIDs: {Add: [LOST1, LOST2]}
    OWAforDevicesEnabled: false
    MacOutlookEnabled: false
"""
OFF: dict[str, Any] = {"OWAforDevicesEnabled": "False", "MacOutlookEnabled": "False"}
LOST: dict[str, Any] = {"ActiveSyncBlockedDeviceIDs": ["LOST1", "LOST2"]}
LIVE_MAILBOXES = [
    row("ann", OWAforDevicesEnabled="True", MacOutlookEnabled="False", ActiveSyncBlockedDeviceIDs=["LOST2"]),
    row("ben", OWAforDevicesEnabled="True", MacOutlookEnabled="False", **LOST),
    row("cyd", ActiveSyncEnabled="False", **OFF, **LOST),
    row("dan", **OFF, **LOST),
]
UPDATE = ("import", "live.json", "-o", ".", "--update")


@pytest.fixture
def made(folder: Folder) -> Folder:
    """Return a project whose entries with `matches` are not what is live."""
    devices = [
        {"mailbox": "dan@contoso.com", "DeviceId": f"ID{system}", "DeviceOS": f"Tizen {system}", "ClientType": "EAS"}
        for system in ("2.4", "3.0")
    ]
    live = seal(
        organization={"DefaultAccessLevel": "Quarantine"},
        deviceAccessRules=LIVE_RULES,
        mailboxes=LIVE_MAILBOXES,
        devices=devices,
    )
    folder.write("policylint.yaml", CONFIG)
    folder.write("policy.yaml", f"organization: {{DefaultAccessLevel: Quarantine}}\n\n{RULES}\n{MAILBOXES}")
    folder.write("live.json", live)
    assert 0 == folder.run("lock").returncode
    return folder


def test_an_update_names_what_differs_from_what_an_entry_makes(made: Folder) -> None:
    before = (made.path / "policy.yaml").read_text()
    done = made.run(*UPDATE)
    assert (0, "") == (done.returncode, done.stderr)
    assert (
        "4 live values differ from what entries with `matches` make: AccessLevel of Tizen 2.4 (DeviceOS), "
        "OWAforDevicesEnabled of ben@contoso.com, ActiveSyncBlockedDeviceIDs of ann@contoso.com and "
        "OWAforDevicesEnabled of ann@contoso.com; `policylint plan` shows them, "
        "`--take-live` writes what is live\n"
    ) in done.stdout
    assert "1 setting is live and not declared; " in done.stdout
    assert before == (made.path / "policy.yaml").read_text()


def test_live_values_over_what_an_entry_makes_are_single_entries(made: Folder) -> None:
    done = made.run(*UPDATE, "--take-live")
    assert (0, "") == (done.returncode, done.stderr)
    assert "took 4 values over what entries with `matches` make, into single entries: AccessLevel of" in done.stdout
    text = (made.path / "policy.yaml").read_text()
    assert MAILBOXES[MAILBOXES.index("  - matches") :] in text
    assert RULES in text
    assert (
        "  # from live, 2026-11-23\n  - {Characteristic: DeviceOS, QueryString: Tizen 2.4, AccessLevel: Quarantine}\n"
    ) in text
    assert (
        "  - {Identity: ben@contoso.com, OWAforDevicesEnabled: true, MacOutlookEnabled: false}  # of the desk\n" in text
    )
    assert (
        "Identity: ann@contoso.com\n    ActiveSyncBlockedDeviceIDs: {Add: [LOST2]}\n    OWAforDevicesEnabled: true\n"
        in text
    )
    assert "Identity: cyd@contoso.com\n    ActiveSyncEnabled: false\n" in text
    again = made.run(*UPDATE, "--take-live")
    assert "nothing is new in live state\n" == again.stdout
    assert text == (made.path / "policy.yaml").read_text()
    for command in (("lint",), ("test",), ("fmt", "--check", "policy.yaml"), ("lock", "--check")):
        checked = made.run(*command)
        assert 0 == checked.returncode, checked.stdout
    assert 0 == made.run("plan", "--detailed-exitcode").returncode
