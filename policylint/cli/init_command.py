"""`policylint init`: a new repository."""

from __future__ import annotations

from pathlib import Path

import click

from policylint.adapters import resources
from policylint.adapters.files import display_path
from policylint.cli.options import declare, edition_option
from policylint.cli.output import create_files
from policylint.project.editor_schemas import FOLDER, schema_files
from policylint.render.style import table
from policylint.schema.store import SchemaStore

NEXT = (
    ("policylint lint", "is it right?"),
    ("policylint test", "does everybody get in who must?"),
    (
        "policylint export-script -o export.ps1",
        "the script that writes live.json, for `policylint plan --snapshot live.json`",
    ),
)
"""The next commands, and what each is for."""


@declare("init", "policylint init", "policylint init exchange --edition exchange-2019")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@edition_option("The edition of Exchange.", default="exchange-online", show_default=True)
def command(folder: Path, edition: str) -> None:
    """Make a new repository: policylint.yaml, a first policy with tests, and schemas for editors.

    Nothing is overwritten: where one of the files is there already, nothing is written at all.
    """
    store = SchemaStore(resources.read_schema)
    files = {folder / name: text.replace("{edition}", edition) for name, text in resources.scaffold().items()}
    files |= {folder / FOLDER / name: text for name, text in schema_files(store, (edition,)).items()}
    create_files(files)
    click.echo(f"made a policy repository for {edition}\n")
    for path in files:
        click.echo(f"  {display_path(path)}")
    click.echo("\nnext" + ("" if folder.resolve() == Path.cwd() else f", in {display_path(folder)}"))
    click.echo(table(NEXT), nl=False)
