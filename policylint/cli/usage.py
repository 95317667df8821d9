"""A mistake on the command line, as click reports it, in the style of every other message."""

from __future__ import annotations

import re

import click

from policylint.regex import regex

_QUOTED = regex(r"'([^']*)'")
_NO_CHOICE = regex(r"'([^']*)' is not one of (.*)", re.DOTALL)
_CHOICES = regex(r"\.?\s+Choose from:\s+")


def explained(problem: click.UsageError) -> tuple[str, str]:
    """Return the message and the help of a mistake: lower-case, names in backticks, no final period."""
    command = problem.ctx.command_path if problem.ctx is not None else "policylint"
    hint = f"see `{command} --help`"
    if isinstance(problem, click.NoSuchOption):
        near = f"did you mean `{problem.possibilities[0]}`?" if problem.possibilities else hint
        return f"no such option `{problem.option_name}`", near
    if isinstance(problem, click.BadParameter) and isinstance(problem.param, click.Argument):
        problem.param_hint = f"'{(problem.param.name or '').upper()}'"
    said = problem.format_message()
    if found := _NO_CHOICE.search(said):
        from policylint.phrases import did_you_mean

        hint = did_you_mean(found[1], _QUOTED.findall(found[2])) or hint
    message = _QUOTED.sub(r"`\1`", said).rstrip(".")
    message = " ".join(_CHOICES.sub(": one of ", message).split())
    return message[:1].lower() + message[1:], hint
