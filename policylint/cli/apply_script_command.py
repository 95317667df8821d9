"""`policylint apply-script`: the PowerShell that brings live state to the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.adapters import resources
from policylint.adapters.clock import now
from policylint.adapters.files import read_source
from policylint.cli import terminal
from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import (
    FILE,
    ProjectOptions,
    acknowledge_options,
    declare,
    file_option,
    open_valid,
    project_options,
)
from policylint.cli.output import Output
from policylint.errors import UsageError
from policylint.plan.planfile import read_plan
from policylint.render.powershell import render_converge_script
from policylint.schema.store import SchemaStore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from policylint.plan.guard import Refusal


@declare("apply-script", "policylint apply-script plan.json -o converge.ps1", "policylint apply-script --env test")
@click.argument("plan", required=False, type=FILE)
@acknowledge_options
@file_option
@project_options
def command(
    plan: Path | None, options: ProjectOptions, output: Output, acknowledge: tuple[str, ...], reason: str
) -> None:
    """Print the PowerShell script of a plan.

    PLAN is a file that `policylint plan --out` wrote, - is standard input; without PLAN the plan is made now. A plan
    with refusals makes no script: exit code 1.
    """
    store = SchemaStore(resources.read_schema)
    if plan is None:
        found = open_valid(options, Output().style).plan(acknowledge, reason)
    elif acknowledge or reason:
        hint = "give --acknowledge to `policylint plan --out`"
        raise UsageError("a saved plan cannot be acknowledged any more", help=hint)
    else:
        source = read_source(plan)
        found = read_plan(source.text, source.path, store, now())
    if found.refusals:
        _refuse(found.refusals)
    output.write_document(render_converge_script(resources.read_script("converge.ps1"), found, store))


def _refuse(refusals: Iterable[Refusal]) -> None:
    """Say why there is no script, and exit."""
    from policylint.render.plan.text import proceed_anyway

    terminal.error("the plan is refused, so there is no script")
    for refusal in refusals:
        terminal.say(f"  refused: {refusal.message} [{refusal.guard}]", err=True)
        if refusal.acknowledge is not None:
            terminal.say(proceed_anyway(refusal, "policylint plan "), err=True)
    raise click.exceptions.Exit(ExitCode.FINDINGS)
