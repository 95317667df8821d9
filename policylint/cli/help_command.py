"""`policylint help`: what a command does."""

from __future__ import annotations

import click

from policylint.cli import terminal
from policylint.cli.main import required_command


@click.command("help", hidden=True)
@click.argument("command", required=False)
@click.pass_context
def command(context: click.Context, command: str | None) -> None:
    """Show the help of a command, or of the program."""
    shown = context.parent or context
    if command is not None:
        shown = click.Context(required_command(shown, command), info_name=command, parent=shown)
    terminal.write(f"{shown.get_help()}\n")
