"""`assertions:` and coverage at a terminal."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

SCHEMA = Path(__file__).parents[2] / "schemas" / "output" / "test-v1.schema.json"


def run(folder: Folder, text: str) -> tuple[int, dict[str, Any]]:
    folder.write("policy/assertions.yaml", f"assertions:\n  - {{name: it, {text}}}\n")
    done = folder.run("test", "--format", "json")
    record: dict[str, Any] = json.loads(done.stdout)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(record)
    return done.returncode, record


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("never: {DeviceOS: [Android 10, Android 4.4.2], state: Allowed}", "passed"),
        ("never: {DeviceOS: android 10, state: Quarantined}", "passed"),
        ("never: {DeviceType: iPhone}", "failed"),
        ("never: {}", "failed"),
        ("always: {DeviceOS: Android 10, state: Blocked}", "passed"),
        ("always: {DeviceType: Nobody, state: [Quarantined, Blocked]}", "failed"),
        ("only-if: {DeviceType: [iPhone]}", "failed"),
        ("unchanged-for: {since: live, mailbox: john.doe@contoso.com}", "failed"),
        ("no-new-access: {since: live}", "failed"),
        ("no-new-access: {since: live, DeviceOS: Android 10}", "passed"),
        ("no-new-access: {since: nowhere}", "undecided"),
        ("never: {mailbox: nobody@contoso.com}", "undecided"),
        ("reason: none", "undecided"),
    ],
)
def test_outcomes(example: Folder, text: str, outcome: str) -> None:
    code, record = run(example, text)
    found = record["assertions"][0]
    assert (outcome, int(outcome != "passed")) == (found["outcome"], code), found["message"]
    assert (found["witness"] is not None) == (outcome == "failed")


def test_a_failure_names_a_device_and_the_rule_to_blame(example: Folder) -> None:
    text = "never: {DeviceType: iPod, state: Quarantined}, owner: mobile team, reason: iPods are gone"
    _code, record = run(example, text)
    found = record["assertions"][0]
    assert "iPod" == found["witness"]["DeviceType"]
    assert "iPod (DeviceType)" == found["decision"]["decidedBy"]["identity"]
    shown = example.run("test").stdout
    assert "policy/assertions.yaml:2: failed: it" in shown
    assert "iPods are gone; ask mobile team" in shown


def test_no_new_access_since_a_revision(example: Folder) -> None:
    def git(*arguments: str) -> None:
        names = ("-c", "user.name=Jane Roe", "-c", "user.email=jane.roe@contoso.com")
        subprocess.run(["git", *names, *arguments], cwd=example.path, check=True, capture_output=True)

    git("init", "--quiet", ".")
    git("add", "--all")
    git("commit", "--quiet", "--message=first")
    assert "passed" == run(example, "no-new-access: {since: HEAD}")[1]["assertions"][0]["outcome"]
    path = example.path / "policy" / "organization.yaml"
    path.write_text(path.read_text().replace("DefaultAccessLevel: Quarantine", "DefaultAccessLevel: Allow"))
    found = run(example, "no-new-access: {since: HEAD}")[1]["assertions"][0]
    assert ("failed", "Quarantined", "Allowed") == (
        found["outcome"],
        found["before"]["state"],
        found["decision"]["state"],
    )


def test_coverage_names_the_rules_that_nothing_decides_by(example: Folder) -> None:
    record = json.loads(example.run("test", "--format", "json").stdout)
    never = [rule["identity"] for rule in record["coverage"]["never"]]
    assert "iOS (DeviceOS)" in never
    assert record["coverage"]["rules"] == 13
    example.write(
        "policy/more.yaml",
        "tests: [{name: old, device: {DeviceOS: iOS}, expect: [Quarantined, Blocked, Allowed]}]\n",
    )
    record = json.loads(example.run("test", "--format", "json").stdout)
    assert "iOS (DeviceOS)" not in [rule["identity"] for rule in record["coverage"]["never"]]
