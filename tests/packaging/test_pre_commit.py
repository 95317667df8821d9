"""The hooks, run by the real pre-commit program on a scratch repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.requirements import GIT

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "contoso"
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "tests")
CONFIG = """\
repos:
  - repo: {source}
    rev: {revision}
    hooks: [{{id: policylint}}, {{id: policylint-fmt}}, {{id: policylint-test}}]
"""


def git(folder: Path, *arguments: str) -> str:
    names = ["-c", "user.name=Test", "-c", "user.email=test@contoso.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *names, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message", "all")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository with the example's policy and the hooks of this checkout."""
    GIT.require()
    folder = tmp_path_factory.mktemp("hooks")
    source = shutil.copytree(ROOT, folder / "policylint", ignore=LEFT_OUT)
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", source)
    revision = commit(source)
    policy = shutil.copytree(EXAMPLE, folder / "contoso")
    (policy / ".pre-commit-config.yaml").write_text(CONFIG.format(source=source.as_uri(), revision=revision))
    commit(policy)
    return policy


def pre_commit(folder: Path, cache: Path, *hooks: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PRE_COMMIT_HOME": str(cache)}
    command = [sys.executable, "-m", "pre_commit", "run", "--all-files", "--verbose", *hooks]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_hooks_pass_and_fail_as_the_commands_do(repository: Path) -> None:
    cache = repository.parent / "cache"
    done = pre_commit(repository, cache)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tests passed" in done.stdout
    rules = repository / "policy" / "device-access-rules.yaml"
    rules.write_text(
        rules.read_text(encoding="utf-8").replace("AccessLevel: Allow", "AccessLevel: Alow", 1), encoding="utf-8"
    )
    done = pre_commit(repository, cache)
    assert done.returncode == 1
    assert "policy/device-access-rules.yaml:" in done.stdout
    assert "write `Allow`" in done.stdout


def test_the_hook_of_fmt_rewrites_the_policy(repository: Path) -> None:
    policy = repository / "policy" / "organization.yaml"
    canonical = policy.read_text(encoding="utf-8")
    policy.write_text(canonical.replace("\n  ", "\n      "), encoding="utf-8")
    done = pre_commit(repository, repository.parent / "cache", "policylint-fmt")
    assert done.returncode == 1
    assert "files were modified by this hook" in done.stdout
    assert canonical == policy.read_text(encoding="utf-8")
