"""Packages of npm that tests run, as a lock file beside them says."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def installed(folder: Path, cache: Path) -> Path:
    """Return the `node_modules` of a lock file in a folder, installed once; processes may do so at the same time."""
    lock = (folder / "package-lock.json").read_bytes()
    home = cache / hashlib.sha256(lock).hexdigest()[:16]
    if not home.is_dir():
        work = cache / f"{home.name}.{os.getpid()}"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(folder / name, work)
        program = shutil.which("npm")
        assert program is not None
        npm = [program, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(work)]
        done = subprocess.run(npm, cwd=work, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        try:
            work.rename(home)
        except OSError:  # another process was faster
            shutil.rmtree(work)
    return home / "node_modules"
