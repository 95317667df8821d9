"""The exit codes of every command."""

from __future__ import annotations

from enum import IntEnum

from policylint.errors import PolicylintError, UsageError


class ExitCode(IntEnum):
    """What a caller can tell from the exit code."""

    CLEAN = 0
    """Nothing found, in sync, every test passed."""
    FINDINGS = 1
    """An error found, a test failed, a plan refused."""
    CHANGES = 2
    """Only with `plan --detailed-exitcode`: something would change."""
    USAGE = 3
    """The command line or the configuration is wrong."""
    FAILED = 4
    """The run could not go on: a file, a snapshot, an interruption."""


class ClosedOutputError(Exception):
    """Whoever read the output stopped reading. Not an OSError, which click would take for a success."""


def of_error(problem: PolicylintError) -> ExitCode:
    """Return the exit code of a run that could not go on."""
    return ExitCode.USAGE if isinstance(problem, UsageError) else ExitCode.FAILED
