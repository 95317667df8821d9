"""The exit codes of every command."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from policylint.errors import PolicylintError, RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable


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


def of_plan(*, refused: bool, drifts: bool, in_sync: bool, detailed: bool, fail_on_drift: bool) -> ExitCode:
    """Return the exit code of a run that made a plan; `detailed` and `fail_on_drift` are what the command line asks."""
    if refused or (fail_on_drift and drifts):
        return ExitCode.FINDINGS
    return ExitCode.CHANGES if detailed and not in_sync else ExitCode.CLEAN


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the exit code of several runs: what could not run before a finding, and that before a change."""
    return max(codes, key=_BY_WEIGHT.index, default=ExitCode.CLEAN)


_BY_WEIGHT = (ExitCode.CLEAN, ExitCode.CHANGES, ExitCode.FINDINGS, ExitCode.USAGE, ExitCode.FAILED)


def of_error(problem: PolicylintError) -> ExitCode:
    """Return the exit code of a run that could not go on."""
    if isinstance(problem, RefusedError):
        return ExitCode.FINDINGS
    return ExitCode.USAGE if isinstance(problem, UsageError) else ExitCode.FAILED
