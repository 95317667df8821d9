"""`policylint test`: the repository's own expectations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import (
    ProjectOptions,
    check_options,
    declare,
    disk_files,
    open_valid,
    output_options,
    staged_option,
)
from policylint.cli.output import (
    Output,
    live_state_record,
    note_missing_devices,
    note_missing_snapshot,
    with_live_state,
)
from policylint.escape import to_json
from policylint.phrases import count
from policylint.project.verify import Verification, verify

if TYPE_CHECKING:
    from policylint.access.decide import AccessModel
    from policylint.project.project import Project
    from policylint.render.style import Style


def _text(found: Verification, style: Style, project: Project) -> str:
    from policylint.render.verification.text import render_tests

    return with_live_state(render_tests(found.tests, found.assertions, found.coverage, style=style), project)


def _json(found: Verification, _style: Style, project: Project) -> str:
    from policylint.render.verification.json import tests_record

    return to_json(tests_record(found.tests, found.assertions, found.coverage) | live_state_record(project))


VIEWS = {"text": _text, "json": _json}


@declare("test", "policylint test", "policylint test --snapshot live.json --format json")
@output_options(VIEWS)
@check_options
@staged_option
def command(options: ProjectOptions, output: Output) -> None:
    """Run the tests of the policy: described devices against the access they get, and what must hold for all.

    Exit code 1 where one fails, or cannot be decided.
    """
    files = disk_files(options)
    project = open_valid(options, output.style, files)

    def baseline(name: str) -> AccessModel:
        from policylint.cli.revisions import compared, resolve_operand

        now = resolve_operand(None, project, files, output.style)
        return compared(resolve_operand(name, project, files, output.style), now).before

    found = verify(project, baseline)
    note_missing_devices(project)
    output.write(VIEWS[output.format](found, output.style, project))
    skipped = {
        "test": sum(each.outcome == "skipped" for each in found.tests),
        "assertion": sum(each.outcome == "skipped" for each in found.assertions),
    }
    note_missing_snapshot(project, [count(number, noun) for noun, number in skipped.items() if number])
    if not found.passed:
        raise click.exceptions.Exit(ExitCode.FINDINGS)
