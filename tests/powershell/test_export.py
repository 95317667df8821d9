"""The exporting script: whole or not at all, the same file whatever the edition makes of the values."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from policylint.desired.enforcement import DesiredEnforcement
from tests.powershell import scenes
from tests.powershell.exchange import SECTIONS, Exchange, Result, State
from tests.powershell.scenes import device, exporter, mailbox, scene

if TYPE_CHECKING:
    from pathlib import Path

SHAPES: dict[str, dict[str, Any]] = {
    "online": {},
    "on-premises": {"edition": "exchange-2019"},
    "lists shown as single values": {"lists": "single"},
    "objects shown as hashtables": {"hashtables": True},
}
STATISTICS = {"DevicePolicyApplicationStatus": "AppliedInFull"}
SYNCED = {"LastSuccessSync": "2026-11-20T03:04:05Z"}
PLANS_LEFT_OUT = "mailboxPlans is left out: this session does not offer Get-CASMailboxPlan"


def export(
    exchange: Exchange,
    state: State,
    arguments: dict[str, Any] | None = None,
    *,
    options: dict[str, Any] | None = None,
    folder: Path | None = None,
    desired: DesiredEnforcement | None = None,
) -> tuple[Result, Path]:
    """Run the exporter; return what it did and where its file is."""
    folder = folder or exchange.case()
    path = folder / "live.json"
    edition = (options or {}).get("edition", "exchange-online")
    result = exchange.run(
        exporter(edition, desired),
        state,
        {"Path": str(path)} | (arguments or {}),
        options=options,
        folder=folder,
    )
    return result, path


def sealed(path: Path) -> dict[str, Any]:
    """Return the content of a sealed file after checking its layout and its seal."""
    data = path.read_bytes()
    assert data.isascii()
    assert b"\r" not in data
    assert data.endswith(b"\n}\n")
    body, separator, _ = data.rpartition(b'"seal": ')
    assert separator
    content: dict[str, Any] = json.loads(data)
    seal = content.pop("seal")
    assert hashlib.sha256(body).hexdigest() == seal["sha256"]
    assert {section: len(content[section]) for section in SECTIONS} == seal["counts"]
    assert list(seal["complete"]) == ["organization", *SECTIONS]
    lines = body.decode("ascii").splitlines()
    assert lines[0].startswith('{"header": {"format": "policylint-snapshot/1", ')
    assert len(lines) == 2 + sum(2 + len(content[section]) for section in SECTIONS)
    for line in lines[2:]:
        assert line in [*(f'"{section}": [' for section in SECTIONS), "],"] or json.loads(line.rstrip(","))
    content["complete"] = seal["complete"]
    return content


def blank_to_null(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with empty text as null, which is the same to Exchange."""
    return [{key: None if value == "" else value for key, value in row.items()} for row in rows]


@pytest.mark.parametrize("options", SHAPES.values(), ids=SHAPES.keys())
def test_writes_the_state_as_it_is(exchange: Exchange, options: dict[str, Any]) -> None:
    state = scene()
    state["mobileDeviceMailboxPolicies"][0] |= {"MaxAttachmentSize": "5 MB (5,242,880 bytes)", "MinPasswordLength": "6"}
    state["deviceAccessRules"].append(scenes.rule(3, "DeviceModel", scenes.ODD["QueryString"] + '\t"\\', "Block"))
    result, path = export(exchange, state, options=options)
    assert (0, [], None) == (result.exit_code, result.errors, result.thrown)
    assert [] == result.calls
    content = sealed(path)
    if "edition" in options:
        for row in state["mailboxes"]:
            del row["OutlookMobileEnabled"]  # which servers do not have
    for section in SECTIONS:
        assert state[section] == blank_to_null(content[section]), section
    assert [state["organization"]] == blank_to_null([content["organization"]])
    assert all(value is True for value in content["complete"].values())


def test_header(exchange: Exchange) -> None:
    header = sealed(export(exchange, scene())[1])["header"]
    assert header.pop("takenAt").endswith("Z")
    assert {key: value for key, value in scene()["header"].items() if key != "takenAt"} == header


