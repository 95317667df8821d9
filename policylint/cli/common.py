"""Options that commands share, and how they put out what they have to say."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from policylint.adapters.files import display_path, write_text
from policylint.adapters.workspace import Workspace
from policylint.cli.exit_codes import ClosedOutputError, ExitCode
from policylint.render.style import Style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


def options(*formats: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that gives a command the shared options, its formats, and --output."""
    shared = [
        click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="The policylint.yaml to use."),
        click.option("--env", metavar="NAME", help="The environment of policylint.yaml to use."),
        click.option("--snapshot", type=click.Path(path_type=Path), metavar="FILE", help="The snapshot of live state."),
        click.option(
            "--allow-incomplete",
            multiple=True,
            metavar="SECTION",
            help="Go on without a section of the snapshot that is not whole. May be repeated.",
        ),
        click.option("--show-config", is_flag=True, help="Show each setting and where it comes from, and stop."),
    ]
    if formats:
        shared.append(
            click.option(
                "--format", "format_", type=click.Choice(formats), default=formats[0], show_default=True, help="Output."
            )
        )
        shared.append(
            click.option(
                "--color",
                type=click.Choice(["auto", "always", "never"]),
                default="auto",
                show_default=True,
                help="Colour; auto means on a terminal, unless NO_COLOR is set.",
            )
        )
    shared.append(
        click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write there instead.")
    )

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(shared):
            function = option(function)
        return function

    return decorate


def open_workspace(
    *,
    config: Path | None,
    env: str | None,
    snapshot: Path | None,
    allow_incomplete: Sequence[str],
    show_config: bool = False,
    paths: Sequence[Path] = (),
) -> Workspace:
    """Return the repository that the options name; a folder with a policylint.yaml is a repository of its own.

    With `show_config` the settings are printed and the command ends.
    """
    start = None
    if config is None and len(paths) == 1 and (paths[0] / "policylint.yaml").is_file():
        start, paths = paths[0], ()
    workspace = Workspace(
        start=start,
        config_path=config,
        environment=env,
        snapshot_path=snapshot,
        allow_incomplete=frozenset(allow_incomplete),
        paths=paths,
        watch=_watched if sys.stderr.isatty() else None,
    )
    if show_config:
        from policylint.render.style import table

        origins = workspace.config.origins
        rows = [(name, json.dumps(value, ensure_ascii=False), place) for name, (value, place) in origins.items()]
        put(table(rows, indent=""), None)
        raise click.exceptions.Exit(ExitCode.CLEAN)
    return workspace


def _watched(pieces: Iterable[bytes], size: int, name: str) -> Iterator[bytes]:
    """Pass the pieces of a file on, and show on the terminal how far it is once that has taken more than a second."""
    import time

    start, done, shown_ = time.monotonic(), 0, ""
    for piece in pieces:
        done += len(piece)
        if time.monotonic() - start > 1:
            shown_ = f"reading {name}: {done * 100 // max(size, 1)} %"
            click.echo(f"\r{shown_}", nl=False, err=True)
        yield piece
    if shown_:
        click.echo(f"\r{' ' * len(shown_)}\r", nl=False, err=True)


def style(color: str, output: Path | None) -> Style:
    """Return how text is to look: coloured on a terminal unless NO_COLOR is set, or as --color says."""
    terminal = output is None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    wanted = color == "always" or (color == "auto" and terminal and not os.environ.get("NO_COLOR"))
    return Style(color=wanted, width=_columns() if terminal else 100)


def _columns() -> int:
    from shutil import get_terminal_size

    return get_terminal_size().columns


def put(text: str, output: Path | None) -> None:
    """Write a text to a file, whole or not at all, or to standard output."""
    if output is None or str(output) == "-":
        try:
            click.echo(text, nl=False, color=True)
        except BrokenPipeError as problem:
            raise ClosedOutputError from problem
        return
    write_text(output, text)
    click.echo(f"wrote {display_path(output)}", err=True)


def put_json(record: dict[str, Any], output: Path | None) -> None:
    """Write plain data as JSON, in the order given."""
    put(json.dumps(record, indent=2, ensure_ascii=False) + "\n", output)


def stop_if_broken(workspace: Workspace, look: Style) -> None:
    """Exit with what is wrong where the policy cannot be read as what it says: nothing may be computed from it."""
    loaded = workspace.loaded
    if not loaded.broken and not loaded.policy.duplicates:
        return
    from policylint.cli.lint_command import findings
    from policylint.diagnostic import Severity
    from policylint.render.diagnostics_text import render_text

    shown_, _hidden = findings(workspace)
    errors = [diagnostic for diagnostic in shown_ if diagnostic.severity is Severity.ERROR]
    files = len(workspace.policy_paths)
    click.echo(render_text(errors, files=files, hidden=0, style=look), nl=False, err=True)
    raise click.exceptions.Exit(ExitCode.FINDINGS)
