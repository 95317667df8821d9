"""`policylint init`: a new repository."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from policylint.adapters import resources
from policylint.adapters.files import shown, write_text
from policylint.cli.schema_command import FOLDER, SCHEMAS, file_name, schema_text
from policylint.errors import FileError, UsageError
from policylint.schema.store import CONFIG, SchemaStore


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option("--edition", metavar="NAME", default="exchange-online", show_default=True, help="Which Exchange.")
def command(folder: Path, edition: str) -> None:
    """Make a new repository: policylint.yaml, a first policy with tests, and schemas for editors.

    Nothing is overwritten: where one of the files is there already, nothing is written at all.
    """
    store = SchemaStore(resources.read_schema)
    known = store.schema(CONFIG)["properties"]["edition"]["enum"]
    if edition not in known:
        raise click.UsageError(f"no edition `{edition}`; known: {', '.join(known)}")
    files = {folder / name: text.replace("{edition}", edition) for name, text in resources.scaffold().items()}
    files |= {folder / FOLDER / file_name(name): schema_text(store, name) for name in SCHEMAS}
    there = [shown(path) for path in files if path.exists() or path.is_symlink()]
    if there:
        raise UsageError(f"not overwritten: {', '.join(there)}", help="nothing was written; choose an empty folder")
    _write(files)
    click.echo(f"made a repository of policy for {edition}\n")
    for path in files:
        click.echo(f"  {shown(path)}")
    click.echo("\nnext")
    if folder.resolve() != Path.cwd():
        click.echo(f"  cd {shown(folder)}")
    click.echo("  policylint lint && policylint test    is it right, and does everybody get in who must?")
    click.echo("  policylint export-script > export.ps1  the script that reads the live state of your organization")
    click.echo("  policylint plan --snapshot live.json   what would change, and for whom?")


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
