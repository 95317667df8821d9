"""`policylint simulate`: who gets in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from policylint.access.grouping import BY, group
from policylint.analysis.mismatch import contradicts, mismatches
from policylint.cli.options import ProjectOptions, declare, open_valid, output_options, project_options
from policylint.cli.output import Output, note_missing_devices, to_json
from policylint.errors import UsageError

if TYPE_CHECKING:
    from policylint.access.grouping import DeviceGroup
    from policylint.access.simulate import CohortAccess, Simulation
    from policylint.analysis.mismatch import Mismatch
    from policylint.project.project import Project
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

    def mismatches(self, most: int | None = None) -> tuple[Mismatch, ...]:
        """Return the devices that report another state than live settings give, at most some of them."""
        live = self.project.live_model
        found = self.simulation.members(_is_mismatch, most) if live is not None else ()
        return mismatches(live, [access.device for access in found]) if live is not None else ()

    @property
    def mismatched(self) -> int:
        """Return how many devices report another state than live settings give."""
        return self.simulation.count(_is_mismatch)


def _is_mismatch(cohort: CohortAccess) -> bool:
    return contradicts(cohort.device, cohort.live)


def _text(shown: _Shown, style: Style) -> str:
    from policylint.render.decisions_text import SHOWN, render_groups, render_simulation

    if shown.groups is not None:
        return render_groups(shown.simulation, shown.groups, shown.by, style=style, full=shown.full)
    listed = shown.mismatches(None if shown.full else SHOWN) if shown.explain_mismatch else ()
    return render_simulation(shown.simulation, listed, shown.mismatched, style=style, full=shown.full)


def _json(shown: _Shown, _style: Style) -> str:
    from policylint.render.decisions_json import simulation_record

    return to_json(simulation_record(shown.simulation, shown.mismatches(), shown.groups))


def _csv(shown: _Shown, _style: Style) -> str:
    from policylint.render.simulation_csv import render_devices_csv, render_groups_csv

    return render_groups_csv(shown.groups) if shown.groups is not None else render_devices_csv(shown.simulation)


def _html(shown: _Shown, _style: Style) -> str:
    from policylint.render.decisions_text import verdict_of
    from policylint.render.report_html import MOST_ROWS, About, render_report

    snapshot = shown.project.snapshot
    about = About(
        snapshot=snapshot.path if snapshot is not None else "",
        taken_at=snapshot.header.taken_at if snapshot is not None else "",
        edition=shown.project.config.edition,
        files=len(shown.project.policy_paths),
    )
    return render_report(
        shown.simulation,
        shown.mismatches(MOST_ROWS),
        shown.mismatched,
        about,
        verdict=verdict_of(shown.simulation),
        title=shown.title,
        groups=(shown.by, shown.groups) if shown.groups is not None else None,
    )


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
