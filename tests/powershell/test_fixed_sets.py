"""Objects of a fixed set that Exchange keeps: mailbox plans online, autoblock thresholds on servers."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from policylint.adapters.resources import read_script
from policylint.render.powershell import render_export_script
from tests.powershell.exchange import HERE
from tests.powershell.scenes import change, converge, exporter, plan, step
from tests.unit.test_new_object_kind import SYNC_WINDOW, store_with
from tests.worlds import read_sealed

if TYPE_CHECKING:
    from pathlib import Path

SESSION = "".join((HERE / name).read_text("utf-8") for name in ("PlainSession.ps1", "FixedSets.ps1"))


def run(pwsh: str, folder: Path, lines: str, session: str = SESSION) -> subprocess.CompletedProcess[str]:
    (folder / "session.ps1").write_text(session + lines, encoding="utf-8")
    command = [pwsh, "-NoProfile", "-NonInteractive", "-File", str(folder / "session.ps1")]
    return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=folder, check=False)


CONNECTED = """
New-Module -Name ExchangeOnlineManagement -ScriptBlock {
    function Get-ConnectionInformation {
        [CmdletBinding()]param()
        [pscustomobject]@{ State = 'Connected'; ModuleName = 'Plain' }
    }
} | Import-Module
"""


def run_plan(pwsh: str, folder: Path, *steps: dict[str, Any], edition: str) -> str:
    """Return what the script of a plan prints when it is run twice."""
    script = converge(plan(*steps, tenant=None, edition=edition, notAfter=None))
    (folder / "script.ps1").write_text(script, encoding="ascii", newline="")
    line = '& ./script.ps1 -Confirm:$false -PaceMilliseconds 0\n"exit $LASTEXITCODE"\n'
    done = run(pwsh, folder, line + line, SESSION + (CONNECTED if edition == "exchange-online" else ""))
    assert done.stderr == ""
    return done.stdout


def test_a_mailbox_plan_is_changed_once(pwsh: str, tmp_path: Path) -> None:
    target = {"Name": "ExchangeOnlineEnterprise-1f", "Guid": None, "DisplayName": "ExchangeOnlineEnterprise"}
    wanted = step("update", "mailboxPlan", target, change("ActiveSyncEnabled", "bool", True, False))
    printed = run_plan(pwsh, tmp_path, wanted, edition="exchange-online")
    assert printed.count("exit 0") == 2
    assert "1 changed, 0 already so" in printed
    assert "0 changed, 1 already so" in printed


OTHERS = {
    "another object of that name": ({"Guid": "00000000-0000-4000-8000-000000000002"}, "is gone"),
    "another name of that object": ({"Name": "Enterprise-2"}, "has another Name now"),
    "another display name": ({"DisplayName": "Executives"}, "has another DisplayName now"),
    "neither name nor Guid": ({"Name": "X", "Guid": "00000000-0000-4000-8000-000000000003"}, "is gone"),
}


@pytest.mark.parametrize("case", OTHERS.values(), ids=OTHERS.keys())
def test_a_mailbox_plan_that_is_another_one_is_not_changed(
    pwsh: str, tmp_path: Path, case: tuple[dict[str, str], str]
) -> None:
    values, words = case
    guid = "00000000-0000-4000-8000-000000000001"
    live = {"Name": "Enterprise-1f", "DisplayName": "Enterprise", "Guid": guid}
    target = {"Name": "Enterprise-1f", "DisplayName": "Enterprise", "Guid": guid}
    shown = "; ".join(f"{name} = '{value}'" for name, value in (live | values).items())
    session = (
        SESSION
        + CONNECTED
        + f"""
