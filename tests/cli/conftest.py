"""The command line run as a user runs it: in a folder of files, with its exit code and what it prints."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import in_process

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "contoso"
CLEAN = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}}


@dataclass(frozen=True)
class Folder:
    """A folder to run commands in."""

    path: Path

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run policylint as if it were a process of its own; there must never be a traceback."""
        return self.pipe("", *arguments, **environment)

    def pipe(self, text: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run policylint with a text on standard input: in this process, unless the interpreter is told something."""
        if any(name.startswith("PYTHON") for name in environment):
            return self.start(text, *arguments, **environment)
        return _run_here(self.path, text, arguments, CLEAN | environment)

    def start(self, text: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run policylint in a process of its own, with a text on standard input."""
        command = [sys.executable, "-m", "policylint", *arguments]
        done = subprocess.run(
            command,
            cwd=self.path,
            env=CLEAN | environment,
            input=text,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done


def _run_here(
    folder: Path, text: str, arguments: tuple[str, ...], environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run policylint in this process, which takes a tenth of the time that a new one needs to start."""
    done = in_process.invoke(arguments, folder, environment, stdin=text)
    said = {"stdout": done.out.decode(), "stderr": done.err.decode()}
    assert "Traceback" not in said["stderr"], said["stderr"]
    return subprocess.CompletedProcess([*arguments], done.code, **said)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return an empty folder that is a repository of its own."""
    (tmp_path / ".git").mkdir()
    return Folder(tmp_path)


@pytest.fixture
def example(tmp_path: Path) -> Folder:
    """Return a copy of the shipped example."""
    (tmp_path / ".git").mkdir()
    return Folder(Path(shutil.copytree(EXAMPLE, tmp_path / "contoso")))
