"""Installs what the tests need into .venv, and runs them, on any system: `python -m tools.ci.run install|portable|all`.

It needs Python 3.11 or later and nothing else. `.ci/run` installs with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

from tools import ROOT

VENV: Final = ROOT / ".venv"
PORTABLE: Final = (
    *("tests/unit", "tests/laws", "tests/readers", "tests/rules", "tests/edit", "tests/importing", "tests/render"),
    *("tests/cli", "tests/lsp", "tests/docs"),
)
"""The tests that need no bash, no other program and no rights of Unix."""
PARTS: Final = {
    "install": (),
    "portable": (("-m", "pytest", "-n", "auto", *PORTABLE),),
    "all": (("-m", "tests.check"),),
}
"""What is run by the Python of .venv once all is installed."""


def python() -> str:
    """Return the path of the Python of .venv."""
    return str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def install() -> None:
    """Make .venv where there is none, and install what requirements-test.txt says, and this checkout.

    Raises:
        CalledProcessError: pip fails; it has said why.
    """
    if not Path(python()).exists():
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    pip = (python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
    subprocess.run((*pip, "--require-hashes", "--requirement", "requirements-test.txt"), cwd=ROOT, check=True)
    subprocess.run((*pip, "--no-build-isolation", "--editable", "."), cwd=ROOT, check=True)


def main(arguments: list[str]) -> int:
    """Install, run a part, and return the exit code of the first program that fails, or 0."""
    if len(arguments) != 1 or arguments[0] not in PARTS:
        print(f"usage: python -m tools.ci.run {{{','.join(PARTS)}}}", file=sys.stderr)
        return 2
    try:
        install()
        for part in PARTS[arguments[0]]:
            subprocess.run((python(), *part), cwd=ROOT, check=True)
    except subprocess.CalledProcessError as problem:
        return problem.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
