"""`policylint fmt`: canonical form."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policylint.adapters.files import CONFIG_NAME, decode, read_bytes, shown, write_text
from policylint.adapters.workspace import unreadable
from policylint.cli.common import open_workspace, put, style
from policylint.cli.exit_codes import ExitCode
from policylint.errors import PolicylintError
from policylint.fmt.format import formatted
from policylint.render.style import clean, count
from policylint.schema.store import CONFIG, POLICY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.adapters.workspace import Workspace
    from policylint.diagnostic import Diagnostic
    from policylint.render.style import Style


@click.command("fmt")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="The policylint.yaml to use.")
@click.option("--env", metavar="NAME", help="The environment of policylint.yaml to use.")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 where a file is not in canonical form.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colour; auto means on a terminal, unless NO_COLOR is set.",
)
def command(paths: tuple[Path, ...], config: Path | None, env: str | None, check: bool, diff: bool, color: str) -> None:
    """Put policy files and policylint.yaml into canonical form.

    PATHS are files or folders; - reads standard input and writes standard output. Without PATHS it is the whole policy.
    Keys get the order of the schema, quotes go where nothing needs them; comments and meaning stay. A file that is not
    valid is left as it is. Exit code 1 where there is one.
    """
    look = style(color, None)
    named = () if paths == (Path("-"),) else paths
    workspace = open_workspace(config=config, env=env, snapshot=None, allow_incomplete=(), paths=named)
    if paths == (Path("-"),):
        _standard_input(workspace, look)
        return
    changed: list[Path] = []
    same = 0
    problems: list[Diagnostic] = []
    for path in _files(workspace, named):
        try:
            data = read_bytes(path)
            source = decode(data, shown(path))
        except PolicylintError as problem:
            problems.append(unreadable(path, problem))
            continue
        identifier = CONFIG if path.name == CONFIG_NAME else POLICY
        text, found = formatted(source, workspace.store, identifier)
        problems.extend(found)
        if text is None:
            continue
        if text.encode() == data:
            same += 1
            continue
        changed.append(path)
        if diff:
            put(_difference(source.text, text, shown(path), look), None)
        elif not check:
            write_text(path, text)
    verb = "would be rewritten" if check or diff else "rewritten"
    words = [f"{count(len(changed), 'file')} {verb}"] if changed else []
    words += [f"{count(same, 'file')} in canonical form"] if same or not changed else []
    click.echo(look.paint(", ".join(words), "bold"), err=diff)
    for path in changed:
        click.echo(f"  {clean(shown(path))}", err=diff)
    _say(problems, look)
    if problems or (check and changed):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _files(workspace: Workspace, named: Sequence[Path]) -> list[Path]:
    """Return the files that the command line names, else policylint.yaml and the whole policy."""
    if not named:
        own = [workspace.config_path] if workspace.config_path is not None else []
        return [*own, *workspace.policy_paths]
    return [*(path for path in named if path.name == CONFIG_NAME), *workspace.explicit]


def _standard_input(workspace: Workspace, look: Style) -> None:
    text, problems = formatted(decode(sys.stdin.buffer.read(), "<stdin>"), workspace.store, POLICY)
    _say(problems, look)
    if text is None:
        raise click.exceptions.Exit(ExitCode.FINDINGS)
    put(text, None)


def _say(problems: Sequence[Diagnostic], look: Style) -> None:
    if problems:
        from policylint.render.diagnostics_text import render_one

        ordered = sorted(problems, key=lambda problem: problem.sort_key)
        click.echo("".join("\n" + render_one(problem, look) for problem in ordered), nl=False, err=True)


def _difference(before: str, after: str, path: str, look: Style) -> str:
    from difflib import unified_diff

    names = (f"{path} (as it is)", f"{path} (canonical)")
    lines = unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="")
    colors = {"+": "green", "-": "red", "@": "blue"}
    return "".join(
        (look.paint(clean(line), colors[line[0]]) if line[:1] in colors else clean(line)) + "\n" for line in lines
    )
