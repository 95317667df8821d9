"""Entries with `matches` and their lock, from the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.sealed import seal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.cli.conftest import Folder

CONFIG = "version: 1\npolicies: [policy.yaml]\nsnapshot: live.json\nguards: {snapshot-max-age-hours: null}\n"
TIZEN = """\
organization: {DefaultAccessLevel: Quarantine}
deviceAccessRules:
  - {Characteristic: DeviceOS, matches: {family: Tizen, version: "<4"}, AccessLevel: Block}
"""
LOCK = """\
# Written by `policylint lock`: the values that entries with `matches` stand for, one device access rule each.
# Review what changes here as you review the policy. The entries of all environments share it.
version: 1
deviceAccessRules:
  - Characteristic: DeviceOS
    AccessLevel: Block
    matches: {family: Tizen, version: "<4"}
    values:
      - Tizen 2.4  # 1 device in the snapshot of 2026-11-23
      - Tizen 3.0  # 2 devices in the snapshot of 2026-11-23
"""


def live(systems: Sequence[str]) -> bytes:
    devices = [
        {
            "mailbox": "eva@contoso.com",
            "DeviceId": f"ID{n}",
            "DeviceType": "Any",
            "DeviceOS": system,
            "ClientType": "EAS",
        }
        for n, system in enumerate(systems)
    ]
    return seal(devices=devices, organization={"DefaultAccessLevel": "Quarantine"})


@pytest.fixture
def tizen(folder: Folder) -> Folder:
    folder.write("policylint.yaml", CONFIG)
    folder.write("policy.yaml", TIZEN)
    folder.write("live.json", live(["Tizen 3.0", "Tizen 3.0", "Tizen 2.4", "Tizen 4", "Tizen"]))
    return folder


def test_the_lock_is_written_once_and_stays_the_same(tizen: Folder) -> None:
    assert 1 == tizen.run("lock", "--check").returncode
    assert not (tizen.path / "policylint.lock").exists()
    assert "lock-outdated" in tizen.run("lint").stdout
    done = tizen.run("lock")
    assert (0, LOCK) == (done.returncode, (tizen.path / "policylint.lock").read_text())
    assert "2 added, 0 removed" in done.stdout
    assert 0 == tizen.run("lock", "--check").returncode
    assert "up to date" in tizen.run("lock").stdout
    assert "lock-outdated" not in tizen.run("lint").stdout


def test_a_checkout_with_other_line_ends_is_up_to_date(tizen: Folder) -> None:
    tizen.write("policylint.lock", LOCK.replace("\n", "\r\n"))
    assert 0 == tizen.run("lock", "--check").returncode


@pytest.mark.parametrize("option", ["--dry-run", "--diff", "--check"])
def test_nothing_is_written_where_only_a_look_is_asked_for(tizen: Folder, option: str) -> None:
    done = tizen.run("lock", option)
    assert "Tizen 2.4" in done.stdout
    assert not (tizen.path / "policylint.lock").exists()


def test_a_value_that_is_gone_keeps_its_rule_until_it_is_pruned(tizen: Folder) -> None:
    tizen.run("lock")
    tizen.write("live.json", live(["Tizen 2.3", "Tizen 2.4"]))
    assert "`Tizen 2.3`" in tizen.run("lint").stdout
    tizen.run("lock")
    assert ["Tizen 2.3", "Tizen 2.4", "Tizen 3.0"] == _values(tizen)
    assert "Tizen 3.0 (DeviceOS)" in tizen.run("plan").stdout
    assert 3 == tizen.run("lock", "--prune", "--no-snapshot").returncode
    tizen.run("lock", "--prune")
    assert ["Tizen 2.3", "Tizen 2.4"] == _values(tizen)


def test_what_the_range_no_longer_names_goes(tizen: Folder) -> None:
    tizen.run("lock")
    tizen.write("policy.yaml", TIZEN.replace("<4", "<3"))
    found = tizen.run("lint").stdout
    assert "policylint.lock:5:5: warning" in found
    assert "Tizen 3.0 (DeviceOS)" not in tizen.run("plan").stdout
    tizen.run("lock")
    assert ["Tizen 2.4"] == _values(tizen)


def _values(folder: Folder) -> list[str]:
    lines = (folder.path / "policylint.lock").read_text().splitlines()
    return [line.strip(" -").partition("  #")[0] for line in lines if line.startswith("      - ")]


def test_a_generated_rule_says_where_it_comes_from(tizen: Folder) -> None:
    origin = "policy.yaml:3, from matches: family Tizen, version <4"
    assert origin in tizen.run("plan").stdout
    assert origin in tizen.run("why", "ID0").stdout
    steps = json.loads(tizen.run("plan", "--format", "json").stdout)["steps"]
    assert [origin] * 2 == [step.get("declared") for step in steps if step["kind"] == "deviceAccessRule"]
    found = json.loads(tizen.run("simulate", "--format", "json").stdout)["devices"]
    deciders = {device["deviceId"]: device["desired"]["decidedBy"] for device in found}
    assert "family Tizen, version <4" == deciders["ID0"]["matches"]
    assert "matches" not in deciders["ID3"]


def test_a_saved_plan_keeps_where_a_rule_comes_from(tizen: Folder) -> None:
    tizen.run("plan", "--out", "plan.json")
    done = tizen.run("apply-script", "plan.json", "-o", "apply.ps1")
    assert "changed after it was made" not in done.stderr
    assert 0 == done.returncode, done.stderr


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("version: 1\ndeviceAccessRules: [1]\n", "policylint.lock:2:21"),
        ("version: 2\n", "policylint.lock:1:10"),
        ("- a\n", "policylint.lock:1:1"),
        ("version: 1\nversion: 1\n", "policylint.lock:2:1"),
        (LOCK.replace("<4", "4x"), "policylint.lock:7:39"),
        (LOCK.replace("matches: {family: Tizen, ", "matches: {"), "policylint.lock:7:15"),
    ],
)
def test_a_broken_lock_is_an_error_with_its_place(tizen: Folder, text: str, place: str) -> None:
    tizen.write("policylint.lock", text)
    done = tizen.run("lint")
    assert (1, True) == (done.returncode, f"{place}: error" in done.stdout), done.stdout
    assert 1 == tizen.run("plan").returncode
    assert 1 == tizen.run("lock").returncode


def test_environments_share_the_lock(folder: Folder) -> None:
    folder.write("policylint.yaml", CONFIG + "environments: {test: {policies: [test.yaml], snapshot: test.json}}\n")
    folder.write("policy.yaml", TIZEN)
    folder.write("test.yaml", TIZEN.replace("Tizen", "Bada"))
    folder.write("live.json", live(["Tizen 3.0"]))
    folder.write("test.json", live(["Bada 1.0"]))
    folder.run("lock")
    assert ["Bada 1.0", "Tizen 3.0"] == _values(folder)
    for environment in ((), ("--env", "test")):
        assert "lock-" not in folder.run("lint", *environment).stdout
        assert 0 == folder.run("lock", "--check", *environment).returncode


def test_without_an_entry_there_is_nothing_to_lock(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\npolicies: [policy.yaml]\n")
    folder.write("policy.yaml", "organization: {DefaultAccessLevel: Quarantine}\n")
    assert 0 == folder.run("lock").returncode
    assert not (folder.path / "policylint.lock").exists()


BAD = {
    "both": ("QueryString: a, matches: {glob: a}", 1, "stand for the same"),
    "neither": ("", 1, "`QueryString` is missing"),
    "no-family": ('matches: {version: "<4"}', 1, "without its `family`"),
    "no-range": ("matches: {family: Tizen, version: old}", 1, "no range of versions"),
    "brackets": ('matches: {glob: "a[12]"}', 1, "mean nothing in it"),
    "only-not": ("matches: {not: {glob: a}}", 1, "leaves out and names nothing"),
    "unknown": ("matches: {globb: a}", 1, "did you mean `glob`?"),
    "nothing": ("matches: {}", 1, "`matches`"),
    "in-not": ('matches: {glob: "*", not: {version: "1"}}', 1, "without its `family`"),
    "in-a-list": ('matches: {glob: "*", not: [{glob: a}, {glob: "["}]}', 1, "mean nothing in it"),
}


@pytest.mark.parametrize(("entry", "code", "words"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_refused_with_its_place(folder: Folder, entry: str, code: int, words: str) -> None:
    folder.write("policylint.yaml", "version: 1\npolicies: [policy.yaml]\n")
    parts = ", ".join(filter(None, ("Characteristic: DeviceOS", entry, "AccessLevel: Block")))
    folder.write("policy.yaml", f"deviceAccessRules:\n  - {{{parts}}}\n")
    done = folder.run("lint")
    assert (code, True) == (done.returncode, words in done.stdout), done.stdout
    assert "policy.yaml:2:" in done.stdout


def test_a_family_is_of_systems_only(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\npolicies: [policy.yaml]\n")
    entry = "Characteristic: UserAgent, matches: {family: iOS, version: <17}, AccessLevel: Block"
    folder.write("policy.yaml", f"deviceAccessRules:\n  - {{{entry}}}\n")
    assert "no versions of a system" in folder.run("lint").stdout


def test_advice_about_one_value_is_a_rule_of_its_own(tizen: Folder) -> None:
    """To change or delete what an entry stands for would change the other values of the entry, too."""
    shown = tizen.run("why", "--os", "Tizen 3.0").stdout
    assert "new rule Tizen 3.0 (DeviceOS): Allow, which goes before the entry family Tizen, version <4" in shown
    assert "delete rule Tizen 3.0" not in shown


def test_a_lock_that_is_read_only_stays(tizen: Folder) -> None:
    lock = tizen.write(
        "policylint.lock", LOCK.replace("      - Tizen 2.4  # 1 device in the snapshot of 2026-11-23\n", "")
    )
    lock.chmod(0o444)
    before = lock.read_text()
    done = tizen.run("lock")
    assert (4, before) == (done.returncode, lock.read_text())
    assert "policylint.lock: cannot be written: it is read-only" in done.stderr


def test_a_report_and_a_table_say_which_entry_a_rule_comes_of(tizen: Folder) -> None:
    origin = "from matches: family Tizen, version <4"
    assert f"policy.yaml:3:5, {origin}" in tizen.run("report", "exemptions", "--format", "csv").stdout
    assert f"policy.yaml:3, {origin}" in tizen.run("simulate", "--format", "csv").stdout
