"""`policylint explain`: one rule's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from policylint.cli.common import open_workspace, options, put
from policylint.errors import UsageError
from policylint.phrases import nearest

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.adapters.workspace import Workspace


@click.command("explain")
@click.argument("rule")
@options()
def command(rule: str, output: Path | None, **where: Any) -> None:
    """Show what a rule finds, why it matters and how to mend it."""
    workspace = open_workspace(**where)
    put(page(workspace, rule), output)


def page(workspace: Workspace, name: str) -> str:
    """Return the page of a rule, by its id or an earlier one. Raises UsageError where there is no such rule."""
    rule = next((rule for rule in workspace.rules if name in (rule.id, *rule.aliases)), None)
    if rule is None:
        near = nearest(name, [rule.id for rule in workspace.rules])
        hint = f"did you mean `{near}`?" if near else "see `policylint rules`"
        raise UsageError(f"no rule `{name}`", help=hint)
    return f"{rule.id} ({rule.severity}): {rule.title}\n\n{workspace.rule_page(rule)}"
