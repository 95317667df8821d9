"""`policylint diff` at a terminal: revisions, folders, snapshots; the verdict, the regions, the exit code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from policylint.documentation import Page, docs_line
from tests.cli.conftest import Folder

SCHEMA = Path(__file__).parents[2] / "schemas" / "output" / "diff-v1.schema.json"
RULES = "policy/device-access-rules.yaml"
IDENTITY = ("-c", "user.name=Jane Roe", "-c", "user.email=jane.roe@contoso.com")


def git(folder: Folder, *arguments: str) -> None:
    subprocess.run(["git", *IDENTITY, *arguments], cwd=folder.path, check=True, capture_output=True)


@pytest.fixture
def repository(example: Folder) -> Folder:
    """Return the example as a git repository with one commit."""
    git(example, "init", "--quiet", "--initial-branch=main", ".")
    git(example, "add", "--all")
    git(example, "commit", "--quiet", "--message=first")
    return example


def change(folder: Folder, before: str, after: str, path: str = RULES) -> None:
    text = (folder.path / path).read_text(encoding="utf-8")
    assert before in text
    folder.write(path, text.replace(before, after, 1))


def diff(folder: Folder, *arguments: str) -> dict[str, Any]:
    done = folder.run("diff", *arguments, "--format", "json")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    record: dict[str, Any] = json.loads(done.stdout)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(record)
    return record


IPHONE = "QueryString: iPhone\n    AccessLevel: Allow"


def test_nothing_changed(repository: Folder) -> None:
    done = repository.run("diff")
    assert (0, "equal: no device can tell the two apart") == (done.returncode, done.stdout.splitlines()[0])
    change(repository, "# ", "# another comment and another ")
    assert "equal" == diff(repository)["verdict"]


def test_a_changed_rule_is_one_region_with_a_witness(repository: Folder) -> None:
    change(repository, "QueryString: iPod\n    AccessLevel: Quarantine", "QueryString: iPod\n    AccessLevel: Block")
    found = diff(repository)
    assert "stricter" == found["verdict"]
    assert [("iPod (DeviceType)", "Quarantine", "Block")] == [
        (rule["identity"], rule["before"], rule["after"]) for rule in found["rules"]
    ]
    assert all(region["values"]["DeviceType"] == {"oneOf": ["iPod"]} for region in found["regions"])
    assert found["stricter"] == sum(region["devices"] for region in found["regions"]) > 0
    first = found["regions"][0]
    assert ("iPod", "Blocked") == (first["witness"]["DeviceType"], first["after"]["state"])
    assert first["before"]["decidedBy"]["path"] == f"HEAD:{RULES}"
    assert first["after"]["decidedBy"]["path"] == RULES


def test_a_rule_without_effect_is_equal(folder: Folder) -> None:
    rule = "deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPod, AccessLevel: Block}]\n"
    for name, rules in (("one", ""), ("two", rule)):
        folder.write(f"{name}/policylint.yaml", "version: 1\n")
        folder.write(f"{name}/policy/a.yaml", f"organization: {{DefaultAccessLevel: Block}}\n{rules}")
    done = folder.run("diff", "one", "two")
    assert "equal: no device can tell the two apart (1 rule changed, without effect)" in done.stdout
    assert "for another reason, with the same access: " in done.stdout


def test_two_revisions_and_the_way_back(repository: Folder) -> None:
    change(repository, "DefaultAccessLevel: Quarantine", "DefaultAccessLevel: Allow", "policy/organization.yaml")
    git(repository, "commit", "--quiet", "--all", "--message=second")
    assert "looser" == diff(repository, "HEAD~1", "HEAD")["verdict"]
    assert "stricter" == diff(repository, "HEAD", "HEAD~1")["verdict"]
    assert "looser" == diff(repository, "HEAD~1")["verdict"]


def test_a_repository_below_the_top_of_the_work_tree(example: Folder) -> None:
    top = example.path.parent
    (top / ".git").rmdir()
    subprocess.run(["git", "init", "--quiet", str(top)], check=True, capture_output=True)
    git(example, "add", "--all")
    git(example, "commit", "--quiet", "--message=first")
    assert "equal" == diff(example)["verdict"]


def test_policy_against_live_state_agrees_with_simulate(example: Folder) -> None:
    found = diff(example, "live")
    changed = json.loads(example.run("simulate", "--format", "json").stdout)["devices"]
    assert sum(device["changed"] for device in changed) == sum(region["devices"] for region in found["regions"])
    assert found["regions"] == diff(example, "live.json")["regions"]


def test_two_folders(folder: Folder) -> None:
    for name, level in (("one", "Allow"), ("two", "Block")):
        folder.write(f"{name}/policylint.yaml", "version: 1\n")
        folder.write(f"{name}/policy/a.yaml", f"organization: {{DefaultAccessLevel: {level}}}\n")
    found = diff(folder, "one", "two")
    assert ("stricter", 1, 0) == (found["verdict"], len(found["regions"]), found["devices"])
    assert {"anyExcept": []} == found["regions"][0]["values"]["DeviceType"]


@pytest.mark.parametrize(
    ("level", "fail_on", "code"),
    [
        ("Allow", "looser", 1),
        ("Allow", "stricter", 0),
        ("Allow", "any", 1),
        ("Block", "looser", 0),
        ("Block", "stricter", 1),
    ],
)
def test_the_exit_code_on_demand(repository: Folder, level: str, fail_on: str, code: int) -> None:
    change(repository, "DefaultAccessLevel: Quarantine", f"DefaultAccessLevel: {level}", "policy/organization.yaml")
    assert code == repository.run("diff", "--fail-on", fail_on).returncode
    assert 0 == repository.run("diff").returncode


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("nowhere",), 3, "no revision `nowhere`, and no such folder or file"),
        (("--", "--output=x"), 3, "`--output=x` is not a revision"),
        (("policy",), 3, "policy: neither policylint.yaml nor live state in this folder"),
        ((RULES,), 3, "is a file"),
        (("live.json", "policylint.yaml"), 3, "is a file"),
    ],
)
def test_what_cannot_be_compared(repository: Folder, arguments: tuple[str, ...], code: int, message: str) -> None:
    done = repository.run("diff", *arguments)
    assert (code, "") == (done.returncode, done.stdout)
    assert message in done.stderr
    assert ("no revision" in message) == (docs_line(Page.DIFF) in done.stderr.splitlines())


def test_outside_of_git(folder: Folder) -> None:
    (folder.path / ".git").rmdir()
    folder.write("policylint.yaml", "version: 1\n")
    folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: Allow}\n")
    done = folder.run("diff", GIT_CEILING_DIRECTORIES=str(folder.path.parent))
    assert 4 == done.returncode
    assert "not a git repository" in done.stderr


def test_a_broken_revision_says_where(repository: Folder) -> None:
    change(repository, "AccessLevel: Allow", "AccessLevel: Permit")
    git(repository, "commit", "--quiet", "--all", "--message=broken")
    change(repository, "AccessLevel: Permit", "AccessLevel: Allow")
    done = repository.run("diff")
    assert 1 == done.returncode
    assert f"HEAD:{RULES}:7:18: error: " in done.stderr


EMBEDDED = """[core]
\trepositoryformatversion = 0
\tbare = false
\tworktree = .
[filter "x"]
\tsmudge = "touch {proof}; cat"
"""
ASSERTING = """organization:
  DefaultAccessLevel: Allow
