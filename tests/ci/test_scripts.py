"""The scripts that the workflows of this repository run besides those of a release."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.test_hooks import git
from tools import ROOT
from tools.ci import announce, pages, run


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a clone whose branch gh-pages has a file of a version."""
    origin = tmp_path / "origin.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "gh-pages", str(origin))
    git(tmp_path, "clone", "--quiet", str(origin), "clone")
    folder = tmp_path / "clone"
    (folder / "v0.1.0").mkdir()
    (folder / "v0.1.0" / "index.html").write_text("old\n", encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "begin")
    git(folder, "push", "--quiet", "origin", "HEAD:gh-pages")
    return folder


def published(folder: Path) -> list[str]:
    command = ["git", "-C", str(folder.parent / "origin.git"), "log", "--format=%s", "--name-status", "gh-pages"]
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout.split("\n\n")


def test_a_version_is_added_to_the_pages(clone: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (clone / "v0.2.0").mkdir()
    (clone / "v0.2.0" / "index.html").write_text("new\n", encoding="utf-8")
    assert 0 == pages.main([str(clone), "v0.2.0"])
    assert "A\tv0.2.0/index.html" in "".join(published(clone))
    assert 0 == pages.main([str(clone), "v0.2.0"])
    assert "pushed\nnothing has changed\n" == capfd.readouterr().out
    assert "pages: Build v0.2.0" == published(clone)[0]


def test_what_git_refuses_fails(clone: Path) -> None:
    git(clone, "remote", "set-url", "origin", str(clone / "nowhere"))
    (clone / "new.html").write_text("new\n", encoding="utf-8")
    assert 0 != pages.main([str(clone), "v0.2.0"])
    assert 2 == pages.main([str(clone)])


def test_the_first_program_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, ...]] = []

    def program(command: tuple[str, ...], **_: object) -> None:
        ran.append(command)
        if "pytest" in command:
            raise subprocess.CalledProcessError(5, command)

    monkeypatch.setattr(subprocess, "run", program)
    monkeypatch.setattr(run, "python", lambda: sys.executable)
    assert 0 == run.main(["install"])
    assert [True, False] == ["--require-hashes" in command for command in ran]
    assert 5 == run.main(["portable"])
    assert 2 == run.main(["everything"])


def test_a_release_has_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "dist"
    folder.mkdir()
    for name in ("b.whl", "a b.tar.gz"):
        (folder / name).touch()
    program = tmp_path / "gh"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > told\nexit 4\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert 4 == announce.main(["v0.2.0", "dist", "notes.md"])
    said = (tmp_path / "told").read_text(encoding="utf-8").splitlines()
    assert ["release", "create", "v0.2.0", "--verify-tag", "--title", "v0.2.0", "--notes-file", "notes.md"] == said[:-2]
    assert ["dist/a b.tar.gz", "dist/b.whl"] == said[-2:]
    assert 2 == announce.main(["v0.2.0"])


def test_what_runs_on_every_system_is_there() -> None:
    assert [] == [name for name in run.PORTABLE if not [*(ROOT / name).glob("test_*.py")]]
    assert "tools.ci.run install" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert Path(run.python()).parent.parent == ROOT / ".venv"
