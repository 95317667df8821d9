"""What pyproject.toml says of the project, and the files that git has."""

from __future__ import annotations

import subprocess
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

from tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PYPROJECT = ROOT / "pyproject.toml"


class ReleaseError(Exception):
    """What is wrong with a release; the text is one line for whoever makes it."""


@cache
def project() -> dict[str, Any]:
    """Return the table `project` of pyproject.toml."""
    found: dict[str, Any] = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    return found


def pythons() -> tuple[str, ...]:
    """Return the versions of Python that a release is for, such as 3.11, the lowest first."""
    prefix = "Programming Language :: Python :: 3."
    minors = (line.removeprefix(prefix) for line in project()["classifiers"] if line.startswith(prefix))
    return tuple(f"3.{minor}" for minor in sorted((each for each in minors if each.isdecimal()), key=int))


def tracked() -> tuple[Path, ...]:
    """Return the files of this checkout that git has or would take, sorted.

    Raises:
        ReleaseError: This is no checkout of git.
    """
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, encoding="utf-8")
    if done.returncode:
        raise ReleaseError(f"git does not list the files of {ROOT}: {done.stderr.strip()}")
    return tuple(path for name in sorted({*done.stdout.split("\0")} - {""}) if (path := ROOT / name).is_file())


def run(*command: str | Path, folder: Path = ROOT, environment: dict[str, str] | None = None) -> str:
    """Return what a program prints.

    Raises:
        ReleaseError: It fails; the text has all that it said.
    """
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, check=False, encoding="utf-8")
    if done.returncode:
        raise ReleaseError(f"`{' '.join(words)}` failed with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
