"""`plan --audit-log`: who changed live what the plan changes back, from the outputs of both cmdlets."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from policylint.errors import PlanError
from policylint.plan.audit import with_audit
from policylint.plan.planfile import fingerprint, plan_of, read_plan
from policylint.readers.audit import read_audit
from policylint.readers.rows import Unreadable
from tests.cli.conftest import Folder
from tests.texts import TODAY
from tests.worlds import STORE, sealed, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.plan.plan import Plan
    from policylint.readers.audit import AuditLog

CONFIG = """version: 1
snapshot: live.json
target: contoso.onmicrosoft.com
manage: {deviceAccessRules: exact, mobileDeviceMailboxPolicies: owned}
guards: {snapshot-max-age-hours: null, max-deletes-percent: null}
"""
POLICY = """organization: {DefaultAccessLevel: Quarantine}
deviceAccessRules:
  - {Characteristic: UserAgent, QueryString: Outlook-iOS/2.0, AccessLevel: Block}
  - {Characteristic: DeviceType, QueryString: Gone, AccessLevel: Block}
mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: true, AllowSimplePassword: false}]
mailboxes:
  - {Identity: ann@contoso.com, ActiveSyncEnabled: false}
  - {Identity: bob@contoso.com, ActiveSyncEnabled: true}
"""
LIVE = """organization: {DefaultAccessLevel: Allow}
deviceAccessRules:
  - {Characteristic: UserAgent, QueryString: Outlook-iOS/2.0, AccessLevel: Allow}
  - {Characteristic: DeviceType, QueryString: Nine, AccessLevel: Allow}
mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: true, AllowSimplePassword: true}, {Name: Extra}]
mailboxes:
  - {Identity: ann@contoso.com, ActiveSyncEnabled: true, ActiveSyncAllowedDeviceIDs: [PHONE1]}
  - {Identity: bob@contoso.com, ActiveSyncEnabled: true}
