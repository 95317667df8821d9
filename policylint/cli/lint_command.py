"""`policylint lint`: schema and rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from policylint.adapters.files import display_path
from policylint.cli.common import open_workspace, options, put, put_json, style
from policylint.cli.exit_codes import ExitCode
from policylint.diagnostic import Diagnostic, Severity

if TYPE_CHECKING:
    from policylint.adapters.workspace import Workspace


@click.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@options("text", "json", "github")
def command(paths: tuple[Path, ...], format_: str, color: str, output: Path | None, **where: Any) -> None:
    """Check the policy against schemas and rules.

    PATHS are policy files or folders; findings elsewhere are then not shown. Without PATHS it is the whole policy.
    Exit code 1 where there is an error.
    """
    workspace = open_workspace(paths=paths, **where)
    diagnostics, hidden = findings(workspace)
    files = len(workspace.policy_paths)
    if workspace.explicit:
        named = {display_path(path) for path in workspace.explicit}
        diagnostics = tuple(diagnostic for diagnostic in diagnostics if diagnostic.span.path in named)
        files = len(named)
    if format_ == "json":
        from policylint.render.diagnostics_json import lint_record

        put_json(lint_record(diagnostics, hidden, files=files), output)
    elif format_ == "github":
        from policylint.render.diagnostics_github import render_github

        put(render_github(diagnostics), output)
    else:
        from policylint.render.diagnostics_text import render_text

        put(render_text(diagnostics, files=files, hidden=len(hidden), style=style(color, output)), output)
    if any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def findings(workspace: Workspace) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """Return what is wrong with a repository's policy, and what its comments hide, both sorted."""
    from policylint.lint.check import active_rules, check
    from policylint.lint.rule import Context
    from policylint.lint.suppress import RULE, suppress

    loaded, rules = workspace.loaded, workspace.rules
    context = Context(
        policy=loaded.policy,
        desired=workspace.desired.state,
        snapshot=workspace.snapshot,
        config=workspace.config,
        store=workspace.store,
        catalog=workspace.catalog,
        today=workspace.now.date(),
        cache={},
    )
    found = check(active_rules(rules, workspace.config), context)
    known = {name for rule in rules for name in (rule.id, *rule.aliases)}
    fixed = {"syntax", "schema", "file", RULE} | {rule.id for rule in rules if rule.mandatory}
    return suppress((*loaded.diagnostics, *found), loaded.comments, known | fixed, fixed, workspace.now.date())
