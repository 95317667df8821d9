"""`policylint init`: a new repository."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from policylint.adapters import resources
from policylint.adapters.files import display_path, write_text
from policylint.cli.schema_command import FOLDER, SCHEMAS, file_name, known_edition, schema_text
from policylint.errors import FileError, UsageError
from policylint.render.style import table
from policylint.schema.store import SchemaStore

NEXT = (
    ("policylint lint", "is it right?"),
    ("policylint test", "does everybody get in who must?"),
    ("policylint export-script -o export.ps1", "the script that reads what Exchange has now, for `policylint plan`"),
)
"""The next commands, and what each is for."""


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option("--edition", metavar="NAME", default="exchange-online", show_default=True, help="Which Exchange.")
def command(folder: Path, edition: str) -> None:
    """Make a new repository: policylint.yaml, a first policy with tests, and schemas for editors.

    Nothing is overwritten: where one of the files is there already, nothing is written at all.
    """
    store = SchemaStore(resources.read_schema)
    known_edition(store, edition)
    files = {folder / name: text.replace("{edition}", edition) for name, text in resources.scaffold().items()}
    files |= {folder / FOLDER / file_name(name): schema_text(store, name, (edition,)) for name in SCHEMAS}
    there = [display_path(path) for path in files if path.exists() or path.is_symlink()]
    if there:
        raise UsageError(f"not overwritten: {', '.join(there)}", help="nothing was written; choose an empty folder")
    _write(files)
    click.echo(f"made a repository of policy for {edition}\n")
    for path in files:
        click.echo(f"  {display_path(path)}")
    click.echo("\nnext" + ("" if folder.resolve() == Path.cwd() else f", in {display_path(folder)}"))
    click.echo(table(NEXT), nl=False)


def _write(files: dict[Path, str]) -> None:
    """Write every file, or none and no folder for them."""
    written: list[Path] = []
    made: list[Path] = []
    try:
        for path, text in files.items():
            missing = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
            for folder in reversed(missing):
                folder.mkdir()
                made.append(folder)
            written.append(path)
            write_text(path, text)
    except (OSError, FileError, KeyboardInterrupt) as problem:
        for path in reversed(written):
            with contextlib.suppress(OSError):
                path.unlink()
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        if isinstance(problem, OSError):
            message = f"{problem.filename}: cannot be made: {problem.strerror}"
            raise FileError(message, help="check the path and the permissions") from problem
        raise
