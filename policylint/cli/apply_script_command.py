"""`policylint apply-script`: the PowerShell that brings live state to the policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from policylint.adapters import resources
from policylint.adapters.files import read_source
from policylint.cli.common import open_workspace, options, put, stop_if_broken, style
from policylint.cli.exit_codes import ExitCode
from policylint.cli.plan_command import acknowledging, planned
from policylint.errors import UsageError
from policylint.plan.planfile import plan_record, read_plan
from policylint.render.powershell import render_converge_script
from policylint.schema.store import SchemaStore
from policylint.version import __version__


@click.command("apply-script")
@click.argument("plan", required=False, type=click.Path(path_type=Path))
@options()
@acknowledging
def command(plan: Path | None, output: Path | None, acknowledge: tuple[str, ...], reason: str, **where: Any) -> None:
    """Print the PowerShell script of a plan.

    PLAN is a file that `policylint plan --out` wrote; without it the plan is made now. A plan with refusals makes no
    script: exit code 1.
    """
    if plan is None:
        workspace = open_workspace(**where)
        stop_if_broken(workspace, style("auto", None))
        record = plan_record(planned(workspace, acknowledge, reason), __version__)
    else:
        if acknowledge or reason:
            raise UsageError(
                "a saved plan cannot be acknowledged any more", help="give --acknowledge to `policylint plan --out`"
            )
        record = read_plan(read_source(plan).text, str(plan))
    if record["refusals"]:
        click.echo("error: the plan is refused, so there is no script", err=True)
        for refusal in record["refusals"]:
            click.echo(f"  {refusal['message']} [{refusal['guard']}]", err=True)
            if refusal["acknowledge"]:
                click.echo(
                    f'  = to go on all the same: plan --acknowledge "{refusal["acknowledge"]}" --reason "..."', err=True
                )
        raise click.exceptions.Exit(ExitCode.FINDINGS)
    store = SchemaStore(resources.read_schema)
    put(render_converge_script(resources.read_script("converge.ps1"), record, store), output)
