"""`policylint rules` and `policylint explain`: the rules there are, a new one, and the page of one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

CONFIG = "version: 1\ncustom-rules: [lint/]\n"
POLICY = "organization: {DefaultAccessLevel: Allow}\n"


@pytest.fixture
def house(folder: Folder) -> Folder:
    """Return a repository with a folder for rules of its own, which is not there yet."""
    folder.write("policylint.yaml", CONFIG)
    folder.write("policy/a.yaml", POLICY)
    return folder


def test_a_new_rule_is_in_force_at_once(house: Folder) -> None:
    done = house.run("rules", "new", "house/open-default")
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.splitlines()[0] == "lint/house/open-default/rule.yaml"
    assert house.run("explain", "open-default").stdout.startswith("open-default (warning): ")
    listed = json.loads(house.run("rules", "--format", "json").stdout)["rules"]
    assert {"open-default", "default-level-allow", "syntax"} <= {rule["id"] for rule in listed}
    found = json.loads(house.run("lint", "--format", "json").stdout)["diagnostics"]
    assert {"open-default", "default-level-allow"} <= {diagnostic["rule"] for diagnostic in found}
    assert 0 == house.run("rules", "new", "house/another-rule").returncode


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(["new"], "`rules new` makes one rule", id="no-name"),
        pytest.param(["new", "a/b", "c/d"], "`rules new` makes one rule", id="two-names"),
        pytest.param(
            ["tset", "a/b"], "unexpected argument `tset`\n  = help: did you mean `test`?", id="another-action"
        ),
        pytest.param(["test", "--folder", "lint"], "--folder is for `rules new`", id="folder-of-test"),
        pytest.param(["test", "policy"], "policy: there is no rule below this folder", id="no-rules-there"),
        pytest.param(["new", "b"], "`b` is not the name of a rule", id="no-group"),
        pytest.param(["new", "house/expired-exemption"], "there is a rule `expired-exemption` already", id="taken"),
        pytest.param(["new", "house/device-os-rule-rots"], "there is a rule `device-os-rule-rots` already", id="alias"),
        pytest.param(["--folder", "lint"], "--folder is for `rules new`", id="folder-alone"),
    ],
)
def test_what_is_not_a_new_rule_is_refused(house: Folder, arguments: list[str], expected: str) -> None:
    done = house.run("rules", *arguments)
    assert (3, "") == (done.returncode, done.stdout)
    assert f"error: {expected}\n" in done.stderr
    assert not (house.path / "lint").exists()


def test_nothing_is_overwritten(house: Folder) -> None:
    page = house.write("lint/house/open-default/rule.md", "# open-default\n")
    done = house.run("rules", "new", "house/open-default")
    assert (3, "") == (done.returncode, done.stdout)
    assert "error: not overwritten: lint/house/open-default/rule.md" in done.stderr
    assert [page] == [path for path in (house.path / "lint").rglob("*") if path.is_file()]


def test_the_folder_of_a_new_rule_may_be_named(folder: Folder) -> None:
    folder.write("policy/a.yaml", POLICY)
    assert 3 == folder.run("rules", "new", "house/open-default").returncode
    done = folder.run("rules", "new", "house/open-default", "--folder", "own")
    assert (0, "note: add `custom-rules: [own]` to policylint.yaml\n") == (done.returncode, done.stderr)
    assert (folder.path / "own" / "house" / "open-default" / "bad" / "example.yaml").is_file()


def test_a_rule_that_is_not_well_formed_is_refused_where_it_is_wrong(house: Folder) -> None:
    house.run("rules", "new", "house/open-default")
    path = house.path / "lint" / "house" / "open-default" / "rule.yaml"
    path.write_text(path.read_text().replace("[Allow]", "[Alow]"))
    done = house.run("lint")
    assert (4, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("lint/house/open-default/rule.yaml:5:46: error: this entry is `Alow`")
    assert "write `Allow`" in done.stderr


@pytest.mark.parametrize(("link", "target"), [("evil", "/etc"), ("evil", "nowhere"), ("house/evil", "/nowhere")])
def test_a_link_to_no_folder_of_the_repository_is_named(house: Folder, link: str, target: str) -> None:
    house.run("rules", "new", "house/open-default")
    (house.path / "lint" / link).symlink_to(target)
    done = house.run("lint")
    assert (4, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith(f"error: lint/{link}: ")


@pytest.mark.parametrize("name", ["version-pinned-rule", "device-os-rule-rots"])
def test_a_page_is_found_by_the_id_and_by_an_earlier_one(folder: Folder, name: str) -> None:
    done = folder.run("explain", name)
    assert done.stdout.startswith("version-pinned-rule (warning): ")
    assert "\n## How to fix\n" in done.stdout


@pytest.mark.parametrize("name", ["syntax", "schema", "file", "suppression", "fmt"])
def test_what_policylint_itself_finds_has_a_page(folder: Folder, name: str) -> None:
    done = folder.run("explain", name)
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith(f"{name} (error): ")
    assert "\n## Why it matters\n" in done.stdout


def test_a_rule_without_a_group_is_not_passed_over(house: Folder) -> None:
    house.write("lint/open-default/rule.yaml", "title: Open\n")
    done = house.run("lint")
    assert (4, "") == (done.returncode, done.stdout)
    assert ": error: lint: open-default/rule.yaml is not GROUP/ID/rule.yaml\n" in done.stderr


@pytest.mark.parametrize("pack", ["recommended", "hybrid", "cis-exchange-2019-l1"])
def test_the_rules_of_a_pack(example: Folder, pack: str) -> None:
    every = json.loads(example.run("rules", "--format", "json").stdout)["rules"]
    wanted = [rule for rule in every if pack in rule["packs"]]
    assert 0 < len(wanted) < len(every)
    assert wanted == json.loads(example.run("rules", "--pack", pack, "--format", "json").stdout)["rules"]
    text = example.run("rules", "--pack", pack).stdout
    assert [rule["id"] for rule in wanted] == [line.split()[0] for line in text.splitlines()]


def test_a_pack_that_is_not_there(example: Folder) -> None:
    done = example.run("rules", "--pack", "hybird")
    assert (3, True) == (done.returncode, "did you mean `hybrid`?" in done.stderr)
    assert 3 == example.run("rules", "new", "house/x", "--pack", "hybrid").returncode