def test_the_header_names_the_organization_whose_cmdlets_answer(exchange: Exchange) -> None:
    rows = [{"DelegatedOrganization": "fabrikam.onmicrosoft.com", "Organization": "contoso.onmicrosoft.com"}]
    header = sealed(export(exchange, scene(), options={"connections": rows})[1])["header"]
    assert "fabrikam.onmicrosoft.com" == header["organization"]


def test_header_on_premises(exchange: Exchange) -> None:
    header = sealed(export(exchange, scene(), options={"edition": "exchange-2016"})[1])["header"]
    assert (None, "Contoso", "exchange-2016") == (header["tenant"], header["organization"], header["edition"])
    assert scenes.ORGANIZATION == header["organizationGuid"]


def test_an_empty_organization(exchange: Exchange) -> None:
    state = scene() | {section: [] for section in SECTIONS}
    state["organization"] |= {"AdminMailRecipients": []}
    content = sealed(export(exchange, state, options={"lists": "single"})[1])
    assert all([] == content[section] for section in SECTIONS)
    assert [] == content["organization"]["AdminMailRecipients"]


def test_a_property_that_is_not_there_is_left_out(exchange: Exchange) -> None:
    content = sealed(export(exchange, scene(), options={"hide": ["Guid", "ClientVersion"]})[1])
    assert content["header"]["organizationGuid"] is None
    assert "Guid" not in content["organization"]
    assert "ClientVersion" not in content["devices"][0]


def test_more_than_a_thousand(exchange: Exchange) -> None:
    state = scene()
    state["mailboxes"] += [mailbox(number, f"user{number}") for number in range(100, 1100)]
    state["devices"] += [device(number, f"user{number}") for number in range(100, 1100)]
    content = sealed(export(exchange, state)[1])
    assert (1003, 1003) == (len(content["mailboxes"]), len(content["devices"]))


def test_a_thousand_without_result_size_is_not_called_whole(exchange: Exchange) -> None:
    state = scene()
    state["mailboxes"] += [mailbox(number, f"user{number}") for number in range(100, 1100)]
    content = sealed(export(exchange, state, options={"without": ["Get-CASMailbox -ResultSize"]})[1])
    assert 1000 == len(content["mailboxes"])
    assert "1000" in content["complete"]["mailboxes"]


# ---- owners ----------------------------------------------------------------------------------------------------------


def owners(exchange: Exchange, state: State, **options: Any) -> dict[str, str | None]:
    """Return the owner that the export gives each device, by device id."""
    result, path = export(exchange, state, options=options)
    assert 0 == result.exit_code, result.errors
    return {row["DeviceId"]: row["mailbox"] for row in sealed(path)["devices"]}


ALL = {"DEVICE1": "john.doe@contoso.com", "DEVICE2": "kim.ray@contoso.com", "DEVICE3": "lee.o'neil@contoso.com"}


def test_owner_by_directory_path_with_escaped_comma(exchange: Exchange) -> None:
    state = scene()
    state["mailboxes"][0]["DistinguishedName"] = "CN=Doe\\, John,OU=Users,DC=contoso,DC=com"
    state["devices"][0] |= {
        "DistinguishedName": "CN=iPhone\u00a7A\\,B,CN=ExchangeActiveSyncDevices,"
        + state["mailboxes"][0]["DistinguishedName"],
        "Identity": "nobody\\ExchangeActiveSyncDevices\\iPhone\u00a7A,B",
    }
    assert ALL == owners(exchange, state)


@pytest.mark.parametrize("separator", ["\\", "/"])
@pytest.mark.parametrize("key", ["Identity", "Name", "Guid", "ExternalDirectoryObjectId", "DistinguishedName", "Alias"])
def test_owner_by_identity(exchange: Exchange, separator: str, key: str) -> None:
    state = scene()
    state["mailboxes"][0] |= {"Identity": "contoso.com/Users/John Doe", "Name": "John Doe", "Alias": "johnd"}
    left = state["mailboxes"][0][key]
    state["devices"][0]["Identity"] = f"{left}{separator}ExchangeActiveSyncDevices{separator}iPhone\u00a7DEVICE1"
    del state["devices"][0]["DistinguishedName"]
    assert ALL == owners(exchange, state, without=["Get-MobileDevice -Mailbox"])


