"""`policylint minimise`: fewer rules, the same access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from policylint.analysis.compare import compare
from policylint.analysis.redundant import redundant_rules, without
from policylint.cli.common import open_workspace, options, put, put_json, stop_if_broken, style
from policylint.cli.simulate_command import models

if TYPE_CHECKING:
    from pathlib import Path


@click.command("minimise")
@options("text", "json")
def command(format_: str, color: str, output: Path | None, **where: Any) -> None:
    """Show which device access rules can go without any device noticing, as long as the default stays as it is.

    The proof comes with it: the policy is compared with and without them, as `policylint diff` does.
    """
    workspace = open_workspace(**where)
    look = style(color, output)
    stop_if_broken(workspace, look)
    _live, desired = models(workspace)
    rules = tuple(rule for rule in redundant_rules(desired) if rule.origin.node is not None)
    snapshot = workspace.snapshot
    devices = tuple(snapshot.devices) if snapshot is not None else ()
    proof = compare(desired, without(desired, rules), devices=devices)
    total = sum(rule.origin.node is not None for rule in (desired.state.rules or {}).values())
    if format_ == "json":
        from policylint.render.diff_json import minimise_record

        put_json(minimise_record(rules, total, proof), output)
        return
    from policylint.render.diff_text import render_minimise

    put(render_minimise(rules, total, proof, style=look), output)
