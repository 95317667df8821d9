"""A mistake on the command line, as click reports it, in the style of every other message."""

from __future__ import annotations

import re

import click

_QUOTED = re.compile(r"'([^']*)'")
_CHOICES = re.compile(r"\.?\s+Choose from:\s+")


def explained(problem: click.UsageError) -> tuple[str, str]:
    """Return the message and the help of a mistake: lower-case, names in backticks, no final period."""
    command = problem.ctx.command_path if problem.ctx is not None else "policylint"
    hint = f"see `{command} --help`"
    if isinstance(problem, click.NoSuchOption):
        near = f"did you mean `{problem.possibilities[0]}`?" if problem.possibilities else hint
        return f"no such option `{problem.option_name}`", near
    if isinstance(problem, click.BadParameter) and isinstance(problem.param, click.Argument):
        problem.param_hint = f"'{(problem.param.name or '').upper()}'"
    message = _QUOTED.sub(r"`\1`", problem.format_message()).rstrip(".")
    message = " ".join(_CHOICES.sub(": one of ", message).split())
    return message[:1].lower() + message[1:], hint
