"""The main job, with nothing left out: export, plan, converge, export again, and nothing is left to plan."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from policylint.cli.main import main
from tests.powershell.exchange import Exchange, Result, State, read_state
from tests.powershell.scenes import scene
from tests.thorough import THOROUGH

if TYPE_CHECKING:
    from click.testing import Result as CliResult

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "contoso"
GO = {"Confirm": False, "PaceMilliseconds": 0}


class Repository:
    """A copy of the shipped example, and the commands run in it as a user runs them."""

    def __init__(self, folder: Path, exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
        shutil.copytree(EXAMPLE, folder)
        monkeypatch.chdir(folder)
        self.folder = folder
        self.exchange = exchange
        self.live: State = read_state(folder / "live.json")
        del self.live["seal"]
        self.cases = exchange.case()

    def policylint(self, *arguments: str, code: int = 0) -> CliResult:
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == code, (result.output, result.exception)
        return result

    def export(self) -> Result:
        """Run the exporter against the fake and make its snapshot the repository's."""
        self.policylint("export-script", "-o", "export.ps1")
        script = (self.folder / "export.ps1").read_text(encoding="ascii")
        result = self.exchange.run(script, self.live, {"Path": str(self.folder / "live.json")}, folder=self.cases)
        assert (result.errors, result.exit_code, result.thrown) == ([], 0, None)
        assert result.calls == []
        return result

    def script(self) -> str:
        self.policylint("plan", "--out", "plan.json")
        self.policylint("apply-script", "plan.json", "-o", "converge.ps1")
        return (self.folder / "converge.ps1").read_bytes().decode("ascii")

    def converge(self, script: str, **arguments: Any) -> Result:
        result = self.exchange.run(script, self.live, {**GO, **arguments}, folder=self.cases)
        assert result.thrown is None
        self.live = result.state
        return result

    def plan(self) -> dict[str, Any]:
        result = self.policylint("plan", "--format", "json")
        record: dict[str, Any] = json.loads(result.stdout)
        return record


@pytest.fixture
def repository(tmp_path: Path, exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> Repository:
    return Repository(tmp_path / "repo", exchange, monkeypatch)


def test_law_1_export_plan_converge_export_plans_to_nothing(repository: Repository) -> None:
    shipped = repository.plan()
    repository.export()
    first = repository.plan()
    assert shipped["steps"] == first["steps"]
    assert shipped["impact"] == first["impact"]
    done = repository.converge(repository.script())
    assert (done.exit_code, done.errors) == (0, [])
    assert len(done.calls) == len(first["steps"])
    repository.export()
    again = repository.plan()
    assert again["steps"] == []
    assert again["refusals"] == []
    assert {drift["why"] for drift in again["drift"]} <= {"not declared"}
    assert again["impact"]["byClass"] == []


STRICTER = {
    "non-provisionable-devices-blocked": "AllowNonProvisionableDevices: false",
    "device-encryption-excludes-devices": "RequireDeviceEncryption: true",
}


@pytest.mark.parametrize(("rule", "setting"), STRICTER.items(), ids=STRICTER.keys())
def test_a_policy_that_gets_stricter_is_judged_by_an_export_as_users_make_it(
    tmp_path: Path, exchange: Exchange, monkeypatch: pytest.MonkeyPatch, rule: str, setting: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policylint.yaml").write_text(
        "version: 1\nedition: exchange-online\ntarget: contoso.onmicrosoft.com\npolicies: [policy.yaml]\n"
        "snapshot: live.json\n"
        "guards: {snapshot-max-age-hours: null, max-newly-denied-percent: null}\n"
    )
    Path("policy.yaml").write_text(f"mobileDeviceMailboxPolicies:\n- Name: Kiosk\n  {setting}\n")
    state = scene()
    for row in state["devices"]:
        row["DevicePolicyApplicationStatus"] = "PartiallyApplied"
    for row in state["mobileDeviceMailboxPolicies"]:
        row.setdefault("RequireDeviceEncryption", "False")

    def run(*arguments: str) -> CliResult:
        return CliRunner().invoke(main, arguments)

    assert 0 == run("export-script", "-o", "export.ps1").exit_code
    exported = exchange.run(Path("export.ps1").read_text("ascii"), state, {"Path": str(tmp_path / "live.json")})
    assert (exported.errors, exported.exit_code) == ([], 0)
    findings = json.loads(run("lint", "--format", "json").stdout)["diagnostics"]
    assert [rule] == [each["rule"] for each in findings if each["rule"] in STRICTER]
    plan = json.loads(run("plan", "--format", "json").stdout)
    assert [] == plan["refusals"]
    assert (1 if "Allow" in setting else 0) == plan["impact"]["newlyBlocked"]


def test_law_2_running_it_twice_changes_nothing(repository: Repository) -> None:
    script = repository.script()
    assert repository.converge(script).exit_code == 0
    before = repository.live
    second = repository.converge(script)
    assert (second.exit_code, second.calls) == (0, [])
    assert second.state == before


def test_what_if_changes_nothing(repository: Repository) -> None:
    before = repository.live
    result = repository.converge(repository.script(), WhatIf=True)
    assert (result.exit_code, result.calls, result.journal) == (0, [], [])
    assert result.state == before


@pytest.mark.parametrize("after", range(16) if THOROUGH else (0, 10))
def test_law_4_stopped_anywhere_it_converges_when_run_again(repository: Repository, after: int) -> None:
    record = repository.plan()
    script = repository.script()
    stopped = repository.converge(script, Until=record["steps"][after]["id"])
    assert stopped.exit_code == 0
    assert len(stopped.calls) == after + 1
    finished = repository.converge(script)
    assert finished.exit_code == 0
    assert len(finished.calls) == len(record["steps"]) - after - 1
    repository.export()
    assert ([], []) == tuple(repository.plan()[part] for part in ("steps", "refusals"))


def test_law_5_it_stops_before_the_step_that_finds_something_else(repository: Repository) -> None:
    script = repository.script()
    record = repository.plan()
    rule = next(step for step in record["steps"] if step["kind"] == "deviceAccessRule" and step["action"] == "update")
    for row in repository.live["deviceAccessRules"]:
        if row["QueryString"] == rule["target"]["QueryString"]:
            row["AccessLevel"] = "Allow" if rule["changes"][0]["before"] != "Allow" else "Block"
    stopped = repository.converge(script)
    assert stopped.exit_code == 1
    assert any(rule["id"] in line for line in stopped.errors)
    done = [step["id"] for step in record["steps"] if step["id"] < rule["id"]]
    assert len(stopped.calls) == len(done)
