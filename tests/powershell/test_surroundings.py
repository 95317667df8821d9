"""Sessions set up for something else: nothing of the caller's own reaches a call, and it is left as it was."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.powershell import scenes
from tests.powershell.exchange import HOSTILE
from tests.powershell.scenes import change, converge, exporter, full_plan, plan, scene, step
from tests.powershell.test_converge import assert_converged
from tests.powershell.test_export import export
from tests.requirements import LINUX

if TYPE_CHECKING:
    from pathlib import Path

    from tests.powershell.exchange import Exchange

QUICK = {"Confirm": False, "PaceMilliseconds": 0, "ReadBackSeconds": 2}


def parameters(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the parameters of calls but for those that only say how to report."""
    return [{key: value for key, value in call["parameters"].items() if key != "ErrorVariable"} for call in calls]


DEFAULTS = {
    "a value": "$PSDefaultParameterValues['Set-CASMailbox:ActiveSyncEnabled'] = $false",
    "of all cmdlets": "$PSDefaultParameterValues['*:ErrorAction'] = 'Ignore'; "
    "$PSDefaultParameterValues['*:Debug'] = $false",
    "a pattern": "$PSDefaultParameterValues['*-CASMailbox:OWAEnabled'] = { $false }",
    "a reading": "$PSDefaultParameterValues['Get-*:ResultSize'] = 1; $PSDefaultParameterValues['Get-*:Identity'] = 'x'",
    "another type": "$PSDefaultParameterValues = [System.Management.Automation.DefaultParameterDictionary]"
    "@{ 'Set-*:ActiveSyncEnabled' = $false }",
    "how lists become text": "$OFS = '; '",
    "a whole profile": HOSTILE.read_text("ascii"),
    "warnings stop": "$WarningPreference = 'Stop'; $InformationPreference = 'Stop'",
    "PowerShell's own": "function Start-Sleep { exit 9 }; function Get-Command { }; function Write-Host { throw 'x' };"
    " Set-Alias -Name Where-Object -Value Get-Date; Set-Alias -Name ConvertFrom-Json -Value Get-Date",
}


@pytest.mark.parametrize("shadow", DEFAULTS.values(), ids=DEFAULTS.keys())
def test_a_call_has_what_the_plan_names_and_nothing_else(exchange: Exchange, shadow: str) -> None:
    plain = exchange.run(converge(full_plan()), scene())
    shadowed = exchange.run(converge(full_plan()), scene(), options={"shadow": shadow})
    assert (0, [], None) == (shadowed.exit_code, shadowed.errors, shadowed.thrown)
    assert_converged(shadowed.state)
    assert parameters(plain.calls) == parameters(shadowed.calls)


@pytest.mark.parametrize("shadow", DEFAULTS.values(), ids=DEFAULTS.keys())
def test_an_export_is_of_everything(exchange: Exchange, shadow: str) -> None:
    result, path = export(exchange, scene(), options={"shadow": shadow})
    assert (0, []) == (result.exit_code, result.errors)
    content = json.loads(path.read_text("ascii"))
    assert scene()["devices"] == content["devices"]
    assert scene()["mailboxes"] == content["mailboxes"]


def test_the_callers_own_is_untouched(exchange: Exchange) -> None:
    shadow = "$PSDefaultParameterValues['Set-CASMailbox:OWAEnabled'] = $false; $WarningPreference = 'SilentlyContinue'"
    result = exchange.run(converge(full_plan()), scene(), options={"shadow": shadow})
    assert "False" == result.left["Set-CASMailbox:OWAEnabled"]
    assert ("SilentlyContinue", "Continue") == (
        result.left["$WarningPreference"],
        result.left["$ErrorActionPreference"],
    )


