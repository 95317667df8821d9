"""`policylint lsp`: the language server for editors."""

from __future__ import annotations

import click

from policylint.adapters import resources
from policylint.adapters.files import stdin
from policylint.cli import terminal
from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import declare
from policylint.errors import UsageError
from policylint.project.resources import Resources

_NEEDED = frozenset({"pygls", "lsprotocol", "cattrs", "attrs"})


@declare("lsp", "policylint lsp", "policylint lsp --stdio", asks=True)
@click.option("--stdio", is_flag=True, help="Use standard input and output. This is the only way.")
def command(stdio: bool) -> None:
    """Serve an editor: findings while you type, completion, what a word means, fixes.

    The editor starts it and uses the Language Server Protocol. It reads the files of the repository, and the text
    of open files. It writes no file and runs no code of the repository. It needs the extra `lsp`. Exit code 0 if
    the editor shut it down, otherwise 1.
    """
    try:
        from policylint.lsp.server import serve
    except ModuleNotFoundError as problem:
        missing = (problem.name or "").partition(".")[0]
        if missing not in _NEEDED:
            raise
        hint = "install it: pip install 'policylint[lsp]'"
        raise UsageError(f"the language server needs {missing}, which is not installed", help=hint) from problem
    if not serve(Resources(resources), stdin(), terminal.channel()):
        raise click.exceptions.Exit(ExitCode.FINDINGS)
