"""`policylint fmt`: canonical form."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policylint.adapters.files import CONFIG_NAME, decode, display_path, read_bytes, write_text
from policylint.adapters.workspace import unreadable
from policylint.cli.common import open_workspace, put, style
from policylint.cli.exit_codes import ExitCode
from policylint.edit.format import formatted
from policylint.errors import FileError, PolicylintError, UsageError
from policylint.phrases import count
from policylint.render.style import clean
from policylint.schema.store import CONFIG, POLICY
from policylint.syntax.node import MappingNode
from policylint.syntax.parse import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.adapters.workspace import Workspace
    from policylint.diagnostic import Diagnostic
    from policylint.render.style import Style
    from policylint.source import Source


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
    piped, writes = Path("-") in paths, not (check or diff)
    if piped and len(paths) > 1:
        raise UsageError("`-` stands for standard input alone", help="give either `-` or files and folders")
    named = () if piped else paths
    workspace = open_workspace(config=config, env=env, snapshot=None, allow_incomplete=(), paths=named)
    changed: list[str] = []
    same = left = 0
    problems: list[Diagnostic] = []
    for path in [None] if piped else _files(workspace, named):
        name = "<stdin>" if path is None else display_path(path)
        try:
            data = sys.stdin.buffer.read() if path is None else read_bytes(path)
            source = decode(data, name)
        except PolicylintError as problem:
            problems.append(unreadable(path or Path(name), problem))
            left += 1
            continue
        text, found = formatted(source, workspace.store, _schema(workspace, path, source))
        problems.extend(found)
        if text is None:
            left += 1
            continue
        differs = text.encode() != data
        if differs:
            changed.append(name)
        else:
            same += 1
        if diff and differs:
            put(_difference(source.text, text, name, look), None)
        elif writes and path is None:
            put(text, None)
        elif writes and path is not None and differs:
            write_text(path, text)
    if not (piped and writes):
        verb = "rewritten" if writes else "would be rewritten"
        words = [f"{count(len(changed), 'file')} {verb}"] if changed else []
        words += [f"{count(same, 'file')} in canonical form"] if same or not (changed or left) else []
        words += [f"{count(left, 'file')} left as found"] if left else []
        click.echo(look.paint(", ".join(words), "bold"), err=diff)
        for name in changed:
            click.echo(f"  {clean(name)}", err=diff)
    _say(problems, look)
    if problems or (check and changed):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _files(workspace: Workspace, named: Sequence[Path]) -> list[Path]:
    """Return the files that the command line names, else policylint.yaml and the whole policy.

    Raises FileError where what it names holds no policy file.
    """
    found = [*(path for path in named if path.name == CONFIG_NAME), *workspace.explicit]
    if not found:
        own = workspace.config_path
        repository = len(named) == 1 and own is not None and named[0].resolve() / CONFIG_NAME == own
        if named and not repository:
            where = ", ".join(map(display_path, named))
            raise FileError(f"{where}: no policy file in it", help="name a policy file or a folder of them")
        found = [*([own] if own is not None else []), *workspace.policy_paths]
    return list({path.resolve(): path for path in found}.values())


def _schema(workspace: Workspace, path: Path | None, source: Source) -> str:
    """Return the schema of a file; of standard input, that of policylint.yaml where it says `version`."""
    if path is None:
        root, _ = parse(source)
        return CONFIG if isinstance(root, MappingNode) and "version" in root.values else POLICY
    own = workspace.config_path
    configuration = path.name == CONFIG_NAME or (own is not None and path.resolve() == own.resolve())
    return CONFIG if configuration else POLICY


def _say(problems: Sequence[Diagnostic], look: Style) -> None:
    if problems:
        from policylint.render.diagnostics_text import render_one

        ordered = sorted(problems, key=lambda problem: problem.sort_key)
        click.echo("".join("\n" + render_one(problem, look) for problem in ordered), nl=False, err=True)


def _difference(before: str, after: str, path: str, look: Style) -> str:
    from difflib import unified_diff

    names = (f"{path} (as it is)", f"{path} (canonical)")
    lines = list(unified_diff(before.splitlines(), after.splitlines(), *names, lineterm=""))
    if not lines:
        return f"{clean(path)}: only the encoding or line ends would change\n"
    colors = {"+": "green", "-": "red", "@": "blue"}
    return "".join(
        (look.paint(clean(line), colors[line[0]]) if line[:1] in colors else clean(line)) + "\n" for line in lines
    )