SHADOWS = {
    "a function": (
        "function Set-CASMailbox { [CmdletBinding()]param($Identity) }",
        "Set-CASMailbox is a function of this session that belongs to no module",
    ),
    "a function that adds something": (
        "$real = Get-Command Set-CASMailbox; function Set-CASMailbox { & $real @args -OWAEnabled $false }",
        "belongs to no module",
    ),
    "a reading function": ("function Get-CASMailbox { }", "Get-CASMailbox is a function of this session"),
    "an alias": ("Set-Alias Set-CASMailbox Get-Date", "Set-CASMailbox is an alias of this session"),
    "another module": (
        "New-Module -Name Helpers { function Set-CASMailbox { [CmdletBinding()]param($Identity) } } | Import-Module",
        "Set-CASMailbox belongs to the module Helpers, not to tmpEXO_",
    ),
    "the cmdlet of connections": (
        "function Get-ConnectionInformation { }",
        "Get-ConnectionInformation is not the cmdlet of the module ExchangeOnlineManagement",
    ),
    "an alias of one of its functions": (
        "Set-Alias Read-Target Get-Date",
        "this session has an alias Read-Target, which hides a function of this script",
    ),
}


@pytest.mark.parametrize("case", SHADOWS.values(), ids=SHADOWS.keys())
def test_what_may_not_be_the_cmdlet_is_not_called(exchange: Exchange, case: tuple[str, str]) -> None:
    shadow, words = case
    result = exchange.run(converge(full_plan()), scene(), options={"shadow": shadow})
    assert (1, [], scene()) == (result.exit_code, result.calls, result.state)
    assert words in result.errors[0]


def test_an_export_reads_what_its_connection_shows(exchange: Exchange) -> None:
    """No file names a tenant whose cmdlets did not answer."""
    sessions: list[tuple[dict[str, Any], str]] = [
        ({"shadow": SHADOWS["a reading function"][0]}, "Get-CASMailbox is a function of this session"),
        ({"shadow": SHADOWS["another module"][0].replace("Set-", "Get-")}, "belongs to the module Helpers"),
        ({"prefix": "EXO"}, "have the prefix EXO"),
        ({"moduleVersion": "3.1.0"}, "3.7.0 or later is needed"),
    ]
    for options, words in sessions:
        result, path = export(exchange, scene(), options=options)
        assert (1, False) == (result.exit_code, path.exists())
        assert words in result.errors[0]


def test_cmdlets_of_another_organization(exchange: Exchange) -> None:
    """A hybrid session: the cmdlets of the connection have a prefix, those without one belong to the servers."""
    other = scene()
    other["header"] = None
    options = {"prefix": "EXO", "other": {"state": other, "options": {"edition": "exchange-2019"}}}
    result = exchange.run(converge(full_plan() | {"organizationGuid": None}), scene(), options=options)
    assert (1, []) == (result.exit_code, result.calls)
    assert "have the prefix EXO" in result.errors[0]
    assert result.other is not None
    assert [] == result.other.get("calls", [])


EMPTY: list[Any] = ["", ",", " ", []]
NOWHERE: dict[str, tuple[dict[str, Any], str]] = {
    **{f"StepId {value!r}": ({"StepId": value}, "-StepId is given, but names no step") for value in EMPTY},
    **{f"Until {value!r}": ({"Until": value}, "-Until is given, but names no step") for value in ("", "  ")},
    "StepId null": ({"StepId": None}, "-StepId is given, but names no step"),
    "Until null": ({"Until": None}, "-Until is given, but names no step"),
    "one after the other": ({"StepId": "s009", "Until": "s003"}, "together choose no step"),
    "JournalPath": ({"JournalPath": " "}, "-JournalPath is empty"),
    "JournalPath null": ({"JournalPath": None}, "-JournalPath is empty"),
    "Report": ({"Report": ""}, "-Report is empty"),
    "both answers": ({"Unattended": True, "Confirm": True}, "contradict each other"),
}


@pytest.mark.parametrize("case", NOWHERE.values(), ids=NOWHERE.keys())
def test_an_empty_choice_is_not_everything(exchange: Exchange, case: tuple[dict[str, Any], str]) -> None:
    arguments, words = case
    result = exchange.run(converge(full_plan()), scene(), QUICK | arguments)
    assert (1, [], scene()) == (result.exit_code, result.calls, result.state)
    assert words in result.errors[0]


def test_unattended(exchange: Exchange) -> None:
    process, folder = exchange.run_file(converge(full_plan()), scene(), ["-Unattended", "-PaceMilliseconds", "0"])
    assert 0 == process.returncode, process.stderr
    assert_converged(json.loads((folder / "state.json").read_text()))


