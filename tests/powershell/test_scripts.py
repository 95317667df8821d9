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
    *("Set-StrictMode", "Write-Verbose", "Write-Warning", "Write-Host", "Get-Command", "Get-Random", "Start-Sleep"),
    *("Where-Object", "ForEach-Object", "Sort-Object", "Import-Module", "Get-Location", "Join-Path", "& $Read"),
    *("Connect-ExchangeOnline", "Disconnect-ExchangeOnline", "Get-ConnectionInformation"),
}
READING = {
    *("Get-ActiveSyncOrganizationSettings", "Get-ActiveSyncDeviceAccessRule", "Get-MobileDeviceMailboxPolicy"),
    *("Get-CASMailbox", "Get-CASMailboxPlan", "Get-ActiveSyncDeviceAutoblockThreshold"),
}
CHANGING = {
    *("Set-ActiveSyncOrganizationSettings", "Set-CASMailbox", "Set-CASMailboxPlan"),
    "Set-ActiveSyncDeviceAutoblockThreshold",
    *(f"{verb}-ActiveSyncDeviceAccessRule" for verb in ("New", "Set", "Remove")),
    *(f"{verb}-MobileDeviceMailboxPolicy" for verb in ("New", "Set", "Remove")),
}
EXPORTING = {"Get-MobileDevice", "Get-MobileDeviceStatistics", "Get-OrganizationConfig", "ConvertFrom-Json"}


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
    allowed = PLAIN | READING | (CHANGING if name == "converge" else EXPORTING)
    assert set() == set(report["commands"]) - allowed
    assert not [command for command in report["pipedInto"] if command.startswith(("Remove-", "Set-", "New-"))]
    assert not [verb for verb in report["functions"] if re.match("(New|Set|Remove|Start|Stop|Update|Reset)-", verb)]


def test_parameters_are_those_people_rely_on(pwsh: str, tmp_path: Path) -> None:
    converging = check(pwsh, tmp_path, scenes.converge(scenes.full_plan()))
    assert ["JournalPath", "StepId", "Until", "PaceMilliseconds", "Connect"] == converging["parameters"]
    assert ["Path", "Redact", "Resume", "Statistics", "Connect"] == check(pwsh, tmp_path, scenes.exporter())[
        "parameters"
    ]


def test_lines_end_in_crlf_and_the_template_is_untouched_but_for_the_table() -> None:
    template = read_script("converge.ps1")
    script = scenes.converge(scenes.full_plan())
    assert script.count("\n") == script.count("\r\n")
    before, after = template.split("$Plan = @{}\n")
    lines = script.replace("\r\n", "\n")
    assert before in lines
    assert lines.endswith(after)


def test_no_function_is_written_twice() -> None:
    sources = {path.stem: path.read_text("ascii") for path in scenes.SCRIPTS.glob("*.ps1")}
    assert {"common", "converge", "export"} == set(sources)
    functions = [name for text in sources.values() for name in re.findall(r"^function ([\w-]+)", text, re.MULTILINE)]
    assert [] == [name for name in functions if functions.count(name) > 1]
    assert [0, 1, 1] == [sources[name].splitlines().count("#: common") for name in sorted(sources)]
    for script in (scenes.converge(scenes.full_plan()), scenes.exporter()):
        assert sources["common"] in script.replace("\r\n", "\n")
        assert "#: common" not in script


def test_every_table_line_is_literals() -> None:
    odd = plan(step("create", "deviceAccessRule", scenes.ODD, change("AccessLevel", "enum", None, "Block")))
    script = scenes.converge(odd)
    rows = re.findall(r"^        (@\{.*\}),?\r$", script, re.MULTILINE)
    kind, row = (unquote(row) for row in rows)
    assert ["Characteristic", "QueryString"] == kind["key"] == kind["target"]
    assert scenes.ODD == row["target"]
    heads = re.findall(r"^    ('\w+') = (.*)\r$", script, re.MULTILINE)
    assert scenes.fingerprint(odd) == {unquote(key): unquote(value) for key, value in heads[:-2]}["fingerprint"]


def test_same_plan_same_bytes() -> None:
    assert scenes.converge(scenes.full_plan()) == scenes.converge(scenes.full_plan())


def test_an_empty_plan_is_a_script() -> None:
    assert "'steps' = @()" in scenes.converge(plan())


RULE = scenes.IPHONE
LEVEL = change("AccessLevel", "enum", "Allow", "Block")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (plan(tool="1.0'; evil"), "tool"),
        (plan(edition="exchange-2019\n"), "edition"),
        (plan(step("delete", "mailbox", scenes.JOHN)), "no plan does"),
        (plan(step("create", "organization", {})), "no plan does"),
        (plan(step("update", "device", {})), "no plan does"),
        (plan(step("update", "deviceAccessRule", RULE, LEVEL | {"property": "Confirm"})), "not a property"),
        (plan(step("update", "deviceAccessRule", RULE, LEVEL | {"property": "A b"})), "not a property"),
        (plan(step("update", "deviceAccessRule", RULE, LEVEL | {"kind": "code"})), "unknown kind"),
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
    assert ["ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs"] == by_name["mailboxes"]["lists"]
    assert "OutlookMobileEnabled" not in by_name["mailboxes"]["properties"]
    assert {"DeviceId", "Guid"} <= set(by_name["devices"]["personal"]) <= set(by_name["devices"]["properties"])


def test_every_cmdlet_of_the_schemas_is_spelled_out() -> None:
    exporting, converging = (read_script(f"{name}.ps1") for name in ("export", "converge"))
    for kind in STORE.object_types.values():
        assert f"{kind.cmdlets['get']} " in exporting
        assert all(f"{cmdlet} " in converging for cmdlet in kind.cmdlets.values())


@pytest.mark.parametrize("name", ["common.ps1", "converge.ps1", "export.ps1"])
def test_messages_leave_in_one_place(name: str) -> None:
    """What is said is made one line that steers nothing; nothing else writes to the console."""
    lines = (scenes.SCRIPTS / name).read_text("ascii").splitlines()
    written = re.compile(r"Write-(Host|Warning|Verbose|Error|Output|Information|Debug|Progress)\b|\[Console\]|Out-Host")
    found = [line for line in lines if written.search(line) and not line.startswith("function Show-")]
    assert [] == found
    asked = [line for line in lines if "WriteError(" in line or "ShouldProcess(" in line or "Exception]::new(" in line]
    assert all("ConvertTo-Line" in line or "WriteError(" in line for line in asked)
