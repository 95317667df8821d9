"""`policylint diff`: what a change of policy means."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from policylint.access.compare import compare
from policylint.access.decide import AccessModel, facts_of
from policylint.adapters.files import CONFIG_NAME, shown
from policylint.adapters.workspace import Workspace
from policylint.cli.common import open_workspace, options, put, put_json, stop_if_broken, style
from policylint.cli.exit_codes import ExitCode
from policylint.errors import UsageError

if TYPE_CHECKING:
    from policylint.access.compare import Comparison
    from policylint.render.style import Style

LIVE = "live"
"""The operand that stands for the snapshot of the configuration."""


class Side(NamedTuple):
    """One of the two configurations, and what it is called."""

    name: str
    model: AccessModel


@click.command("diff")
@click.argument("old", default="HEAD")
@click.argument("new", required=False)
@options("text", "json")
@click.option("--full", is_flag=True, help="Show every region, every value and what differs in reason only.")
@click.option(
    "--fail-on",
    type=click.Choice(["looser", "stricter", "any"]),
    help="Exit code 1 where access gets looser, stricter, or any of the two.",
)
def command(
    old: str,
    new: str | None,
    format_: str,
    color: str,
    output: Path | None,
    full: bool,
    fail_on: str | None,
    **where: Any,
) -> None:
    """Show which devices can tell two policies apart: who gets in under NEW that did not under OLD, and who no longer.

    OLD and NEW are git revisions, folders with a policylint.yaml, snapshots (.json), or `live`, the snapshot of the
    configuration. OLD is HEAD and NEW the files as they are now where they are left out. Exact: nothing is shown only
    where no device can tell the two apart.
    """
    workspace = open_workspace(**where)
    look = style(color, output)
    with ExitStack() as stack:
        sides = [_side(operand, workspace, stack, look) for operand in (old, new)]
    snapshot = workspace.snapshot
    devices = snapshot.devices if snapshot is not None and "devices" not in snapshot.incomplete else ()
    rows = [(row[0], row[1], row[2], row[3]) for row in workspace.catalogue()]
    found = compare(sides[0].model, sides[1].model, devices=devices, catalogue=rows)
    names = (sides[0].name, sides[1].name)
    if format_ == "json":
        from policylint.render.diff_json import diff_record

        put_json(diff_record(found, *names), output)
    else:
        from policylint.render.diff_text import render_diff

        put(render_diff(found, *names, style=look, full=full), output)
    if fail_on is not None and _fails(found, fail_on):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _fails(found: Comparison, fail_on: str) -> bool:
    return any(fail_on == "any" or region.direction in {fail_on, "other"} for region in found.regions)


def _side(operand: str | None, workspace: Workspace, stack: ExitStack, look: Style) -> Side:
    """Return the configuration that an operand names, laid over the snapshot of the work tree."""
    if operand is None:
        return Side("the files as they are", _policy(workspace, look))
    path = Path(operand)
    if operand == LIVE:
        snapshot = workspace.required_snapshot
        return Side(snapshot.path, AccessModel(snapshot.state, facts_of(workspace.config)))
    if path.suffix == ".json" and path.is_file():
        snapshot = workspace.read_snapshot(path)
        return Side(snapshot.path, AccessModel(snapshot.state, facts_of(workspace.config)))
    if path.is_dir():
        config = path / CONFIG_NAME
        if not config.is_file():
            raise UsageError(f"{shown(path)}: no {CONFIG_NAME} in this folder", help="name the folder of one")
        return Side(shown(path), _policy(Workspace(config_path=config, live=lambda: workspace.snapshot), look))
    if path.is_file():
        hint = f"name the folder of a {CONFIG_NAME}, a snapshot, or a revision"
        raise UsageError(f"`{operand}` is a file", help=hint)
    from policylint.adapters.git import revision

    folder = stack.enter_context(revision(operand, workspace.folder))
    name = workspace.config_path.name if workspace.config_path is not None else CONFIG_NAME
    config = folder / name
    if not config.is_file():
        raise UsageError(f"`{operand}` has no {name} in this folder", help="name a later revision")
    other = Workspace(
        config_path=config,
        environment=workspace.environment,
        name=lambda path: f"{operand}:{path.resolve().relative_to(folder).as_posix()}",
        live=lambda: workspace.snapshot,
    )
    return Side(operand, _policy(other, look))


def _policy(workspace: Workspace, look: Style) -> AccessModel:
    stop_if_broken(workspace, look)
    return AccessModel(workspace.desired.state, facts_of(workspace.config))
