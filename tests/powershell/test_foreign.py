"""Sessions that are less than Exchange: plain functions without common parameters, objects without Guid or identity."""

from __future__ import annotations

import json
import re
import subprocess
import unicodedata
from typing import TYPE_CHECKING, Any

from tests.powershell import scenes
from tests.powershell.exchange import HERE, read_journal
from tests.powershell.scenes import change, converge, plan, step

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = HERE / "PlainSession.ps1"


def run(pwsh: str, folder: Path, lines: str) -> subprocess.CompletedProcess[str]:
    """Run lines of PowerShell in a session with the plain module."""
    (folder / "session.ps1").write_text(PLAIN.read_text("utf-8") + lines, encoding="utf-8")
    command = [pwsh, "-NoProfile", "-NonInteractive", "-File", str(folder / "session.ps1")]
    return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=folder, check=False)


JOHN = {"PrimarySmtpAddress": "john.doe@contoso.com", "Guid": None, "Identity": "john.doe"}
KIM = {"PrimarySmtpAddress": "Kim.Ray@contoso.com", "Guid": scenes.guid(1), "Identity": "kim.ray"}
NOBODY = {"PrimarySmtpAddress": "nobody@contoso.com", "Guid": None, "Identity": "nobody"}


def run_plan(pwsh: str, folder: Path, *steps: dict[str, Any], after: str = "") -> subprocess.CompletedProcess[str]:
    """Run the script of a plan twice in a session with the plain module."""
    script = converge(plan(*steps, edition="exchange-2019", tenant=None))
    (folder / "script.ps1").write_text(script, encoding="ascii", newline="")
    line = '& ./script.ps1 -Confirm:$false -PaceMilliseconds 0 -ReadBackSeconds 1\n"exit $LASTEXITCODE"\n'
    return run(pwsh, folder, line + line + after)


def test_converges(pwsh: str, tmp_path: Path) -> None:
    process = run_plan(
        pwsh,
        tmp_path,
        step("create", "deviceAccessRule", scenes.ODD, change("AccessLevel", "enum", None, "Block")),
        step("update", "organization", {}, change("DefaultAccessLevel", "enum", "Allow", "Block")),
        step(
            *("update", "mailbox", JOHN),
            change("ActiveSyncEnabled", "bool", True, False),
            change("ActiveSyncAllowedDeviceIDs", "strings", [], ["N"]),
        ),
        step("update", "mailbox", KIM, change("ActiveSyncAllowedDeviceIDs", "strings", ["a"], ["a", "N"])),
        step("delete", "deviceAccessRule", scenes.IPHONE, change("AccessLevel", "enum", "Allow", None)),
    )
    assert "" == process.stderr
    assert 2 == process.stdout.count("exit 0")
    assert "5 changed, 0 already so" in process.stdout
    assert "0 changed, 5 already so" in process.stdout


def test_a_list_that_was_replaced_is_found_out(pwsh: str, tmp_path: Path) -> None:
    # The plain module puts the additions in place of the list.
    recipients = change("AdminMailRecipients", "strings", ["Admin@contoso.com"], ["admin@contoso.com", "x@contoso.com"])
    process = run_plan(pwsh, tmp_path, step("update", "organization", {}, recipients))
    assert 2 == process.stdout.count("exit 1")
    assert "the change does not show after 1 s" in process.stderr
    assert "s001, conflict" in process.stderr
    assert ("s001", "conflict") == [(line["step"], line["event"]) for line in read_journal(tmp_path)][-1]


def test_a_mailbox_that_is_not_there_changes_nothing(pwsh: str, tmp_path: Path) -> None:
    disabled = change("ActiveSyncEnabled", "bool", True, False)
    show = "Get-CASMailbox | ForEach-Object { $_.ActiveSyncEnabled }"
    process = run_plan(pwsh, tmp_path, step("update", "mailbox", NOBODY, disabled), after=show)
    assert 2 == process.stdout.count("exit 1")
    assert 2 == process.stdout.count("True")
    assert "finds 2 mailboxes" in process.stderr


