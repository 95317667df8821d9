"""`policylint diff`: what a change of policy means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.analysis.compare import compare
from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import ProjectOptions, check_options, declare, disk_files, open_project, output_options
from policylint.cli.output import (
    Output,
    live_state_record,
    note_missing_devices,
    note_missing_snapshot,
    with_live_state,
)
from policylint.cli.revisions import compared, resolve_operand
from policylint.escape import to_json

if TYPE_CHECKING:
    from policylint.analysis.compare import Comparison
    from policylint.cli.revisions import Operand
    from policylint.project.project import Project
    from policylint.render.style import Style


def _text(found: Comparison, sides: tuple[Operand, Operand], project: Project, style: Style, full: bool) -> str:
    from policylint.render.diff.text import render_diff

    text = render_diff(found, *(side.name for side in sides), style=style, full=full)
    return with_live_state(text, project, *(side.snapshot for side in sides))


def _json(found: Comparison, sides: tuple[Operand, Operand], project: Project, _style: Style, _full: bool) -> str:
    from policylint.render.diff.json import diff_record

    return to_json(diff_record(found, *(side.name for side in sides)) | live_state_record(project))


VIEWS = {"text": _text, "json": _json}


@declare("diff", "policylint diff origin/main --fail-on looser", "policylint diff live")
@click.argument("old", default="HEAD")
@click.argument("new", required=False)
@click.option("--full", is_flag=True, help="Show every region, every value and what differs in reason only.")
@click.option(
    "--fail-on",
    type=click.Choice(["looser", "stricter", "any"]),
    help="Exit code 1 where access gets looser, stricter, or any of the two.",
)
@output_options(VIEWS)
@check_options
def command(
    old: str, new: str | None, options: ProjectOptions, output: Output, full: bool, fail_on: str | None
) -> None:
    """Show which devices can tell two policies apart: who gets in under NEW that did not under OLD, and who no longer.

    OLD and NEW are git revisions, folders with a policylint.yaml, live state (a snapshot, or a file or folder of
    outputs of Get- cmdlets), or `live`, the snapshot of the configuration. OLD is HEAD and NEW the files as they are
    now where they are left out. An empty result is a proof: no device is treated differently.
    """
    files = disk_files(options)
    project = open_project(options, files)
    before, after = (resolve_operand(operand, project, files, output.style) for operand in (old, new))
    pair = compared(before, after)
    project.doing("comparing")
    found = compare(pair.before, pair.after, devices=project.devices or (), catalog=project.catalog)
    found = found._replace(notes=(*found.notes, *pair.notes))
    note_missing_devices(project)
    note_missing_snapshot(project, ["live settings and devices, so what is not declared is not known"])
    output.write(VIEWS[output.format](found, (before, after), project, output.style, full))
    if fail_on is not None and _fails(found, fail_on):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _fails(found: Comparison, fail_on: str) -> bool:
    return any(fail_on == "any" or region.direction in {fail_on, "other"} for region in found.regions)
