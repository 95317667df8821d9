"""docs/commands.md: the commands as the command line declares them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import click

from policylint.cli.exit_codes import MEANING
from policylint.cli.main import COMMANDS, main
from policylint.cli.options import Command
from tools.docs.markdown import escape, generated_from, page, table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_INTRODUCTION = """\
A command reads files and writes to standard output, or to the file of `--output`. No command connects to Exchange.
Messages about the run go to standard error. `python -m policylint` is the same as `policylint`.

On a terminal, text fits the width, and a command that takes more than a second shows its progress on one line. In files
and pipes, it does neither. Text is in color on a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`. If
`FORCE_COLOR` is set, text is in color in a pipe too, as in the log of a CI system, unless `NO_COLOR` is set as well.
`--color` takes precedence over both. An empty variable counts as not set.

[Tab completion](#completion) works in Bash, Zsh, Fish and PowerShell.

A file is written completely or not at all, even if Ctrl-C, SIGTERM or SIGHUP ends the run."""


class Option(NamedTuple):
    """An option of a command: its spelling with what is to be given with it, and what it means."""

    spelling: str
    value: str
    help: str


def commands_page() -> str:
    """Return the reference of the commands and of what the exit codes mean; shared options are described once."""
    context = click.Context(main, info_name="policylint")
    found = [command for name in COMMANDS if isinstance(command := main.get_command(context, name), Command)]
    assert len(found) == len(COMMANDS)
    number = Counter(option for command in found for option in _options(command, context))
    shared = [option for option in number if number[option] * 2 > len(found)]
    summaries = [
        (f"[`{command.name}`](#{(command.name or '').replace(' ', '-')})", escape(_help(command)[0]))
        for command in found
    ]
    return page(
        "# Commands",
        generated_from("the commands themselves"),
        _INTRODUCTION,
        table(("command", "does"), summaries),
        "## Exit codes",
        table(("code", "means"), [(f"{code:d}", meaning) for code, meaning in MEANING.items()]),
        "## Options that most commands have",
        _option_table(shared),
        *(part for command in found for part in _section(command, _options(command, context), shared)),
    )


def _section(command: Command, options: Collection[Option], shared: Collection[Option]) -> Iterator[str]:
    arguments = [_argument(param) for param in command.params if isinstance(param, click.Argument)]
    yield f"## {command.name}"
    yield "    " + " ".join(["policylint", command.name or "", "[OPTIONS]", *arguments])
    yield from map(escape, _help(command))
    own = [option for option in options if option not in shared]
    common = [f"`{option.spelling}`" for option in options if option in shared]
    if own:
        yield _option_table(own)
    if common:
        yield f"Also: {', '.join(common)}."
    yield "Examples:"
    yield "\n".join(f"    {example}" for example in command.examples)


def _help(command: Command) -> tuple[str, ...]:
    """Return the paragraphs of a command's help."""
    return tuple(" ".join(part.split()) for part in (command.help or "").split("\n\n"))


def _argument(param: click.Argument) -> str:
    if param.metavar:
        return param.metavar
    word = (param.name or "").upper() + ("..." if param.nargs == -1 else "")
    return word if param.required else f"[{word}]"


def _options(command: Command, context: click.Context) -> tuple[Option, ...]:
    """Return the options of a command that are not hidden."""
    inner = click.Context(command, info_name=command.name, parent=context)
    declared = [param for param in command.params if isinstance(param, click.Option) and not param.hidden]
    return tuple(_option(param, inner) for param in declared)


def _option(param: click.Option, context: click.Context) -> Option:
    value = str(param.metavar or "")
    if isinstance(param.type, click.Choice):
        value = ", ".join(f"`{choice}`" for choice in param.type.choices)
    default = param.get_default(context)
    shown = f" Default: `{default}`." if param.show_default and default not in (None, "", (), False) else ""
    return Option(", ".join(param.opts), value, (param.help or "") + shown)


def _option_table(options: Iterable[Option]) -> str:
    rows = [(f"`{option.spelling}` {option.value}".rstrip(), option.help) for option in options]
    return table(("option", "means"), [(spelling, escape(meaning)) for spelling, meaning in rows])