def test_unattended_what_if(exchange: Exchange) -> None:
    result = exchange.run(converge(full_plan()), scene(), {"Unattended": True, "WhatIf": True})
    assert (0, [], scene()) == (result.exit_code, result.calls, result.state)


def test_the_message_is_seen_whatever_the_caller_asked(exchange: Exchange) -> None:
    made = converge(full_plan() | {"notAfter": "2026-11-23T09:00:01Z"})
    for action in ("SilentlyContinue", "Ignore", "Continue"):
        result = exchange.run(made, scene(), QUICK | {"ErrorAction": action})
        assert 1 == result.exit_code
        assert 1 == sum("the plan is too old" in line for line in [*result.errors, *result.output])


@pytest.mark.parametrize("name", ["converge", "export"])
def test_with_a_dot_before_it(pwsh: str, tmp_path: Path, name: str) -> None:
    script = converge(full_plan()) if name == "converge" else exporter()
    (tmp_path / "script.ps1").write_text(script, encoding="ascii", newline="")
    line = ". ./script.ps1" + (" -Path x.json" if name == "export" else "")
    after = '"$ErrorActionPreference $([bool](Get-Command Read-Target, Write-Section -ErrorAction Ignore)) goes on"'
    process = subprocess.run(
        [pwsh, "-NoProfile", "-NonInteractive", "-Command", f'try {{ {line} }} catch {{ "$_" }}\n{after}'],
        capture_output=True, encoding="utf-8", cwd=tmp_path, check=False,
    )  # fmt: skip
    assert "not with a dot before it" in process.stdout
    assert "Continue False goes on" in process.stdout
    assert ["script.ps1"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["converge", "export"])
def test_a_session_with_restricted_language(pwsh: str, tmp_path: Path, name: str) -> None:
    odd = plan(step("create", "deviceAccessRule", scenes.ODD, change("AccessLevel", "enum", None, "Block")))
    (tmp_path / "script.ps1").write_text(converge(odd) if name == "converge" else exporter(), "ascii", newline="")
    call = "& ./script.ps1" + (" -Path x.json" if name == "export" else "")
    lines = f"$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'\n{call}\n\"exit $LASTEXITCODE\""
    process = subprocess.run(
        [pwsh, "-NoProfile", "-NonInteractive", "-Command", lines],
        capture_output=True, encoding="utf-8", cwd=tmp_path, check=False,
    )  # fmt: skip
    assert "this session restricts scripts to ConstrainedLanguage" in process.stderr
    assert "exit 1" in process.stdout
    assert ["script.ps1"] == [path.name for path in tmp_path.iterdir()]


# ---- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["Env:", "Function:", "Alias:"])
def test_files_are_where_the_file_system_is(exchange: Exchange, place: str) -> None:
    folder = exchange.case()
    (folder / "work").mkdir()
    shadow = f"Set-Location -LiteralPath '{folder / 'work'}'; Set-Location {place}"
    arguments = QUICK | {"JournalPath": "j.jsonl"}
    result = exchange.run(converge(full_plan()), scene(), arguments, options={"shadow": shadow}, folder=folder)
    assert (0, []) == (result.exit_code, result.errors)
    assert '"event": "end"' in (folder / "work" / "j.jsonl").read_text()
    back = {"shadow": f"Set-Location -LiteralPath '{folder}'"}
    result = exchange.run(converge(full_plan()), result.state, {"Report": "r.json"}, options=back, folder=folder)
    assert 0 == result.exit_code
    assert 0 == json.loads((folder / "r.json").read_text("ascii"))["wouldChange"]


@pytest.mark.parametrize("parameter", ["JournalPath", "Report"])
def test_another_file_is_not_written_to(exchange: Exchange, parameter: str) -> None:
    folder = exchange.case()
    for name in ("script.ps1", "state.json", "notes.md", "plan.jsonl"):
        if not (folder / name).exists() and name not in ("script.ps1", "state.json"):
            (folder / name).write_text('{"format": "something else"}\n')
        path = folder / name
        arguments = QUICK | {parameter: str(path)}
        script = converge(full_plan())
        result = exchange.run(script, scene(), arguments, folder=folder, options={})
        assert (1, []) == (result.exit_code, result.calls)
        assert "names a file that is not" in result.errors[0]
        if name == "script.ps1":
            written = path.read_bytes().decode("ascii")
            assert (script[:2000], script[-200:]) == (written[:2000], written[-200:])
        elif name != "state.json":
            assert '{"format": "something else"}\n' == path.read_text()


