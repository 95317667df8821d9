"""`policylint simulate`: who gets in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from policylint.access.decide import AccessModel, facts_of
from policylint.access.mismatch import mismatches
from policylint.access.simulate import simulate
from policylint.cli.common import open_workspace, options, put, put_json, stop_if_broken, style

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.adapters.workspace import Workspace


@click.command("simulate")
@options("text", "json")
@click.option("--full", is_flag=True, help="Show every class and every device, not only what changes.")
@click.option(
    "--explain-mismatch", is_flag=True, help="Show devices whose reported state live settings do not explain."
)
def command(format_: str, color: str, output: Path | None, full: bool, explain_mismatch: bool, **where: Any) -> None:
    """Show the access of every device class and device: live, desired, and why."""
    workspace = open_workspace(**where)
    look = style(color, output)
    stop_if_broken(workspace, look)
    live, desired = models(workspace)
    devices = workspace.snapshot.devices if workspace.snapshot is not None else ()
    result = simulate(live, desired, devices)
    unexplained = mismatches(live, devices) if live is not None else ()
    if format_ == "json":
        from policylint.render.decisions_json import simulation_record

        put_json(simulation_record(result, unexplained), output)
        return
    from policylint.render.decisions_text import render_simulation

    put(render_simulation(result, unexplained, style=look, full=full, explain=explain_mismatch), output)


def models(workspace: Workspace) -> tuple[AccessModel | None, AccessModel]:
    """Return the live configuration, where there is a snapshot, and the desired one, ready to decide."""
    facts = facts_of(workspace.config)
    live = AccessModel(workspace.snapshot.state, facts) if workspace.snapshot is not None else None
    return live, AccessModel(workspace.desired.state, facts)
