"""`policylint schema`: JSON Schemas for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policylint.adapters.files import display_path, read_bytes, read_source, write_text
from policylint.cli.common import open_workspace, put
from policylint.cli.exit_codes import ExitCode
from policylint.errors import FileError, UsageError
from policylint.render.style import table
from policylint.schema.compile import CompiledSchema
from policylint.schema.editor import editor_schema
from policylint.schema.store import CONFIG, POLICY
from policylint.syntax.parse import parse

if TYPE_CHECKING:
    from collections.abc import Collection

    from policylint.adapters.workspace import Workspace
    from policylint.schema.store import SchemaStore

SCHEMAS = {"policy": POLICY, "config": CONFIG}
"""What there are schemas for: policy files, and policylint.yaml."""

FOLDER = ".policylint"
"""Where editors find the schemas of a repository."""


@click.command("schema")
@click.argument("name", type=click.Choice(tuple(SCHEMAS)), default="policy")
@click.option("--list", "list_", is_flag=True, help="Show what there are schemas for.")
@click.option(
    "--edition",
    "editions",
    multiple=True,
    metavar="NAME",
    help="Leave out what this edition lacks; those of policylint.yaml unless given. May be repeated.",
)
@click.option(
    "--write",
    "folder",
    is_flag=False,
    flag_value="",
    metavar="[FOLDER]",
    help=f"Write all of them into a folder; {FOLDER}/ beside policylint.yaml unless given.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 where those files are missing or out of date.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write there instead.")
def command(
    name: str, list_: bool, editions: tuple[str, ...], folder: str | None, check: bool, output: Path | None
) -> None:
    """Print the JSON Schema of policy files, or of policylint.yaml, for editors.

    With it an editor completes keys and values, shows what they mean, and marks what is wrong while you type.
    """
    workspace = open_workspace(config=None, env=None, snapshot=None, allow_incomplete=())
    store = workspace.store
    if list_:
        put(table((each, file_name(each), store.schema(SCHEMAS[each])["description"]) for each in SCHEMAS), output)
        return
    for edition in editions:
        known_edition(store, edition)
    wanted = editions or _editions(workspace)
    if folder is None and not check:
        put(schema_text(store, name, wanted), output)
        return
    if output is not None:
        raise UsageError("--output is for one schema", help="name the folder: --write FOLDER")
    target = Path(folder) if folder else workspace.folder / FOLDER
    texts = {target / file_name(each): schema_text(store, each, wanted) for each in SCHEMAS}
    stale = {path: text for path, text in texts.items() if not path.is_file() or read_bytes(path) != text.encode()}
    if not check:
        _write(stale)
    mend = " ".join(["policylint schema --write", *([folder] if folder else [])])
    verb = f"missing or out of date; `{mend}` mends that" if check else "written"
    for path in stale:
        click.echo(f"{display_path(path)}: {verb}")
    if not stale:
        click.echo("the schemas are up to date")
    if stale and check:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def schema_text(store: SchemaStore, name: str, editions: Collection[str] | None = None) -> str:
    """Return the text of a schema for editors; what none of the editions has is left out."""
    return json.dumps(editor_schema(store, SCHEMAS[name], editions), indent=2, ensure_ascii=False) + "\n"


def file_name(name: str) -> str:
    """Return the name of the file that a schema is written to."""
    return f"{name}.schema.json"


def known_edition(store: SchemaStore, edition: str) -> None:
    """Raise UsageError where there is no such edition of Exchange."""
    known = store.schema(CONFIG)["properties"]["edition"]["enum"]
    if edition not in known:
        raise UsageError(f"no edition `{edition}`", help=f"known: {', '.join(known)}")


def _editions(workspace: Workspace) -> Collection[str] | None:
    """Return the edition of policylint.yaml and those of its environments, None where there is no such file."""
    if workspace.config_path is None:
        return None
    found = {workspace.config.edition}
    node, _ = parse(read_source(workspace.config_path))
    if node is not None:
        value, _ = CompiledSchema(workspace.store, CONFIG).read(node)
        found |= {each["edition"] for each in value.get("environments", {}).values() if "edition" in each}
    return found


def _write(texts: dict[Path, str]) -> None:
    for path, text in texts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            message = f"{display_path(path.parent)}: cannot be made: {problem.strerror}"
            raise FileError(message, help="check the path and the permissions") from problem
        write_text(path, text)
