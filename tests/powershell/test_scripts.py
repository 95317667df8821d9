"""The emitted scripts as text: what they may call, the languages they must parse in, where data may stand."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from policylint.adapters.resources import read_script
from policylint.errors import PlanError
from policylint.render.powershell import render_export_script
from tests.laws.powershell_reader import unquote
from tests.powershell import scenes
from tests.powershell.exchange import HERE
from tests.powershell.scenes import change, plan, step
from tests.worlds import STORE

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = {
    *("Set-StrictMode", "Write-Error", r"Microsoft.PowerShell.Core\Import-Module"),
    *("& $command", "& $connect", "& $disconnect", "& $Each", "& $FromJson"),
    "& { process { if ($_ -is [System.Management.Automation.ErrorRecord] -or $_ -is [System.Management.Automation."
    "InformationalRecord] -or $_ -is [System.Management.Automation.InformationRecord]) { Receive-Record $_ } "
    "else { foreach ($item in $_) { if ($null -ne $item) { & $Each $item } } } } }",
}
"""What a script calls by its name, before an alias could matter, and what it found by itself."""

SOURCES = sorted(path.name for path in scenes.SCRIPTS.glob("*.ps1"))
SESSION = {"Connect-ExchangeOnline", "Disconnect-ExchangeOnline", "Get-ConnectionInformation"}
READING = {
    *("Get-ActiveSyncOrganizationSettings", "Get-ActiveSyncDeviceAccessRule", "Get-MobileDeviceMailboxPolicy"),
    *("Get-CASMailbox", "Get-CASMailboxPlan", "Get-ActiveSyncDeviceAutoblockThreshold", "Get-ADServerSettings"),
}
CHANGING = {
    *("Set-ActiveSyncOrganizationSettings", "Set-CASMailbox", "Set-CASMailboxPlan"),
    "Set-ActiveSyncDeviceAutoblockThreshold",
    *(f"{verb}-ActiveSyncDeviceAccessRule" for verb in ("New", "Set", "Remove")),
    *(f"{verb}-MobileDeviceMailboxPolicy" for verb in ("New", "Set", "Remove")),
}
EXPORTING = {
    *("Get-MobileDevice", "Get-MobileDeviceStatistics", "Get-OrganizationConfig", "ConvertFrom-Json"),
}


def check(pwsh: str, folder: Path, script: str) -> dict[str, Any]:
    """Return what `check.ps1` reports of a script."""
    path = folder / "script.ps1"
    path.write_text(script, encoding="utf-8", newline="")
    command = [pwsh, "-NoProfile", "-File", str(HERE / "check.ps1"), "-Path", str(path)]
    report: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return report


@pytest.mark.parametrize("name", ["converge", "export"])
def test_script_is_plain(pwsh: str, tmp_path: Path, name: str) -> None:
    script = scenes.converge(scenes.full_plan()) if name == "converge" else scenes.exporter()
    report = check(pwsh, tmp_path, script)
    assert [] == report["problems"]
    assert report["ascii"]
    assert [] == report["newer"]
    assert [] == report["expandable"]
    assert ["5.1"] == report["requires"]
    assert set() == set(report["commands"]) - PLAIN
    allowed = SESSION | READING | (CHANGING if name == "converge" else EXPORTING)
    code = re.sub(r"<#.*?#>", "", read_script(f"{name}.ps1"), flags=re.DOTALL)
    assert set() == set(re.findall(r"'([A-Z][a-z]+-[A-Z]\w+)'", code)) - allowed
    assert not [command for command in report["pipedInto"] if command.startswith(("Remove-", "Set-", "New-"))]
    assert not [verb for verb in report["functions"] if re.match("(New|Set|Remove|Start|Stop|Update|Reset)-", verb)]


def test_parameters_are_those_people_rely_on(pwsh: str, tmp_path: Path) -> None:
    converging = check(pwsh, tmp_path, scenes.converge(scenes.full_plan()))
    choosing = ["JournalPath", "StepId", "Until", "PaceMilliseconds", "ReadBackSeconds", "Report", "Unattended"]
    assert [*choosing, "Connect"] == converging["parameters"]
    assert ["Path", "Redact", "Resume", "Statistics", "Connect"] == check(pwsh, tmp_path, scenes.exporter())[
        "parameters"
    ]


def test_lines_end_in_crlf_and_the_template_is_untouched_but_for_the_table() -> None:
    template = read_script("converge.ps1")
    script = scenes.converge(scenes.full_plan())
    assert script.count("\n") == script.count("\r\n")
    before, after = template.split("$Plan = @{}\n")
    lines = script.replace("\r\n", "\n")
    assert before.partition("<plan>")[0] in lines
    assert lines.endswith(after)


def test_no_function_is_written_twice() -> None:
    sources = {path.stem: path.read_text("ascii") for path in scenes.SCRIPTS.glob("*.ps1")}
    functions = [name for text in sources.values() for name in re.findall(r"^function ([\w-]+)", text, re.MULTILINE)]
    assert [] == [name for name in functions if functions.count(name) > 1]
    included = {name: re.findall("^#: (.*)$", text, re.MULTILINE) for name, text in sources.items()}
    assert {*sources} - {"converge", "export"} == {name for names in included.values() for name in names}
    for name, script in (("converge", scenes.converge(scenes.full_plan())), ("export", scenes.exporter())):
        assert "common" == included[name][0]
        assert len(included[name]) == len(set(included[name]))
        assert all(sources[each] in script.replace("\r\n", "\n") for each in included[name])
        assert "#: " not in script


def rows_of(script: str) -> list[Any]:
    """Return the rows of the table of a script."""
    return [unquote(row) for row in re.findall(r"^        ,?(@[({].*[)}]),?\r$", script, re.MULTILINE)]


def test_every_table_line_is_literals() -> None:
    odd = plan(step("create", "deviceAccessRule", scenes.ODD, change("AccessLevel", "enum", None, "Block")))
    script = scenes.converge(odd)
    kind, row = rows_of(script)
    assert ["Characteristic", "QueryString"] == kind["key"] == kind["target"]
    assert list(scenes.ODD.values()) == row[5]
    heads = re.findall(r"^    ('\w+') = (.*[^(])\r$", script, re.MULTILINE)
    assert scenes.fingerprint(odd) == {unquote(key): unquote(value) for key, value in heads}["fingerprint"]


@pytest.mark.parametrize("edition", ["exchange-online", "exchange-2019"])
def test_the_table_names_every_setting_that_the_edition_has(edition: str) -> None:
    made = plan(step("update", "mailbox", scenes.JOHN, change("ActiveSyncEnabled", "bool", True, False)))
    script = scenes.converge(made | {"edition": edition})
    kind, _step = rows_of(script)
    settings = STORE.object_type("mailbox").settings.values()
    assert {each.name: each.kind for each in settings if each.planned and each.exists_in(edition)} == kind["settings"]
    assert ("OutlookMobileEnabled" in kind["settings"]) == (edition == "exchange-online")
    assert {"PrimarySmtpAddress", "ActiveSyncDebugLogging"}.isdisjoint(kind["settings"])


@pytest.mark.parametrize(
    ("objects", "counts"),
    [
        (None, None),
        ({}, {}),
        ({"mailboxes": 3, "deviceAccessRules": 0}, {"deviceAccessRule": 0, "mailbox": 3}),
    ],
)
def test_the_table_says_how_many_objects_there_were(objects: dict[str, int] | None, counts: dict[str, int]) -> None:
    made = plan(step("update", "mailbox", scenes.JOHN, change("ActiveSyncEnabled", "bool", True, False)))
    if objects is not None:
        made["snapshot"]["objects"] = objects
    (found,) = re.findall(r"^    'objects' = (.*)\r$", scenes.converge(made), re.MULTILINE)
    assert counts == unquote(found)


def test_a_step_says_how_many_devices_it_lets_in_and_keeps_out() -> None:
    made = plan(step("update", "deviceAccessRule", RULE, LEVEL) | {"opens": 2, "closes": 31})
    assert [2, 31] == rows_of(scenes.converge(made))[-1][6:8]


def typical_steps() -> list[dict[str, Any]]:
    """Return steps as most plans have them, one of each kind, with texts of a common length."""
    mailbox = {"PrimarySmtpAddress": "john.doe@contoso.com", "Guid": scenes.guid(21), "Identity": "john.doe"}
    of_rule = {"Characteristic": "DeviceModel", "QueryString": "SM-G991B Galaxy S21"}
    devices = ["SEC0438184C9BE2A", "ApplDNPGK1ZZFK1G"]
    level = change("AccessLevel", "enum", "Allow", "Quarantine")
    lists = change("ActiveSyncAllowedDeviceIDs", "strings", devices[:1], devices)
    return [
        step("create", "deviceAccessRule", of_rule, change("AccessLevel", "enum", None, "Quarantine")),
        step("update", "deviceAccessRule", of_rule, level) | {"identity": "SM-G991B Galaxy S21 (DeviceModel)"},
        step("delete", "deviceAccessRule", of_rule, change("AccessLevel", "enum", "Quarantine", None)),
        step("update", "mailbox", mailbox, change("OutlookMobileEnabled", "bool", True, False)),
        step("update", "mailbox", mailbox, change("ActiveSyncMailboxPolicy", "policy-ref", None, "Staff phones")),
        step("update", "mailbox", mailbox, lists),
        step("update", "mailbox", mailbox, lists | {"before": devices, "after": devices[1:]}),
        step("update", "mobileDeviceMailboxPolicy", scenes.DEFAULT, change("MinPasswordLength", "nullable-int", 4, 6)),
        step("update", "organization", {}, change("DefaultAccessLevel", "enum", "Allow", "Quarantine")),
    ]


@pytest.mark.parametrize("made", typical_steps(), ids=lambda made: f"{made['action']}-{made['kind']}")
def test_a_typical_step_takes_300_bytes_at_most(made: dict[str, Any]) -> None:
    """What a list has already comes on top: it is what the script compares with."""
    script = scenes.converge(plan(made | {"closes": 31}))
    (text,) = re.findall(r"^        ,(@\('s001', .*\))\r$", script, re.MULTILINE)
    row = rows_of(script)[-1]
    there = row[8][1] if len(row[8]) == 4 else []
    assert len(text) - sum(len(f"'{item}', ") for item in there) <= 300, text


def test_a_long_list_is_in_a_step_once() -> None:
    devices = [f"DEVICE{number:010}" for number in range(200)]
    row = step("update", "mailbox", scenes.JOHN, change("ActiveSyncAllowedDeviceIDs", "strings", devices, devices[1:]))
    made = rows_of(scenes.converge(plan(row)))[-1]
    assert ["ActiveSyncAllowedDeviceIDs", devices, devices[:1], []] == made[8]


def test_same_plan_same_bytes() -> None:
    assert scenes.converge(scenes.full_plan()) == scenes.converge(scenes.full_plan())


def test_an_empty_plan_is_a_script() -> None:
    assert "'steps' = @()" in scenes.converge(plan())


RULE = scenes.IPHONE
LEVEL = change("AccessLevel", "enum", "Allow", "Block")
SWITCH = change("OutlookMobileEnabled", "bool", True, False)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (plan(tool="1.0'; evil"), "tool"),
        (plan(edition="exchange-2019\n"), "edition"),
        (plan(step("delete", "mailbox", scenes.JOHN)), "no plan does"),
        (plan(step("create", "organization", {})), "no plan does"),
        (plan(step("update", "device", {})), "no plan does"),
        (plan(step("update", "deviceAccessRule", RULE, LEVEL | {"property": "Confirm"})), "no setting"),
        (plan(step("update", "deviceAccessRule", RULE, LEVEL | {"property": "accesslevel"})), "no setting"),
        (plan(step("update", "deviceAccessRule", RULE, LEVEL | {"property": "A b"})), "no setting"),
        (plan(step("update", "mailbox", scenes.JOHN, SWITCH | {"property": "MAPIEnabled"})), "no setting"),
        (plan(step("update", "mailbox", scenes.JOHN, SWITCH | {"property": "EwsAllowList"})), "no setting"),
        (plan(step("update", "mailbox", scenes.JOHN, SWITCH | {"property": "ActiveSyncDebugLogging"})), "no setting"),
        (plan(step("update", "mailbox", scenes.JOHN, SWITCH), edition="exchange-2016"), "no setting"),
        (plan(step("update", "deviceAccessRule", RULE, LEVEL | {"kind": "code"})), "value of the kind `code`"),
        (plan(step("update", "deviceAccessRule", RULE, LEVEL | {"kind": "string"})), "value of the kind `string`"),
        (plan(steps=[{"id": "a b"} | step("update", "organization", {})]), "malformed"),
        (plan(steps=[{"id": one} | step("update", "organization", {}) for one in ("s1", "S1")]), "used twice"),
    ],
)
def test_no_script_from_such_a_plan(made: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        scenes.converge(made)


def test_the_marker_must_be_there_once() -> None:
    with pytest.raises(ValueError, match="once"):
        scenes.converge(plan(), "$Plan = @{}\n$Plan = @{}\n")


@pytest.mark.parametrize(("edition", "tool"), [("exchange-2019; evil", "0.1.0"), ("exchange-2019", "0.1.0\n; evil")])
def test_no_exporter_with_a_malformed_comment(edition: str, tool: str) -> None:
    with pytest.raises(PlanError, match="malformed"):
        render_export_script("$Export = @{}\n", STORE, edition=edition, tool=tool)


def test_the_exporter_reads_what_the_edition_has() -> None:
    script = scenes.exporter("exchange-2019").replace("\r\n", "\n")
    rows = [unquote(row) for row in re.findall(r"^        (@\{.*\}),?$", script, re.MULTILINE)]
    assert [section for section, kind in STORE.sections.items() if kind.exists_in("exchange-2019")] == [
        row["name"] for row in rows[:-1]
    ]
    by_name = {row["name"]: row for row in rows}
    assert {"deviceAutoblockThresholds"} == {row["name"] for row in rows if row["optional"]}
    lists = ["EmailAddresses", "ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs"]
    assert lists == by_name["mailboxes"]["lists"]
    assert "OutlookMobileEnabled" not in by_name["mailboxes"]["properties"]
    assert {"DeviceId", "Guid"} <= set(by_name["devices"]["personal"]) <= set(by_name["devices"]["properties"])


def test_every_cmdlet_of_the_schemas_is_spelled_out() -> None:
    exporting, converging = (read_script(f"{name}.ps1") for name in ("export", "converge"))
    for kind in STORE.object_types.values():
        assert f"'{kind.cmdlets['get']}'" in exporting
        assert all(f"'{cmdlet}'" in converging for cmdlet in kind.cmdlets.values())


@pytest.mark.parametrize("name", SOURCES)
def test_messages_leave_in_one_place(name: str) -> None:
    """What is said is made one line that steers nothing; nothing else writes to the console."""
    lines = (scenes.SCRIPTS / name).read_text("ascii").splitlines()
    written = re.compile(r"Write-(Host|Warning|Verbose|Error|Output|Information|Debug|Progress)\b|\[Console\]|Out-Host")
    found = [line for line in lines if written.search(line) and "Write-Error 'run this" not in line]
    assert [] == [line for line in found if 'Write-Error "this session restricts' not in line]
    streams = re.compile(r"\$Caller\.(Write(Information|Warning|Verbose|Debug|Object)|ShouldProcess)\(")
    said = [line for line in lines if streams.search(line)]
    assert all("ConvertTo-Line" in line or "WriteInformation($message" in line for line in said)


@pytest.mark.parametrize("name", SOURCES)
def test_no_operator_follows_the_culture(name: str) -> None:
    """Without the c, these fold case as the culture does: in Turkish, I is not i."""
    operators = re.compile(r"-i?(not)?(match|like|replace|split)\b|\.To(Upper|Lower)\(\)", re.IGNORECASE)
    code = re.sub(r"<#[\s\S]*?#>|^\s*#.*$", "", (scenes.SCRIPTS / name).read_text("ascii"), flags=re.MULTILINE)
    assert [] == [line for line in code.splitlines() if operators.search(line)]