assertions:
  - name: nobody gets in who was out
    no-new-access: {since: HEAD}
"""


@pytest.mark.parametrize("command", [["diff"], ["diff", "HEAD"], ["test"]])
def test_a_repository_inside_the_repository_is_not_used(tmp_path: Path, command: list[str]) -> None:
    """A commit can hold the files of a bare repository, whose configuration runs a program as a filter."""
    inner, outer = Folder(tmp_path / "inner"), Folder(tmp_path / "outer")
    for each in (inner, outer):
        each.write("policylint.yaml", "version: 1\npolicies: [policy/*.yaml]\n")
        each.write("policy/a.yaml", ASSERTING)
        git(each, "init", "--quiet", "--initial-branch=main", ".")
    inner.write(".gitattributes", "*.yaml filter=x\n")
    for each in (inner, outer):
        git(each, "add", "--all")
        git(each, "commit", "--quiet", "--message=first")
    outer.write("sub/policylint.yaml", (inner.path / "policylint.yaml").read_bytes())
    for name in ("HEAD", "objects", "refs"):
        path = inner.path / ".git" / name
        (shutil.copytree if path.is_dir() else shutil.copy)(path, outer.path / "sub" / name)
    proof = tmp_path / "proof"
    outer.write("sub/policy/a.yaml", ASSERTING)
    outer.write("sub/config", EMBEDDED.format(proof=proof))
    (outer.path / "policylint.yaml").unlink()
    (outer.path / "policylint.yaml").symlink_to("sub/policylint.yaml")
    done = outer.run(*command)
    assert not proof.exists()
    assert 0 == done.returncode


def test_a_program_called_git_in_the_current_folder_is_not_run(repository: Folder, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    program = repository.write("git", f"#!/bin/sh\ntouch {proof}\n")
    program.chmod(0o755)
    done = repository.run("diff", PATH=f".{os.pathsep}{os.pathsep}{os.environ['PATH']}")
    assert (0, "") == (done.returncode, done.stderr)
    assert not proof.exists()
    done = repository.run("diff", PATH=".")
    assert (4, True) == (done.returncode, "git is not on PATH" in done.stderr)
    assert not proof.exists()


def spoofed(repository: Folder, name: str) -> None:
    """Let more in, and put a folder with the same policy where a name may be looked for."""
    change(repository, "DefaultAccessLevel: Quarantine", "DefaultAccessLevel: Allow", "policy/organization.yaml")
    shutil.copytree(repository.path / "policy", repository.path / name / "policy")
    (repository.path / name / "policylint.yaml").write_text("version: 1\n", encoding="utf-8")


def test_no_folder_takes_the_place_of_a_revision(repository: Folder) -> None:
    git(repository, "update-ref", "refs/remotes/origin/main", "HEAD")
    sha = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repository.path, check=True, capture_output=True, text=True)
    names = ("origin/main", sha.stdout.strip(), "HEAD")
    spoofed(repository, names[0])
    for name in names[1:]:
        shutil.copytree(repository.path / names[0], repository.path / name)
    assert "looser" == diff(repository)["verdict"]
    for name in names:
        assert "looser" == diff(repository, "--base", name)["verdict"]
        assert 1 == repository.run("diff", "--base", name, "--fail-on=looser").returncode
        done = repository.run("diff", name)
        assert (3, "") == (done.returncode, done.stdout)
        assert f"`{name}` is ambiguous: a path and a revision" in done.stderr
        assert f"write `./{name}`" in done.stderr
        assert "equal" == diff(repository, f"./{name}")["verdict"]


def test_a_file_of_the_name_is_ambiguous_too(repository: Folder) -> None:
    repository.write("main", "x")
    assert "ambiguous" in repository.run("diff", "main").stderr
    assert "equal" == diff(repository, "--base", "main")["verdict"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--base", "main", "live"), "--base excludes OLD and NEW"),
        (("--base", "policy"), "no revision `policy`"),
        (("--base", "live"), "no revision `live`"),
        (("--base", ""), "no revision ``"),
        (("--base=-x",), "`-x` is not a revision"),
    ],
    ids=str,
)
def test_what_is_no_base(repository: Folder, arguments: tuple[str, ...], words: str) -> None:
    done = repository.run("diff", *arguments)
    assert (3, "") == (done.returncode, done.stdout)
    assert words in done.stderr
    assert ("no revision" in words) == (docs_line(Page.DIFF) in done.stderr.splitlines())


@pytest.mark.parametrize("name", ["origin/main", "./origin/main"])
@pytest.mark.parametrize("is_known", [True, False])
def test_no_folder_takes_the_place_of_since(repository: Folder, name: str, is_known: bool) -> None:
    if is_known:
        git(repository, "update-ref", "refs/remotes/origin/main", "HEAD")
    spoofed(repository, "origin/main")
    repository.write("policy/since.yaml", f"assertions: [{{name: none, no-new-access: {{since: {name}}}}}]\n")
    done = repository.run("test", "--format", "json")
    (found,) = [each for each in json.loads(done.stdout)["assertions"] if each["name"] == "none"]
    expected = "passed" if name.startswith("./") else "failed" if is_known else "undecided"
    assert expected == found["outcome"]
    assert is_known or name.startswith("./") or "for the folder write `./origin/main`" in found["message"]


def test_a_base_without_a_policy_is_nothing_to_compare_with(repository: Folder) -> None:
    git(repository, "rm", "--quiet", "--cached", "policylint.yaml")
    git(repository, "commit", "--quiet", "--message=no policylint.yaml")
    git(repository, "branch", "empty")
    words = "nothing to compare with: `empty` has no policylint.yaml in this folder"
    done = repository.run("diff", "--base=empty", "--fail-on=any", "--format=text", "--format=json=diff.json")
    assert (0, f"{words}\n") == (done.returncode, done.stdout)
    assert f"note: {words}" in done.stderr
    record = json.loads((repository.path / "diff.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(record)
    assert ("not-compared", [words]) == (record["verdict"], record["notes"])
    shown = repository.run("diff", "--base=empty", "--format=markdown").stdout
    assert 1 == shown.count("\n")
    assert shown.startswith("nothing to compare with: ")
    assert 3 == repository.run("diff", "empty").returncode
    repository.write("policy/wrong.yaml", "x: [")
    assert 1 == repository.run("diff", "--base=empty").returncode