def test_owner_by_asking_mailbox_by_mailbox(exchange: Exchange) -> None:
    state = scene()
    for row in state["devices"]:
        row["Identity"] = "unknown"
        del row["DistinguishedName"]
    assert ALL == owners(exchange, state)
    nobody = dict.fromkeys(ALL)
    assert nobody == owners(exchange, state, without=["Get-MobileDevice -Mailbox"])


def test_a_name_that_two_mailboxes_share_owns_nothing(exchange: Exchange) -> None:
    state = scene()
    for row in state["mailboxes"]:
        row["Name"] = "Same"
    state["devices"][0]["Identity"] = "Same\\ExchangeActiveSyncDevices\\iPhone\u00a7DEVICE1"
    del state["devices"][0]["DistinguishedName"]
    assert ALL | {"DEVICE1": None} == owners(exchange, state, without=["Get-MobileDevice -Mailbox"])


# ---- statistics ------------------------------------------------------------------------------------------------------


def strict_scene() -> State:
    """Return the scene with Kiosk keeping out devices that do not obey; all devices have statistics."""
    state = scene()
    state["mobileDeviceMailboxPolicies"][1]["AllowNonProvisionableDevices"] = "False"
    for row in state["devices"]:
        row |= STATISTICS | SYNCED
    return state


def with_statistics(content: dict[str, Any]) -> list[str]:
    """Return the ids of the devices that have statistics."""
    return [
        row["DeviceId"] for row in content["devices"] if row.get("DevicePolicyApplicationStatus") == "AppliedInFull"
    ]


@pytest.mark.parametrize("hide", [[], ["Guid"]])
def test_statistics_only_where_they_matter(exchange: Exchange, hide: list[str]) -> None:
    result, path = export(exchange, strict_scene(), options={"hide": hide})
    assert [PLANS_LEFT_OUT] == result.warnings
    assert ["DEVICE2"] == with_statistics(sealed(path))
    first, second, _ = sealed(path)["devices"]
    assert (STATISTICS | SYNCED).items() <= second.items()
    assert (None, False) == (first["LastSuccessSync"], "DevicePolicyApplicationStatus" in first)
    at = list(second).index("FirstSyncTime")
    assert ["FirstSyncTime", "LastSuccessSync", "WhenChangedUTC", "DeviceType"] == list(second)[at : at + 4]


@pytest.mark.parametrize("reference", ["name", "dn", "guid", "path"])
def test_statistics_however_the_policy_is_referred_to(exchange: Exchange, reference: str) -> None:
    options = {"edition": "exchange-2019", "reference": reference}
    assert ["DEVICE2"] == with_statistics(sealed(export(exchange, strict_scene(), options=options)[1]))


def test_statistics_of_all_who_follow_a_strict_default(exchange: Exchange) -> None:
    state = strict_scene()
    state["mobileDeviceMailboxPolicies"][0]["AllowNonProvisionableDevices"] = "False"
    state["mailboxes"][2]["HasActiveSyncDevicePartnership"] = "False"
    assert ["DEVICE1", "DEVICE2"] == with_statistics(sealed(export(exchange, state)[1]))


def test_statistics_are_optional(exchange: Exchange) -> None:
    result, path = export(exchange, strict_scene(), options={"without": ["Get-MobileDeviceStatistics"]})
    assert 0 == result.exit_code
    assert "Get-MobileDeviceStatistics" in result.warnings[1]
    assert [] == with_statistics(sealed(path))


