"""`policylint simulate`: who gets in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from policylint.access.decide import AccessModel, facts_of
from policylint.access.grouping import BY, group
from policylint.access.simulate import simulate
from policylint.analysis.mismatch import contradicts, mismatches
from policylint.cli.common import open_workspace, options, put, put_json, stop_if_broken, style
from policylint.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.access.simulate import CohortAccess
    from policylint.adapters.workspace import Workspace
    from policylint.analysis.mismatch import Mismatch


@click.command("simulate")
@options("text", "json", "csv", "html")
@click.option("--full", is_flag=True, help="Show every class and every device, not only what changes.")
@click.option(
    "--explain-mismatch", is_flag=True, help="Show devices whose reported state live settings do not explain."
)
@click.option(
    "--by",
    type=click.Choice(tuple(BY)),
    help="Group devices: by what they report, by mailbox, by client, by what decides.",
)
@click.option("--title", default="", metavar="TEXT", help="The heading of the HTML report, instead of the verdict.")
def command(
    format_: str,
    color: str,
    output: Path | None,
    full: bool,
    explain_mismatch: bool,
    by: str | None,
    title: str,
    **where: Any,
) -> None:
    """Show the access of every device class and device: live, desired, and why.

    CSV has one row a device, or one a group with --by. HTML is a report of one file, to send around.
    """
    if title and format_ != "html":
        raise UsageError("--title is the heading of the HTML report", help="add --format html, or leave it out")
    workspace = open_workspace(**where)
    look = style(color, output)
    stop_if_broken(workspace, look)
    live, desired = models(workspace)
    snapshot = workspace.snapshot
    result = simulate(live, desired, snapshot.devices if snapshot is not None else ())
    groups = group(result, by) if by is not None else None

    def unexplained(most: int | None = None) -> tuple[Mismatch, ...]:
        shown = result.members(mismatched, most)
        return mismatches(live, [access.device for access in shown]) if live is not None else ()

    if format_ == "json":
        from policylint.render.decisions_json import simulation_record

        put_json(simulation_record(result, unexplained(), groups), output)
    elif format_ == "csv":
        from policylint.render.simulation_csv import render_devices_csv, render_groups_csv

        put(render_groups_csv(groups) if groups is not None else render_devices_csv(result), output)
    elif format_ == "html":
        from policylint.render.decisions_text import verdict_of
        from policylint.render.report_html import MOST_ROWS, About, render_report

        about = About(
            snapshot=snapshot.path if snapshot is not None else "",
            taken_at=snapshot.header.taken_at if snapshot is not None else "",
            edition=workspace.config.edition,
            files=len(workspace.policy_paths),
        )
        counted = (by, groups) if by is not None and groups is not None else None
        shown, number = unexplained(MOST_ROWS), result.count(mismatched)
        page = render_report(result, shown, number, about, verdict=verdict_of(result), title=title, groups=counted)
        put(page, output)
    else:
        from policylint.render.decisions_text import SHOWN, render_groups, render_simulation

        if groups is not None and by is not None:
            put(render_groups(result, groups, by, style=look, full=full), output)
            return
        listed = unexplained(None if full else SHOWN) if explain_mismatch else ()
        put(render_simulation(result, listed, result.count(mismatched), style=look, full=full), output)


def mismatched(cohort: CohortAccess) -> bool:
    """Return whether devices report another state than live settings give."""
    return contradicts(cohort.device, cohort.live)


def models(workspace: Workspace) -> tuple[AccessModel | None, AccessModel]:
    """Return the live configuration, where there is a snapshot, and the desired one, ready to decide."""
    facts = facts_of(workspace.config)
    live = AccessModel(workspace.snapshot.state, facts) if workspace.snapshot is not None else None
    return live, AccessModel(workspace.desired.state, facts)
