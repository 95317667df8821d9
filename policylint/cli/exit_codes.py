"""The exit codes of every command."""

from __future__ import annotations

from enum import IntEnum

from policylint.errors import PolicylintError, RefusedError, UsageError


class ExitCode(IntEnum):
    """What a caller can tell from the exit code."""

    CLEAN = 0
    FINDINGS = 1
    CHANGES = 2
    USAGE = 3
    FAILED = 4


MEANING = {
    ExitCode.CLEAN: "clean: nothing of severity error found, in sync, every test passed",
    ExitCode.FINDINGS: "findings: an error found, a test failed or undecided, a plan refused, what `--fail-on` names",
    ExitCode.CHANGES: "only with `plan --detailed-exitcode`: something would change",
    ExitCode.USAGE: "usage: the command line or the configuration is wrong",
    ExitCode.FAILED: "the run could not go on: a file, a snapshot, a saved plan, an interruption, a closed pipe",
}
"""What each of them says, for people."""


def of_error(problem: PolicylintError) -> ExitCode:
    """Return the exit code of a run that could not go on."""
    if isinstance(problem, RefusedError):
        return ExitCode.FINDINGS
    return ExitCode.USAGE if isinstance(problem, UsageError) else ExitCode.FAILED
