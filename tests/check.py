"""Every check of a change, one after the other: format, lint, types, layers, tests. Run: python -m tests.check."""

from __future__ import annotations

import subprocess
import sys

CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("-m", "ruff", "format", "--check", ".")),
    ("lint", ("-m", "ruff", "check", ".")),
    ("types", ("-m", "mypy")),
    ("layers", ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")),
    ("tests", ("-m", "pytest", "-n", "3")),
    ("scripts in tr-TR and with a hostile profile", ("-m", "tests.powershell.surroundings")),
)


def main() -> int:
    """Return 0 where every check passes; the tests come last, and run whatever the others say."""
    failed = []
    for name, arguments in CHECKS:
        print(f"== {name}", flush=True)
        if subprocess.run((sys.executable, *arguments), check=False).returncode != 0:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
