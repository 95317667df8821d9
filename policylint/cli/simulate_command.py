"""`policylint simulate`: who gets in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from policylint.access.grouping import BY, group
from policylint.cli.options import ProjectOptions, declare, open_valid, output_options, project_options
from policylint.cli.output import Output, note_missing_devices, to_json
from policylint.errors import UsageError
from policylint.version import __version__

if TYPE_CHECKING:
    from policylint.access.grouping import DeviceGroup
    from policylint.access.simulate import Simulation
    from policylint.project.project import Project
    from policylint.render.simulation.view import Limits, SimulationView
    from policylint.render.style import Style


class _Shown(NamedTuple):
    """The simulation of a project, and which parts of it to show."""

    project: Project
    simulation: Simulation
    groups: tuple[DeviceGroup, ...] | None
    by: str
    full: bool
    explain_mismatch: bool
    title: str

    def view(self, limits: Limits) -> SimulationView:
        """Return the parts of the simulation that people read."""
        from policylint.render.simulation.view import view_of

        return view_of(self.simulation, self.project.live_model, limits)


def _text(shown: _Shown, style: Style) -> str:
    from policylint.render.simulation.text import limits, render_groups, render_simulation
    from policylint.render.simulation.view import verdict_of

    if shown.groups is not None:
        return render_groups(verdict_of(shown.simulation), shown.groups, shown.by, style=style, full=shown.full)
    view = shown.view(limits(full=shown.full, mismatches=shown.explain_mismatch))
    return render_simulation(view, style=style, full=shown.full)


def _json(shown: _Shown, _style: Style) -> str:
    from policylint.render.simulation.json import simulation_record
    from policylint.render.simulation.view import mismatched

    found = mismatched(shown.simulation, shown.project.live_model, None)
    return to_json(simulation_record(shown.simulation, found.rows, shown.groups))


def _csv(shown: _Shown, _style: Style) -> str:
    from policylint.render.simulation.csv import render_devices_csv, render_groups_csv

    return render_groups_csv(shown.groups) if shown.groups is not None else render_devices_csv(shown.simulation)


def _html(shown: _Shown, _style: Style) -> str:
    from policylint.render.simulation.html import LIMITS, About, render_report

    project = shown.project
    about = About(__version__, project.config.edition, len(project.policy_paths))
    if project.snapshot is not None:
        header = project.snapshot.header
        about = about._replace(
            snapshot=project.snapshot.path,
            taken_at=header.taken_at,
            organization=header.organization or "",
            tenant=header.tenant or "",
        )
    groups = (shown.by, shown.groups) if shown.groups is not None else None
    return render_report(shown.view(LIMITS), about, title=shown.title, groups=groups)


VIEWS = {"text": _text, "json": _json, "csv": _csv, "html": _html}


@declare("simulate", "policylint simulate --by model", "policylint simulate --format html -o access.html")
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
@output_options(VIEWS)
@project_options
def command(
    options: ProjectOptions, output: Output, full: bool, explain_mismatch: bool, by: str | None, title: str
) -> None:
    """Show the access of every device class and device: live, desired, and why.

    CSV has one row a device, or one a group with --by. HTML is a single-file report.
    """
    if title and output.format != "html":
        raise UsageError("--title is the heading of the HTML report", help="add --format html, or leave it out")
    project = open_valid(options, output.style)
    result = project.simulate()
    groups = group(result, by) if by is not None else None
    shown = _Shown(project, result, groups, by or "", full, explain_mismatch, title)
    note_missing_devices(project)
    output.write(VIEWS[output.format](shown, output.style))
