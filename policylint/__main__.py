"""The program: `policylint`, and `python -m policylint`. It is interrupted in one way, also while it is imported."""

from __future__ import annotations

import gc
import sys

from policylint.version import __version__

TYPE_CHECKING = False  # importing typing would take longer than all of this
if TYPE_CHECKING:
    from typing import NoReturn


_FAILED = 4
"""`ExitCode.FAILED`: what defines it may not be imported yet."""


COLLECT = (100_000, 50, 100)
"""How rarely cycles are looked for: values are trees, and looking takes a fifth of the time of reading a policy."""


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    try:
        gc.set_threshold(*COLLECT)
        if sys.argv[1:] == ["--version"] and _write_version():
            sys.exit()
        from policylint.cli.main import run
        from policylint.cli.signals import interrupting

        with interrupting():
            run()
    except KeyboardInterrupt:
        try:
            if sys.stderr is not None:
                sys.stderr.write("error: interrupted\n  = help: nothing was half written; run it again\n")
                sys.stderr.flush()
        except OSError:  # it is full, or nobody reads it
            pass
        sys.exit(_FAILED)


def _write_version() -> bool:
    """Write the version as click does, without importing it; return whether that went well, so that nothing is left."""
    try:
        if sys.stdout is None or sys.stdout.encoding.lower() != "utf-8":
            return False
        sys.stdout.write(f"policylint {__version__}\n")
        sys.stdout.flush()
    except OSError:  # it is full, or nobody reads it: the command line says so
        return False
    return True


if __name__ == "__main__":
    main()
