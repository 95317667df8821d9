"""Findings in a baseline: counted and not shown, in every format, and how the file is written and shrinks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

OPEN = "organization: {DefaultAccessLevel: Allow}\n"
PINNED = "deviceAccessRules:\n  - {Characteristic: DeviceOS, QueryString: iOS 17.4 21E219, AccessLevel: Block}\n"
MORE = "  - {Characteristic: DeviceOS, QueryString: iOS 17.5 21F79, AccessLevel: Block}\n"
ERRORS = "severity: {default-level-allow: error, version-pinned-rule: error}\n"


@pytest.fixture
def baselined(folder: Folder) -> Folder:
    """Return a repository with two findings of severity error, which are in its baseline."""
    folder.write("policylint.yaml", f"version: 1\nbaseline: baseline.yaml\n{ERRORS}")
    folder.write("policy/a.yaml", OPEN)
    folder.write("policy/b.yaml", PINNED)
    assert folder.run("lint", "--update-baseline").returncode == 0
    return folder


def entries(folder: Folder, name: str = "baseline.yaml") -> list[str]:
    lines = (folder.path / name).read_text(encoding="utf-8").splitlines()
    return [line.split("rule: ")[1].partition(",")[0] for line in lines if "rule: " in line]


def test_where_there_is_none_it_is_written_with_all_that_is_found(baselined: Folder) -> None:
    assert {"default-level-allow", "version-pinned-rule"} <= {*entries(baselined)}
    done = baselined.run("lint", "--strict")
    assert (0, "") == (done.returncode, done.stderr)
    assert f"no findings in 2 files ({len(entries(baselined))} findings in the baseline)\n" == done.stdout


@pytest.mark.parametrize("format_", ["text", "concise", "json", "github"])
def test_in_every_format_only_a_new_finding_is_shown(baselined: Folder, format_: str) -> None:
    baselined.write("policy/b.yaml", PINNED + MORE)
    done = baselined.run("lint", "--format", format_)
    assert done.returncode == 1
    if format_ == "json":
        record = json.loads(done.stdout)
        assert [6] == [each["endLine"] * 2 for each in record["diagnostics"] if each["severity"] == "error"]
        assert "baseline.yaml" == record["baseline"]["path"]
        assert sorted(entries(baselined)) == sorted(each["rule"] for each in record["baseline"]["known"])
    else:
        assert "17.5 21F79" in done.stdout
        assert "default-level-allow" not in done.stdout


def test_what_is_gone_is_said_and_only_removed_when_asked_for(baselined: Folder) -> None:
    before = (baselined.path / "baseline.yaml").read_bytes()
    baselined.write("policy/a.yaml", OPEN.replace("Allow", "Block"))
    baselined.write("policy/b.yaml", PINNED + MORE)
    done = baselined.run("lint")
    assert "note: baseline.yaml has 1 finding that is gone\n" in done.stderr
    assert "--update-baseline" in done.stderr
    assert before == (baselined.path / "baseline.yaml").read_bytes()
    done = baselined.run("lint", "--update-baseline")
    assert (1, "wrote baseline.yaml\n") == (done.returncode, done.stderr)
    assert 1 == entries(baselined).count("version-pinned-rule")
    assert "default-level-allow" not in entries(baselined)
    after = (baselined.path / "baseline.yaml").read_bytes()
    assert "" == baselined.run("lint", "--update-baseline").stderr
    assert after == (baselined.path / "baseline.yaml").read_bytes()


def test_new_findings_are_added_when_asked_for(baselined: Folder) -> None:
    baselined.write("policy/b.yaml", PINNED + MORE)
    done = baselined.run("lint", "--add-to-baseline")
    assert 0 == done.returncode
    assert 2 == entries(baselined).count("version-pinned-rule")
    assert "no findings" in baselined.run("lint").stdout


def test_a_run_over_some_files_leaves_the_entries_of_others(baselined: Folder) -> None:
    before = entries(baselined)
    baselined.write("policy/a.yaml", OPEN.replace("Allow", "Block"))
    baselined.write("policy/b.yaml", PINNED.replace("17.4 21E219", "17.5 21F79"))
    done = baselined.run("lint", "policy/b.yaml", "--update-baseline")
    assert (1, before) == (done.returncode, entries(baselined))
    assert 0 == baselined.run("lint", "policy/b.yaml", "--add-to-baseline").returncode
    assert 2 == entries(baselined).count("version-pinned-rule")
    assert {*before} < {*entries(baselined)}
    done = baselined.run("lint", "policy/a.yaml", "--update-baseline")
    assert (0, False) == (done.returncode, "default-level-allow" in entries(baselined))


def test_another_baseline_can_be_named(baselined: Folder) -> None:
    baselined.write("policy/b.yaml", PINNED + MORE)
    done = baselined.run("lint", "--baseline", "other.yaml")
    assert 4 == done.returncode
    assert "error: other.yaml: no such baseline" in done.stderr
    assert 0 == baselined.run("lint", "--baseline", "other.yaml", "--update-baseline").returncode
    assert 2 == entries(baselined, "other.yaml").count("version-pinned-rule")


def test_a_baseline_that_a_pattern_matches_is_no_policy_file(baselined: Folder) -> None:
    baselined.write("policylint.yaml", f"version: 1\nbaseline: baseline.yaml\npolicies: ['**/*.yaml']\n{ERRORS}")
    assert 0 == baselined.run("lint").returncode


@pytest.mark.parametrize("option", ["--update-baseline", "--add-to-baseline"])
def test_without_a_name_nothing_is_written(folder: Folder, option: str) -> None:
    folder.write("policy/a.yaml", OPEN)
    done = folder.run("lint", option)
    assert 3 == done.returncode
    assert "error: no baseline is named\n" in done.stderr
    assert "--baseline" in done.stderr


def test_no_baseline_is_written_for_a_policy_that_is_not_valid(folder: Folder) -> None:
    folder.write("policy/a.yaml", OPEN.replace("Allow", "Alow"))
    done = folder.run("lint", "--baseline", "b.yaml", "--update-baseline")
    assert (1, False) == (done.returncode, (folder.path / "b.yaml").exists())
    assert "Alow" in done.stderr


def test_a_baseline_outside_of_the_repository_is_neither_read_nor_written(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\nbaseline: ../baseline.yaml\n")
    folder.write("policy/a.yaml", OPEN)
    done = folder.run("lint", "--update-baseline")
    assert 4 == done.returncode
    assert "outside of the repository" in done.stderr
    assert not (folder.path.parent / "baseline.yaml").exists()


def test_what_is_wrong_with_it_is_said_with_its_place(baselined: Folder) -> None:
    baselined.write("baseline.yaml", "version: 1\nfindings:\n  - {rule: a, lines: 3}\n")
    done = baselined.run("lint")
    assert 3 == done.returncode
    assert done.stderr.startswith("baseline.yaml:3:15: error: the baseline cannot be read: ")


def test_what_lint_does_not_report_does_not_refuse_a_plan(baselined: Folder) -> None:
    from tests.worlds import sealed

    baselined.write("live.json", sealed())
    done = baselined.run("plan", "--snapshot", "live.json")
    assert "default-level-allow" not in done.stdout + done.stderr


def test_without_the_configured_snapshot_nothing_is_removed(baselined: Folder) -> None:
    baselined.write("policylint.yaml", f"version: 1\nbaseline: baseline.yaml\nsnapshot: live.json\n{ERRORS}")
    baselined.write("policy/a.yaml", OPEN.replace("Allow", "Block"))
    before = entries(baselined)
    for option in ((), ("--no-snapshot",)):
        assert "gone" not in baselined.run("lint", *option).stderr
        done = baselined.run("lint", "--update-baseline", *option)
        assert (0, before) == (done.returncode, entries(baselined))
        assert "nothing is removed from baseline.yaml" in done.stderr
