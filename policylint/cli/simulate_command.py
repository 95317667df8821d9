"""`policylint simulate`: who gets in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.access.filter import FILTER_STATES, DeviceFilter
from policylint.access.grouping import BY, group
from policylint.analysis.mismatch import count_mismatches
from policylint.cli.completing import MAILBOX
from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import ProjectOptions, declare, open_valid, output_options, project_options
from policylint.cli.output import (
    Output,
    facts_of,
    live_state_record,
    note_missing_devices,
    note_missing_mailboxes,
    note_not_read,
    with_live_state,
)
from policylint.errors import UsageError
from policylint.escape import json_pieces
from policylint.named_tuple import NamedTuple
from policylint.project.lookup import find_mailbox
from policylint.text import instant

if TYPE_CHECKING:
    from policylint.access.grouping import DeviceGroup
    from policylint.access.simulate import Simulation
    from policylint.analysis.stale import Stale
    from policylint.project.project import Project
    from policylint.render.simulation.view import Limits, SimulationView
    from policylint.render.style import Style

MISMATCH = "mismatch"
"""What can make the command fail: a device that reports another state than live settings give."""


class _Shown(NamedTuple):
    """The simulation of a project, and which parts of it to show."""

    project: Project
    simulation: Simulation
    groups: tuple[DeviceGroup, ...] | None
    by: str
    full: bool
    explain_mismatch: bool
    title: str
    filter: DeviceFilter
    stale: Stale | None

    @property
    def taken_at(self) -> str:
        """Return when live state was read, empty without a snapshot."""
        return self.project.snapshot.header.taken_at if self.project.snapshot is not None else ""

    def view(self, limits: Limits) -> SimulationView:
        """Return the parts of the simulation that people read."""
        from policylint.render.simulation.view import view_of

        return view_of(
            self.simulation,
            self.project.live_model,
            limits,
            self.filter.words,
            self.taken_at,
            self.stale,
            alone=self.project.is_alone,
        )


def _text(shown: _Shown, style: Style) -> str:
    from policylint.render.simulation.text import limits, render_groups, render_simulation
    from policylint.render.simulation.view import verdict_of

    if shown.groups is not None:
        alone = shown.project.is_alone
        verdict = verdict_of(shown.simulation, shown.filter.words, alone=alone)
        text = render_groups(verdict, shown.groups, shown.by, style=style, full=shown.full, alone=alone)
    else:
        view = shown.view(limits(full=shown.full, mismatches=shown.explain_mismatch))
        text = render_simulation(view, style=style, full=shown.full)
    return with_live_state(text, shown.project)


def _json(shown: _Shown, _style: Style) -> str:
    from policylint.analysis.mismatch import is_mismatch, mismatches
    from policylint.render.simulation.json import simulation_record

    simulation, live = shown.simulation, shown.project.live_model
    reporting = (access.device for access in simulation.each(is_mismatch))
    unexplained = mismatches(live, reporting, shown.taken_at) if live is not None else ()
    alone = shown.project.is_alone
    record = simulation_record(simulation, unexplained, shown.groups, shown.filter, shown.stale, alone=alone)
    return "".join(json_pieces(record | live_state_record(shown.project)))


def _csv(shown: _Shown, _style: Style) -> str:
    from policylint.render.simulation.csv import render_devices_csv, render_groups_csv

    if shown.groups is not None:
        return render_groups_csv(shown.groups, alone=shown.project.is_alone)
    return render_devices_csv(shown.simulation, shown.stale, alone=shown.project.is_alone)


def _html(shown: _Shown, _style: Style) -> str:
    from policylint.render.simulation.html import LIMITS, render_report

    groups = (shown.by, shown.groups) if shown.groups is not None else None
    limits = LIMITS._replace(unchanged=shown.full)
    return render_report(shown.view(limits), facts_of(shown.project), title=shown.title, groups=groups)


VIEWS = {"text": _text, "json": _json, "csv": _csv, "html": _html}


@declare("simulate", "policylint simulate --state quarantined", "policylint simulate --format html -o access.html")
@click.option("--full", is_flag=True, help="Show every class and every device, not only what changes.")
@click.option(
    "--state", type=click.Choice(FILTER_STATES, case_sensitive=False), help="Only devices that would get this state."
)
@click.option("--mailbox", type=MAILBOX, metavar="MAILBOX", help="Only devices of this mailbox.")
@click.option("--changed", is_flag=True, help="Only devices whose access changes.")
@click.option(
    "--explain-mismatch", is_flag=True, help="Show devices whose reported state live settings do not explain."
)
@click.option(
    "--fail-on",
    type=click.Choice((MISMATCH,)),
    help="Exit with 1 if a device reports another state than live settings give.",
)
@click.option(
    "--by",
    type=click.Choice(tuple(BY)),
    help="Group devices by what they report, by mailbox, by client, or by what decides.",
)
@click.option(
    "--stale",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Show the devices that had not synced for DAYS when the snapshot was taken.",
)
@click.option("--title", default="", metavar="TEXT", help="The heading of the HTML report, instead of the verdict.")
@output_options(VIEWS)
@project_options
def command(
    options: ProjectOptions,
    output: Output,
    full: bool,
    state: str | None,
    mailbox: str | None,
    changed: bool,
    explain_mismatch: bool,
    fail_on: str | None,
    by: str | None,
    title: str,
    stale: int | None,
) -> None:
    """Show the access of every device class and device: live, desired, and why.

    With --state, --mailbox or --changed, the output is limited to these devices, which are listed whether they
    change or not. CSV has one row for each device, or for each group with --by. HTML is a single-file report.
    """
    if title and "html" not in output.formats:
        raise UsageError("--title is the heading of the HTML report", help="add --format html, or leave it out")
    if stale is not None and by is not None:
        raise UsageError("--stale lists devices and --by groups them", help="leave one of them out")
    project = open_valid(options, output.style, alone=True)
    if any((state, mailbox, changed, fail_on)):
        _ = project.required_snapshot
    chosen = DeviceFilter(state, find_mailbox(project, mailbox) if mailbox is not None else None, changed)
    result = chosen.apply(project.simulate())
    groups = group(result, by) if by is not None else None
    old = _stale(project, result, stale) if stale is not None else None
    shown = _Shown(project, result, groups, by or "", full, explain_mismatch, title, chosen, old)
    note_missing_devices(project)
    if mailbox is not None and "csv" not in output.formats:
        note_missing_mailboxes(project)
    if "csv" in output.formats:
        note_not_read(project)
    project.doing("writing")
    output.show(lambda each: VIEWS[each.format](shown, each.style))
    if fail_on == MISMATCH and count_mismatches(result):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _stale(project: Project, simulation: Simulation, days: int) -> Stale:
    """Return the devices asked for that do not sync any more. Raises UsageError where the snapshot has no time."""
    from policylint.analysis.stale import stale_devices

    snapshot = project.required_snapshot
    taken = instant(snapshot.header.taken_at)
    if taken is None:
        raise UsageError("--stale needs to know when the snapshot was taken", help="export live state again")
    return stale_devices(simulation.table, taken, days)
