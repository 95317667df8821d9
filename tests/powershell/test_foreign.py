"""Sessions that are less than Exchange: plain functions without common parameters, objects without Guid or identity."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from policylint.render.powershell import render_export_script
from tests.powershell import scenes
from tests.powershell.exchange import read_journal
from tests.powershell.scenes import change, converge, plan, step

# Plain functions: no -Confirm, no -ErrorAction, no ShouldProcess; Get- with an identity it does not know returns everything.
MODULE = """
New-Module -Name Plain -ScriptBlock {
    $script:organization = [pscustomobject]@{ DefaultAccessLevel = 'Allow'; AdminMailRecipients = 'admin@contoso.com' }
    $script:rules = [System.Collections.ArrayList]@(, [pscustomobject]@{ Name = 'iPhone (DeviceType)'; Characteristic = 'DeviceType'; QueryString = 'iPhone'; AccessLevel = 'Allow' })
    $script:mailboxes = @(
        @{ PrimarySmtpAddress = 'john.doe@contoso.com'; ActiveSyncEnabled = 'True'; ActiveSyncAllowedDeviceIDs = $null; ActiveSyncMailboxPolicy = $null }
        @{ PrimarySmtpAddress = 'kim.ray@contoso.com'; ActiveSyncEnabled = $true; ActiveSyncAllowedDeviceIDs = [System.Collections.ArrayList]@('A'); ActiveSyncMailboxPolicy = 'Default' }
    )
    function Get-ActiveSyncOrganizationSettings { $script:organization }
    function Set-ActiveSyncOrganizationSettings($DefaultAccessLevel, $AdminMailRecipients) {
        if ($DefaultAccessLevel) { $script:organization.DefaultAccessLevel = $DefaultAccessLevel }
        if ($AdminMailRecipients) { $script:organization.AdminMailRecipients = [System.Collections.ArrayList]@($AdminMailRecipients.Add) }
    }
    function Get-ActiveSyncDeviceAccessRule { if ($script:rules.Count -eq 0) { $null } else { $script:rules } }
    function New-ActiveSyncDeviceAccessRule($Characteristic, $QueryString, $AccessLevel) {
        $rule = [pscustomobject]@{ Name = "$QueryString ($Characteristic)"; Characteristic = $Characteristic; QueryString = $QueryString; AccessLevel = $AccessLevel }
        [void]$script:rules.Add($rule)
        $rule
    }
    function Set-ActiveSyncDeviceAccessRule($Identity, $AccessLevel) { ($script:rules | Where-Object { $_.Name -eq $Identity }).AccessLevel = $AccessLevel }
    function Remove-ActiveSyncDeviceAccessRule($Identity) { $script:rules.Remove(($script:rules | Where-Object { $_.Name -eq $Identity })) }
    function Get-MobileDeviceMailboxPolicy { @{ Name = 'Default'; IsDefault = $true } }
    function Get-CASMailbox($Identity) {
        $found = @($script:mailboxes | Where-Object { $_.PrimarySmtpAddress -eq $Identity })
        if ($found.Count -gt 0) { $found } else { $script:mailboxes }
    }
    function Set-CASMailbox($Identity, $ActiveSyncEnabled, $ActiveSyncAllowedDeviceIDs) {
        $one = @($script:mailboxes | Where-Object { $_.PrimarySmtpAddress -eq $Identity })[0]
        if ($null -ne $ActiveSyncEnabled) { $one.ActiveSyncEnabled = $ActiveSyncEnabled }
        if ($ActiveSyncAllowedDeviceIDs) { $one.ActiveSyncAllowedDeviceIDs = @($one.ActiveSyncAllowedDeviceIDs) + @($ActiveSyncAllowedDeviceIDs.Add) | Where-Object { $_ } }
    }
    function Get-MobileDevice($Mailbox) {
        if ($Mailbox -eq 'kim.ray@contoso.com') { @{ DeviceId = 'A'; DeviceType = 'iPhone' } }
        if (-not $Mailbox) { @{ DeviceId = 'A'; DeviceType = 'iPhone' }; @{ DeviceId = 'B'; DeviceType = 'Android' } }
    }
} | Import-Module
"""


def run(pwsh: str, folder: Path, lines: str) -> subprocess.CompletedProcess[str]:
    """Run lines of PowerShell in a session with the plain module."""
    (folder / "session.ps1").write_text(MODULE + lines, encoding="utf-8")
    command = [pwsh, "-NoProfile", "-NonInteractive", "-File", str(folder / "session.ps1")]
    return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=folder, check=False)


def test_converges(pwsh: str, tmp_path: Path) -> None:
    john = {"PrimarySmtpAddress": "john.doe@contoso.com", "Guid": None, "Identity": "john.doe"}
    kim = {"PrimarySmtpAddress": "Kim.Ray@contoso.com", "Guid": scenes.guid(1), "Identity": "kim.ray"}
    made = plan(
        step("create", "deviceAccessRule", scenes.ODD, change("AccessLevel", "enum", None, "Block")),
        step("update", "deviceAccessRule", scenes.IPHONE, change("AccessLevel", "enum", "allow", "Quarantine")),
        step("update", "organization", {}, change("AdminMailRecipients", "strings", ["Admin@contoso.com"],
                                                  ["admin@contoso.com", "x@contoso.com"]),
             change("DefaultAccessLevel", "enum", "Allow", "Block")),
        step("update", "mailbox", john, change("ActiveSyncEnabled", "bool", True, False),
             change("ActiveSyncAllowedDeviceIDs", "strings", [], ["N"])),
        step("update", "mailbox", kim, change("ActiveSyncAllowedDeviceIDs", "strings", ["a"], ["a", "N"])),
        step("delete", "deviceAccessRule", scenes.ODD, change("AccessLevel", "enum", "Block", None)),
        organizationGuid=None, tenant=None,
    )  # fmt: skip
    (tmp_path / "script.ps1").write_text(converge(made), encoding="ascii", newline="")
    twice = '$LASTEXITCODE = $null\n& ./script.ps1 -Confirm:$false -PaceMilliseconds 0\n"exit $LASTEXITCODE"\n'
    # The recipient edit of the plain module replaces the list, so the verification of that step must fail.
    process = run(pwsh, tmp_path, twice)
    assert "exit 1" in process.stdout
    assert "s003" in process.stderr
    events = [(line["step"], line["event"]) for line in read_journal(tmp_path)]
    assert ("s002", "verified") in events
    assert ("s003", "failed") == events[-1]


def test_converges_around_it(pwsh: str, tmp_path: Path) -> None:
    john = {"PrimarySmtpAddress": "john.doe@contoso.com", "Guid": None, "Identity": "john.doe"}
    kim = {"PrimarySmtpAddress": "Kim.Ray@contoso.com", "Guid": scenes.guid(1), "Identity": "kim.ray"}
    made = plan(
        step("create", "deviceAccessRule", scenes.ODD, change("AccessLevel", "enum", None, "Block")),
        step("update", "organization", {}, change("DefaultAccessLevel", "enum", "Allow", "Block")),
        step("update", "mailbox", john, change("ActiveSyncEnabled", "bool", True, False),
             change("ActiveSyncAllowedDeviceIDs", "strings", [], ["N"])),
        step("update", "mailbox", kim, change("ActiveSyncAllowedDeviceIDs", "strings", ["a"], ["a", "N"])),
        step("delete", "deviceAccessRule", scenes.IPHONE, change("AccessLevel", "enum", "Allow", None)),
        organizationGuid=None, tenant=None,
    )  # fmt: skip
    (tmp_path / "script.ps1").write_text(converge(made), encoding="ascii", newline="")
    line = '& ./script.ps1 -Confirm:$false -PaceMilliseconds 0\n"exit $LASTEXITCODE"\n'
    process = run(pwsh, tmp_path, line + line)
    assert "" == process.stderr
    assert 2 == process.stdout.count("exit 0")
    assert "5 changed, 0 already so" in process.stdout
    assert "0 changed, 5 already so" in process.stdout


def test_a_mailbox_that_is_not_there_changes_nothing(pwsh: str, tmp_path: Path) -> None:
    nobody = {"PrimarySmtpAddress": "nobody@contoso.com", "Guid": None, "Identity": "nobody"}
    made = plan(
        step("update", "mailbox", nobody, change("ActiveSyncEnabled", "bool", True, False)),
        organizationGuid=None, tenant=None,
    )  # fmt: skip
    (tmp_path / "script.ps1").write_text(converge(made), encoding="ascii", newline="")
    process = run(
        pwsh,
        tmp_path,
        '& ./script.ps1 -Confirm:$false\n"exit $LASTEXITCODE"\nGet-CASMailbox | ForEach-Object { $_.ActiveSyncEnabled }',
    )
    assert "exit 1" in process.stdout
    assert 2 == process.stdout.count("True")
    assert "finds 2 mailboxes" in process.stderr


def test_exports(pwsh: str, tmp_path: Path) -> None:
    sections = {
        "organization": ["Guid", "DefaultAccessLevel", "AdminMailRecipients"],
        "deviceAccessRules": ["Identity", "Characteristic", "QueryString", "AccessLevel"],
        "mobileDeviceMailboxPolicies": ["Name", "IsDefault"],
        "mailboxes": [
            "PrimarySmtpAddress",
            "ActiveSyncEnabled",
            "ActiveSyncAllowedDeviceIDs",
            "ActiveSyncMailboxPolicy",
        ],
        "devices": ["mailbox", "Guid", "DeviceId", "DeviceType"],
    }
    template = (scenes.SCRIPTS / "export.ps1").read_text("ascii")
    script = render_export_script(template, edition="exchange-2019", tool="0.1.0", sections=sections)
    (tmp_path / "script.ps1").write_text(script, encoding="ascii", newline="")
    process = run(pwsh, tmp_path, '& ./script.ps1 -Path out.json\n"exit $LASTEXITCODE"\n')
    assert "exit 0" in process.stdout, process.stderr
    content = json.loads((tmp_path / "out.json").read_bytes())
    assert (None, None) == (content["header"]["tenant"], content["header"]["organization"])
    assert {"DefaultAccessLevel": "Allow", "AdminMailRecipients": ["admin@contoso.com"]} == content["organization"]
    assert [[], ["A"]] == [row["ActiveSyncAllowedDeviceIDs"] for row in content["mailboxes"]]
    assert ["True", "True"] == [row["ActiveSyncEnabled"] for row in content["mailboxes"]]
    assert [
        {"mailbox": "kim.ray@contoso.com", "DeviceId": "A", "DeviceType": "iPhone"},
        {"mailbox": None, "DeviceId": "B", "DeviceType": "Android"},
    ] == content["devices"]