DESIRED = {
    "a policy that gets strict": (DesiredEnforcement(strict=("kiosk",)), ["DEVICE2"]),
    "the default gets strict": (DesiredEnforcement(strict=("Default",)), ["DEVICE1", "DEVICE3"]),
    "another default, strict": (DesiredEnforcement(strict=("Staff",), default="Staff"), ["DEVICE1", "DEVICE3"]),
    "a mailbox gets a new strict policy": (
        DesiredEnforcement(strict=("Staff",), mailboxes=(("JOHN.DOE@contoso.com", "Staff"),)),
        ["DEVICE1"],
    ),
    "a mailbox by another of its names": (
        DesiredEnforcement(strict=("Kiosk",), mailboxes=(("lee.o'neil", "Kiosk"),)),
        ["DEVICE2", "DEVICE3"],
    ),
    "a mailbox back to a strict default": (
        DesiredEnforcement(strict=("Default",), mailboxes=(("kim.ray@contoso.com", None),)),
        ["DEVICE1", "DEVICE2", "DEVICE3"],
    ),
    "nothing strict": (DesiredEnforcement(default="Default", mailboxes=(("kim.ray@contoso.com", "Kiosk"),)), []),
}


def open_scene() -> State:
    """Return the scene with statistics for all devices, and no strict policy."""
    state = strict_scene()
    state["mobileDeviceMailboxPolicies"][1]["AllowNonProvisionableDevices"] = "True"
    return state


@pytest.mark.parametrize(("desired", "ids"), DESIRED.values(), ids=DESIRED.keys())
def test_statistics_of_those_that_the_policy_makes_strict(
    exchange: Exchange, desired: DesiredEnforcement, ids: list[str]
) -> None:
    result, path = export(exchange, open_scene(), desired=desired)
    assert (0, []) == (result.exit_code, result.errors)
    assert ids == with_statistics(sealed(path))


@pytest.mark.parametrize(("which", "ids"), [("None", []), ("All", ["DEVICE1", "DEVICE2", "DEVICE3"])])
def test_statistics_of_none_or_all(exchange: Exchange, which: str, ids: list[str]) -> None:
    result, path = export(exchange, strict_scene(), {"Statistics": which})
    assert (0, []) == (result.exit_code, result.errors)
    content = sealed(path)
    assert ids == with_statistics(content)
    assert ids == [row["DeviceId"] for row in content["devices"] if row["LastSuccessSync"]]


def test_the_cost_of_statistics_is_said(exchange: Exchange) -> None:
    process, _ = exchange.run_file(exporter(), open_scene(), ["-Path", "out.json", "-Statistics", "All"])
    assert 0 == process.returncode, process.stderr
    assert "one call of Get-MobileDeviceStatistics for each of 3 mailboxes" in process.stdout
    process, _ = exchange.run_file(exporter(), open_scene(), ["-Path", "out.json"])
    assert "statistics" not in process.stdout


def test_statistics_are_not_read_again(exchange: Exchange) -> None:
    folder = exchange.case()
    everything = {"Statistics": "All"}
    # the organization, rules, policies, mailboxes and plans come before, and the devices after the statistics
    broken, path = export(exchange, open_scene(), everything, options={"failReadAt": [9, 10]}, folder=folder)
    assert 1 == broken.exit_code
    kept = folder / "live.json.partial.statistics"
    lines = kept.read_text("ascii").splitlines()
    assert 3 == len(lines)
    kept.write_text(f"{lines[0]}\n{lines[1].replace('2026-11-20', '2026-11-21')}\n{lines[2][:90]}", "ascii")
    changed = open_scene()
    for row in changed["devices"]:
        row |= {"LastSuccessSync": "2026-11-22T00:00:00Z"}
    again, _ = export(exchange, changed, everything | {"Resume": True}, folder=folder)
    assert (0, []) == (again.exit_code, again.errors)
    assert ["2026-11-20T03:04:05Z", *["2026-11-22T00:00:00Z"] * 2] == [
        row["LastSuccessSync"] for row in sealed(path)["devices"]
    ]
    assert not kept.exists()