"""
HOSTED = "EURP190.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/contoso.onmicrosoft.com"

# cmdlet, object, parameters, time
RUNS: list[tuple[str, str, dict[str, str], str]] = [
    ("Set-ActiveSyncOrganizationSettings", "Mobile Mailbox Settings", {"DefaultAccessLevel": "Allow"}, "10:00:00"),
    ("Set-ActiveSyncDeviceAccessRule", f"{HOSTED}/Outlook-iOS/2.0 (UserAgent)", {"AccessLevel": "Allow"}, "10:00:01"),
    ("New-ActiveSyncDeviceAccessRule", "", {"QueryString": "Nine", "Characteristic": "DeviceType"}, "10:00:02"),
    ("Remove-ActiveSyncDeviceAccessRule", "Gone (DeviceType)", {"Identity": "Gone (DeviceType)"}, "10:00:03"),
    ("Set-ActiveSyncMailboxPolicy", "Default", {"AllowSimpleDevicePassword": "True"}, "10:00:04"),
    ("Set-CASMailbox", f"{HOSTED}/ann", {"Identity": "ann", "ActiveSyncEnabled": "True"}, "10:00:05"),
    ("Set-CASMailbox", f"{HOSTED}/ann", {"Identity": "ann", "ActiveSyncAllowedDeviceIDs": "PHONE1"}, "10:00:06"),
    ("Set-CASMailbox", f"{HOSTED}/ann", {"Identity": "ann", "PopEnabled": "True"}, "10:00:07"),
    ("Set-CASMailbox", f"{HOSTED}/bob", {"Identity": "bob", "ActiveSyncEnabled": "True"}, "10:00:08"),
    ("Set-CASMailbox", f"{HOSTED}/ann", {"Identity": "bob", "ActiveSyncEnabled": "True"}, "10:00:09"),
    ("Set-Mailbox", f"{HOSTED}/ann", {"Identity": "ann"}, "10:00:10"),
]
DAY = "2026-11-20T"
FOUND = [
    ("Mobile Mailbox Settings", "Set-ActiveSyncOrganizationSettings", ["DefaultAccessLevel"], "10:00:00"),
    ("Gone (DeviceType)", "Remove-ActiveSyncDeviceAccessRule", None, "10:00:03"),
    ("Nine (DeviceType)", "New-ActiveSyncDeviceAccessRule", None, "10:00:02"),
    ("Outlook-iOS/2.0 (UserAgent)", "Set-ActiveSyncDeviceAccessRule", ["AccessLevel"], "10:00:01"),
    ("Default", "Set-ActiveSyncMailboxPolicy", ["AllowSimplePassword"], "10:00:04"),
    ("ann@contoso.com", "Set-CASMailbox", ["ActiveSyncAllowedDeviceIDs"], "10:00:06"),
    ("ann@contoso.com", "Set-CASMailbox", ["ActiveSyncEnabled"], "10:00:05"),
]


def named(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def unified(run: tuple[str, str, dict[str, str], str]) -> dict[str, Any]:
    """Return a record as Search-UnifiedAuditLog shows it."""
    cmdlet, target, parameters, time = run
    data = {
        "CreationTime": DAY + time,
        "Operation": cmdlet,
        "RecordType": 1,
        "ResultStatus": "True",
        "Workload": "Exchange",
        "ObjectId": target,
        "UserId": "eva@contoso.com",
        "Parameters": named(parameters),
    }
    return {"RecordType": "ExchangeAdmin", "Operations": cmdlet, "AuditData": json.dumps(data)}


def admin(run: tuple[str, str, dict[str, str], str]) -> dict[str, Any]:
    """Return a record as Search-AdminAuditLog shows it."""
    cmdlet, target, parameters, time = run
    return {
        "ObjectModified": target,
        "CmdletName": cmdlet,
        "CmdletParameters": named(parameters),
        "ModifiedProperties": [],
        "Caller": "eva@contoso.com",
        "Succeeded": True,
        "RunDate": f"{DAY}{time}+00:00",
    }


def as_csv(rows: Iterable[dict[str, Any]]) -> str:
    rows = [{name: value if isinstance(value, str) else json.dumps(value) for name, value in r.items()} for r in rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


LOGS = {
    "unified.json": json.dumps([unified(run) for run in RUNS]),
    "unified.csv": as_csv(unified(run) for run in RUNS),
    "admin.json": json.dumps([admin(run) for run in RUNS]),
    "admin.csv": as_csv(admin(run) for run in RUNS),
    "data.json": json.dumps([json.loads(unified(run)["AuditData"]) for run in RUNS]),
    "graph.json": json.dumps({"value": [{"auditData": json.loads(unified(run)["AuditData"])} for run in RUNS]}),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Return a project whose live state was taken on November 23, and logs of what was run before."""
    found = Folder(tmp_path_factory.mktemp("audit"))
    (found.path / ".git").mkdir()
    found.write("policylint.yaml", CONFIG)
    found.write("policy/a.yaml", POLICY)
    found.write("live.json", sealed(LIVE))
    for name, text in LOGS.items():
        found.write(name, text)
    return found


def audit(folder: Folder, log: str) -> dict[str, Any]:
    done = folder.run("plan", "--format", "json", "--audit-log", log)
    assert 0 == done.returncode, done.stderr
    record: dict[str, Any] = json.loads(done.stdout)
    return record


def told(record: dict[str, Any]) -> list[tuple[str, str, list[str] | None, str]]:
    """Return the changes; which settings a new or removed object had does not matter."""
    return [
        (
            each["identity"],
            each["cmdlet"],
            each["properties"] if each["cmdlet"].startswith("Set-") else None,
            (each["time"] or "").removeprefix(DAY).removesuffix("Z"),
        )
        for each in record["audit"]["changes"]
    ]


@pytest.mark.parametrize("log", LOGS)
def test_both_logs_in_both_forms_say_who_changed_what(folder: Folder, log: str) -> None:
    record = audit(folder, log)
    jsonschema.Draft202012Validator(STORE.schema("policylint:output/plan-v1")).validate(record)
    assert FOUND == told(record)
    assert {"eva@contoso.com"} == {each["caller"] for each in record["audit"]["changes"]}
    assert len(RUNS) == record["audit"]["records"]
    note = f"audit log {log}, 11 records: 1 name objects that cannot be told apart"
    assert note in record["warnings"]
    assert plan_of(record) == read_plan(json.dumps(record), "plan.json", STORE, TODAY.replace(year=2099))


