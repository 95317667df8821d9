"""Which snapshot an output rests on, how old that is, and when devices last synced."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.sealed import HEADER, seal

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

NOW = "1795910400"  # 2026-11-29T00:00:00Z
LINE = "live state: live.json of contoso.onmicrosoft.com, taken 2026-11-20T06:00:00Z, 8 days ago"


def phone(number: int, **values: Any) -> dict[str, Any]:
    return {
        "mailbox": "ann@contoso.com",
        "DeviceId": f"ID{number}",
        "Guid": f"g{number}",
        "FirstSyncTime": "2026-01-02T03:04:05Z",
        "LastSuccessSync": None,
        "WhenChangedUTC": "2026-11-10T00:00:00Z",
        "DeviceType": "iPhone",
        "DeviceModel": "iPhone14C2",
        "DeviceOS": "iOS 18",
        "DeviceAccessState": "Quarantined",
        "DeviceAccessStateReason": "Global",
        "ClientType": "EAS",
        "ClientVersion": "16.1",
        **values,
    }


ANN: dict[str, Any] = {
    "PrimarySmtpAddress": "ann@contoso.com",
    "Identity": "ann",
    "Guid": "m1",
    "ActiveSyncAllowedDeviceIDs": [],
    "ActiveSyncBlockedDeviceIDs": [],
    "ActiveSyncEnabled": "True",
    "OutlookMobileEnabled": "True",
    "OWAforDevicesEnabled": "True",
    "UniversalOutlookEnabled": "True",
}


@pytest.fixture
def live(folder: Folder) -> Folder:
    folder.write(
        "policylint.yaml", "version: 1\nedition: exchange-online\npolicies: [policy.yaml]\nsnapshot: live.json\n"
    )
    folder.write(
        "policy.yaml",
        "organization: {DefaultAccessLevel: Allow}\n"
        "tests: [{name: one, device: {DeviceType: iPhone}, expect: Allowed}]\n",
    )
    export(folder, ANN)
    return folder


def export(folder: Folder, mailbox: dict[str, Any]) -> None:
    """Write a snapshot of one mailbox."""
    content = seal(
        header={**HEADER, "takenAt": "2026-11-20T06:00:00Z"},
        organization={"DefaultAccessLevel": "Allow"},
        mobileDeviceMailboxPolicies=[
            {"Name": "Default", "Guid": "p1", "IsDefault": "True", "AllowNonProvisionableDevices": "True"}
        ],
        mailboxes=[mailbox],
        devices=[
            phone(1, LastSuccessSync="2026-11-19T06:00:00Z"),
            phone(2, LastSuccessSync="2026-08-22T06:00:00Z"),
            phone(3, LastSuccessSync="2026-08-22T06:00:01Z"),
            phone(4, LastSuccessSync="0001-01-01T00:00:00Z"),
            phone(5, LastSuccessSync="2026-01-03T00:00:00Z"),
            phone(6),
        ],
    )
    (folder.path / "live.json").write_bytes(content)


COMMANDS = [("why", "ID1"), ("simulate",), ("simulate", "--by", "type"), ("plan",), ("diff", "live"), ("test",)]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_output_says_which_snapshot_it_rests_on(live: Folder, command: tuple[str, ...]) -> None:
    shown = live.run(*command, SOURCE_DATE_EPOCH=NOW)
    assert LINE == shown.stdout.splitlines()[-1], shown.stderr
    assert 1 == shown.stdout.count("live state:")
    record = json.loads(live.run(*command, "--format", "json", SOURCE_DATE_EPOCH=NOW).stdout)
    assert ("live.json", "2026-11-20T06:00:00Z", 210) == tuple(
        record["snapshot"][name] for name in ("path", "takenAt", "ageHours")
    )


@pytest.mark.parametrize("command", [*COMMANDS, ("lint",)], ids=" ".join)
def test_every_output_says_what_was_not_read(live: Folder, command: tuple[str, ...]) -> None:
    export(live, {name: value for name, value in ANN.items() if not name.endswith("DeviceIDs")})
    lists = ("ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs")
    words = " and ".join(f"{name} of 1 mailbox" for name in lists)
    last = live.run(*command, SOURCE_DATE_EPOCH=NOW).stdout.splitlines()[-1]
    assert f"{LINE}; not read, so taken for not set: {words}" == last
    if command != ("plan",):
        record = json.loads(live.run(*command, "--format", "json", SOURCE_DATE_EPOCH=NOW).stdout)
        assert [{"kind": "mailbox", "property": name, "objects": 1} for name in lists] == record["snapshot"]["notRead"]


@pytest.mark.parametrize("command", [*COMMANDS, ("lint",)], ids=" ".join)
def test_every_output_says_that_a_snapshot_is_of_the_future(live: Folder, command: tuple[str, ...]) -> None:
    shown = live.run(*command, SOURCE_DATE_EPOCH="1763553600")  # a year before
    last = shown.stdout.splitlines()[-1]
    assert last.endswith("365 days in the future: one of the clocks is wrong, so nobody knows how old it is")


def test_the_report_says_it_too(live: Folder) -> None:
    time = '<time datetime="2026-11-20T06:00:00Z">2026-11-20T06:00:00Z</time>'
    report = live.run("simulate", "--format", "html", SOURCE_DATE_EPOCH=NOW).stdout
    assert f"<dt>Live state</dt><dd>live.json, taken {time}, 8 days old</dd>" in report
    assert "<dt>Organization</dt><dd>contoso.onmicrosoft.com" in report
    assert "<dt>Made</dt><dd>2026-11-29T00:00:00Z by policylint" in report


def test_without_a_snapshot_nothing_is_said(live: Folder) -> None:
    live.write("policylint.yaml", "version: 1\nedition: exchange-online\npolicies: [policy.yaml]\n")
    assert "live state:" not in live.run("simulate").stdout
    assert None is json.loads(live.run("simulate", "--format", "json").stdout)["snapshot"]


def test_devices_that_do_not_sync(live: Folder) -> None:
    shown = live.run("simulate", "--stale", "90").stdout.splitlines()
    assert "2 of 6 devices had not synced for 90 days when the snapshot was taken" in shown
    assert ["ID5", "ID2"] == [word for line in shown for word in line.split() if word.startswith("ID")]
    assert (
        "note: the snapshot does not say when 2 devices last synced; `export.ps1 -Statistics All` reads that" in shown
    )
    record = json.loads(live.run("simulate", "--stale", "90", "--format", "json").stdout)["stale"]
    assert (90, 2) == (record["days"], record["notRead"])
    assert [("ID5", 321), ("ID2", 90)] == [(each["deviceId"], each["days"]) for each in record["devices"]]
    rows = live.run("simulate", "--stale", "90", "--format", "csv").stdout.splitlines()
    assert ["ID2", "ID5"] == [row.split(",")[1] for row in rows[1:]]
    assert rows[0].endswith(",firstSync,lastSync")
    assert rows[1].endswith(",2026-01-02T03:04:05Z,2026-08-22T06:00:00Z")
    report = live.run("simulate", "--stale", "90", "--format", "html").stdout
    assert "Devices that do not sync" in report
    assert (
        "no device is known not to have synced for 9,999,999 days" in live.run("simulate", "--stale", "9999999").stdout
    )


def test_stale_devices_are_those_that_are_asked_for(live: Folder) -> None:
    assert "ID2" in live.run("simulate", "--stale", "90", "--state", "allowed").stdout
    blocked = live.run("simulate", "--stale", "90", "--state", "blocked").stdout
    assert "no device is known not to have synced for 90 days" in blocked


@pytest.mark.parametrize("arguments", [("--stale", "0"), ("--stale", "9", "--by", "type")], ids=" ".join)
def test_stale_is_a_number_of_days_and_a_view_of_its_own(live: Folder, arguments: tuple[str, ...]) -> None:
    assert 3 == live.run("simulate", *arguments).returncode


def test_why_says_when_a_device_synced(live: Folder) -> None:
    assert "  first synced 2026-01-02T03:04:05Z, last synced 2026-11-19T06:00:00Z" in live.run("why", "ID1").stdout
    assert "  first synced 2026-01-02T03:04:05Z, last sync not read" in live.run("why", "ID6").stdout
    (record,) = json.loads(live.run("why", "ID2", "--format", "json").stdout)["devices"]
    assert ("2026-01-02T03:04:05Z", "2026-08-22T06:00:00Z") == (record["firstSync"], record["lastSync"])


def test_a_mismatch_says_since_when(live: Folder) -> None:
    shown = live.run("simulate", "--explain-mismatch").stdout
    assert "    reported so since 2026-11-10T00:00:00Z at the latest; first synced 2026-01-02T03:04:05Z, last" in shown
    record = json.loads(live.run("simulate", "--format", "json").stdout)
    assert {"2026-11-10T00:00:00Z"} == {each["since"] for each in record["mismatches"]}


POLICY = """\
mobileDeviceMailboxPolicies:
- {Name: Default, IsDefault: true, AllowNonProvisionableDevices: true}
- {Name: Strict, AllowNonProvisionableDevices: false}
- {Name: Encrypted, RequireDeviceEncryption: true}
mailboxes:
- {Identity: bob@contoso.com, ActiveSyncMailboxPolicy: Strict}
- {Identity: ann@contoso.com, ActiveSyncMailboxPolicy: null}
- {Identity: eve@contoso.com, ActiveSyncEnabled: true}
"""


@pytest.mark.parametrize(
    ("policy", "desired", "noted"),
    [
        (None, "@{ 'strict' = @(); 'default' = $null; 'mailboxes' = @() }", False),
        ("organization: {DefaultAccessLevel: Never}\n", "@{ 'strict' = @(); 'default' = $null;", True),
        (
            POLICY,
            "@{ 'strict' = @('Encrypted', 'Strict'); 'default' = 'Default'; 'mailboxes' = @("
            "@{ 'mailbox' = 'ann@contoso.com'; 'policy' = $null }, "
            "@{ 'mailbox' = 'bob@contoso.com'; 'policy' = 'Strict' }) }",
            False,
        ),
    ],
    ids=["no-policy", "not-valid", "strict"],
)
def test_the_exporter_knows_what_the_policy_makes_strict(
    folder: Folder, policy: str | None, desired: str, noted: bool
) -> None:
    if policy is not None:
        folder.write("policylint.yaml", "version: 1\nedition: exchange-online\npolicies: [policy.yaml]\n")
        folder.write("policy.yaml", policy)
    done = folder.run("export-script")
    assert 0 == done.returncode
    assert f"'desired' = {desired}" in done.stdout
    assert noted == ("does not know which mailboxes it makes strict" in done.stderr)
