"""The PowerShell module: three commands over the program, with objects for its answers and errors for its failures."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from policylint.version import __version__
from tests.powershell import scenes
from tests.powershell.exchange import HERE, Exchange, Result, write_state
from tests.requirements import POSIX
from tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

MODULE = ROOT / "tools" / "powershell" / "Policylint"
MANIFEST = MODULE / "Policylint.psd1"
CONTOSO = ROOT / "docs" / "examples" / "contoso"
PROGRAM = Path(sys.executable).with_name("policylint.exe" if os.name == "nt" else "policylint")
TEMPORARY = Path(tempfile.gettempdir())
COMMANDS = ["Get-PolicylintSnapshot", "Invoke-PolicylintPlan", "Test-Policylint"]
ODD = "a b'c [d] \u00fc\u65e5 $x `n" + ('"' if os.name != "nt" else "")
"""A name of a folder that is text and nothing else: no wildcard, no variable, no escape."""

CASE = r"""
param($Given)
$PSDefaultParameterValues = @{}
$environment = @{}
$place = $ExecutionContext.SessionState.Path
$start = $place.CurrentLocation.Path
function Show($Value) {
    'value: ' + (ConvertTo-Json -InputObject $Value -Depth 9 -Compress -EscapeHandling EscapeNonAscii)
}
function Enter-Folder([string]$Folder) {
    $null = $place.SetLocation([System.Management.Automation.WildcardPattern]::Escape($Folder))
}
function Get-Failure([scriptblock]$Block) {
    try { $null = & $Block; Show 'no error' } catch { Show @($_.FullyQualifiedErrorId, "$_") }
}
try {
    Microsoft.PowerShell.Core\Import-Module -Name $Given.manifest -Force
    foreach ($row in $Given.environment.PSObject.Properties) {
        $environment[$row.Name] = [Environment]::GetEnvironmentVariable($row.Name)
        [Environment]::SetEnvironmentVariable($row.Name, $row.Value)
    }
    Enter-Folder $Given.folder
    #BODY
}
finally {
    Enter-Folder $start
    Microsoft.PowerShell.Core\Remove-Module -Name Policylint
    foreach ($name in $environment.Keys) { [Environment]::SetEnvironmentVariable($name, $environment[$name]) }
}
"""

FAKE = r"""
import json, os, sys
def main():
    answers = json.loads(os.environ["FAKE_POLICYLINT"])
    with open(answers["log"], "a", encoding="utf-8") as log:
        row = {"arguments": sys.argv[1:], "folder": os.getcwd(), "plain": os.environ.get("NO_COLOR")}
        log.write(json.dumps(row | {"in": sys.stdin.read()}) + "\n")
    for each in sys.argv:
        if each.startswith("--output="):
            open(each.removeprefix("--output="), "w").write("exit 0")
    code, output, errors = answers.get(sys.argv[1], [0, "", ""])
    sys.stdout.buffer.write(output.encode())
    sys.stderr.buffer.write(errors.encode())
    sys.exit(code)