New-Module -Name Plain -ScriptBlock {{
    $script:plan = [pscustomobject]@{{ {shown}; ActiveSyncEnabled = $true }}
    function Get-CASMailboxPlan {{ $script:plan }}
    function Set-CASMailboxPlan($Identity, $ActiveSyncEnabled) {{ "set $Identity" | Write-Host }}
}} | Import-Module
"""
    )
    wanted = step("update", "mailboxPlan", target, change("ActiveSyncEnabled", "bool", True, False))
    script = converge(plan(wanted, tenant=None, notAfter=None))
    (tmp_path / "script.ps1").write_text(script, encoding="ascii", newline="")
    done = run(pwsh, tmp_path, "& ./script.ps1 -Unattended\nexit $LASTEXITCODE", session)
    assert done.returncode == 1
    assert "set " not in done.stdout
    assert words in done.stderr


def test_a_threshold_shown_in_minutes_is_compared_as_a_time(pwsh: str, tmp_path: Path) -> None:
    wanted = step(
        *("update", "deviceAutoblockThreshold", {"Identity": "UserAgentsChanges"}),
        change("BehaviorTypeIncidenceDuration", "timespan", "12:00:00", "1.00:00:00"),
        change("DeviceBlockDuration", "timespan", "00:10:00", "00:20:00"),
    )
    printed = run_plan(pwsh, tmp_path, wanted, edition="exchange-2019")
    assert printed.count("exit 0") == 2
    assert "1 changed, 0 already so" in printed


def export(
    pwsh: str, folder: Path, edition: str, session: str = SESSION
) -> tuple[Any, subprocess.CompletedProcess[str]]:
    script = exporter(edition)
    (folder / "export.ps1").write_text(script, encoding="ascii", newline="")
    done = run(pwsh, folder, "& ./export.ps1 -Path live.json\nexit $LASTEXITCODE", session)
    assert done.returncode == 0, done.stderr
    return read_sealed((folder / "live.json").read_bytes()).state, done


def test_the_exporter_reads_what_the_edition_has(pwsh: str, tmp_path: Path) -> None:
    state, _ = export(pwsh, tmp_path, "exchange-2019")
    assert state.section("mailboxPlan") is None
    assert [item.settings for item in state.of_kind("deviceAutoblockThreshold").values()] == [
        {
            "Identity": "UserAgentsChanges",
            "BehaviorTypeIncidenceLimit": 10,
            "BehaviorTypeIncidenceDuration": "1.00:00:00",
            "DeviceBlockDuration": "00:10:00",
        }
    ]
    seal = json.loads((tmp_path / "live.json").read_text())["seal"]
    assert seal["counts"]["deviceAutoblockThresholds"] == 1


def test_what_the_session_does_not_offer_is_left_out_and_never_empty(pwsh: str, tmp_path: Path) -> None:
    state, done = export(pwsh, tmp_path, "exchange-2019", (HERE / "PlainSession.ps1").read_text("utf-8"))
    assert state.section("deviceAutoblockThreshold") is None
    assert "deviceAutoblockThresholds is left out" in done.stdout + done.stderr


CALLED_BY_NO_SCRIPT = """
New-Module -Name Plain -ScriptBlock {
    function Get-SyncWindow { "called Get-SyncWindow" | Write-Host }
    function Set-SyncWindow($Identity, $Enabled) { "called Set-SyncWindow" | Write-Host }
} | Import-Module
"""


def test_a_script_calls_no_cmdlet_that_is_not_spelled_out_in_it(pwsh: str, tmp_path: Path) -> None:
    store = store_with(SYNC_WINDOW)
    wanted = step("update", "syncWindow", {"Name": "Night"}, change("Enabled", "bool", True, False))
    made = plan(wanted, tenant=None, edition="exchange-2019", notAfter=None)
    (tmp_path / "converge.ps1").write_text(converge(made, store=store), encoding="ascii", newline="")
    (tmp_path / "export.ps1").write_text(
        render_export_script(read_script("export.ps1"), store, edition="exchange-2019", tool="0.1.0"),
        encoding="ascii",
        newline="",
    )
    lines = "& ./export.ps1 -Path live.json\n& ./converge.ps1 -Confirm:$false\nexit $LASTEXITCODE"
    done = run(pwsh, tmp_path, lines, SESSION + CALLED_BY_NO_SCRIPT)
    assert "syncWindows is left out: this script does not call Get-SyncWindow" in done.stdout + done.stderr
    assert "this script does not call Get-SyncWindow" in done.stderr
    assert "called" not in done.stdout
    assert done.returncode == 1
