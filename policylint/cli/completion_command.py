"""`policylint completion`: the script with which a shell completes commands, options and names."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import click

from policylint.cli import terminal
from policylint.cli.completing import VARIABLE
from policylint.cli.options import declare
from policylint.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

INSTALL = {
    "bash": 'add to ~/.bashrc: eval "$(policylint completion bash)"',
    "zsh": 'add to ~/.zshrc, below compinit: eval "$(policylint completion zsh)"',
    "fish": "policylint completion fish > ~/.config/fish/completions/policylint.fish",
    "powershell": "add to $PROFILE: policylint completion powershell | Out-String | Invoke-Expression",
}
"""How each shell is told, in the words of its users."""

_NAMES = {**dict.fromkeys(INSTALL, ""), "pwsh": "powershell"}


class _Shell(click.Choice[str]):
    """The name of a shell; `pwsh` is PowerShell."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name. Raises UsageError where there is no such shell."""
        return super().convert(_NAMES.get(value) or value, param, ctx)


@declare("completion", "policylint completion bash", "policylint completion powershell")
@click.argument("shell", required=False, type=_Shell(tuple(INSTALL)))
def command(shell: str | None) -> None:
    """Print the script for tab completion of commands, options and names. By default, for the current shell.

    It also completes rules, packs, environments, mailboxes and device IDs: those of the policy, and of the snapshot
    if that is JSON.

    Bash, in ~/.bashrc: eval "$(policylint completion bash)"

    Zsh, in ~/.zshrc below compinit: eval "$(policylint completion zsh)"

    Fish: policylint completion fish > ~/.config/fish/completions/policylint.fish

    PowerShell, in $PROFILE: policylint completion powershell | Out-String | Invoke-Expression
    """
    from click.shell_completion import ShellComplete, get_completion_class

    from policylint.cli.main import main

    name = shell or shell_of(os.environ, on_windows=os.name == "nt")
    if name is None:
        raise UsageError("which shell is not known", help=f"name it: {', '.join(INSTALL)}")
    found = get_completion_class(name)
    assert found is not None
    script = ShellComplete.source(found(main, {}, "policylint", VARIABLE))
    terminal.write(_with_quotes(script) if name == "powershell" else script)
    if terminal.shows_output():
        terminal.note("this is a script for the shell", INSTALL[name])


_PARAM = "    param($wordToComplete, $commandAst, $cursorPosition)\n"
_QUOTE = r"""
    $quoted = {
        param($path)
        if ($path -match '^[A-Za-z0-9_.:\\/][A-Za-z0-9_.:\\/+=-]*$') { return $path }
        "'" + ($path -replace "[\u0027\u2018-\u201B]", '$0$0') + "'"
    }
"""
"""What writes a path so that PowerShell takes it as it is: each of the signs that end a text in quotes is doubled."""


def _with_quotes(script: str) -> str:
    """Return the script for PowerShell, which then inserts no name of a file that would be run or taken apart."""
    script = script.replace(_PARAM, _PARAM + _QUOTE)
    script = script.replace('$prefix = "$wordToComplete*"', """$prefix = $wordToComplete.Trim("'`"") + '*'""")
    return script.replace("$_.FullName, $_.Name,", "(& $quoted $_.FullName), $_.Name,")


def shell_of(environment: Mapping[str, str], *, on_windows: bool) -> str | None:
    """Return the shell that started this, None where that is not known or it is another one.

    Windows has PSModulePath everywhere. Elsewhere it is set by PowerShell alone, which leaves SHELL as it was.
    """
    path = re.split(r"[\\/]", environment.get("SHELL", ""))[-1].lower().removesuffix(".exe")
    named = _NAMES[path] or path if path in _NAMES else None
    is_powershell = bool(environment.get("PSModulePath"))
    if on_windows:
        return named or ("powershell" if is_powershell else None)
    return "powershell" if is_powershell else named
