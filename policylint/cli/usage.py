"""A mistake on the command line, as click reports it, in the style of every other message."""

from __future__ import annotations

import re

import click

from policylint.documentation import Page
from policylint.errors import UsageError
from policylint.regex import regex

_QUOTED = regex(r"'([^']*)'")
_NO_CHOICE = regex(r"'([^']*)' is not one of (.*)", re.DOTALL)
_CHOICES = regex(r"\.?\s+Choose from:\s+")


def explained(problem: click.UsageError) -> UsageError:
    """Return a mistake with help: lower-case, names in backticks, no final period."""
    from policylint.phrases import did_you_mean, nearest

    command = problem.ctx.command_path if problem.ctx is not None else "policylint"
    hint = f"see `{command} --help`"
    if isinstance(problem, click.NoSuchOption):
        known = {each.lstrip("-"): each for each in problem.possibilities or ()}
        near = nearest(problem.option_name.lstrip("-"), known)
        meant = f"did you mean `{known[near]}`?" if near else hint
        return UsageError(f"no such option `{problem.option_name}`", help=meant)
    if isinstance(problem, click.BadParameter) and isinstance(problem.param, click.Argument):
        problem.param_hint = f"'{(problem.param.name or '').upper()}'"
    said = problem.format_message()
    if found := _NO_CHOICE.search(said):
        hint = did_you_mean(found[1], _QUOTED.findall(found[2])) or hint
    message = _QUOTED.sub(r"`\1`", said).rstrip(".")
    message = " ".join(_CHOICES.sub(": one of ", message).split())
    is_edition = (
        isinstance(problem, click.BadParameter) and problem.param is not None and problem.param.name == "edition"
    )
    return UsageError(message[:1].lower() + message[1:], help=hint, page=Page.KEYS if is_edition else None)
