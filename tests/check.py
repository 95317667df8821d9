"""Every check of a change: format, lint, types, layers, tests. Run: python -m tests.check."""

from __future__ import annotations

import subprocess
import sys
import tempfile

CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("-m", "ruff", "format", "--check", ".")),
    ("lint", ("-m", "ruff", "check", ".")),
    ("types", ("-m", "mypy")),
    ("layers", ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")),
    ("tests", ("-m", "pytest", "-n", "3", "--dist", "worksteal")),
)
BESIDE: tuple[str, tuple[str, ...]] = (
    "scripts in tr-TR and with a hostile profile",
    ("-m", "tests.powershell.surroundings"),
)
"""What runs while the others do, since most of its time is waiting."""


def main() -> int:
    """Return 0 where every check passes; each of them runs, whatever the others say."""
    failed = []
    beside, arguments = BESIDE
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen((sys.executable, *arguments), stdout=said, stderr=subprocess.STDOUT)
        for name, arguments in CHECKS:
            print(f"== {name}", flush=True)
            if subprocess.run((sys.executable, *arguments), check=False).returncode != 0:
                failed.append(name)
        if running.wait() != 0:
            failed.append(beside)
        said.seek(0)
        print(f"== {beside}", flush=True)
        sys.stdout.buffer.write(said.read())
        sys.stdout.flush()
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
