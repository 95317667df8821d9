"""`policylint schema`: JSON Schemas for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policylint.adapters.files import read_bytes, shown, write_text
from policylint.cli.common import open_workspace, put
from policylint.cli.exit_codes import ExitCode
from policylint.schema.editor import editor_schema
from policylint.schema.store import CONFIG, POLICY

if TYPE_CHECKING:
    from policylint.schema.store import SchemaStore

SCHEMAS = {"policy": POLICY, "config": CONFIG}
"""What there are schemas for: policy files, and policylint.yaml."""

FOLDER = ".policylint"
"""Where editors find the schemas of a repository."""


@click.command("schema")
@click.argument("name", type=click.Choice(tuple(SCHEMAS)), default="policy")
@click.option("--edition", metavar="NAME", help="Leave out what an edition of Exchange does not have.")
@click.option("--write", is_flag=True, help=f"Write all of them into {FOLDER}/ beside policylint.yaml.")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 where those files are missing or out of date.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write there instead.")
def command(name: str, edition: str | None, write: bool, check: bool, output: Path | None) -> None:
    """Print the JSON Schema of policy files, or of policylint.yaml, for editors.

    With it an editor completes keys and values, shows what they mean, and marks what is wrong while you type.
    """
    workspace = open_workspace(config=None, env=None, snapshot=None, allow_incomplete=())
    _known(workspace.store, edition)
    if not write and not check:
        put(schema_text(workspace.store, name, edition), output)
        return
    stale = []
    for each in SCHEMAS:
        path = workspace.folder / FOLDER / file_name(each)
        text = schema_text(workspace.store, each, edition)
        if path.is_file() and read_bytes(path) == text.encode():
            continue
        stale.append(path)
        if not check:
            path.parent.mkdir(exist_ok=True)
            write_text(path, text)
    verb = "missing or out of date; `policylint schema --write` mends that" if check else "written"
    for path in stale:
        click.echo(f"{shown(path)}: {verb}")
    if not stale:
        click.echo("the schemas are up to date")
    if stale and check:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def schema_text(store: SchemaStore, name: str, edition: str | None = None) -> str:
    """Return the text of a schema for editors."""
    return json.dumps(editor_schema(store, SCHEMAS[name], edition), indent=2, ensure_ascii=False) + "\n"


def file_name(name: str) -> str:
    """Return the name of the file that a schema is written to."""
    return f"{name}.schema.json"


def _known(store: SchemaStore, edition: str | None) -> None:
    known = store.schema(CONFIG)["properties"]["edition"]["enum"]
    if edition is not None and edition not in known:
        raise click.UsageError(f"no edition `{edition}`; known: {', '.join(known)}")
