"""The hooks as git runs them: they see deletions, and end at once where a commit does not concern the policy."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.cli.conftest import Folder

ROOT = Path(__file__).parents[2]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
POLICY = "organization:\n  DefaultAccessLevel: Quarantine\n  AdminMailRecipients: [it@contoso.com]\n"
BROKEN = "organization: {DefaultAccessLevel: Alow}\n"


def git(folder: Path, *arguments: str) -> None:
    names = ["-c", "user.name=Test", "-c", "user.email=test@contoso.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *names, *arguments], cwd=folder, capture_output=True, check=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with a policy that is in a subfolder of it, and other files."""
    (tmp_path / "policylint.yaml").write_text("version: 1\n", encoding="utf-8")
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "a.yaml").write_text(POLICY, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("notes\n", encoding="utf-8")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "all")
    return tmp_path


def run(folder: Path, entry: str) -> int:
    program, *arguments = shlex.split(entry)
    assert "policylint" == program
    return Folder(folder).run(*arguments).returncode


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_always_runs_and_takes_no_file_names(hook: dict[str, object]) -> None:
    assert (True, False, True) == (hook["always_run"], hook["pass_filenames"], "types_or" not in hook)
    assert str(hook["entry"]).endswith(" --staged")


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
@pytest.mark.parametrize("gone", [["policy/a.yaml"], ["policylint.yaml", "policy/a.yaml"]], ids=len)
def test_a_commit_that_only_deletes_policy_is_checked(repository: Path, hook: dict[str, str], gone: list[str]) -> None:
    git(repository, "rm", "--quiet", *gone)
    assert 4 == run(repository, hook["entry"])


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_commit_of_other_files_ends_at_once(repository: Path, hook: dict[str, str]) -> None:
    (repository / "policy" / "a.yaml").write_text(BROKEN, encoding="utf-8")
    (repository / "notes.txt").write_text("more\n", encoding="utf-8")
    git(repository, "add", "notes.txt")
    assert 0 == run(repository, hook["entry"])
    git(repository, "add", "--all")
    assert 1 == run(repository, hook["entry"])


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_run_over_all_files_checks(repository: Path, hook: dict[str, str]) -> None:
    (repository / "policy" / "a.yaml").write_text(BROKEN, encoding="utf-8")
    git(repository, "commit", "--all", "--quiet", "--message", "broken")
    assert 1 == run(repository, hook["entry"])


def test_what_pre_commit_is_told_about_the_hooks() -> None:
    for hook in HOOKS:
        assert ["pre-commit", "pre-push", "manual"] == hook["stages"]
        assert "3.2.0" == hook["minimum_pre_commit_version"], "the first that knows these names of stages"
    assert ["policylint"] == [hook["id"] for hook in HOOKS if hook.get("verbose")], "warnings are seen"


class Said(NamedTuple):
    """The exit code of a hook, and what it says."""

    returncode: int
    stdout: str
    stderr: str


def said(folder: Path, hook: dict[str, str]) -> Said:
    """Return what a hook says."""
    done = Folder(folder).run(*shlex.split(hook["entry"])[1:])
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("broken", [BROKEN, "organization: [}\n"], ids=["schema", "syntax"])
def test_no_finding_is_printed_twice(repository: Path, broken: str) -> None:
    (repository / "policy" / "a.yaml").write_text(broken, encoding="utf-8")
    git(repository, "add", "--all")
    lint, fmt, test = (said(repository, hook) for hook in HOOKS)
    assert [1, 1, 1] == [lint.returncode, fmt.returncode, test.returncode]
    assert "policy/a.yaml:1:" in lint.stdout
    assert "policy/a.yaml:1:" not in fmt.stdout + fmt.stderr + test.stdout + test.stderr
    hint = "  = help: see `policylint lint`\n"
    assert f"error: the policy is not valid: 1 error; no test was run\n{hint}" == test.stderr
    assert f"error: the policy is not valid: 1 error\n{hint}" == fmt.stderr
    alone = Folder(repository).run("test")
    assert "policy/a.yaml:1:" in alone.stderr


@pytest.fixture
def subfolders(repository: Path) -> Path:
    """Return a repository with two policies in subfolders, and a rule that has a policylint.yaml of its own."""
    git(repository, "rm", "--quiet", "policylint.yaml", "policy/a.yaml")
    for name in ("east", "west/policies"):
        folder = Folder(repository / name)
        folder.write("policylint.yaml", "version: 1\n")
        folder.write("policy/a.yaml", POLICY)
        folder.write("lint/house/x/policylint.yaml", "version: [\n")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "moved")
    return repository


