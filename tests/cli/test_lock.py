"""Entries with `matches` and their lock, from the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from policylint.escape import to_html
from tests.sealed import seal
from tests.texts import CONFIG as CONFIG_NAME
from tests.texts import output_schema, project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.cli.conftest import Folder

CONFIG = """\
version: 1
target: contoso.onmicrosoft.com
policies: [policy.yaml]
snapshot: live.json
guards: {snapshot-max-age-hours: null}
"""
GOOD = "{one-of: [iPhone14C2]}"
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
    assert 2 == tizen.run("why", "ID0", "--format", "html").stdout.count(f"{to_html(origin)}</code>"), "cause and step"
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


BROKEN = [
    *('{glob: "*", not: []}', '{glob: "*", not: {glob: a, not: {glob: b}}}', '{one-of: [""]}', '{glob: &a "*"}'),
    *('{glob: "*", not: [{glob: a}, 1]}', "{one-of: [iPhone, [iPad]]}", '{glob: "*", file: a.txt}', "{family: iPhone}"),
    *('{glob: "*", not: {glob: "[a]"}}', '{glob: "*", version: "1"}', "{one-of: iPhone}", '{glob: "*", globb: a}'),
]


@pytest.mark.parametrize("matches", BROKEN)
def test_an_entry_that_is_wrong_makes_no_rule_beside_the_error(matches: str) -> None:
    entries = (f"  - {{Characteristic: DeviceModel, matches: {each}, AccessLevel: Block}}" for each in (matches, GOOD))
    read = project({CONFIG_NAME: "version: 1", "policy.yaml": "\n".join(("deviceAccessRules:", *entries))})
    assert {"iPhone14C2 (DeviceModel)"} == {each.identity for each in (read.policy.state.rules or {}).values()}
    found = [each for each in read.lint().diagnostics if each.rule in ("schema", "syntax")]
    assert found
    assert {2} == {each.span.begin.line for each in found}


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
    assert (
        "new rule Tizen 3.0 (DeviceOS): Allow, which takes precedence over the entry family Tizen, version <4" in shown
    )
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
    for kind in ("csv", "text"):
        assert f"policy.yaml:3, {origin}" in tizen.run("simulate", "--format", kind).stdout
    page = tizen.run("simulate", "--format", "html").stdout
    assert f'<code class="place">policy.yaml:3, {origin.replace("<", "&lt;")}</code>' in page


def test_coverage_counts_an_entry_once(tizen: Folder) -> None:
    more = "  - {Characteristic: DeviceOS, matches: {one-of: [Bada 1.0, Bada 2.0]}, AccessLevel: Block}\n"
    test = "{name: t, device: {DeviceOS: Tizen 2.4}, expect: Blocked}"
    tizen.write("policy.yaml", f"{TIZEN}{more}tests: [{test}]\n")
    entry = {"identity": "one of Bada 1.0 and Bada 2.0 (DeviceOS)", "path": "policy.yaml", "line": 4}
    never = [{**entry, "matches": "one of Bada 1.0 and Bada 2.0"}]
    found = json.loads(tizen.run("test", "--format", "json").stdout)
    assert {"rules": 2, "byTest": 1, "byDevice": 1, "never": never} == found["coverage"]
    assert not list(output_schema("test").iter_errors(found))
    assert (
        "1 of 2 rules decide in no test and for no device of the snapshot:\n"
        "  entry one of Bada 1.0 and Bada 2.0 (DeviceOS), policy.yaml:4\n"
    ) in tizen.run("test").stdout


TWO = """\
organization: {DefaultAccessLevel: Block}
deviceAccessRules:
  - {Characteristic: DeviceOS, matches: {one-of: [Tizen 9]}, AccessLevel: Block}
  - {Characteristic: DeviceOS, matches: {glob: "Tizen*"}, AccessLevel: Quarantine}
"""


def test_two_entries_that_disagree_once_they_are_locked_are_refused_before(tizen: Folder) -> None:
    tizen.write("policy.yaml", TWO)
    done = tizen.run("lock")
    assert 1 == done.returncode
    assert "policy.yaml:4:32: error: this entry and the one at policy.yaml:3:32 both stand for `Tizen 9" in done.stderr
    assert "exclude it from one of the two with `not`" in done.stderr
    assert not (tizen.path / "policylint.lock").exists()


def test_entries_that_disagree_over_a_value_of_another_environment_are_refused(tizen: Folder) -> None:
    tizen.write("policylint.yaml", CONFIG + "environments: {test: {policies: [test.yaml], snapshot: test.json}}\n")
    tizen.write("test.yaml", TWO.replace("one-of: [Tizen 9]", "glob: '*3.0'"))
    tizen.write("test.json", live(["Tizen 2.4"]))
    done = tizen.run("lock")
    assert 1 == done.returncode
    assert "test.yaml:4:32: error: this entry and the one at test.yaml:3:32 would stand for `Tizen 3.0" in done.stderr
    assert "in the environment `test`" in done.stderr
    assert "nothing was written; exclude it from one of the two" in done.stderr
    assert not (tizen.path / "policylint.lock").exists()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (
            TIZEN.replace("Block", "Quarantine"),
            "  2 values of DeviceOS change from Block to Quarantine: Tizen 2.4 and Tizen 3.0\n",
        ),
        (
            TIZEN.replace("<4", "<3") + TIZEN.splitlines()[2].replace("<4", "3").replace("Block", "Allow") + "\n",
            "  1 value of DeviceOS changes from Block to Allow: Tizen 3.0\n",
        ),
        (TIZEN.replace("<4", "<3"), None),
    ],
    ids=["an entry", "from one to another", "no level"],
)
def test_levels_that_change_are_named(tizen: Folder, policy: str, expected: str | None) -> None:
    tizen.run("lock")
    tizen.write("policy.yaml", policy)
    shown = tizen.run("lock", "--dry-run").stdout
    assert (expected in shown) if expected is not None else ("from Block" not in shown), shown
    assert 0 == tizen.run("lock").returncode
    assert "up to date" in tizen.run("lock").stdout


def test_what_an_entry_lists_is_known_to_the_others_before_it_is_locked(tizen: Folder) -> None:
    tizen.write("policylint.yaml", CONFIG + "environments: {test: {policies: [test.yaml]}}\n")
    tizen.write("test.yaml", TIZEN.replace('{family: Tizen, version: "<4"}', "{one-of: [Tizen 1]}"))
    assert "`Tizen 1`" in tizen.run("lint").stdout
    assert 0 == tizen.run("lock").returncode
    assert ["Tizen 1", "Tizen 2.4", "Tizen 3.0", "Tizen 1"] == _values(tizen)
    assert "up to date" in tizen.run("lock").stdout


def test_a_pattern_among_listed_values_is_found_with_how_to_write_one(tizen: Folder) -> None:
    tizen.write("policy.yaml", TIZEN.replace('{family: Tizen, version: "<4"}', '{one-of: ["NoSuch*"]}'))
    tizen.run("lock")
    shown = tizen.run("lint").stdout
    assert "names what nothing known reports: `NoSuch*`" in shown
    assert "help: `NoSuch*` is one value in a list: write `glob` for a pattern" in shown