def test_nothing_personal_beyond_need(exchange: Exchange) -> None:
    state = strict_scene()
    addresses = ["SMTP:john.doe@contoso.com", "smtp:johnny@contoso.com"]
    state["mailboxes"][0]["EmailAddresses"] = addresses
    path = export(exchange, state)[1]
    text = path.read_text("ascii")
    assert addresses == sealed(path)["mailboxes"][0]["EmailAddresses"]
    assert "RecoveryPassword" not in text
    assert "never to be exported" not in text


# ---- redaction -------------------------------------------------------------------------------------------------------


def test_redacted(exchange: Exchange) -> None:
    state = strict_scene()
    state["mailboxes"][1]["ActiveSyncBlockedDeviceIDs"] = ["device1"]
    state["mailboxes"][0] |= {"EmailAddresses": ["smtp:johnny@contoso.com"], "SamAccountName": "johnny"}
    result, path = export(exchange, state, {"Redact": True})
    assert 0 == result.exit_code
    content = sealed(path)
    assert content["header"]["redacted"] is True
    text = path.read_text("ascii").lower()
    for word in ("john", "kim.ray", "lee.o", "device1", "old1", "admin@", scenes.guid(21), scenes.guid(9001)):
        assert word not in text
    john, kim, _ = content["mailboxes"]
    first = content["devices"][0]
    assert john["PrimarySmtpAddress"] == first["mailbox"]
    assert first["DeviceId"] == john["ActiveSyncAllowedDeviceIDs"][0] == kim["ActiveSyncBlockedDeviceIDs"][0]
    assert john["Identity"] == john["Name"] != kim["Name"]
    assert (kim["ActiveSyncMailboxPolicy"], first["DeviceModel"]) == ("Kiosk", "iPhone14C2")
    assert len({row["DeviceId"] for row in content["devices"]}) == 3
    again = sealed(export(exchange, state, {"Redact": True})[1])
    assert again["mailboxes"][0]["Name"] != john["Name"]


# ---- failing, and going on -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cmdlet", ["Get-CASMailbox", "Get-MobileDevice", "Get-ActiveSyncDeviceAccessRule"])
def test_a_missing_cmdlet_is_no_empty_section(exchange: Exchange, cmdlet: str) -> None:
    folder = exchange.case()
    (folder / "live.json").write_text("old")
    result, path = export(exchange, scene(), options={"without": [cmdlet]}, folder=folder)
    assert 1 == result.exit_code
    assert cmdlet in result.errors[0]
    assert "old" == path.read_text()


def test_a_file_of_before_is_replaced(exchange: Exchange) -> None:
    folder = exchange.case()
    (folder / "live.json").write_text("old")
    _, path = export(exchange, scene(), folder=folder)
    sealed(path)
    assert {"live.json", "script.ps1", "state.json"} == {entry.name for entry in folder.iterdir()}


def test_throttled_at_the_start_of_a_section(exchange: Exchange) -> None:
    result, path = export(exchange, scene(), options={"throttleReadAt": [1, 5]})
    assert 0 == result.exit_code
    assert scene()["mailboxes"] == sealed(path)["mailboxes"]


BREAKS = {"organization": 2, "rules": 3, "policies": 4, "mailboxes": 5, "devices": 6}


@pytest.mark.parametrize("number", BREAKS.values(), ids=BREAKS.keys())
def test_resume(exchange: Exchange, number: int) -> None:
    folder = exchange.case()
    path = folder / "live.json"
    path.write_text("old")
    state = scene()
    result, _ = export(exchange, state, options={"failReadAt": [number, number + 1]}, folder=folder)
    assert 1 == result.exit_code
    assert "Active Directory" in result.errors[0]
    assert "old" == path.read_text()
    begun = (folder / "live.json.partial").read_bytes()
    again, _ = export(exchange, state, {"Resume": True}, folder=folder)
    assert (0, []) == (again.exit_code, again.errors)
    content = sealed(path)
    assert all(scene()[section] == content[section] for section in SECTIONS)
    assert path.read_bytes().startswith(begun)  # with the time at which the first run began
    assert not list(folder.glob("live.json.*"))


