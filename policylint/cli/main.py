"""The command line: `policylint COMMAND`. Commands are imported when they are run."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import click

from policylint.cli.exit_codes import ClosedOutputError, ExitCode, of_error
from policylint.errors import PolicylintError
from policylint.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    *("lint", "test", "simulate", "why", "diff", "minimise", "plan", "apply-script", "export-script"),
    *("fmt", "rules", "explain", "schema", "init"),
)
"""The commands in the order of a working day; each is the function `command` of a module of this package."""


COLLECT = (100_000, 50, 100)
"""How rarely cycles are looked for: values are trees, and looking takes a fifth of the time of reading a policy."""


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"policylint.cli.{cmd_name.replace('-', '_')}_command").command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Policy as code for Exchange mobile device access.

    Reads the desired state from YAML and live state from a snapshot. Never connects to Exchange itself.
    """


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with the code of the table."""
    gc.set_threshold(*COLLECT)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = main.main(arguments, prog_name="policylint", standalone_mode=False)
        sys.stdout.flush()
    except PolicylintError as problem:
        _say(str(problem.span) + ": " if problem.span is not None else "", problem.message, problem.help)
        code = of_error(problem)
    except click.exceptions.Exit as problem:
        code = problem.exit_code
    except click.UsageError as problem:
        hint = f"see `{problem.ctx.command_path} --help`" if problem.ctx is not None else "see `policylint --help`"
        _say("", problem.format_message().rstrip("."), hint)
        code = ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        _say("", "interrupted", "nothing was half written; run it again")
        code = ExitCode.FAILED
    except (BrokenPipeError, ClosedOutputError):
        code = _broken_pipe()
    except OSError as problem:
        _say("", f"the output cannot be written: {problem.strerror}", "look where it goes, and at the room there")
        code = _broken_pipe()
    except RecursionError:
        _say("", "the input is nested too deeply", None)
        code = ExitCode.FAILED
    sys.exit(int(code or 0))


def _say(place: str, message: str, help: str | None) -> None:  # noqa: A002
    with contextlib.suppress(OSError):
        click.echo(f"{place}error: {message}", err=True)
        if help:
            click.echo(f"  = help: {help}", err=True)


def _broken_pipe() -> ExitCode:
    """Let the interpreter exit quietly: whoever read the output has gone, and there is nobody to tell."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.FAILED
