"""Environments with exactly what a lock file says, and what an installed policylint prints of the example."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

from uv import find_uv_bin

from tools import EXAMPLE, ROOT
from tools.release.lock import LOWEST, RUN
from tools.release.project import ReleaseError, run

if TYPE_CHECKING:
    from pathlib import Path

    from tools.release.lock import Lock

_SMOKE = ROOT / "tools" / "release" / "smoke.py"


def install(folder: Path, lock: Lock, wheel: Path) -> Path:
    """Make an environment with a wheel and what a lock file says, and return its Python.

    Raises:
        ReleaseError: A file is missing, or has another hash.
    """
    uv = find_uv_bin()
    run(uv, "venv", "--quiet", "--no-project", "--python", sys.executable, folder)
    into = (uv, "pip", "install", "--quiet", "--python", folder)
    run(*into, "--require-hashes", "--requirement", lock.path)
    run(*into, "--no-deps", wheel)
    run(uv, "pip", "check", "--quiet", "--python", folder)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def smoke(python: Path, folder: Path) -> dict[str, Any]:
    """Return what the policylint of a Python prints and writes, by command, in a new folder with the example.

    Raises:
        ReleaseError: It does not get that far.
    """
    shutil.copytree(EXAMPLE, folder / EXAMPLE.name)
    printed: dict[str, Any] = json.loads(run(python, "-I", _SMOKE, folder=folder))
    return printed


def check_lowest(wheel: Path, folder: Path) -> None:
    """Compare what the wheel prints with the lowest versions and with those that the tests have.

    Raises:
        ReleaseError: A command fails, or prints or writes anything else.
    """
    newest, lowest = (
        smoke(install(folder / name, lock, wheel), folder / f"{name}-example")
        for name, lock in (("newest", RUN), ("lowest", LOWEST))
    )
    failed = sorted(command for command, said in newest.items() if said["exit"] > 1)
    other = sorted(command for command, said in newest.items() if lowest.get(command) != said)
    if failed or other:
        told = [f"`policylint {command}` fails: {newest[command]['stderr']}" for command in failed]
        told += [f"`policylint {command}` gives something else with the lowest versions" for command in other]
        raise ReleaseError("\n".join(told))
