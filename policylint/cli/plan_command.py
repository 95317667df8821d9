"""`policylint plan`: what has to change, and who is affected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import (
    FILE,
    ProjectOptions,
    acknowledge_options,
    declare,
    open_valid,
    output_options,
    project_options,
)
from policylint.cli.output import Output, save, with_live_state
from policylint.escape import to_json
from policylint.plan.planfile import plan_record

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.plan.plan import Plan
    from policylint.render.style import Style
    from policylint.schema.store import SchemaStore


def _text(plan: Plan, store: SchemaStore, style: Style, full: bool) -> str:
    from policylint.render.plan.text import render_plan

    return render_plan(plan, store, style=style, full=full)


def _json(plan: Plan, _store: SchemaStore, _style: Style, _full: bool) -> str:
    return to_json(plan_record(plan))


VIEWS = {"text": _text, "json": _json}


@declare("plan", "policylint plan --out plan.json", "policylint plan --env test --detailed-exitcode")
@acknowledge_options
@click.option("--out", type=FILE, metavar="FILE", help="Save the plan for `apply-script`.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 where something would change, or drifts.")
@click.option(
    "--fail-on",
    type=click.Choice(["drift"]),
    help="Exit code 1 where something live stays that is not as the policy says.",
)
@click.option("--full", is_flag=True, help="Show every step and class.")
@output_options(VIEWS)
@project_options
def command(
    options: ProjectOptions,
    output: Output,
    acknowledge: tuple[str, ...],
    reason: str,
    out: Path | None,
    detailed_exitcode: bool,
    fail_on: str | None,
    full: bool,
) -> None:
    """Show what has to change in live state, in order, and whose access changes.

    Exit code 1 where a guard refuses, or with --fail-on drift where something live stays that is not as the policy
    says; 2 with --detailed-exitcode where something would change or drifts.
    """
    project = open_valid(options, output.style)
    plan = project.plan(acknowledge, reason)
    text = VIEWS[output.format](plan, project.store, output.style, full)
    if out is not None:
        save(to_json(plan_record(plan), indent=1), out)
    output.write(with_live_state(text, project) if output.format == "text" else text)
    if plan.refusals or (fail_on is not None and plan.drift):
        raise click.exceptions.Exit(ExitCode.FINDINGS)
    if detailed_exitcode and not plan.in_sync:
        raise click.exceptions.Exit(ExitCode.CHANGES)
