"""`policylint rules`: the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from policylint.cli.common import open_workspace, options, put, put_json, style
from policylint.lint.check import active_rules

if TYPE_CHECKING:
    from pathlib import Path


@click.command("rules")
@options("text", "json")
def command(format_: str, color: str, output: Path | None, **where: Any) -> None:
    """List the rules with their severity here, where `off` is one that is not applied."""
    workspace = open_workspace(**where)
    active = {rule.id: str(rule.severity) for rule in active_rules(workspace.rules, workspace.config)}
    rows = [(rule.id, active.get(rule.id, "off"), rule.title) for rule in workspace.rules]
    if format_ == "json":
        records = [{"id": name, "severity": severity, "title": title} for name, severity, title in rows]
        put_json({"format": "policylint-rules/1", "rules": records}, output)
        return
    from policylint.render.style import table

    look = style(color, output)
    colors = {"error": "red", "warning": "yellow", "info": "blue", "off": "dim"}
    painted = table(rows, indent="", paint=(None, lambda word: look.paint(word, colors[word])))
    put(painted, output)
