"""`policylint test`: the repository's own expectations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from policylint.access.testing import run_tests
from policylint.bind.overlay import names_of
from policylint.cli.common import open_workspace, options, put, put_json, stop_if_broken, style
from policylint.cli.exit_codes import ExitCode
from policylint.cli.simulate_command import models

if TYPE_CHECKING:
    from pathlib import Path


@click.command("test")
@options("text", "json")
def command(format_: str, color: str, output: Path | None, **where: Any) -> None:
    """Run the tests of the policy: described devices against the access they get.

    Exit code 1 where one fails, or cannot be decided.
    """
    workspace = open_workspace(**where)
    look = style(color, output)
    stop_if_broken(workspace, look)
    _live, desired = models(workspace)
    results = run_tests(workspace.loaded.policy.tests, desired, names_of(desired.state.mailboxes or {}))
    if format_ == "json":
        from policylint.render.decisions_json import tests_record

        put_json(tests_record(results), output)
    else:
        from policylint.render.decisions_text import render_tests

        put(render_tests(results, style=look), output)
    if any(result.outcome != "passed" for result in results):
        raise click.exceptions.Exit(ExitCode.FINDINGS)
