"""`policylint plan`: what has to change, and whom it touches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from policylint.adapters.files import display_path, write_text
from policylint.cli.common import open_workspace, options, put, put_json, stop_if_broken, style
from policylint.cli.exit_codes import ExitCode
from policylint.plan.plan import Plan, make_plan
from policylint.plan.planfile import plan_record
from policylint.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from policylint.adapters.workspace import Workspace


def acknowledging(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that lift refusals."""
    function = click.option("--reason", default="", metavar="WHY", help="Why the refusals are lifted.")(function)
    return click.option(
        "--acknowledge", multiple=True, metavar="TEXT", help="Lift the refusal that names this text. May be repeated."
    )(function)


@click.command("plan")
@options("text", "json")
@acknowledging
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan for `apply-script`.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 where something would change.")
@click.option("--full", is_flag=True, help="Show every step and class.")
def command(
    format_: str,
    color: str,
    output: Path | None,
    acknowledge: tuple[str, ...],
    reason: str,
    out: Path | None,
    detailed_exitcode: bool,
    full: bool,
    **where: Any,
) -> None:
    """Show what has to change in live state, in order, and whose access changes.

    Exit code 1 where a guard refuses; 2 with --detailed-exitcode where something would change.
    """
    workspace = open_workspace(**where)
    look = style(color, output)
    stop_if_broken(workspace, look)
    plan = planned(workspace, acknowledge, reason)
    record = plan_record(plan, __version__)
    if format_ == "json":
        put_json(record, output)
    else:
        from policylint.render.plan_text import render_plan

        put(render_plan(plan, workspace.store, style=look, full=full), output)
    if out is not None:
        write_text(out, json.dumps(record, indent=1, ensure_ascii=True) + "\n")
        click.echo(f"wrote {display_path(out)}", err=True)
    if plan.refusals:
        raise click.exceptions.Exit(ExitCode.FINDINGS)
    if detailed_exitcode and not plan.in_sync:
        raise click.exceptions.Exit(ExitCode.CHANGES)


def planned(workspace: Workspace, acknowledge: tuple[str, ...], reason: str) -> Plan:
    """Return the plan of a repository."""
    return make_plan(
        workspace.loaded.policy,
        workspace.required_snapshot,
        workspace.config,
        workspace.store,
        now=workspace.now,
        acknowledge=acknowledge,
        reason=reason,
    )
