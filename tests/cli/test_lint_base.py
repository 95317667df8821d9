"""`lint --base` and `lint --changed` in repositories: branches, renames, clones, folders, and where there is no git."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from policylint.adapters.git import Repository as Git
from tests.cli.test_since import LIVE_SECOND, Repository
from tests.texts import output_schema
from tests.worlds import sealed

if TYPE_CHECKING:
    from pathlib import Path

OPEN, PINNED = "default-level-allow", "version-pinned-rule"
CONFIG = f"version: 1\nseverity: {{{OPEN}: error}}\n"
ORGANIZATION = "organization: {DefaultAccessLevel: Allow}\n"
RULES = "deviceAccessRules:\n"
RULE = "  - {{Characteristic: DeviceOS, QueryString: iOS {}, AccessLevel: Block}}\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Return a branch beside `main`, which has an error; the branch adds a rule, and main has fixed another one."""
    found = Repository(tmp_path_factory.mktemp("lint"))
    found.git("init", "-q", "-b", "main")
    found.write("policylint.yaml", CONFIG)
    found.write("policy/a.yaml", ORGANIZATION)
    found.commit("policy/b.yaml", RULES + RULE.format("17.4 21E219"))
    found.git("checkout", "-q", "-b", "branch")
    found.commit("policy/b.yaml", RULES + RULE.format("17.4 21E219") + RULE.format("17.5 21F79"))
    found.git("checkout", "-q", "main")
    found.commit("policy/b.yaml", "mailboxes: []\n")
    found.git("checkout", "-q", "branch")
    return found


@pytest.fixture
def branch(made: Repository) -> Repository:
    """Return the branch as it is committed."""
    made.git("checkout", "-q", "-f", "branch")
    made.git("reset", "-q", "--hard")
    made.git("clean", "-q", "-f", "-d")
    return made


def record(folder: Repository, *arguments: str) -> dict[str, Any]:
    done = folder.run("lint", "--format", "json", *arguments)
    found: dict[str, Any] = json.loads(done.stdout)
    output_schema("lint").validate(found)
    return found | {"code": done.returncode, "notes": done.stderr}


def found(result: dict[str, Any]) -> list[tuple[str, int]]:
    return [(each["path"], each["line"]) for each in result["diagnostics"]]


def test_only_what_the_branch_brings_is_shown_and_counts(branch: Repository) -> None:
    """What only `main` has fixed since is not from the branch."""
    result = record(branch, "--base", "main")
    assert ([("policy/b.yaml", 3)], 0, "main") == (found(result), result["code"], result["base"])
    assert (2, []) == (result["summary"]["earlier"], result["weakened"])
    text = branch.run("lint", "--base", "main", "--strict")
    assert (1, "1 warning in 2 files (2 findings already at main)") == (text.returncode, text.stdout.splitlines()[0])
    assert [] == found(record(branch, "--base", "main", "policy/a.yaml"))
    assert 1 == record(branch, "--base", "main", "--ignore", PINNED)["summary"]["earlier"]


def test_a_branch_that_weakens_the_checks_is_told(branch: Repository) -> None:
    branch.write("policylint.yaml", CONFIG.replace("error", "off"))
    branch.write("policy/a.yaml", ORGANIZATION + "\n")
    text = RULES + RULE.format("17.4 21E219").replace("}\n", f"}}  # policylint: ignore[{PINNED}] old (owner: it)\n")
    branch.write("policy/b.yaml", text)
    result = record(branch, "--base", "main")
    assert ([], 0) == (found(result), result["code"])
    setting: dict[str, Any] = {
        "kind": "setting",
        "name": f"severity.{OPEN}",
        "before": "error",
        "after": "off",
        "path": None,
    }
    comment: dict[str, Any] = {
        "kind": "comment",
        "name": PINNED,
        "before": None,
        "after": None,
        "path": "policy/b.yaml",
        "line": 2,
    }
    assert [comment, setting] == [
        {name: each[name] for name in expected}
        for each, expected in zip(result["weakened"], (comment, setting), strict=True)
    ]
    words = (f"`severity.{OPEN}`: error -> off", f"policy/b.yaml:2: a comment ignores `{PINNED}`: old")
    assert all(f"note: may find less than at main: {each}\n" in result["notes"] for each in words)
    done = branch.run("lint", "--base", "main", "--format=text", "--format=markdown=a.md", "--format=github=b.txt")
    assert "; may find less than at main: 1 new ignore comment, 1 setting)" in done.stdout.splitlines()[0]
    markdown, github = ((branch.path / name).read_text(encoding="utf-8") for name in ("a.md", "b.txt"))
    assert "**May find less than at main**" in markdown
    assert "::warning file=policy/b.yaml,line=2,endLine=2,title=policylint weakened,col=" in github
    assert "::warning title=policylint weakened::may find less than at main: `severity" in github


