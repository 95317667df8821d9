"""`policylint schema`: JSON Schemas for editors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from policylint.adapters.files import display_path, is_there, make_folder, read_bytes, write_text
from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import (
    ProjectOptions,
    config_option,
    declare,
    disk_files,
    edition_option,
    file_option,
    open_project,
)
from policylint.errors import UsageError
from policylint.escape import clean, command_line
from policylint.project.editor_schemas import FOLDER, SCHEMAS, file_name, schema_files, schema_text
from policylint.render.style import table

if TYPE_CHECKING:
    from collections.abc import Collection

    from policylint.cli.output import Output
    from policylint.project.project import Project


@declare("schema", "policylint schema --write", "policylint schema config --edition exchange-2019")
@click.argument("name", type=click.Choice(tuple(SCHEMAS)), default="policy")
@click.option("--list", "list_", is_flag=True, help="List the schemas.")
@edition_option(
    "Leave out what this edition lacks; by default, the editions of policylint.yaml. May be repeated.", multiple=True
)
@click.option(
    "--write",
    "folder",
    is_flag=False,
    flag_value="",
    metavar="[FOLDER]",
    help=f"Write all schemas into a folder; by default, {FOLDER}/ beside policylint.yaml.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if these files are missing or out of date.")
@file_option
@config_option
def command(
    name: str,
    list_: bool,
    edition: tuple[str, ...],
    folder: str | None,
    check: bool,
    output: Output,
    options: ProjectOptions,
) -> None:
    """Print the JSON Schema of policy files, or of policylint.yaml, for editors.

    With it, an editor completes keys and values, shows what they mean, and marks mistakes while you type.
    """
    files = disk_files(options)
    project = open_project(options, files)
    store = project.store
    if list_:
        rows = ((each, file_name(each), store.schema(SCHEMAS[each])["description"]) for each in SCHEMAS)
        output.write(table(rows, screen=output.style.screen))
        return
    editions = edition or _editions(project)
    if folder is None and not check:
        output.write_document(schema_text(store, name, editions))
        return
    if output.file is not None:
        raise UsageError("--output is for one schema", help="name the folder: --write FOLDER")
    target = Path(folder) if folder else files.folder / FOLDER
    texts = {target / file: text for file, text in schema_files(store, editions).items()}
    stale = {path: text for path, text in texts.items() if not is_there(path) or read_bytes(path) != text.encode()}
    if not check:
        for path, text in stale.items():
            make_folder(path.parent)
            write_text(path, text)
    fix = command_line("policylint schema --write", *([folder] if folder else [])) or "policylint schema --write FOLDER"
    verb = f"missing or out of date; `{fix}` fixes that" if check else "written"
    lines = [f"{display_path(path)}: {verb}" for path in stale] or ["the schemas are up to date"]
    output.write("".join(f"{clean(line)}\n" for line in lines))
    if stale and check:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _editions(project: Project) -> Collection[str] | None:
    """Return the edition of policylint.yaml and those of its environments, None where there is no such file."""
    file = project.config_file
    return {project.config.edition, *file.editions} if file is not None else None