def test_exports(pwsh: str, tmp_path: Path) -> None:
    script = scenes.exporter("exchange-2019")
    (tmp_path / "script.ps1").write_text(script, encoding="ascii", newline="")
    process = run(pwsh, tmp_path, '& ./script.ps1 -Path out.json\n"exit $LASTEXITCODE"\n')
    assert "exit 0" in process.stdout, process.stderr
    content = json.loads((tmp_path / "out.json").read_bytes())
    assert (None, None) == (content["header"]["tenant"], content["header"]["organization"])
    assert {
        "DefaultAccessLevel": "Allow",
        "AdminMailRecipients": ["admin@contoso.com"],
        "Guid": scenes.ORGANIZATION,
    } == content["organization"]
    assert [[], ["A"]] == [row["ActiveSyncAllowedDeviceIDs"] for row in content["mailboxes"]]
    assert ["True", "True"] == [row["ActiveSyncEnabled"] for row in content["mailboxes"]]
    assert [
        {"mailbox": "kim.ray@contoso.com", "DeviceId": "A", "LastSuccessSync": None, "DeviceType": "iPhone"},
        {"mailbox": None, "DeviceId": "B", "LastSuccessSync": None, "DeviceType": "Android"},
    ] == content["devices"]


STEERING = (
    "a\n::error title=x::pwned\r\nFORGED\x1b[31m\x9b31m\x07 "
    "##[error]x ##vso[task.complete]y \u202e\u200b\u2028FORGED \x00"
)
"""What an error of Exchange may hold."""

FAILING = f"""
$text = -join ([char[]]({", ".join(str(ord(char)) for char in STEERING)}))
New-Module -Name Plain -ScriptBlock {{
    param($text)
    function Get-ActiveSyncOrganizationSettings {{
        Write-Host $text
        Write-Warning $text
        Write-Verbose $text
        throw $text
    }}
    function Get-CASMailbox {{ throw $text }}
}} -ArgumentList $text | Import-Module
$VerbosePreference = 'Continue'
"""


def assert_plain(output: str) -> None:
    """Nothing of what Exchange said steers a terminal or a log; the colors are PowerShell's own."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    assert "pwned" in plain
    assert "\x1b[31mFORGED" not in output
    assert [] == [char for char in plain if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} and char != "\n"]
    assert not re.search(r"::|##[A-Za-z]*\[|^\s*FORGED", plain, re.MULTILINE)


def test_errors_of_exchange_steer_nothing(pwsh: str, tmp_path: Path) -> None:
    made = plan(
        step("update", "organization", {}, change("DefaultAccessLevel", "enum", "Allow", "Block")),
        edition="exchange-2019",
        tenant=None,
    )
    (tmp_path / "converge.ps1").write_text(converge(made), encoding="ascii", newline="")
    (tmp_path / "export.ps1").write_text(scenes.exporter("exchange-2019"), encoding="ascii", newline="")
    for line in ("& ./converge.ps1 -Confirm:$false -PaceMilliseconds 0", "& ./export.ps1 -Path out.json"):
        process = run(pwsh, tmp_path, f'{FAILING}{line}\n"exit $LASTEXITCODE"\n')
        assert "exit 1" in process.stdout
        assert_plain(process.stdout + process.stderr)


def test_what_is_asked_and_pretended_steers_nothing(pwsh: str, tmp_path: Path) -> None:
    target = {"Characteristic": "DeviceModel", "QueryString": STEERING.replace("\x00", "")}
    access = change("AccessLevel", "enum", None, "Block")
    script = converge(plan(step("create", "deviceAccessRule", target, access), edition="exchange-2019", tenant=None))
    (tmp_path / "script.ps1").write_text(script, encoding="ascii", newline="")
    process = run(pwsh, tmp_path, "& ./script.ps1 -WhatIf -Verbose\n& ./script.ps1 -Confirm:$false -Verbose\n")
    assert "What if" in process.stdout
    assert_plain(process.stdout + process.stderr)
