"""A file or folder that may not be read or written is exit code 4 in every command, with its name and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import CLEAN

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

LOCKED = """
import builtins, errno, io, os

def refusing(call):
    def refuse(path, *given, **named):
        if {locked!r} in os.fsdecode(path if not isinstance(path, int) else ""):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fsdecode(path))
        return call(path, *given, **named)
    return refuse

for name in {calls}:
    setattr(os, name, refusing(getattr(os, name)))
builtins.open = io.open = refusing(io.open)
"""
"""What keeps a process from all that has a name; permissions do not keep root from anything."""

OPENS = ["open", "mkdir", "scandir", "listdir"]
LOOKS = [*OPENS, "stat", "lstat"]


def run_without(folder: Folder, locked: str, calls: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run policylint where whatever has a name cannot be read or written."""
    folder.write("start/sitecustomize.py", LOCKED.format(locked=locked, calls=calls))
    path = os.pathsep.join([str(folder.path / "start"), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-m", "policylint", *arguments],
        cwd=folder.path,
        env=CLEAN | {"PYTHONPATH": path},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.mark.parametrize("calls", [pytest.param(OPENS, id="not opened"), pytest.param(LOOKS, id="not looked at")])
@pytest.mark.parametrize(
    ("arguments", "locked"),
    [
        (["apply-script", "secret.json"], "secret.json"),
        (["apply-script", "--snapshot", "secret.json"], "secret.json"),
        (["plan", "--snapshot", "secret.json"], "secret.json"),
        (["plan", "--config", "secret.yaml"], "secret.yaml"),
        (["fmt", "secret.yaml"], "secret.yaml"),
        (["fmt", "--check", "secret.yaml"], "secret.yaml"),
        (["fmt"], "policylint.yaml"),
        (["rules"], "policylint.yaml"),
        (["explain", "default-level-allow"], "policylint.yaml"),
        (["schema"], "policylint.yaml"),
        (["schema", "--check", "--write", "secret"], "secret"),
        (["schema", "--write", "secret"], "secret"),
        (["schema", "-o", "secret/a.json"], "secret"),
        (["plan", "--out", "secret/plan.json"], "secret"),
        (["export-script", "-o", "secret/export.ps1"], "secret"),
        (["explain", "default-level-allow", "-o", "secret/a.txt"], "secret"),
        (["rules", "new", "own/own-rule", "--folder", "secret"], "secret"),
        (["init", "../secret"], "secret"),
        (["init", "../secret/new"], "secret"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_may_not_be_read_or_written(example: Folder, arguments: list[str], locked: str, calls: list[str]) -> None:
    if locked.startswith("secret."):
        example.write(locked, "version: 1\n")
    elif locked == "secret":
        example.write("secret/policy.schema.json", "{}\n")
    before = sorted(example.path.parent.rglob("*"))
    done = run_without(example, locked, calls, *arguments)
    assert 4 == done.returncode, done.stderr
    assert "Traceback" not in done.stderr
    assert locked in done.stderr
    assert "Permission denied" in done.stderr
    left = {path for path in example.path.parent.rglob("*") if "start" not in path.parts}
    assert left == set(before)
