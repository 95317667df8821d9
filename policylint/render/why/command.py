"""The command that makes a change in the policy files."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.analysis.minimal_changes import MinimalChange

CommandOptions: TypeAlias = "Sequence[tuple[str, str]] | None"
"""The options that a command needs to edit the same policy, with their values; None where no command can edit one."""


def command_of(change: MinimalChange, options: CommandOptions) -> str | None:
    """Return the command that makes a change, as it may be copied; None where there is none."""
    return change.command.line(options) if change.command is not None and options is not None else None
