"""Every check of a change: format, lint, types, layers, tests. Run: python -m tests.check."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.requirements import not_run, skipped, unknown

CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("-m", "ruff", "format", "--check", ".")),
    ("lint", ("-m", "ruff", "check", ".")),
    ("types", ("-m", "mypy")),
    ("layers", ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")),
    ("tests", ("-m", "pytest", "-n", "3", "--dist", "worksteal", "-rs", "--junit-xml", "tests.xml")),
)
BESIDE: tuple[str, tuple[str, ...]] = (
    "scripts in tr-TR and with a hostile profile",
    ("-m", "tests.powershell.surroundings", "--junit-xml", "beside.xml"),
)
"""What runs while the others do, since most of its time is waiting."""


def main() -> int:
    """Return 0 where every check passes; each of them runs, whatever the others say. Last comes what did not run."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes would compile the same modules again
    failed = []
    beside, arguments = BESIDE
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as said:
        folder = Path(name)
        running = subprocess.Popen(_command(arguments, folder), stdout=said, stderr=subprocess.STDOUT)
        for check, arguments in CHECKS:
            print(f"== {check}", flush=True)
            if subprocess.run(_command(arguments, folder), check=False).returncode != 0:
                failed.append(check)
        if running.wait() != 0:
            failed.append(beside)
        said.seek(0)
        print(f"== {beside}", flush=True)
        sys.stdout.buffer.write(said.read())
        sys.stdout.flush()
        left = [each for file in sorted(folder.glob("*.xml")) for each in skipped(file)]
    failed += [f"skipped for a reason that tests/requirements.py does not have: {reason}" for reason in unknown(left)]
    print(not_run(left), end="", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _command(arguments: tuple[str, ...], folder: Path) -> list[str]:
    """Return a command line of this Python, its reports in a folder."""
    return [sys.executable, *(str(folder / each) if each.endswith(".xml") else each for each in arguments)]


if __name__ == "__main__":
    sys.exit(main())