def test_with_all_what_the_base_has_is_shown_and_counts(branch: Repository) -> None:
    branch.write("policylint.yaml", CONFIG + "domains: [contoso.com]\n")
    result = record(branch, "--base", "main", "--all")
    assert (3, 1, 0) == (len(result["diagnostics"]), result["code"], result["summary"]["earlier"])
    assert ["domains"] == [each["name"] for each in result["weakened"]]
    done = branch.run("lint", "--base", "main", "--all", "--format", "sarif")
    assert not [each for each in json.loads(done.stdout)["runs"][0]["results"] if "baselineState" in each]


def test_live_state_that_is_committed_anew_is_told(branch: Repository) -> None:
    """One that is on disk only is what the run was given."""
    branch.write("live.json", sealed(LIVE_SECOND))
    names = [each["name"] for each in record(branch, "--base", "main", "--snapshot", "live.json")["weakened"]]
    branch.git("add", "live.json")
    branch.git("commit", "-q", "-m", "live")
    try:
        assert [] == names
        result = record(branch, "--base", "main", "--snapshot", "live.json")
        assert ["`snapshot.live.json` is new"] == [each["message"] for each in result["weakened"]]
    finally:
        branch.git("reset", "-q", "--hard", "HEAD~1")


def test_an_error_of_form_that_the_base_has_too_fails_the_run(branch: Repository) -> None:
    branch.git("checkout", "-q", "-b", "broken")
    branch.commit("policy/x.yaml", "mailboxes: {")
    branch.write("policy/x.yaml", "mailboxes: {\n# more\n")
    try:
        result = record(branch, "--base", "broken")
        assert (1, ["syntax"]) == (result["code"], [each["rule"] for each in result["diagnostics"]])
        assert "note: rules see only part of the policy at broken, so more may count as new: " in result["notes"]
    finally:
        branch.git("checkout", "-q", "-f", "branch")


def test_a_renamed_folder_brings_nothing(branch: Repository) -> None:
    branch.git("mv", "policy/b.yaml", "policy/rules.yaml")
    assert [("policy/rules.yaml", 3)] == found(record(branch, "--base", "main"))


def test_only_findings_in_files_that_differ_are_shown(branch: Repository) -> None:
    assert [] == found(record(branch, "--changed"))
    assert 3 == record(branch, "--changed")["summary"]["unselected"]
    branch.write("policy/c.yaml", RULES + RULE.format("17.6 21G80"))
    assert [("policy/c.yaml", 2)] == found(record(branch, "--changed")), "untracked"
    branch.write("policy/a.yaml", "# why\n" + ORGANIZATION)
    branch.git("add", "policy/a.yaml")
    both = [("policy/a.yaml", 2), ("policy/c.yaml", 2)]
    assert both == found(record(branch, "--changed")), "staged"
    branch.write("policy/a.yaml", ORGANIZATION.replace("\n", "\r\n"))
    branch.git("rm", "-q", "policy/b.yaml")
    assert both[1:] == found(record(branch, "--changed")), "as it was but for its line ends, and deleted"
    assert [("policy/c.yaml", 2)] == found(record(branch, "--base", "main", "--changed"))


def test_a_finding_about_two_files_is_shown_if_either_differs(branch: Repository) -> None:
    branch.write("policy/0.yaml", RULES + RULE.format("17.4 21E219"))
    result = record(branch, "--changed")
    twice = [each for each in result["diagnostics"] if each["rule"] == "access-rule-duplicate"]
    assert {"policy/0.yaml", "policy/b.yaml"} == {part["path"] for each in twice for part in (each, *each["related"])}