"""
"""A policylint that says what it is told to, keeps what it was told, and writes scripts that do nothing."""

LINT = {"format": "policylint-lint/1", "summary": {}, "diagnostics": [], "hidden": []}
TEST = {"format": "policylint-test/1", "summary": {}, "tests": []}
FOUND = {
    "rule": "r",
    "severity": "warning",
    "message": "m",
    "help": None,
    "url": None,
    "path": "p.yaml",
    "line": 2,
    "column": 3,
}
FINE = {"lint": [0, json.dumps(LINT), ""], "test": [0, json.dumps(TEST), ""]}


@dataclass
class Session:
    """A session with the module, a fake Exchange and a folder of its own, which the commands run in."""

    exchange: Exchange
    folder: Path

    def run(self, body: str, *, environment: Mapping[str, str] | None = None, **given: Any) -> Result:
        """Run commands of PowerShell, where `$Given` has what is given by name and `Show` writes a value as JSON."""
        given |= {
            "manifest": str(MANIFEST),
            "folder": str(self.folder),
            "environment": {"POLICYLINT": str(PROGRAM)} | dict(environment or {}),
        }
        result = self.exchange.run(CASE.replace("#BODY", body), scenes.scene(), {"Given": given})
        assert result.thrown is None, result.thrown
        return result

    def values(self, body: str, **given: Any) -> list[Any]:
        """Return the values that commands show."""
        result = self.run(body, **given)
        assert [] == result.errors
        return shown(result)

    def value(self, body: str, **given: Any) -> Any:
        """Return the one value that commands show."""
        (value,) = self.values(body, **given)
        return value

    def faked(self, answers: Mapping[str, Any]) -> dict[str, str]:
        """Return the environment of a fake program, and what it answers to each command: exit code, output, errors."""
        package = self.folder / "fake" / "policylint"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(FAKE)
        answer = json.dumps({"log": str(self.folder / "log")} | dict(answers))
        return {"PYTHONPATH": str(package.parent), "FAKE_POLICYLINT": answer}

    @property
    def told(self) -> list[dict[str, Any]]:
        """Return what the fake program was told, call by call."""
        return [json.loads(line) for line in (self.folder / "log").read_text("utf-8").splitlines()]


def shown(result: Result) -> list[Any]:
    """Return the values that commands showed; the rest is what scripts said meanwhile."""
    return [json.loads(line.removeprefix("value: ")) for line in result.output if line.startswith("value: ")]


@pytest.fixture
def session(exchange: Exchange, tmp_path: Path) -> Session:
    folder = tmp_path / ODD
    folder.mkdir()
    return Session(exchange, folder)


def write_policy(folder: Path, text: str = "organization:\n  DefaultAccessLevel: Quarantine\n", more: str = "") -> None:
    """Write a repository with one policy file."""
    (folder / "policy.yaml").write_text(text)
    head = "version: 1\nedition: exchange-online\ntarget: contoso.onmicrosoft.com\npolicies: [policy.yaml]\n"
    (folder / "policylint.yaml").write_text(head + "snapshot: live.json\n" + more)


# ---- the files -------------------------------------------------------------------------------------------------------


def test_manifest(session: Session) -> None:
    body = r"""
    $found = Microsoft.PowerShell.Core\Test-ModuleManifest -Path $Given.manifest -WarningAction Stop
    Show @{
        version = "$($found.Version)"; powershell = "$($found.PowerShellVersion)"
        editions = @($found.CompatiblePSEditions); functions = @($found.ExportedFunctions.Keys)
        all = $found.ExportedCommands.Count; data = $found.PrivateData.PSData
    }
    $module = Microsoft.PowerShell.Core\Get-Module -Name Policylint
    Show @($module.ExportedCommands.Keys)
    Show @($null -eq $ExecutionContext.InvokeCommand.GetCommand('Find-Policylint', 'All'))
    """
    result = session.run(body)
    assert ([], []) == (result.errors, result.warnings)  # a verb that is not approved is a warning
    manifest, exported, hidden = shown(result)
    data = manifest.pop("data")
    assert __version__ == manifest.pop("version")
    assert COMMANDS == sorted(manifest.pop("functions")) == sorted(exported)
    assert {"all": 3, "editions": ["Desktop", "Core"], "powershell": "5.1"} == manifest
    assert [True] == hidden
    assert {"Tags", "LicenseUri", "ProjectUri", "ReleaseNotes"} <= data.keys()
    assert all(data[name].startswith("https://") for name in ("LicenseUri", "ProjectUri", "ReleaseNotes"))


def test_every_parameter_has_help(session: Session) -> None:
    body = r"""
    foreach ($name in $Given.commands) {
        $command = $ExecutionContext.InvokeCommand.GetCommand($name, 'Function')
        $help = $command.ScriptBlock.Ast.GetHelpContent()
        Show @{
            parameters = @($command.ScriptBlock.Ast.Body.ParamBlock.Parameters.Name.VariablePath.UserPath)
            described = @($help.Parameters.Keys); examples = $help.Examples.Count; synopsis = $help.Synopsis
            type = @($command.OutputType.Name)
        }
    }
    """
    found = session.values(body, commands=COMMANDS)
    assert 3 == len(found)
    for each in found:
        assert sorted(each["described"]) == sorted(name.upper() for name in each["parameters"])
        assert each["examples"] >= 2
        assert each["synopsis"]
        assert each["type"][0].startswith("Policylint.")


@pytest.mark.parametrize("name", ["Policylint.psm1", "Policylint.psd1"])
def test_windows_powershell_can_read_it(session: Session, name: str) -> None:
    (report,) = session.run(
        "& $Given.check -Path $Given.path", check=str(HERE / "check.ps1"), path=str(MODULE / name)
    ).output
    found = json.loads(report)
    assert [] == found["problems"] == found["newer"] == found["expandable"]
    assert found["ascii"]
    assert {"& $run", "Set-StrictMode"} >= set(found["commands"])
    assert (MODULE / "en-US" / "about_Policylint.help.txt").read_bytes().isascii()


def test_every_error_is_on_the_page() -> None:
    raised = set(re.findall(r"New-Failure '(\w+)'", (MODULE / "Policylint.psm1").read_text("ascii")))
    assert raised == set(
        re.findall("`(Policylint[A-Z][A-Za-z]+)`", (ROOT / "docs" / "powershell-module.md").read_text("utf-8"))
    )


# ---- with Exchange ---------------------------------------------------------------------------------------------------


def test_from_exchange_to_a_change(session: Session) -> None:
    write_policy(session.folder)
    body = r"""
    $global:LASTEXITCODE = 7
    $live = Get-PolicylintSnapshot live.json
    Show @($live.PSObject.TypeNames[0], $live.FullName, $live.Organization)
    Show @($live.Complete, $live.Redacted, $live.Edition, $live.Counts, "$($live.TakenAt.Kind)", $LASTEXITCODE)
    $plan = $live | Invoke-PolicylintPlan -OutPlan plan.json -OutScript ./converge.ps1
    Show @($plan.InSync, $plan.NewlyDenied, $plan.NewlyAllowed, @($plan.Steps.Identity), @($plan.Refusals))
    Show @($plan.PlanFile, $plan.ScriptFile)
    Show $plan.Fingerprint
    & $plan.ScriptFile -Confirm:$false -PaceMilliseconds 0
    """
    result = session.run(body)
    assert [] == result.errors
    snapshot, held, plan, files, fingerprint = shown(result)
    counts = {"organization": 1, "deviceAccessRules": 2, "mobileDeviceMailboxPolicies": 2, "mailboxes": 3, "devices": 3}
    assert ["Policylint.Snapshot", str(session.folder / "live.json"), "contoso.onmicrosoft.com"] == snapshot
    assert [True, False, "exchange-online", counts, "Utc", 7] == held
    assert [False, 0, 0, ["Mobile Mailbox Settings"], []] == plan
    assert [str(session.folder / "plan.json"), str(session.folder / "converge.ps1")] == files
    assert json.loads((session.folder / "plan.json").read_text("utf-8"))["fingerprint"] == fingerprint
    assert "Quarantine" == result.state["organization"]["DefaultAccessLevel"]


def test_an_export_that_stops_ends_the_command(session: Session) -> None:
    scripts = set(TEMPORARY.glob("policylint-*.ps1"))
    error, message = session.value("Get-Failure { Get-PolicylintSnapshot nowhere/live.json }")
    assert "PolicylintExport,Get-PolicylintSnapshot" == error
    assert "nowhere" in message
    assert scripts == set(TEMPORARY.glob("policylint-*.ps1"))


def test_redacted(session: Session) -> None:
    found = session.value("Show (Get-PolicylintSnapshot 'r.json' -Redact -Edition exchange-online -Statistics None)")
    assert (True, True) == (found["Redacted"], found["Complete"])
    assert "contoso" not in (session.folder / "r.json").read_text("ascii")


def test_a_snapshot_that_is_not_whole(session: Session) -> None:
    problem = {"code": "c", "severity": "error", "message": "mailboxes were cut"}
    answer = {
        "format": "policylint-snapshot-show/1",
        "header": {"organization": "o", "tenant": None, "edition": None, "takenAt": "soon", "redacted": False},
        "sections": [{"section": "mailboxes", "complete": False, "objects": 4, "problems": [problem]}],
        "problems": [],
    }
    environment = session.faked({"snapshot": [4, json.dumps(answer), ""]})
    result = session.run("Show (Get-PolicylintSnapshot live.json)", environment=environment)
    (found,) = shown(result)
    assert (False, None, {"mailboxes": 4}) == (found["Complete"], found["TakenAt"], found["Counts"])
    assert ["mailboxes were cut"] == result.warnings
    export, show = session.told
    assert "export-script" == export["arguments"][0]
    assert not Path(export["arguments"][1].removeprefix("--output=")).exists()
    assert ["snapshot", "show", "--format=json", "--no-objects", str(session.folder / "live.json")] == show["arguments"]


# ---- checks ----------------------------------------------------------------------------------------------------------


def test_findings_and_failed_tests_are_objects(session: Session) -> None:
    text = (
        "organization:\n  DefaultAccessLevel: Allow\n  AdminMailRecipients: [a@contoso.com]\n"
        "tests:\n  - {name: nobody, device: {DeviceType: iPhone}, expect: Blocked}\n"
    )
    write_policy(session.folder, text)
    body = r"""
    Show @(Test-Policylint)
    Show (Test-Policylint $Given.other -Quiet)
    """
    plain, quiet = session.values(body, other=str(CONTOSO))
    (test,) = (each for each in plain if each["Rule"] == "test")
    assert (str(session.folder / "policy.yaml"), 5, "error", True) == (
        test["File"],
        test["Line"],
        test["Severity"],
        test["Fails"],
    )
    assert test["Message"].startswith("failed: nobody: expected Blocked")
    finding = next(each for each in plain if each["Severity"] == "warning")
    assert list(finding) == ["File", "Line", "Column", "Severity", "Rule", "Message", "Help", "Url", "Fails"]
    assert finding["Fails"] is False
    assert quiet is True


def test_what_comes_after_it_fails_by_itself(session: Session) -> None:
    warned = LINT | {"diagnostics": [FOUND, FOUND]}
    environment = session.faked(FINE | {"lint": [0, json.dumps(warned), ""]})
    found = session.value("Get-Failure { Test-Policylint | & { process { throw 'mine' } } }", environment=environment)
    assert ["mine", "mine"] == found


def test_strict_and_quiet(session: Session) -> None:
    warned = LINT | {"diagnostics": [FOUND]}
    environment = session.faked(FINE | {"lint": [1, json.dumps(warned), ""]})
    strict, quiet = session.values(
        "Show (Test-Policylint -Strict); Show (Test-Policylint -Quiet)", environment=environment
    )
    assert (True, False) == (strict["Fails"], quiet)
    assert [["--strict"], []] == [each["arguments"][2:] for each in session.told if each["arguments"][0] == "lint"]
    environment = session.faked(FINE | {"test": [1, json.dumps(TEST), ""]})
    assert session.value("Show (Test-Policylint -Quiet)", environment=environment) is False
    environment = session.faked(FINE | {"test": [1, "", "error: x"]})
    assert ["PolicylintFailed,Test-Policylint", "x"] == session.value(
        "Get-Failure { Test-Policylint }", environment=environment
    )


def test_a_policy_that_is_not_valid(session: Session) -> None:
    write_policy(session.folder, "organization: [\n")
    write_state(session.folder / "live.json", scenes.scene())
    result = session.run("Show @(Test-Policylint); Get-Failure { Invoke-PolicylintPlan }")
    found, plan = shown(result)
    assert "syntax" == found[0]["Rule"]
    assert "the tests of the policy did not run: it is not valid" == result.warnings[-1]
    assert "PolicylintFindings,Invoke-PolicylintPlan" == plan[0]
    assert "not YAML" in plan[1]


# ---- plans -----------------------------------------------------------------------------------------------------------


def test_the_plan_of_the_example(session: Session) -> None:
    found = session.value(
        "Show (Invoke-PolicylintPlan $Given.path -OutPlan plan.json -OutScript no.ps1 -WhatIf)", path=str(CONTOSO)
    )
    assert (16, 7, 8, [], None) == (
        len(found["Steps"]),
        found["NewlyDenied"],
        found["NewlyAllowed"],
        found["Refusals"],
        found["PlanFile"],
    )
    assert found["Snapshot"]["TakenAt"] == "2026-11-20T06:00:00Z"
    assert [] == list(session.folder.iterdir())


def test_a_refused_plan_has_no_script(session: Session) -> None:
    write_policy(
        session.folder,
        "organization:\n  DefaultAccessLevel: Block\n",
        "guards: {max-newly-denied: 0, snapshot-max-age-hours: 87600}\n",
    )
    (session.folder / "old.ps1").write_text("old")
    body = r"""
    $plan = Invoke-PolicylintPlan -OutPlan p.json -OutScript old.ps1
    Show @($plan.Refusals.Guard, $plan.PlanFile, $plan.ScriptFile)
    $lifted = Invoke-PolicylintPlan -OutScript new.ps1 -Acknowledge $plan.Refusals.Acknowledge -Reason 'agreed "today"'
    Show @(@($lifted.Refusals), $lifted.ScriptFile)
    """
    state = scenes.scene()
    state["deviceAccessRules"] = []
    write_state(session.folder / "live.json", state)
    result = session.run(body)
    refused, lifted = shown(result)
    assert ["max-newly-denied", str(session.folder / "p.json"), None] == refused
    assert 1 == len(result.errors)
    assert result.errors[0].startswith("the plan is refused, so there is no script: ")
    assert "old" == (session.folder / "old.ps1").read_text()
    assert [[], str(session.folder / "new.ps1")] == lifted
    assert (
        'agreed \\"today\\"' in (session.folder / "new.ps1").read_text("ascii") or (session.folder / "new.ps1").exists()
    )


# ---- running the program ---------------------------------------------------------------------------------------------

FAILURES = {
    "usage": (3, "error: no such option\n  = help: x\n", "PolicylintUsage", "no such option (x)"),
    "cannot run": (4, "error: live.json: no\n", "PolicylintCannotRun", "live.json: no"),
    "a bug": (1, "Traceback\nKeyError: 1\n", "PolicylintFailed", "Traceback\nKeyError: 1"),
    "another code": (9, "killed", "PolicylintFailed", "policylint ended with exit code 9: killed"),
    "nothing said": (4, "", "PolicylintCannotRun", "policylint ended with exit code 4 and said nothing"),
}


@pytest.mark.parametrize(("code", "errors", "error", "message"), FAILURES.values(), ids=FAILURES.keys())
def test_what_cannot_be_done_ends_the_command(
    session: Session, code: int, errors: str, error: str, message: str
) -> None:
    environment = session.faked({"lint": [code, "", errors]})
    found = session.value("Get-Failure { Test-Policylint -ErrorAction SilentlyContinue }", environment=environment)
    assert [f"{error},Test-Policylint", message] == found


@pytest.mark.parametrize("output", ["no JSON", "[]", '{"format": "policylint-lint/2"}', '{"format": '])
def test_an_answer_of_another_format(session: Session, output: str) -> None:
    environment = session.faked({"lint": [0, output, ""]})
    (error, _) = session.value("Get-Failure { Test-Policylint }", environment=environment)
    assert "PolicylintAnswer,Test-Policylint" == error


def test_remarks_are_warnings_and_text_is_what_it_was(session: Session) -> None:
    message = "caf\u00e9 \u65e5\U0001f600 2026-11-20T06:00:00Z"
    found = LINT | {"diagnostics": [FOUND | {"message": message + "\u0007"}]}
    remarks = "note: caf\u00e9\n  = help: do\nwrote x\nwarning: two\n"
    environment = session.faked(FINE | {"lint": [0, json.dumps(found, ensure_ascii=False), remarks]})
    body = r"""
    $before = [Console]::OutputEncoding
    [Console]::OutputEncoding = [System.Text.Encoding]::GetEncoding('iso-8859-1')
    try { Show (Test-Policylint) } finally { [Console]::OutputEncoding = $before }
    """
    result = session.run(body, environment=environment)
    (row,) = shown(result)
    assert (message + "\u0007", str(session.folder / "p.yaml"), 2, 3) == (
        row["Message"],
        row["File"],
        row["Line"],
        row["Column"],
    )
    assert ["caf\u00e9 (do)", "two"] == result.warnings
    assert [] == result.errors


def test_arguments_arrive_as_they_were_given(session: Session) -> None:
    odd = ['a "b" \\', '\\\\"x y\\\\', "%PATH% $x `n & | ; '", "caf\u00e9\n\u65e5", " ", "--help"]
    environment = session.faked({"plan": [3, "", "error: x"]})
    body = r"""
    Get-Failure {
        Invoke-PolicylintPlan -Acknowledge $Given.odd -Reason $Given.odd[1] -Environment '-x' -Snapshot 'a [b]', '../c'
    }
    """
    session.values(body, environment=environment, odd=odd)
    (told,) = session.told
    snapshots = [f"--snapshot={session.folder / 'a [b]'}", f"--snapshot={session.folder.parent / 'c'}"]
    texts = [*(f"--acknowledge={text}" for text in odd), f"--reason={odd[1]}"]
    assert ["plan", "--format=json", "--env=-x", *snapshots, *texts] == told.pop("arguments")
    assert {"folder": str(session.folder), "plain": "1", "in": ""} == told


# ---- finding the program ---------------------------------------------------------------------------------------------


def test_no_program(session: Session) -> None:
    nothing = {"PATH": str(session.folder), "POLICYLINT": ""}
    error, message = session.value("Get-Failure { Test-Policylint }", environment=nothing)
    assert "PolicylintNotFound,Test-Policylint" == error
    assert "pip install policylint" in message
    body = "Get-Failure { Test-Policylint -Policylint ./none }; Get-Failure { Test-Policylint -Policylint none }"
    assert ["./none", "none"] == [
        text.removeprefix("there is no program ").partition(",")[0] for _, text in session.values(body)
    ]
    missing = session.value("Get-Failure { Test-Policylint }", environment={"POLICYLINT": "gone"})
    assert "there is no program gone, which $env:POLICYLINT names" == missing[1]


MODULE_RUN = "-P -m policylint"
FOUND_BY = {
    "on PATH": (["policylint", "python3"], "policylint lint"),
    "as a module": (["py:none", "python3"], f"python3 {MODULE_RUN} lint"),
    "by the launcher of Windows": (["py", "python3"], f"py {MODULE_RUN} lint"),
}


@POSIX.needed
@pytest.mark.parametrize(("programs", "run"), FOUND_BY.values(), ids=FOUND_BY.keys())
def test_where_the_program_is_found(session: Session, programs: list[str], run: str) -> None:
    folder = session.folder / "bin"
    folder.mkdir()
    for each in programs:
        name, _, lacks = each.partition(":")
        script = (
            "exit 9"
            if lacks
            else 'case "$*" in *--version) echo "policylint 9";; *) echo "error: ${0##*/} $*" >&2; exit 3;; esac'
        )
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    environment = {"PATH": str(folder), "POLICYLINT": ""}
    error, message = session.value("Get-Failure { Test-Policylint }", environment=environment)
    assert "PolicylintUsage,Test-Policylint" == error
    assert f"{run} --format=json" == message


def test_a_folder_that_is_not_there(session: Session) -> None:
    body = """
    Get-Failure { Test-Policylint ./none }
    Get-Failure { Invoke-PolicylintPlan 'Env:\\PATH' }
    Get-Failure { [pscustomobject]@{ Snapshot = @{ a = 'nodrive:x' } } | Invoke-PolicylintPlan }
    Get-Failure { [pscustomobject]@{ Snapshot = 'nodrive:x' } | Invoke-PolicylintPlan }
    """
    missing, environment, _, drive = session.values(body)
    assert f"{session.folder / 'none'}: no such folder; -Path is the folder with policylint.yaml" == missing[1]
    assert "PolicylintPath,Invoke-PolicylintPlan" == environment[0] == drive[0]
    assert drive[1].startswith("nodrive:x is no path of a file: ")
    assert "provider Environment" in environment[1]
