"""The code that scripts share, in a third script that has nothing else."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.powershell import scenes
from tests.powershell.scenes import converge, exporter, plan, scene

if TYPE_CHECKING:
    from pathlib import Path

    from tests.powershell.exchange import Exchange

COMMON = (scenes.SCRIPTS / "common.ps1").read_text("ascii")


def run(pwsh: str, folder: Path, lines: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run lines of PowerShell in a script that begins with the common code."""
    (folder / "third.ps1").write_text(f"[CmdletBinding()]\nparam()\n\n{COMMON}{lines}\n", encoding="ascii")
    command = [pwsh, "-NoProfile", "-NonInteractive", "-File", str(folder / "third.ps1")]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", cwd=folder, check=False, env=os.environ | environment
    )


VALUES = {
    "a time without a kind is UTC": ("ConvertTo-Text ([datetime]'2026-01-02T03:04:05')", "2026-01-02T03:04:05Z"),
    "a local time is converted": (
        "ConvertTo-Text ([datetime]::SpecifyKind('2026-01-02T03:04:05', 'Local'))",
        "2026-01-02T08:04:05Z",
    ),
    "UTC is kept": (
        "ConvertTo-Text ([datetime]::SpecifyKind('2026-01-02T03:04:05', 'Utc'))",
        "2026-01-02T03:04:05Z",
    ),
    "null is empty": ("'<' + (ConvertTo-Text $null) + '>'", "<>"),
    "JSON keeps types": (
        "ConvertTo-JsonText ([ordered]@{ a = $true; b = 5; c = [long]6; d = $null; e = @('x', 1); f = @() })",
        '{"a": true, "b": 5, "c": 6, "d": null, "e": ["x", 1], "f": []}',
    ),
    "JSON has no type for it": ("ConvertTo-JsonText ([guid]::Empty)", '"00000000-0000-0000-0000-000000000000"'),
    "JSON is ASCII": ("ConvertTo-JsonText ([string][char]0x202E + '\"\\' + [char]27)", r'"\u202e\"\\\u001b"'),
    "half of a pair is no character": (
        "ConvertTo-JsonText ('a' + [char]0xD83D + 'b' + [char]0xDE00 + [char]0xD83D + [char]0xDE00)",
        r'"a\ufffdb\ufffd\ud83d\ude00"',
    ),
    "a key is a text too": ("ConvertTo-JsonText @{ 'a\"b' = 1 }", r'{"a\"b": 1}'),
    "all but lists is text": ("ConvertTo-JsonText (ConvertTo-PlainValue $true)", '"True"'),
    "null stays null": ("ConvertTo-JsonText (ConvertTo-PlainValue $null)", "null"),
    "a list is of texts": (
        "ConvertTo-JsonText (ConvertTo-PlainValue ([System.Collections.ArrayList]@(1, $null, 'x')))",
        '["1", "x"]',
    ),
    "one element is a list": ("ConvertTo-JsonText (ConvertTo-PlainValue @('x'))", '["x"]'),
    "no element is a list": ("ConvertTo-JsonText (ConvertTo-PlainValue @())", "[]"),
    "a message is one line": (
        r"ConvertTo-Line ('  a' + [char]13 + [char]10 + '::error::b' + [char]10 + [char]10 + 'c ')",
        r"a \u003a:error\u003a:b c",
    ),
    "a message steers nothing": (
        "ConvertTo-Line (-join ([char[]](27, 91, 0x9B, 7, 0x202E, 0x2066, 0x200B, 0x2028, 0x85, 0x3164, 0xFEFF, 0)))",
        r"\u001b[\u009b\u0007\u202e\u2066\u200b\u2028\u0085\u3164\ufeff\u0000",
    ),
    "a message is no command of a log": (
        "ConvertTo-Line '##[error]a ##vso[task.complete]b ###[c] #[d] ##e: f'",
        r"\u0023#[error]a \u0023#vso[task.complete]b #\u0023#[c] #[d] ##e: f",
    ),
    "letters of every language stay": ("ConvertTo-Line ('J' + [char]0xF6 + 'rn ' + [char]0x5D0)", "J\u00f6rn \u05d0"),
    "case does not matter": ("Test-SameText 'iPhone' 'IPHONE'", "True"),
    "a soft hyphen matters": ("Test-SameText 'iPhone' ('iPh' + [char]0xAD + 'one')", "False"),
}


def test_values(pwsh: str, tmp_path: Path) -> None:
    process = run(pwsh, tmp_path, "\n".join(code for code, _ in VALUES.values()), TZ="America/New_York")
    assert "" == process.stderr
    assert dict(zip(VALUES, (text for _, text in VALUES.values()), strict=True)) == dict(
        zip(VALUES, process.stdout.splitlines(), strict=True)
    )