def test_the_text_says_it_at_the_steps_and_below_the_drift(folder: Folder) -> None:
    lines = folder.run("plan", "--audit-log", "unified.json").stdout.splitlines()
    live = "         live: New-ActiveSyncDeviceAccessRule (Characteristic, QueryString) by eva@contoso.com, "
    (step,) = (place for place, line in enumerate(lines) if "~ mailbox ann@contoso.com" in line)
    assert 1 == sum("live: " in line for line in lines[step : step + 4])
    step = next(place for place, line in enumerate(lines) if "device access rule Nine" in line)
    assert f"{live}{DAY}10:00:02Z" in lines[step : step + 4]
    place = lines.index("who changed that, by unified.json")
    changed = "Set-CASMailbox (ActiveSyncAllowedDeviceIDs) by eva@contoso.com, "
    assert f"  mailbox ann@contoso.com: {changed}{DAY}10:00:06Z" in lines[place:]


def record_of(cmdlet: str = "Set-CASMailbox", **changes: Any) -> dict[str, Any]:
    run = (cmdlet, "ann", {"Identity": "ann", "ActiveSyncEnabled": "True"}, "10:00:00")
    return admin(run) | changes


AT_TEN = "2026-11-20T10:00:00Z"
ENABLED, IDS = "ActiveSyncEnabled", "ActiveSyncAllowedDeviceIDs"
TOLD = [(AT_TEN, ENABLED)]
CASES: list[tuple[str, list[dict[str, Any]], list[tuple[str, str]], str]] = [
    # id, records, the times and the properties that are told, what the note says
    ("failed", [record_of(Succeeded=False)], [], "1 record: 1 failed"),
    ("no-word-of-success", [record_of(Succeeded="?")], [], "1 failed"),
    ("later", [record_of(RunDate="2026-11-23T08:00:01Z")], [], "1 later than the snapshot"),
    ("zone", [record_of(RunDate="2026-11-23T10:00:00+02:00")], [("2026-11-23T08:00:00Z", ENABLED)], ""),
    ("windows-powershell", [record_of(RunDate="/Date(1795168800000)/")], TOLD, ""),
    ("local-time", [record_of(RunDate="11/12/2026 6:12:11 AM")], [("", ENABLED)], "with a time that only one"),
    ("unknown", [record_of(), {"Name": "x"}], TOLD, "1 not of a form"),
    ("type-name", [record_of(CmdletParameters="System.Collections.ArrayList")], [(AT_TEN, "")], ""),
    ("names-alone", [record_of(CmdletParameters=["Identity", "PopEnabled"])], [], ""),
    ("names-in-a-text", [record_of(CmdletParameters="Identity ActiveSyncEnabled")], TOLD, ""),
    ("modified", [record_of(CmdletParameters=[], ModifiedProperties=[{"Name": ENABLED, "NewValue": ""}])], TOLD, ""),
    ("by-dn", [record_of(ObjectModified="CN=ann,OU=U,DC=contoso,DC=com", CmdletParameters=[ENABLED])], TOLD, ""),
    ("nobody", [record_of(ObjectModified="eve", CmdletParameters=[ENABLED])], [], "1 about objects that neither"),
    ("time-as-object", [record_of(RunDate={"value": "/Date(1795168800000)/", "DateTime": "a"})], TOLD, ""),
    ("time-of-one-machine", [record_of(RunDate={"DateTime": "Friday"})], [("", ENABLED)], "with a time that only one"),
    ("paged", [record_of(ResultCount=40)], TOLD, "the search found 39 more"),
    ("none", [], [], ""),
    ("of-others", [{"Operations": "FileAccessed", "AuditData": "{"}, record_of()], TOLD, ""),
    ("the-last-five", [record_of(RunDate=f"2026-11-20T10:00:0{n}Z") for n in range(8)],
     [(f"2026-11-20T10:00:0{n}Z", ENABLED) for n in (7, 6, 5, 4, 3)], ""),
    ("others-do-not-crowd-it-out",
     [record_of(), *(record_of(RunDate=f"2026-11-20T10:00:0{n}Z", CmdletParameters=[IDS]) for n in range(1, 8))],
     [*((f"2026-11-20T10:00:0{n}Z", IDS) for n in (7, 6, 5, 4, 3)), (AT_TEN, ENABLED)], ""),
    ("the-same-twice", [record_of(), record_of()], TOLD, ""),
]  # fmt: skip


