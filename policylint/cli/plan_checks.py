"""`policylint show plan --check`: whether a snapshot shows what a saved plan leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.cli.exit_codes import ExitCode
from policylint.cli.output import TEXT, live_state_record, with_live_state
from policylint.errors import UsageError
from policylint.escape import to_json

if TYPE_CHECKING:
    from policylint.cli.output import Output
    from policylint.plan.plan import Plan
    from policylint.project.project import Project


def check_plan(plan: Plan, project: Project, output: Output, *, full: bool) -> None:
    """Say whether the snapshot of a project is as a plan leaves it; exit with 1 where it is not.

    Raises UsageError for a format that shows no check, or without a snapshot.
    """
    from policylint.access.request import facts_of
    from policylint.plan.reached import reached
    from policylint.render.rings.check import check_record, render_check

    if output.format not in {TEXT, "json"}:
        raise UsageError(f"--format {output.format} shows no check", help="use text or json with --check")
    snapshot = project.required_snapshot
    project.doing("deciding about devices")
    found = reached(plan, snapshot, facts_of(project.config), project.store)
    if output.format == TEXT:
        text = render_check(found, plan, style=output.style, full=full)
        output.write(with_live_state(text, project))
    else:
        output.write(to_json(check_record(found, plan) | live_state_record(project)))
    if found.differences:
        raise click.exceptions.Exit(ExitCode.FINDINGS)