MODULE = "New-Module -Name Exchange -ScriptBlock {{ {} }} | Import-Module\n$Session.Edition = 'exchange-2019'\n"
SESSIONS = {
    "a typo is an error": ("$typo", "typo"),
    "no cmdlet is called by name only": (
        "$MayCall = @('Get-CASMailbox')\nfunction Get-Process2 { 'called' }\nInvoke-Read 'Get-Process2'",
        "this script does not call Get-Process2",
    ),
    "two organizations": (
        MODULE.format("function Get-ActiveSyncOrganizationSettings { @{ Guid = 1 }; @{ Guid = 2 } }")
        + "$MayCall = @('Get-ActiveSyncOrganizationSettings')\nRead-OrganizationSettings",
        "expected one organization settings object, found 2",
    ),
    "a cmdlet and a parameter are missing": (
        MODULE.format("function Get-Here($There) { }")
        + "Assert-Session @{ 'Get-There' = @{}; 'Get-Here' = @{ Gone = $true; There = $true } }",
        "(no connection, or not the roles): Get-Here -Gone, Get-There",
    ),
    "a function of a profile": (
        "function global:Get-CASMailbox { 'called' }\nAssert-Session @{ 'Get-CASMailbox' = @{} }",
        "belongs to no module",
    ),
    "an alias of a profile": (
        "Set-Alias -Name Get-CASMailbox -Value Get-Date -Scope Global\nAssert-Session @{ 'Get-CASMailbox' = @{} }",
        "Get-CASMailbox is an alias of this session",
    ),
    "two modules": (
        MODULE.format("function Get-A { }")
        + MODULE.format("function Get-B { }").replace("Exchange -", "Other -")
        + "Assert-Session @{ 'Get-A' = @{}; 'Get-B' = @{} }",
        "Get-B belongs to the module Other, not to Exchange",
    ),
    "a server has its own shell": (
        "Connect-Exchange 'exchange-2019' 'Get-CASMailbox'",
        "-Connect is for Exchange Online",
    ),
    "no file": ("Resolve-File '  ' 'Path'", "-Path is empty"),
    "a variable is no file": ("Resolve-File 'Env:x' 'Path'", "-Path names no file"),
    "a function is no file": (
        "Resolve-File 'Microsoft.PowerShell.Core\\Function::x' 'Path'",
        "-Path names no file",
    ),
}


@pytest.mark.parametrize("case", SESSIONS.values(), ids=SESSIONS.keys())
def test_stops(pwsh: str, tmp_path: Path, case: tuple[str, str]) -> None:
    lines, words = case
    process = run(pwsh, tmp_path, f"try {{\n{lines}\n}}\ncatch {{ Write-FinalError $_; exit 3 }}")
    assert 3 == process.returncode
    assert words in process.stderr
    assert "called" not in process.stdout


@pytest.mark.parametrize("place", ["", "Env:", "Function:", "Variable:"])
def test_a_file_is_where_the_file_system_is(pwsh: str, tmp_path: Path, place: str) -> None:
    (tmp_path / "here").mkdir()
    lines = (
        f"Set-Location -LiteralPath '{tmp_path / 'here'}'\n"
        + (f"Set-Location {place}\n" if place else "")
        + "Resolve-File 'live.json' 'Path'\nResolve-File '../x/./a[1].json' 'Path'\n"
        + f"Resolve-File '{tmp_path / 'y.json'}' 'Path'\nResolve-File '~/z.json' 'Path'"
    )
    process = run(pwsh, tmp_path, lines, HOME=str(tmp_path / "home"))
    expected = [tmp_path / "here" / "live.json", tmp_path / "x" / "a[1].json", tmp_path / "y.json"]
    assert [*map(str, expected), str(tmp_path / "home" / "z.json")] == process.stdout.splitlines(), process.stderr


ROW = {"TenantID": scenes.TENANT, "State": "Connected", "TokenStatus": "Active"}
CONNECTIONS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "none": ([], "expected exactly one active connection, found 0: connect first, or use -Connect"),
    "two of one tenant": (
        [ROW, ROW],
        "expected exactly one active connection, found 2: admin@contoso.com",
    ),
}


@pytest.mark.parametrize("case", CONNECTIONS.values(), ids=CONNECTIONS.keys())
@pytest.mark.parametrize("name", ["converge", "export"])
def test_both_scripts_want_one_connection(
    exchange: Exchange, name: str, case: tuple[list[dict[str, Any]], str]
) -> None:
    rows, message = case
    script = converge(plan()) if name == "converge" else exporter()
    arguments = None if name == "converge" else {"Path": str(exchange.folder / "none.json")}
    result = exchange.run(script, scene(), arguments, options={"connections": rows})
    assert 1 == result.exit_code
    assert result.errors[0].startswith(message)


def test_a_tenant_that_no_session_shows_is_named(exchange: Exchange) -> None:
    script = converge(plan(edition="exchange-2019"))
    sessions: tuple[dict[str, Any], ...] = ({}, {"connections": []})
    for session in sessions:
        result = exchange.run(script, scene(), options={"edition": "exchange-2019"} | session)
        assert 0 == result.exit_code, result.errors
        assert "does not say which tenant" in result.warnings[0]
