"""The exact versions to install, each with the hashes of its files: `python -m tools.release lock`.

A file is for all systems and all versions of Python that a release is for. What it has already is kept, unless it is
asked for newer versions; where pyproject.toml changed, it follows. uv looks the versions up; pip and uv install them.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from packaging.requirements import Requirement
from uv import find_uv_bin

from tools import ROOT
from tools.release.project import PYPROJECT, pythons, run

_PIN = re.compile(r"^([\w.-]+)==([^ \\]+)(?: ; ([^\\]+?))?(?: \\)?$", re.MULTILINE)
_HASH = re.compile(r"--hash=(\w+):([0-9a-f]+)")


class Lock(NamedTuple):
    """A file of exact versions, and what uv is told to make it."""

    path: Path
    purpose: str
    options: tuple[str, ...]


TEST: Final = Lock(
    ROOT / "requirements-test.txt",
    "What the tests, the build and the release run with.",
    # shiv names these two, but does not use them for what is asked of it.
    ("--group", "test", "--no-emit-package", "pip", "--no-emit-package", "setuptools"),
)
RUN: Final = Lock(
    ROOT / "requirements-run.txt",
    "What policylint runs with.",
    ("--constraint", TEST.path.relative_to(ROOT).as_posix()),
)
LOWEST: Final = Lock(
    ROOT / "requirements-lowest.txt",
    "The lowest versions that policylint runs with: tests run it with these too.",
    ("--resolution", "lowest-direct"),
)
LOCKS: Final = (TEST, RUN, LOWEST)


class Pin(NamedTuple):
    """A package at a version, where it is needed, and the SHA-256 of its files."""

    name: str
    version: str
    marker: str | None
    hashes: tuple[str, ...]

    @property
    def requirement(self) -> Requirement:
        """What pip is asked for."""
        return Requirement(f"{self.name}=={self.version}" + (f" ; {self.marker}" if self.marker else ""))


def pins(lock: Lock) -> tuple[Pin, ...]:
    """Return the packages of a lock file, in its order."""
    text = lock.path.read_text(encoding="ascii")
    heads = [*_PIN.finditer(text)]
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return tuple(
        Pin(head[1], head[2], head[3], tuple(digest for _, digest in _HASH.findall(text, head.end(), end)))
        for head, end in zip(heads, ends, strict=True)
    )


def write_locks(*, upgrade: bool = False) -> tuple[Path, ...]:
    """Write the lock files, and return those that changed.

    Raises:
        ReleaseError: uv finds no versions that fit together.
    """
    with tempfile.TemporaryDirectory(prefix="policylint-lock-") as folder:
        return tuple(lock.path for lock in LOCKS if _write(lock, Path(folder), upgrade=upgrade))


def _write(lock: Lock, folder: Path, *, upgrade: bool) -> bool:
    made = folder / lock.path.name
    if lock.path.exists():
        shutil.copyfile(lock.path, made)
    before = made.read_bytes() if made.exists() else b""
    command = [find_uv_bin(), "pip", "compile", str(PYPROJECT), "--universal", "--python-version", pythons()[0]]
    command += ["--generate-hashes", "--quiet", "--no-header", "--no-annotate", "--output-file", str(made)]
    run(*command, *lock.options, *(["--upgrade"] if upgrade else []))
    head = f"# {lock.purpose} Made by `python -m tools.release lock`: do not edit.\n"
    text = head + made.read_text(encoding="ascii").removeprefix(head)
    if text.encode("ascii") == before:
        return False
    lock.path.write_text(text, encoding="ascii", newline="\n")
    return True