def unfinished(exchange: Exchange, state: State, folder: Path) -> Path:
    """Leave a partial file that holds everything and could not be given its name; return it."""
    named = "[System.IO.File]::Move($Partial, $Target); return"
    script = exporter()
    assert named in script
    result = exchange.run(
        script.replace(named, "throw 'not now'"), state, {"Path": str(folder / "live.json")}, folder=folder
    )
    assert 1 == result.exit_code
    assert f"the sealed file is {folder / 'live.json.partial'}" in result.errors[0]
    return folder / "live.json.partial"


def cut(data: bytes, where: str) -> bytes:
    """Return a partial file cut at a telling place."""
    places = {
        "in the header": 20,
        "after the header": data.index(b"\n") + 1,
        "before a line end": data.index(b'],\n"mobile') + 2,
        "in a mailbox": data.index(b"kim.ray") + 3,
        "between mailboxes and devices": data.index(b'"devices": ['),
        "in a device": data.index(b"DEVICE2") + 3,
        "before the seal": data.index(b'"seal"'),
        "in the seal": data.index(b'"seal"') + 20,
    }
    return data[: places[where]]


@pytest.mark.parametrize(
    "where",
    [
        *("in the header", "after the header", "before a line end", "in a mailbox", "between mailboxes and devices"),
        *("in a device", "before the seal", "in the seal"),
    ],
)
def test_resume_from_a_cut_file(exchange: Exchange, where: str) -> None:
    folder = exchange.case()
    whole = sealed(unfinished(exchange, strict_scene(), folder))
    partial = folder / "live.json.partial"
    partial.write_bytes(cut(partial.read_bytes(), where))
    result, path = export(exchange, strict_scene(), {"Resume": True}, folder=folder)
    assert (0, [], None) == (result.exit_code, result.errors, result.thrown)
    assert whole == sealed(path) | {"header": whole["header"]}


def test_resume_of_nothing_is_a_first_run(exchange: Exchange) -> None:
    sealed(export(exchange, scene(), {"Resume": True})[1])


def test_resume_of_another_organization_is_refused(exchange: Exchange) -> None:
    folder = exchange.case()
    _, path = export(exchange, scene(), folder=folder)
    path.rename(folder / "live.json.partial")
    state = scene()
    state["header"]["tenant"] = scenes.guid(5)
    result, _ = export(exchange, state, {"Resume": True}, folder=folder)
    assert 1 == result.exit_code
    assert "tenant" in result.errors[0]


def test_resume_of_a_redacted_export_starts_over(exchange: Exchange) -> None:
    folder = exchange.case()
    broken, _ = export(exchange, scene(), {"Redact": True}, options={"failReadAt": [6, 7]}, folder=folder)
    assert 1 == broken.exit_code
    result, path = export(exchange, scene(), {"Redact": True, "Resume": True}, folder=folder)
    assert 0 == result.exit_code
    content = sealed(path)
    assert content["devices"][0]["mailbox"] == content["mailboxes"][0]["PrimarySmtpAddress"]


@pytest.mark.parametrize("rows", [[], [{"State": "Connected", "TokenStatus": "Active"}] * 2])
def test_not_exactly_one_connection(exchange: Exchange, rows: list[dict[str, str]]) -> None:
    result, path = export(exchange, scene(), options={"connections": rows})
    assert 1 == result.exit_code
    assert not path.exists()


def test_from_the_command_line(exchange: Exchange) -> None:
    process, folder = exchange.run_file(exporter(), scene(), ["-Path", "out.json"])
    assert 0 == process.returncode, process.stderr
    assert scene()["devices"] == sealed(folder / "out.json")["devices"]


def test_from_the_command_line_without_rights(exchange: Exchange) -> None:
    options = {"without": ["Get-CASMailbox"]}
    process, folder = exchange.run_file(exporter(), scene(), ["-Path", "out.json"], options=options)
    assert 1 == process.returncode
    assert "Get-CASMailbox" in process.stderr
    assert 1 == len(process.stderr.strip().splitlines())
    assert not list(folder.glob("out.json*"))