def test_policies_in_subfolders_are_found_and_those_that_the_commit_changes_are_checked(subfolders: Path) -> None:
    (subfolders / "west/policies/policy/a.yaml").write_text(BROKEN, encoding="utf-8")
    (subfolders / "east/policy/a.yaml").write_text(f"{POLICY}# more\n", encoding="utf-8")
    git(subfolders, "add", "east")
    assert (0, "no tests: write some under `tests:`\n") == said(subfolders, HOOKS[2])[:2]
    git(subfolders, "add", "west")
    code, _, told = said(subfolders, HOOKS[2])
    assert 1 == code
    assert "see `policylint lint --config west/policies/policylint.yaml`" in told


def test_each_policy_has_its_own_exit_code_and_the_highest_counts(subfolders: Path) -> None:
    git(subfolders, "rm", "--quiet", "east/policy/a.yaml")
    (subfolders / "west/policies/policy/a.yaml").write_text(BROKEN, encoding="utf-8")
    git(subfolders, "add", "--all")
    done = said(subfolders, HOOKS[0])
    assert 4 == done.returncode
    assert "west/policies/policy/a.yaml:1:" in done.stdout
    assert "no policy found" in done.stderr


@pytest.mark.parametrize("program", ["pre_commit", "prek"])
def test_the_programs_run_the_hooks(repository: Path, program: str) -> None:
    """The hooks as they are declared, but for what installs them: that is tried in test_pre_commit.py."""
    own = [{**hook, "language": "system", "entry": f"{sys.executable} -m {hook['entry']}"} for hook in HOOKS]
    (repository / "policy" / "a.yaml").write_text(POLICY.replace("Quarantine", "Allow"), encoding="utf-8")
    config = repository / ".pre-commit-config.yaml"
    config.write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": own}]}), encoding="utf-8")
    git(repository, "add", "--all")

    command = [sys.executable, "-m", program] if program == "pre_commit" else [_beside_python(program)]
    caches = {"PRE_COMMIT_HOME": str(repository / ".git/cache"), "PREK_HOME": str(repository / ".git/prek")}
    environment = {**os.environ, **caches, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, "run", "policylint"], cwd=repository, env=environment, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    assert 1 == done.stdout.count("Passed")
    assert "[default-level-allow]" in done.stdout, "a hook that passes shows its warnings"


def _beside_python(program: str) -> str:
    """Return a program of the environment that runs the tests."""
    found = Path(sys.executable).parent / program
    assert found.exists(), f"{program} is missing: install what requirements-test.txt pins"
    return str(found)


@pytest.mark.parametrize(
    ("staged", "expected"),
    [
        ("other/notes.md", 0),
        ("package.json", 0),
        ("lint/house/x/rule.md", 1),
        ("lint/house/x/notes.json", 1),
        ("live.json", 1),
        ("policy/more.yml", 1),
    ],
)
def test_which_files_start_a_hook(repository: Path, staged: str, expected: int) -> None:
    config = "version: 1\ncustom-rules: [lint]\nsnapshot: live.json\n"
    (repository / "lint").mkdir()
    (repository / "policylint.yaml").write_text(config, encoding="utf-8")
    (repository / "policy" / "a.yaml").write_text(BROKEN, encoding="utf-8")
    git(repository, "commit", "--all", "--quiet", "--message", "broken")
    file = repository / staged
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{}\n", encoding="utf-8")
    git(repository, "add", staged)
    assert expected == run(repository, "policylint lint --staged --no-snapshot")


def test_a_file_that_git_does_not_have_counts_and_is_named(repository: Path) -> None:
    (repository / "policy" / "new.yaml").write_text(BROKEN, encoding="utf-8")
    (repository / "other.yaml").write_text("a: 1\n", encoding="utf-8")
    (repository / "policylint.yaml").write_text("version: 1\nedition: exchange-2019\n", encoding="utf-8")
    git(repository, "add", "policylint.yaml")
    lint, fmt, test = (said(repository, hook) for hook in HOOKS)
    assert [1, 1, 1] == [lint.returncode, fmt.returncode, test.returncode]
    note = "note: policy/new.yaml is not in git and counts here\n"
    assert [1, 0, 0] == [each.stderr.count(note) for each in (lint, fmt, test)]
    assert "other.yaml" not in lint.stderr
