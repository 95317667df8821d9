"""`policylint test`: the repository's own expectations."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from policylint.access.memo import Memo
from policylint.analysis.assertions import check_assertions, coverage
from policylint.analysis.expectations import run_tests
from policylint.cli.common import open_workspace, options, put, put_json, stop_if_broken, style
from policylint.cli.exit_codes import ExitCode
from policylint.cli.simulate_command import models
from policylint.desired.overlay import names_of

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.access.decide import AccessModel


@click.command("test")
@options("text", "json")
def command(format_: str, color: str, output: Path | None, **where: Any) -> None:
    """Run the tests of the policy: described devices against the access they get, and what must hold for all.

    Exit code 1 where one fails, or cannot be decided.
    """
    workspace = open_workspace(**where)
    look = style(color, output)
    stop_if_broken(workspace, look)
    _live, desired = models(workspace)
    policy = workspace.loaded.policy
    mailboxes = names_of(desired.state.mailboxes or {})
    snapshot = workspace.snapshot
    devices = tuple(snapshot.devices) if snapshot is not None and "devices" not in snapshot.incomplete else ()
    results = run_tests(policy.tests, desired, mailboxes)
    with ExitStack() as stack:
        known: dict[str, AccessModel] = {}

        def baseline(name: str) -> AccessModel:
            from policylint.cli.revisions import resolve_operand

            if name not in known:
                known[name] = resolve_operand(name, workspace, stack, look).model
            return known[name]

        asserted = check_assertions(policy.assertions, desired, devices, mailboxes, baseline)
    tested = [result.decision for result in results if result.decision is not None]
    covered = coverage((policy.state.rules or {}).values(), tested, map(Memo(desired).decide, devices))
    if format_ == "json":
        from policylint.render.decisions_json import tests_record

        put_json(tests_record(results, asserted, covered), output)
    else:
        from policylint.render.decisions_text import render_tests

        put(render_tests(results, asserted, covered, style=look), output)
    outcomes = [*(result.outcome for result in results), *(result.outcome for result in asserted)]
    if any(outcome != "passed" for outcome in outcomes):
        raise click.exceptions.Exit(ExitCode.FINDINGS)
