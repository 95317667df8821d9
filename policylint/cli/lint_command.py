"""`policylint lint`: schema and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.cli.options import (
    FILE,
    ProjectOptions,
    check_options,
    declare,
    disk_files,
    open_project,
    output_options,
    staged_option,
)
from policylint.cli.output import Output, findings_code, live_state_record, note_missing_snapshot, with_live_state
from policylint.diagnostic import Severity
from policylint.escape import to_json
from policylint.phrases import count, listed

if TYPE_CHECKING:
    from pathlib import Path

    from policylint.lint.run import LintResult
    from policylint.project.project import Project
    from policylint.render.style import Style


def _text(result: LintResult, style: Style, project: Project) -> str:
    from policylint.render.diagnostics.text import render_text

    text = render_text(result.diagnostics, files=result.files, hidden=len(result.suppressed), style=style)
    return with_live_state(text, project)


def _concise(result: LintResult, style: Style, _project: Project) -> str:
    from policylint.render.diagnostics.concise import render_concise

    return render_concise(result.diagnostics, style)


def _json(result: LintResult, _style: Style, project: Project) -> str:
    from policylint.render.diagnostics.json import lint_record

    record = lint_record(result.diagnostics, result.suppressed, files=result.files)
    return to_json(record | live_state_record(project))


def _github(result: LintResult, _style: Style, _project: Project) -> str:
    from policylint.render.diagnostics.github import render_github

    return render_github(result.diagnostics)


VIEWS = {"text": _text, "concise": _concise, "json": _json, "github": _github}


@declare("lint", "policylint lint", "policylint lint policy/mailboxes --format json")
@click.argument("paths", nargs=-1, type=FILE)
@click.option("--strict", is_flag=True, help="Exit with 1 also where there is a warning.")
@output_options(VIEWS)
@check_options
@staged_option
def command(paths: tuple[Path, ...], options: ProjectOptions, output: Output, strict: bool) -> None:
    """Check the policy against schemas and rules.

    PATHS are policy files or folders; findings elsewhere are then not shown. - is standard input, which is then the
    whole policy. Without PATHS it is the policy of policylint.yaml.
    Concise is one line a finding, for editors and `grep`. Exit code 1 where there is an error, with --strict also a
    warning.
    """
    files = disk_files(options, paths)
    project = open_project(options, files)
    result = project.lint()
    if files.explicit:
        result = result.only(files.explicit)
    output.write(VIEWS[output.format](result, output.style, project))
    rules = f"{count(len(result.skipped), 'rule')} ({listed(rule.id for rule in result.skipped)})"
    note_missing_snapshot(project, [rules] if result.skipped else [])
    if result.errors or (strict and any(found.severity is Severity.WARNING for found in result.diagnostics)):
        raise click.exceptions.Exit(findings_code(project, result.diagnostics))