@pytest.fixture(scope="module")
def plan(folder: Folder) -> Plan:
    """Return the plan of the folder."""
    return plan_of(json.loads(folder.run("plan", "--format", "json").stdout))


def read(text: str) -> AuditLog:
    return read_audit([text.encode()], STORE)


@pytest.mark.parametrize(("records", "expected", "note"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_not_sure_is_not_told(
    plan: Plan, records: list[dict[str, Any]], expected: list[tuple[str, str]], note: str
) -> None:
    made = with_audit(plan, read(json.dumps(records)), "log.json", snapshot(LIVE).state, STORE)
    assert made.audit is not None
    assert expected == [(each.time, ", ".join(each.properties)) for each in made.audit.changes]
    notes = made.warnings[len(plan.warnings) :]
    assert (note in notes[0]) if note else not notes


BROKEN = [
    ("cut-json", LOGS["admin.json"][:900], "it ends in the middle"),
    ("cut-csv", LOGS["unified.csv"][:900], "it ends in the middle of a row"),
    ("cut-data", 'AuditData\n"{""Operation"": ""Set-CA"\n', "AuditData ends in the middle"),
    ("list", '[{"AuditData": "[1]"}]', "AuditData is no object"),
    ("twice", '[{"AuditData": "{\\"Operation\\": 1, \\"Operation\\": 2}"}]', "AuditData is no JSON: member"),
    ("other", '[{"Name": "x"}]', "it has no record of an audit log"),
    ("numbers", "[1, 2]", "`1` where an object should be"),
    ("page", json.dumps({"value": [record_of()], "@odata.nextLink": "x"}), "one page of several"),
]


@pytest.mark.parametrize(("text", "words"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_file_that_is_broken_is_refused(text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(text)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("data.csv", "data.csv:2: the audit log cannot be read: AuditData ends in the middle\n  = help: name what"),
        ("nowhere.json", "nowhere.json: the audit log cannot be read: No such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(folder: Folder, name: str, words: str) -> None:
    folder.write("data.csv", BROKEN[2][1])
    done = folder.run("plan", "--audit-log", name)
    assert (4, "") == (done.returncode, done.stdout)
    assert words in done.stderr


@pytest.mark.parametrize("other", [("--from-journal", "journal.jsonl"), ("--rings", "ann@contoso.com")])
@pytest.mark.parametrize("option", ["--audit-log", "--base"])
def test_it_is_for_one_plan_of_the_policy(folder: Folder, option: str, other: tuple[str, str]) -> None:
    done = folder.run("plan", option, "admin.json", *other)
    assert 3 == done.returncode
    assert f"{other[0]} excludes" in done.stderr
    assert option in done.stderr


def test_a_saved_plan_tells_no_change_that_it_cannot_have(folder: Folder) -> None:
    record = audit(folder, "admin.json")
    for values, words in (
        ({"identity": "eve@contoso.com"}, "a change of what the plan leaves alone"),
        ({"time": "2026-11-24T00:00:00Z"}, "later than the snapshot"),
        ({"time": "yesterday"}, "a change at no time"),
        ({"properties": ["PopEnabled"]}, "a change of no such property"),
    ):
        changes = [record["audit"]["changes"][0] | values, *record["audit"]["changes"][1:]]
        edited = record | {"audit": record["audit"] | {"changes": changes}}
        text = json.dumps(edited | {"fingerprint": fingerprint(edited)})
        with pytest.raises(PlanError, match=words):
            read_plan(text, "plan.json", STORE, TODAY.replace(year=2099))