def test_the_journal_says_how_it_ended(exchange: Exchange) -> None:
    state = scene()
    state["organization"]["UserMailInsert"] = "Hello"
    assert "conflict" == exchange.run(converge(full_plan()), state).journal[-1]["outcome"]
    errors = [{"at": [1], "message": "x", "reason": "AccessDenied"}]
    failed = exchange.run(converge(full_plan()), scene(), options={"errors": errors})
    assert "failed" == failed.journal[-1]["outcome"]
    done = exchange.run(converge(full_plan()), scene())
    assert "done" == done.journal[-1]["outcome"]
    assert all("outcome" not in line for line in done.journal[:-1])
    process, folder = exchange.run_file(converge(full_plan()), scene(), [], answers="n\n")
    assert 1 == process.returncode
    (path,) = folder.glob("*.jsonl")
    last = json.loads(path.read_text().splitlines()[-1])
    assert ("declined", "declined", 11) == (last["event"], last["outcome"], last["summary"]["left"])


@pytest.mark.parametrize(
    "first", ['{"time": "2026-11-28T10:00:00Z", "level": "info"}', "{", "[]", "# policylint report"]
)
def test_a_log_of_something_else_is_no_journal(exchange: Exchange, first: str) -> None:
    folder = exchange.case()
    path = folder / "app.log"
    path.write_text(first + "\n")
    result = exchange.run(converge(full_plan()), scene(), QUICK | {"JournalPath": str(path)}, folder=folder)
    assert (1, [], first + "\n") == (result.exit_code, result.calls, path.read_text())


@LINUX.needed
def test_a_disk_that_is_full(exchange: Exchange) -> None:
    process, folder = exchange.run_file(converge(full_plan()), scene(), ["-Unattended", "-JournalPath", "/dev/full"])
    assert 1 == process.returncode
    assert "calls" not in json.loads((folder / "state.json").read_text())


@pytest.mark.parametrize("path", ["P:j.jsonl", "P:/j.jsonl", "p:\\j.jsonl"])
def test_a_drive_of_one_letter(exchange: Exchange, path: str) -> None:
    folder = exchange.case()
    (folder / "share").mkdir()
    shadow = (
        "$drives = $ExecutionContext.SessionState.Drive; try { $drives.Remove('P', $true, 'Global') } catch { }; "
        "$files = $ExecutionContext.SessionState.Provider.GetOne('FileSystem'); [void]$drives.New("
        f"[System.Management.Automation.PSDriveInfo]::new('P', $files, '{folder / 'share'}', '', $null), 'Global')"
    )
    arguments = QUICK | {"JournalPath": path}
    result = exchange.run(converge(full_plan()), scene(), arguments, options={"shadow": shadow}, folder=folder)
    assert (0, []) == (result.exit_code, result.errors)
    assert (folder / "share" / "j.jsonl").exists()


@pytest.mark.parametrize("action", ["Stop", "SilentlyContinue", "Inquire"])
def test_a_warning_does_not_stop_half_way(exchange: Exchange, action: str) -> None:
    arguments = QUICK | {"WarningAction": action}
    result = exchange.run(converge(full_plan()), scene(), arguments, options={"throttleAt": [2]})
    assert (0, []) == (result.exit_code, result.errors)
    assert_converged(result.state)


def test_a_connection_that_does_not_say_its_module_is_not_beside_a_server(exchange: Exchange) -> None:
    made = full_plan() | {"edition": "exchange-2019", "tenant": None}
    for one in made["steps"]:
        one["changes"] = [item for item in one["changes"] if item["property"] != "OutlookMobileEnabled"]
    rows = [{"State": "Connected", "ModuleName": ""}]
    options = {"edition": "exchange-2019", "connections": rows}
    result = exchange.run(converge(made), scene(), options=options)
    assert (1, []) == (result.exit_code, result.calls)
    assert "also connected with Exchange Online" in result.errors[0]