def test_a_sub_folder_and_a_repository_without_a_commit(tmp_path: Path) -> None:
    outer = Repository(tmp_path)
    outer.git("init", "-q", "-b", "main")
    inner = Repository(tmp_path / "policies")
    inner.write("policylint.yaml", CONFIG)
    inner.write("policy/a.yaml", ORGANIZATION)
    assert [("policy/a.yaml", 1)] == found(record(inner, "--changed")), "nothing is committed yet"
    assert "no revision `HEAD`\n  = help: there is no commit yet" in inner.run("lint", "--base", "HEAD").stderr
    outer.git("add", ".")
    outer.git("commit", "-q", "-m", "change")
    assert [] == found(record(inner, "--changed"))
    assert [] == found(record(inner, "--base", "HEAD"))
    inner.write("policy/b.yaml", RULES + RULE.format("17.6 21G80"))
    for arguments in (("--changed",), ("--base", "HEAD")):
        assert [("policy/b.yaml", 2)] == found(record(inner, *arguments))
        done = outer.run("lint", *arguments, "--format", "concise", "policies")
        assert done.stdout.startswith("policies/policy/b.yaml:2:"), done.stderr


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("nowhere", "no revision `nowhere`\n  = help: name a branch, a tag or a commit, and fetch it first: in CI"),
        ("-x", "`-x` is not a revision"),
    ],
)
def test_a_base_that_is_not_there_is_named(branch: Repository, base: str, words: str) -> None:
    done = branch.run("lint", f"--base={base}")
    assert (3, "") == (done.returncode, done.stdout)
    assert words in done.stderr


def test_a_name_that_is_two_things_is_refused(branch: Repository) -> None:
    """A tag `origin/main` is what git takes before the branch of that name; in full, a name is one thing."""
    branch.git("update-ref", "refs/remotes/origin/main", "main")
    branch.git("tag", "origin/main", "branch")
    branch.git("tag", "HEAD", "main")
    try:
        for command in (("lint", "--base", "origin/main"), ("diff", "origin/main~0")):
            done = branch.run(*command)
            assert (3, "") == (done.returncode, done.stdout)
            assert "may be more than one branch or tag\n  = help: write it in full" in done.stderr
        assert [("policy/b.yaml", 3)] == found(record(branch, "--base", "refs/remotes/origin/main"))
        assert [] == found(record(branch, "--base", "HEAD"))
        branch.git("tag", "refs/remotes/origin/gone", "branch")
        assert "no revision `refs/remotes/origin/gone`" in branch.run("lint", "--base=refs/remotes/origin/gone").stderr
        history = Git(branch.path)
        assert ("origin/main", history.common("main")) == history.branch_point()
    finally:
        branch.git("tag", "-d", "origin/main", "HEAD", "refs/remotes/origin/gone")
        branch.git("update-ref", "-d", "refs/remotes/origin/main")


def test_a_shallow_clone_says_what_to_fetch(made: Repository, tmp_path: Path) -> None:
    clone = Repository(tmp_path / "shallow")
    url = made.path.as_uri()
    subprocess.run(["git", "clone", "-q", "--depth", "1", "--branch", "branch", url, str(clone.path)], check=True)
    done = clone.run("lint", "--base", "origin/main")
    assert 3 == done.returncode
    assert "this clone is shallow: in CI check out with `fetch-depth: 0`" in done.stderr
    subprocess.run(["git", "fetch", "-q", "--depth", "1", "origin", "main:main"], cwd=clone.path, check=True)
    result = record(clone, "--base", "main")
    assert "`main` and this branch have no commit in common in this clone" in result["notes"]
    assert 1 == result["summary"]["earlier"]


def test_without_a_policylint_yaml_there_is_no_base(tmp_path: Path) -> None:
    folder = Repository(tmp_path)
    folder.git("init", "-q")
    folder.write("policy/a.yaml", ORGANIZATION)
    done = folder.run("lint", "--base", "HEAD")
    assert (3, "") == (done.returncode, done.stdout)
    assert "--base needs a policylint.yaml" in done.stderr


def test_a_baseline_of_the_command_line_is_read_as_the_base_has_it(branch: Repository, tmp_path: Path) -> None:
    entry = f"{{rule: {PINNED}, kind: deviceAccessRule, name: iOS 17.4 21E219 (DeviceOS)"
    text = f"version: 1\nfindings: [{entry}, words: {{value: iOS 17.4 21E219}}}}]\n"
    branch.write("known.yaml", text)
    result = record(branch, "--base", "main", "--baseline", "known.yaml")
    assert (1, 1) == (result["summary"]["baseline"], result["summary"]["earlier"])
    assert [f"the baseline holds 1 finding of `{PINNED}` more"] == [each["message"] for each in result["weakened"]]
    (tmp_path / "known.yaml").write_text(text, encoding="utf-8")
    assert [] == record(branch, "--base", "main", "--baseline", str(tmp_path / "known.yaml"))["weakened"]
