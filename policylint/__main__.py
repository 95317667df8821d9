"""The program: `policylint`, and `python -m policylint`. It is interrupted in one way, also while it is imported."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # importing typing would take longer than all of this
if TYPE_CHECKING:
    from typing import NoReturn


_FAILED = 4
"""`ExitCode.FAILED`: what defines it may not be imported yet."""


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    try:
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


if __name__ == "__main__":
    main()
