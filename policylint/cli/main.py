"""The command line: `policylint COMMAND`. Commands are imported when they are run."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import click

from policylint.cli import terminal
from policylint.cli.exit_codes import ExitCode, of_error
from policylint.errors import PolicylintError, UsageError
from policylint.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from click.shell_completion import CompletionItem

COMMANDS = {
    "lint": "Find what is wrong with the policy.",
    "test": "Run the tests and assertions.",
    "simulate": "Show who gets in, live and desired.",
    "show": "Show one object, or a saved plan.",
    "why": "Show why a device has its access.",
    "diff": "Compare the access two policies give.",
    "triage": "Show the quarantine queue, sorted.",
    "approve": "Let devices in, each by its ID.",
    "deny": "Keep devices out, each by its ID.",
    "minimize": "Find rules that can go unnoticed.",
    "expire": "End what has expired in the policy.",
    "mine": "Find the fewest rules, same access.",
    "report exemptions": "Show who has which exemption.",
    "report helpdesk": "Write a page that answers why.",
    "report pack": "Show which controls of a pack hold.",
    "plan": "Show what has to change in Exchange.",
    "environments": "List the environments.",
    "apply-script": "Print the script that applies a plan.",
    "export-script": "Print the script that exports state.",
    "snapshot show": "Show what files of live state hold.",
    "snapshot seal": "Make one sealed snapshot of files.",
    "cache": "Show or remove indexes of snapshots.",
    "fmt": "Put policy files into canonical form.",
    "lock": "Write the values of ranges.",
    "rules": "List lint rules and their severity.",
    "explain": "Say what a rule, text or code means.",
    "completion": "Print the script for Tab completion.",
    "schema": "Print JSON Schemas for editors.",
    "lsp": "Serve an editor while you type.",
    "init": "Make a new repository.",
    "import": "Write the policy of what is live.",
}
"""The commands in the order of a working day, with a summary of a line; each is `command` of a module beside this.

A name of two words is a command of a group.
"""

ALIASES = {"minimise": "minimize"}
"""Other names of commands, which work and are not listed."""

HELP = "help"
"""The command that shows what --help shows; it is not listed."""


class _Commands(click.Group):
    """The commands, each imported when it is asked for; help that needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = ALIASES.get(cmd_name, cmd_name)
        if any(each.startswith(f"{name} ") for each in COMMANDS):
            return _Group(name)
        if name not in COMMANDS and name != HELP:
            return None
        command = import_module(f"policylint.cli.{name.translate(_OF_A_MODULE)}_command").command
        assert isinstance(command, click.Command)
        command.short_help = COMMANDS.get(name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if not ctx.resilient_parsing and not args[0].startswith("-"):
            required_command(ctx, args[0], followed_by=args[1:2])
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Return the first words of commands and the options that begin so; no command is imported for it."""
        return [*_offered(COMMANDS.items(), incomplete), *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        formatter.write_text("`policylint help COMMAND` shows what a command does, its options and examples.")


class _Group(click.Group):
    """The commands whose names begin with a word, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name.removeprefix(f"{self.name} ") for name in COMMANDS if name.startswith(f"{self.name} ")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return main.get_command(ctx, f"{self.name} {cmd_name}")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if not ctx.resilient_parsing and not args[0].startswith("-"):
            required_command(ctx, f"{self.name} {args[0]}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Return the second words of commands and the options that begin so; no command is imported for it."""
        inside = ((name, COMMANDS[f"{self.name} {name}"]) for name in self.list_commands(ctx))
        return [*_offered(inside, incomplete), *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[f"{self.name} {name}"]) for name in self.list_commands(ctx)])


_OF_A_MODULE = str.maketrans("- ", "__")


def required_command(context: click.Context, name: str, followed_by: Sequence[str] = ()) -> click.Command:
    """Return a command. Raises UsageError where there is none of that name; `followed_by` is the word behind it."""
    command = main.get_command(context, name)
    if command is None:
        raise UsageError(f"no such command `{name}`", help=_meant(name, followed_by))
    return command


def _meant(name: str, followed_by: Sequence[str]) -> str:
    """Return which command is probably meant: word by word, as a word that is right makes a wrong one look near."""
    from policylint.phrases import did_you_mean, nearest

    group, _, word = name.rpartition(" ")
    groups = {each.partition(" ")[0] for each in COMMANDS if " " in each}
    if not group and (near := nearest(name, groups)) is not None:
        group, word = near, next(iter(followed_by), "")
    if group in groups:
        known = {each.partition(" ")[2]: each for each in COMMANDS if each.startswith(f"{group} ")}
        meant = known[word] if word in known else known.get(nearest(word, known) or "")
        return f"did you mean `{meant or group}`?" if meant or not name.startswith(group) else _see(group)
    return did_you_mean(name, (*COMMANDS, *ALIASES)) or _see()


def _see(group: str = "") -> str:
    return f"see `{' '.join(filter(None, ('policylint', group)))} --help`"


def _offered(commands: Iterable[tuple[str, str]], incomplete: str) -> list[CompletionItem[str]]:
    """Return the first words of commands that begin so, each once, with a summary where it is a whole command."""
    from click.shell_completion import CompletionItem

    found: dict[str, str] = {}
    for name, summary in commands:
        word, _, more = name.partition(" ")
        found.setdefault(word, "" if more else summary)
    return [CompletionItem(word, help=summary) for word, summary in found.items() if word.startswith(incomplete)]


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Policy as code for Exchange mobile device access.

    Reads the desired state from YAML and live state from a snapshot. Never connects to Exchange itself.
    """
    if context.invoked_subcommand is None:
        terminal.write(f"{context.get_help()}\n")


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with the code of the table. Raises KeyboardInterrupt where that is interrupted."""
    terminal.prepare()
    if instruction := os.environ.get("_POLICYLINT_COMPLETE"):
        from policylint.cli.completing import answer

        sys.exit(answer(instruction))
    try:
        code = main.main(arguments, prog_name="policylint", standalone_mode=False)
        terminal.flush()
    except PolicylintError as problem:
        terminal.failure(problem)
        code = of_error(problem)
    except click.exceptions.Exit as problem:
        code = problem.exit_code
    except click.exceptions.NoArgsIsHelpError as problem:
        terminal.tell(f"{problem.message}\n", err=True)
        code = ExitCode.USAGE
    except click.UsageError as problem:
        from policylint.cli.usage import explained

        terminal.failure(explained(problem))
        code = ExitCode.USAGE
    except click.Abort as problem:
        raise KeyboardInterrupt from problem
    except SystemExit:  # click ends so where a pipe was closed: that of its own help, or one that nobody looked after
        terminal.discard()
        code = ExitCode.FAILED
    except OSError as problem:
        if problem.filename is not None:
            terminal.error(f"{problem.filename}: {problem.strerror}", "check the path and the permissions")
        else:
            hint = "check where it goes, and the space there"
            terminal.error(f"the output cannot be written: {problem.strerror}", hint)
            terminal.discard()
        code = ExitCode.FAILED
    except RecursionError:
        terminal.error("the input is nested too deeply")
        code = ExitCode.FAILED
    except Exception:  # a bug keeps its traceback, which may hold texts from outside, and is never a finding
        from traceback import format_exc

        terminal.tell(format_exc(), err=True)
        code = ExitCode.FAILED
    gc.freeze()  # what there is ends with the process; to look through it for cycles takes a twentieth of a run
    sys.exit(int(code or 0))
