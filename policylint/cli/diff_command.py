"""`policylint diff`: what a change of policy means."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from policylint.analysis.compare import compare
from policylint.cli.common import open_workspace, options, put, put_json, style
from policylint.cli.exit_codes import ExitCode
from policylint.cli.revisions import resolve_operand

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.analysis.compare import Comparison


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
        operands = [resolve_operand(operand, workspace, stack, look) for operand in (old, new)]
    snapshot = workspace.snapshot
    devices = tuple(snapshot.devices) if snapshot is not None and "devices" not in snapshot.incomplete else ()
    found = compare(operands[0].model, operands[1].model, devices=devices, catalog=workspace.catalog())
    names = (operands[0].name, operands[1].name)
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
