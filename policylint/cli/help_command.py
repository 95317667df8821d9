"""`policylint help`: what a command does."""

from __future__ import annotations

import click

from policylint.cli import terminal
from policylint.cli.main import required_command


@click.command("help", hidden=True)
@click.argument("command", nargs=-1)
@click.pass_context
def command(context: click.Context, command: tuple[str, ...]) -> None:
    """Show the help of a command, or of the program."""
    shown = context.parent or context
    if command:
        name = " ".join(command)
        shown = click.Context(required_command(shown, name), info_name=name, parent=shown)
    terminal.write(f"{shown.get_help()}\n")
