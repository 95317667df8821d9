"""`policylint explain`: one rule's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.cli.options import ProjectOptions, config_options, declare, file_option, open_project
from policylint.errors import UsageError
from policylint.phrases import did_you_mean

if TYPE_CHECKING:
    from policylint.cli.output import Output


@declare("explain", "policylint explain access-rule-matches-nothing", "policylint explain stale-device-id -o page.md")
@click.argument("rule")
@file_option
@config_options
def command(rule: str, options: ProjectOptions, output: Output) -> None:
    """Show what a rule finds, why it matters and how to fix it."""
    project = open_project(options)
    found = next((each for each in project.rules if rule in each.names), None)
    if found is None:
        near = did_you_mean(rule, [each.id for each in project.rules])
        raise UsageError(f"no rule `{rule}`", help=near or "see `policylint rules`")
    output.write(f"{found.id} ({found.severities_phrase}): {found.title}\n\n{project.rule_page(found)}")
