"""`policylint show plan --check`: whether a snapshot shows what a saved plan leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.cli.exit_codes import ExitCode
from policylint.cli.output import TEXT, Output, live_state_record, require_formats, with_live_state
from policylint.escape import to_json

if TYPE_CHECKING:
    from policylint.plan.plan import Plan
    from policylint.project.project import Project


def check_plan(plan: Plan, project: Project, output: Output, *, full: bool) -> None:
    """Say whether the snapshot of a project is as a plan leaves it; exit with 1 where it is not.

    Raises UsageError for a format that shows no check, or without a snapshot.
    """
    from policylint.access.request import facts_of
    from policylint.plan.reached import reached
    from policylint.render.rings.check import check_record, render_check

    require_formats(output, "shows no check", "--check")
    snapshot = project.required_snapshot
    project.doing("deciding about devices")
    found = reached(plan, snapshot, facts_of(project.config), project.store)

    def view(each: Output) -> str:
        if each.format == TEXT:
            return with_live_state(render_check(found, plan, style=each.style, full=full), project)
        return to_json(check_record(found, plan) | live_state_record(project))

    output.show(view)
    if found.differences:
        raise click.exceptions.Exit(ExitCode.FINDINGS)
