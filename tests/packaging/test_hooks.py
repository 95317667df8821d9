"""The hooks as git runs them: they see deletions, and end at once where a commit does not concern the policy."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

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
